"""Taking back while others work: two reversals at once, a void while a run is under way (RUN-8, INV-6)."""

import pytest

from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.models import BillRun
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.invoices.queries import invoices
from banyan.kernel.refusals import Refusal
from banyan.ledger.queries import balances
from tests.billruns.running import APRIL, FEBRUARY, MARCH, elsewhere, run_for
from tests.billruns.test_taking_back import billed_until
from tests.business import a_price, an_account, subscribed


@pytest.mark.rule("RUN-8", "RUN-1")
def test_of_two_reversals_at_once_one_is_refused_and_nothing_is_taken_back_twice(fresh_tenant: str) -> None:
    account = an_account()
    subscribed(account, a_price("31"))
    run = run_for(account.bill_cycle, MARCH)
    one, other = elsewhere(fresh_tenant, lambda: reverse_run(run.pk), lambda: reverse_run(run.pk))
    assert sorted(type(each).__name__ for each in (one, other)) == [BillRun.__name__, Refusal.__name__]
    assert balances([account.pk])[account.pk]["USD"] == 0
    assert billed_until(account) == [(None, None)]


@pytest.mark.rule("INV-6", "RUN-2")
def test_an_invoice_is_voided_while_a_run_is_under_way_and_everything_is_billed_once(fresh_tenant: str) -> None:
    account = an_account()
    subscribed(account, a_price("31"), a_price("20"))
    first = run_for(account.bill_cycle, FEBRUARY)
    invoice = Invoice.objects.get(bill_run_id=first.pk)
    elsewhere(fresh_tenant, lambda: run_for(account.bill_cycle, MARCH), lambda: void_invoice(invoice.pk))
    run_for(account.bill_cycle, MARCH)
    live = invoices().filter(account=account).exclude(status=InvoiceStatus.VOID)
    assert sum(each.total for each in live) == 3 * 51
    assert [until for until, _ in billed_until(account)] == [APRIL, APRIL]
