"""The first page."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from banyan.accounts.models import BillCycle
from banyan.billruns.models import Batch, BillRun, RunStatus
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import first_tenant, within_tenant
from tests.console.conftest import Visitor, readable


@pytest.mark.rule("RUN-5")
def test_it_shows_the_last_runs_with_their_progress_and_totals(visitor: Callable[..., Visitor]):
    cycle = BillCycle.objects.create(name="Monthly", frequency="monthly", start_date=date(2026, 1, 1))
    run = BillRun.objects.create(
        bill_cycle=cycle, billing_date=date(2026, 2, 1), payers_total=2000, status=RunStatus.RUNNING
    )
    totals = {"USD": str(Decimal("1234567.80"))}
    Batch.objects.create(run=run, first_account=1, last_account=9, payers=1500, done=True, invoices=1400, totals=totals)
    page = visitor().text("/")
    assert "Monthly Feb 1, 2026 Bill Running 1,500 of 2,000 1,400 $1,234,567.80" in page


@pytest.mark.rule("SYS-4")
def test_a_host_that_leads_nowhere_is_told_how_to_make_a_tenant(tenant: str):
    with within_tenant("public"):
        Tenant.objects.create(schema_name="another", name="Another")
        first_tenant().domains.create(domain="billing.example", is_primary=True)
    answer = Client(headers={"host": "elsewhere.example"}).get("/")
    assert answer.status_code == 404
    assert "--host elsewhere.example" in readable(answer)


@pytest.mark.rule("CON-8")
def test_it_says_what_waits_and_what_is_due(visitor: Callable[..., Visitor]):
    cycle = BillCycle.objects.create(name="Monthly", frequency="monthly", start_date=date(2026, 1, 1))
    BillRun.objects.create(
        bill_cycle=cycle, billing_date=date(2026, 1, 1), status=RunStatus.COMPLETED, certificate={"checks": []}
    )
    BillRun.objects.create(bill_cycle=cycle, billing_date=date(2026, 2, 1), status=RunStatus.AWAITING_APPROVAL)
    page = visitor().text("/")
    assert "Needs attention Awaiting Approval Monthly, Feb 1, 2026" in page
    assert "Due next Bill cycle Billing date Accounts Monthly Feb 1, 2026 Due 0" in page


@pytest.mark.rule("CON-8")
def test_a_new_tenant_is_told_what_to_do_first(visitor: Callable[..., Visitor]):
    page = visitor().text("/")
    assert "First steps Make a bill cycle" in page
    assert "Nothing waits for you" in page
