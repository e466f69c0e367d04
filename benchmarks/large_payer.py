"""PERF-3: one account that is invoiced for 10,000 others, 100,000 lines on one invoice."""

import time
from dataclasses import dataclass
from datetime import date

from django.test import Client

from banyan.invoices.models import Invoice, InvoiceLine
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_api_key import create_api_key
from benchmarks.bill_run import RunNotCompletedError, billed_by_workers, tenant_of_its_own, workers
from benchmarks.population import populate

ACCOUNTS = 10_000
ITEMS = 10
DAY = date(2026, 1, 1)


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of the run, of its invoice with the first 1,000 lines over the API, of a page in the middle and of all
    pages one after the other; the most memory that a worker held, in MiB.
    """

    lines: int
    run: float
    memory: int
    first_page: float
    middle_page: float
    all_pages: float


def measure(accounts: int) -> Measured:
    """Bill a fresh tenant that is one family, and read the invoice."""
    with tenant_of_its_own("large_payer"):
        cycle = populate("large", accounts, DAY, 1_000_000, family=accounts, items=ITEMS)
        with workers() as processes:
            run, cost, memory = billed_by_workers(cycle, DAY, processes)
        invoice = Invoice.objects.get(bill_run_id=run.pk)
        _, key = create_api_key("benchmark")
        lines = InvoiceLine.objects.filter(invoice_id=invoice.pk).count()
        pages = _pages(Client(headers={"Authorization": f"Bearer {key}"}), encode_id("invoice", invoice.pk))
    return Measured(
        lines=lines,
        run=cost.seconds,
        memory=memory,
        first_page=pages[0],
        middle_page=pages[len(pages) // 2],
        all_pages=sum(pages),
    )


def _pages(client: Client, invoice: str) -> list[float]:
    """Seconds of each page; the first one is the invoice itself."""
    client.get("/api/v1/settings")  # what a server loads with its first request is not the invoice's
    path, seconds = f"/api/v1/invoices/{invoice}", []
    while path:
        began = time.perf_counter()
        answer = client.get(path)
        seconds.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RunNotCompletedError(f"{path}: {answer.status_code}")
        following = answer.json()["next_cursor"]
        path = f"/api/v1/invoices/{invoice}/lines?limit=1000&cursor={following}" if following else ""
    return seconds
