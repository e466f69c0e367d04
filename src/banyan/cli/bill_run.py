"""banyan bill-run"""

import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Annotated

import typer
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from banyan.accounts.models import BillCycle
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.billruns.queries import run_progress
from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, print_rows, problems_to
from banyan.cli.workers_alongside import workers_alongside
from banyan.cli.working_in import working_in
from banyan.kernel.ids import encode_id
from banyan.kernel.money import round_amount
from banyan.kernel.refusals import invalid, unknown

FAILED = 1
SECONDS_BETWEEN_LOOKS = 0.05
UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
CycleArgument = Annotated[str, typer.Argument(help="The name of the bill cycle.")]
DateArgument = Annotated[str, typer.Argument(help="The billing date, as 2026-01-31.")]
WorkersOption = Annotated[
    int,
    typer.Option("--workers", min=0, help="Worker processes to start for it; 0 leaves the work to those of a server."),
]

commands = typer.Typer(help="Bill runs: invoice the accounts of a bill cycle.")


@commands.command("start")
def start(
    cycle: CycleArgument,
    billing_date: DateArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Bill a cycle for one of its billing dates. Ends with 1 if an account could not be billed."""
    _run(cycle, billing_date, RunMode.BILL, tenant, workers, as_json)


@commands.command("simulate")
def simulate(
    cycle: CycleArgument,
    billing_date: DateArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    as_json: JsonOption = False,
) -> None:
    """Compute the same and change nothing (RUN-6)."""
    _run(cycle, billing_date, RunMode.SIMULATE, tenant, workers, as_json)


@commands.command("list")
def list_runs(tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """The last hundred runs."""
    with working_in(tenant):
        rows = rows_of_runs(BillRun.objects.select_related("bill_cycle").order_by("-id")[:100])
    print_rows(rows, as_json)


def _run(cycle: str, billing_date: str, mode: RunMode, tenant: str, workers: int, as_json: bool) -> None:
    with working_in(tenant), workers_alongside(workers) as look_after:
        run = start_run(_cycle_named(cycle), _day(billing_date), mode)
        with _progress() as bar:
            task = bar.add_task(f"{cycle} {billing_date}", total=None)
            wait_for_runs([run], look_after, lambda done, total: bar.update(task, completed=done, total=total or None))
        (row,) = rows_of_runs([run])
        errors = _errors_of(run)
    if as_json:
        print_json({**row, "errors": errors})
    else:
        print_rows([row], False)
        _print_errors(errors)
    raise typer.Exit(0 if run.status in (RunStatus.COMPLETED, RunStatus.AWAITING_APPROVAL) else FAILED)


def wait_for_runs(
    runs: Sequence[BillRun],
    look_after: Callable[[], None],
    on_progress: Callable[[int, int], object] = lambda done, total: None,
) -> None:
    """Wait until workers have done all of the runs; `on_progress` is told the payers done and the payers of all."""
    while True:
        for run in runs:
            run.refresh_from_db()
        progress = run_progress(runs)
        on_progress(sum(each.payers_done for each in progress.values()), sum(run.payers_total for run in runs))
        if all(run.status not in UNFINISHED for run in runs):
            return
        look_after()
        time.sleep(SECONDS_BETWEEN_LOOKS)


def rows_of_runs(runs: Iterable[BillRun]) -> list[dict[str, object]]:
    """What people want to know of runs, one row each."""
    all_runs = list(runs)
    progress = run_progress(all_runs)
    return [
        {
            "id": encode_id("bill_run", run.pk),
            "bill_cycle": run.bill_cycle.name,
            "billing_date": run.billing_date,
            "mode": run.mode,
            "status": run.status,
            "invoices": progress[run.pk].invoice_count,
            "totals": ", ".join(
                f"{round_amount(total, currency):,} {currency}"
                for currency, total in sorted(progress[run.pk].totals.items())
            ),
        }
        for run in all_runs
    ]


def _cycle_named(name: str) -> int:
    cycle = BillCycle.objects.filter(name=name).first()
    if cycle is None:
        names = ", ".join(BillCycle.objects.order_by("name").values_list("name", flat=True)[:20])
        raise unknown("bill_cycle", f"there is no bill cycle {name!r}; there are {names or 'none'}", name)
    return cycle.pk


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(
            "billing_date", "not_a_date", f"{text!r} is no date; write it as 2026-01-31", "RUN-1", text
        ) from None


def _errors_of(run: BillRun) -> list[dict[str, str]]:
    return [
        {"account": error.account.number, "code": error.code, "message": error.message}
        for error in run.errors.select_related("account").order_by("id")
    ]


def _print_errors(errors: Sequence[dict[str, str]]) -> None:
    if errors:
        people.print("These accounts could not be billed and were left out:")
        print_rows([{name: escape(text) for name, text in error.items()} for error in errors], False)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=problems_to)
