"""The first page: what needs attention, what is due next, what was billed last."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Exists, F, OuterRef, Sum
from django.http import HttpResponse

from banyan.accounts.models import Account
from banyan.accounts.queries import bill_cycles
from banyan.accounts.today import today, today_of_rows
from banyan.billruns.models import BillRun, RunError, RunMode, RunStatus
from banyan.billruns.queries import due_cycles, latest_runs, next_run_dates
from banyan.catalog.models import Price
from banyan.console.bill_runs import COUNTED_IN_LISTS, figures_of
from banyan.console.page import PageRequest, page, show
from banyan.invoices.models import Invoice, InvoiceStatus

SHOWN_RUNS = 10
SHOWN_DUE = 8
NEEDS_ATTENTION = (RunStatus.AWAITING_APPROVAL, RunStatus.FAILED, RunStatus.QUEUED, RunStatus.RUNNING)


@dataclass(frozen=True, slots=True)
class Overdue:
    """The invoices in one currency that are open after their due date."""

    currency: str
    invoices: int
    total: Decimal


@page()
def overview(request: PageRequest) -> HttpResponse:
    """What needs attention, what is due next, what was billed last; on a new tenant, what to do first."""
    runs = latest_runs(SHOWN_RUNS)
    context = {
        "runs": [{"run": run, "progress": one, "result": two} for run, (one, two) in _with_figures(runs)],
        "attention": _runs_that_wait(),
        "overdue": _overdue(),
        "due": due_cycles(next_run_dates(bill_cycles()), COUNTED_IN_LISTS)[:SHOWN_DUE],
        "today": today(),
        "steps": [] if runs else _first_steps(),
    }
    return show(request, "overview.html", context)


def _with_figures(runs: list[BillRun]) -> list[tuple[BillRun, tuple[object, object]]]:
    return list(zip(runs, figures_of(runs), strict=True))


def _runs_that_wait() -> list[BillRun]:
    """Runs under way or waiting for somebody, and the last of a cycle that left accounts out."""
    runs = BillRun.objects.filter(mode=RunMode.BILL).select_related("bill_cycle").order_by("-pk")
    later = BillRun.objects.filter(bill_cycle=OuterRef("bill_cycle"), mode=RunMode.BILL, pk__gt=OuterRef("pk"))
    left_out = RunError.objects.filter(run=OuterRef("pk"))
    with_errors = runs.filter(Exists(left_out), ~Exists(later), status=RunStatus.COMPLETED_WITH_ERRORS)
    return [*runs.filter(status__in=NEEDS_ATTENTION)[:SHOWN_RUNS], *with_errors[:SHOWN_RUNS]]


def _overdue() -> list[Overdue]:
    late = Invoice.reachable.filter(status=InvoiceStatus.OPEN, due_date__lt=today_of_rows())
    totals = late.values("currency").annotate(
        invoices=Count("pk"), total=Sum(F("gross") - F("discount") + F("tax"))
    )  # fmt: skip
    return [Overdue(**row) for row in totals.order_by("currency")]


def _first_steps() -> list[tuple[str, str, bool]]:
    """What to do before the first bill: text, the page for it, whether it is done."""
    return [
        ("Make a bill cycle: on which days you invoice", "bill_cycle_list", bill_cycles().exists()),
        ("Put what you sell into the catalogue, with a price", "product_list", Price.objects.exists()),
        ("Create a customer; an account comes with it", "search", Account.reachable.exists()),
        ("Subscribe the account to a price, then simulate a bill run", "new_bill_run", False),
    ]
