"""What is issued is sealed once, when it is issued (REL-C)."""

from importlib import import_module

import pytest
from django.db import connection

from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.models import BillRun, RunStatus
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice, InvoiceSeal
from banyan.verification.queries import verify
from tests.billruns.running import JANUARY, completed, execute, forget_jobs, invoices_of, require_approval, run_for
from tests.billruns.test_errors import Shop, unreadable_meanwhile
from tests.verification.faults import SPLIT
from tests.verification.world import World

BEFORE = import_module("banyan.invoices.migrations.0006_seals").SEAL_WHAT_IS_THERE


def seals() -> list[tuple[int, ...]]:
    """Each sealed invoice with its run, its lines and the checksums."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT seal.bill_run_id, one.* FROM invoices_invoiceseal seal,"
            " unnest(invoice_ids, of_invoices, lines, of_lines) AS one(id, checksum, lines, of_lines) ORDER BY one.id"
        )
        return cursor.fetchall()


def sealed(run: BillRun) -> list[int]:
    """The sealed invoices of a run, a list for each time that it was sealed."""
    return [id_ for seal in InvoiceSeal.objects.filter(bill_run_id=run.pk).order_by("id") for id_ in seal.invoice_ids]


@pytest.mark.rule("REL-C")
def test_invoices_from_before_there_were_seals_are_sealed_alike(world: World) -> None:
    of_charges = set(Invoice.objects.filter(charge_id__isnull=False).values_list("id", flat=True))
    made = seals()
    execute("SET LOCAL session_replication_role = replica")
    execute("UPDATE invoices_invoice SET charge_id = NULL")  # what no invoice was for in those days
    execute("DELETE FROM invoices_invoiceseal")
    execute(BEFORE)
    before = seals()
    execute("SET LOCAL session_replication_role = origin")
    assert {seal[1] for seal in set(made) - set(before)} == of_charges
    assert len(before) == len(made)
    said = {finding.check.says for finding in verify() if not finding.holds}
    assert said == {SPLIT}


@pytest.mark.rule("REL-C", "RUN-7")
@pytest.mark.usefixtures("tenant")
def test_drafts_are_sealed_when_they_are_issued_and_never_when_they_are_discarded() -> None:
    shop = Shop()
    require_approval()
    run = run_for(shop.people.cycle, JANUARY)
    assert (run.status, sealed(run)) == (RunStatus.AWAITING_APPROVAL, [])
    discard_run(run.pk)
    assert sealed(run) == []
    run = approve_run(run_for(shop.people.cycle, JANUARY).pk)
    assert sealed(run) == sorted(invoice.id for invoice in invoices_of(run))


@pytest.mark.rule("REL-C", "RUN-4", "INV-6")
@pytest.mark.usefixtures("tenant")
def test_what_a_retry_issues_is_sealed_beside_what_was_and_a_void_changes_no_seal() -> None:
    shop = Shop()
    with unreadable_meanwhile(shop.price):
        run = run_for(shop.people.cycle, JANUARY)
    first = seals()
    run = retry_run(run.pk)
    forget_jobs(run)
    run = completed(run)
    assert len(first) == 2
    assert set(first) < set(seals())
    assert sorted(sealed(run)) == sorted(invoice.id for invoice in invoices_of(run))
    after = seals()
    void_invoice(invoices_of(run)[0].id)
    assert seals() == after
