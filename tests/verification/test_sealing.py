"""What is issued is sealed once, when it is issued (REL-C)."""

import pytest
from django.db import connection

from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.models import BillRun, RunStatus
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import InvoiceSeal
from tests.billruns.running import JANUARY, completed, forget_jobs, invoices_of, require_approval, run_for
from tests.billruns.test_errors import Shop, unreadable_meanwhile


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
