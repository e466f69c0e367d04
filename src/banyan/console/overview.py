"""The first page: what was billed last."""

from decimal import Decimal

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from banyan.billruns.models import BillRun
from banyan.billruns.queries import Progress, latest_runs, run_progress

SHOWN = 20


def overview(request: HttpRequest) -> HttpResponse:
    """The tenant and its last bill runs; 404 when the host leads to no tenant."""
    if request.tenant is None:  # type: ignore[attr-defined]
        return render(request, "console/no_tenant.html", {"host": request.get_host()}, status=404)
    runs = latest_runs(SHOWN)
    progress = run_progress(runs)
    return render(request, "console/overview.html", {"runs": [_row(run, progress[run.pk]) for run in runs]})


def _row(run: BillRun, progress: Progress) -> dict[str, object]:
    return {
        "run": run,
        "status": run.get_status_display(),
        "payers": f"{progress.payers_done:,} of {run.payers_total:,}",
        "invoices": progress.invoice_count,
        "totals": [_amount(total, currency) for currency, total in progress.totals.items()],
    }


def _amount(total: Decimal, currency: str) -> str:
    return f"{total:,} {currency}"
