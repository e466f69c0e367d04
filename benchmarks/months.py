"""PERF-2: what a payer costs in the 24th month, beside the 1st."""

from collections.abc import Iterator
from datetime import date

from banyan.kernel.calendar import add_months
from benchmarks.bill_run import Cost, billed_by_workers, tenant_of_its_own, workers
from benchmarks.population import FAMILY, populate

MONTHS = 24
ACCOUNTS = 10_000
PAYERS = ACCOUNTS // FAMILY
BEGINNING = date(2026, 1, 1)


def measure(months: int = MONTHS) -> Iterator[Cost]:
    """Bill one month after the other; what each cost."""
    with tenant_of_its_own("months"), workers() as processes:
        cycle = populate("months", ACCOUNTS, BEGINNING, 1_000_000)
        for month in range(months):
            _, cost, _ = billed_by_workers(cycle, add_months(BEGINNING, month), processes)
            yield cost
