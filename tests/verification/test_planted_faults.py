"""What somebody plants with SQL, with the rest made to fit, is found (REL-C), and most of it refused before (REL-B)."""

import psycopg
import pytest
from django.db import IntegrityError, transaction

from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.invoices.sealing import seal_invoices, sealed_lines
from banyan.verification.queries import verify, verify_amounts
from tests.billruns.running import execute
from tests.verification.faults import FAULTS, SEALS, Fault
from tests.verification.what_is_found import PAGE, page
from tests.verification.world import QuietWorld, World

SUMS_OF_INVOICES = """
UPDATE invoices_invoice invoice SET gross = sum.gross, discount = sum.discount, tax = sum.tax
FROM (SELECT invoice.id, coalesce(sum(line.gross), 0) AS gross, coalesce(sum(line.discount), 0) AS discount,
             coalesce(sum(line.tax), 0) AS tax
      FROM invoices_invoice invoice LEFT JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
      GROUP BY invoice.id) AS sum
WHERE sum.id = invoice.id
"""

NOTHING_IS_REVERSED = {"an invoice of a reversed run is open again"}
"""What can't be planted where there is no reversed run."""

FORGET_POSTINGS = "DELETE FROM ledger_posting"

# As issuing posts them: each account's revenue and tax against the payer's receivables, below zero the other way round.
POSTINGS = """
WITH part AS (
    SELECT invoice.id, invoice.status, invoice.invoice_date, invoice.currency, invoice.account_id AS payer,
           line.account_id, sum(line.gross - line.discount) AS net, sum(line.tax) AS tax
    FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
    WHERE invoice.status <> 'draft' GROUP BY invoice.id, line.account_id
), posting AS (
    SELECT 'invoice' AS source, invoice_date AS day, part.*, kind, amount
    FROM part, LATERAL (VALUES ('revenue', net), ('tax_payable', tax)) AS side(kind, amount)
    UNION ALL
    SELECT 'void', current_date, part.*, kind, -amount
    FROM part, LATERAL (VALUES ('revenue', net), ('tax_payable', tax)) AS side(kind, amount) WHERE status = 'void'
)
INSERT INTO ledger_posting (source_kind, source_id, posted_on, currency, debit_kind, debit_account_id, credit_kind,
                            credit_account_id, amount)
SELECT source, id, day, currency,
       CASE WHEN amount > 0 THEN 'receivable' ELSE kind END, CASE WHEN amount > 0 THEN payer ELSE account_id END,
       CASE WHEN amount > 0 THEN kind ELSE 'receivable' END, CASE WHEN amount > 0 THEN account_id ELSE payer END,
       abs(amount)
FROM posting WHERE amount <> 0
"""


def planted(fault: Fault, world: World) -> None:
    """As somebody would who may do everything and takes care."""
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET LOCAL session_replication_role = replica")  # no trigger, and no foreign key, is looked at
    if fault.constraint is not None:
        table, name = fault.constraint
        execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    for statement in fault.plant.split(";\n"):
        execute(statement, world.names())
    if fault.fits:
        for statement in (SUMS_OF_INVOICES, FORGET_POSTINGS, POSTINGS):
            execute(statement)


def sealed_anew() -> None:
    """The seals are made to fit as well."""
    execute("DELETE FROM invoices_invoiceseal")
    issued = Invoice.objects.exclude(status=InvoiceStatus.DRAFT)
    for run in set(issued.values_list("bill_run_id", flat=True)):
        seal_invoices(run, sealed_lines(issued.filter(bill_run_id=run).values_list("id", flat=True)))


def found() -> set[str]:
    return {finding.check.says for finding in verify() if not finding.holds}


def test_what_is_made_to_fit_is_as_it_was(world: World) -> None:
    planted(Fault("nothing at all", "SELECT 1"), world)
    assert not found()
    sealed_anew()
    assert not found()


@pytest.mark.rule("REL-C")
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.what.replace(" ", "_"))
def test_what_is_planted_is_found(fault: Fault, world: World) -> None:
    planted(fault, world)
    noticed = found()
    assert bool(noticed & set(SEALS)) == fault.by_seal
    assert set(fault.found_by) <= noticed
    sealed_anew()
    assert set(fault.found_by) <= found()
    assert fault.found_by or (fault.by_seal and fault.by_amounts)


@pytest.mark.rule("REL-E")
@pytest.mark.usefixtures("tenant")
@pytest.mark.parametrize("made", [QuietWorld, World], ids=["nothing_was_void", "some_was_void_reissued_and_reversed"])
def test_what_is_planted_in_amounts_is_found_by_working_them_out_once_more(made: type[World]) -> None:
    world = made()
    assert not verify_amounts().differences
    noticed = set()
    for fault in FAULTS:
        with transaction.atomic():
            planted(fault, world)
            execute("SET LOCAL session_replication_role = origin")
            if verify_amounts().differences:
                noticed.add(fault.what)
            transaction.set_rollback(True)
    planned = {fault.what for fault in FAULTS if fault.by_amounts}
    assert noticed == planned - (NOTHING_IS_REVERSED if made is QuietWorld else set())


@pytest.mark.rule("REL-B")
@pytest.mark.parametrize(
    "fault", [fault for fault in FAULTS if fault.refused_by], ids=lambda fault: fault.what.replace(" ", "_")
)
def test_who_does_not_get_past_the_guards_can_not_plant_it(fault: Fault, world: World) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        execute(fault.plant, world.names())
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert caught.value.__cause__.diag.constraint_name == fault.refused_by


def test_the_page_of_the_docs_tells_all_of_them() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.verification.what_is_found"
