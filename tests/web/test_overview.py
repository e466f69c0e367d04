"""The first page."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import RequestFactory

from banyan.accounts.models import BillCycle
from banyan.billruns.models import Batch, BillRun, RunStatus
from banyan.console.overview import overview
from banyan.foundation.tenants.queries import find_tenant


@pytest.mark.rule("RUN-5")
def test_it_shows_the_last_runs_with_their_progress_and_totals(tenant: str, rf: RequestFactory):
    cycle = BillCycle.objects.create(name="Monthly", frequency="monthly", start_date=date(2026, 1, 1))
    run = BillRun.objects.create(
        bill_cycle=cycle, billing_date=date(2026, 2, 1), payers_total=2000, status=RunStatus.RUNNING
    )
    totals = {"USD": str(Decimal("1234567.80"))}
    Batch.objects.create(run=run, first_account=1, last_account=9, payers=1500, done=True, invoices=1400, totals=totals)
    request = rf.get("/")
    request.tenant = find_tenant(tenant)
    page = overview(request).content.decode()
    assert "Monthly" in page
    assert "2026-02-01" in page
    assert "1,500 of 2,000" in page
    assert "1,234,567.80 USD" in page


def test_a_host_that_leads_nowhere_is_told_how_to_make_a_tenant(rf: RequestFactory):
    request = rf.get("/", headers={"host": "elsewhere.example"})
    request.tenant = None
    answer = overview(request)
    assert answer.status_code == 404
    assert "--host elsewhere.example" in answer.content.decode()
