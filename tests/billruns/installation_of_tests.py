"""A tenant full of accounts in BANYAN_DATA_DIR: python -m tests.billruns.installation_of_tests ACCOUNTS BILLING_DATE

Begins a run for the billing date and prints its number. With a third argument, `approval`, the run has to be approved.
"""

import sys
from datetime import date

import django

django.setup()

from django.db import transaction  # noqa: E402

from banyan.accounts.actions.set_up_tenant import set_up_tenant  # noqa: E402
from banyan.billruns import run as steps  # noqa: E402
from banyan.billruns.actions.start_run import start_run  # noqa: E402
from banyan.customers.actions.change_settings import change_settings  # noqa: E402
from banyan.foundation.actions.migrate import migrate  # noqa: E402
from banyan.foundation.database import start_database  # noqa: E402
from banyan.foundation.tenants.actions.create_tenant import create_tenant  # noqa: E402
from banyan.foundation.tenants.queries import find_tenant, within_tenant  # noqa: E402
from benchmarks.population import FAMILY, populate  # noqa: E402

TENANT = "billed"
CYCLE = 1000
PAYERS_A_BATCH = 10


def begin_run(accounts: int, on: date, needs_approval: bool) -> int:
    """Make the accounts unless they are there, and start a run in many small batches; its number."""
    start_database()
    migrate()
    if find_tenant(TENANT) is None:
        create_tenant(TENANT, "Billed", (), set_up_tenant)
        with within_tenant(TENANT):
            populate("P", accounts, date(2026, 1, 1), CYCLE)
    steps.ACCOUNTS_A_BATCH = PAYERS_A_BATCH * FAMILY
    with within_tenant(TENANT), transaction.atomic():
        change_settings({"require_bill_run_approval": needs_approval})
        run = start_run(CYCLE, on)
        steps.plan(run.pk)
    return run.pk


if __name__ == "__main__":
    print(begin_run(int(sys.argv[1]), date.fromisoformat(sys.argv[2]), "approval" in sys.argv))
