"""The first page: what was billed last."""

from django.http import HttpResponse

from banyan.billruns.models import BillRun
from banyan.billruns.queries import Progress, latest_runs, run_progress
from banyan.console.page import PageRequest, page, show

SHOWN = 20


@page()
def overview(request: PageRequest) -> HttpResponse:
    """The last bill runs."""
    runs = latest_runs(SHOWN)
    progress = run_progress(runs)
    return show(request, "overview.html", {"runs": [_row(run, progress[run.pk]) for run in runs]})


def _row(run: BillRun, progress: Progress) -> dict[str, object]:
    return {"run": run, "progress": progress, "totals": list(progress.totals.items())}
