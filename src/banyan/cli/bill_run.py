"""banyan bill-run"""

import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from banyan.accounts.models import Account, BillCycle
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ahead import locks
from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.billruns.queries import latest_runs, run_progress
from banyan.cli.bill_run_shown import document_of, print_list, print_summary
from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, print_json, problems_to
from banyan.cli.workers_alongside import workers_alongside
from banyan.cli.working_in import working_in
from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.refusals import Problems, invalid, unknown

FAILED = 1
SECONDS_BETWEEN_LOOKS = 0.05
SHOWN = 100
UNFINISHED = (RunStatus.QUEUED, RunStatus.RUNNING)
WELL_ENDED = (RunStatus.COMPLETED, RunStatus.AWAITING_APPROVAL, RunStatus.DISCARDED, RunStatus.REVERSED)
CycleArgument = Annotated[str, typer.Argument(help="The name of the bill cycle.")]
DateArgument = Annotated[str, typer.Argument(help="The billing date, as 2026-01-31.")]
RunArgument = Annotated[str, typer.Argument(help="The id of the run, as `bill-run list` shows it: run_12.")]
AheadOption = Annotated[
    bool,
    typer.Option(
        "--ahead", help="Bill a date further ahead than Bill Ahead Days; says what that locks, and asks on a terminal."
    ),
]
WaitOption = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait until it is done, or leave it to the workers of a server.")
]
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
    wait: WaitOption = True,
    ahead: AheadOption = False,
    as_json: JsonOption = False,
) -> None:
    """Bill a cycle for one of its billing dates. Ends with 1 if an account could not be billed."""
    day = _day(billing_date)
    if ahead:
        _ask_ahead(day)
    _do(lambda: start_run(_cycle_named(cycle), day, ahead=ahead), tenant, workers, wait, as_json)


@commands.command("simulate")
def simulate(
    cycle: CycleArgument,
    billing_date: DateArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    wait: WaitOption = True,
    as_json: JsonOption = False,
) -> None:
    """Compute the same and change nothing (RUN-6)."""
    _do(lambda: start_run(_cycle_named(cycle), _day(billing_date), RunMode.SIMULATE), tenant, workers, wait, as_json)


@commands.command("approve")
def approve(
    run: RunArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    wait: WaitOption = True,
    as_json: JsonOption = False,
) -> None:
    """Issue the drafts of a run that awaits approval (RUN-7)."""
    _do(lambda: approve_run(_run_named(run)), tenant, workers, wait, as_json)


@commands.command("discard")
def discard(
    run: RunArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    wait: WaitOption = True,
    as_json: JsonOption = False,
) -> None:
    """Delete the drafts of a run that awaits approval, as if it had never been (RUN-7)."""
    _do(lambda: discard_run(_run_named(run)), tenant, workers, wait, as_json)


@commands.command("reverse")
def reverse(
    run: RunArgument,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    wait: WaitOption = True,
    reason: Annotated[str, typer.Option(help="Why; it is kept in the history.")] = "",
    as_json: JsonOption = False,
) -> None:
    """Void every invoice of a completed run; refused when one is paid (RUN-8)."""
    _do(lambda: reverse_run(_run_named(run), reason), tenant, workers, wait, as_json)


@commands.command("retry")
def retry(
    run: RunArgument,
    account: Annotated[
        list[str] | None, typer.Option(help="The number of an account to retry, may be repeated; default all.")
    ] = None,
    tenant: TenantOption = DEFAULT_TENANT,
    workers: WorkersOption = 1,
    wait: WaitOption = True,
    as_json: JsonOption = False,
) -> None:
    """Bill again the accounts that a run could not bill, and no others (RUN-4)."""
    _do(lambda: retry_run(_run_named(run), _accounts_numbered(account or [])), tenant, workers, wait, as_json)


@commands.command("show")
def show(run: RunArgument, tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """One run: how it stands, what it came to, its certificate and its errors."""
    with working_in(tenant):
        _answer(BillRun.objects.select_related("bill_cycle").get(pk=_run_named(run)), as_json)


@commands.command("list")
def list_runs(tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False) -> None:
    """The last hundred runs."""
    with working_in(tenant):
        print_list(latest_runs(SHOWN), as_json)


def _ask_ahead(day: date) -> None:
    """RUN-10: what a run so far ahead locks; on a terminal it is started only once that is confirmed."""
    problems_to.print(f"A run for {day}: {locks(day)}", highlight=False)
    if sys.stdin.isatty():
        typer.confirm("Start it?", abort=True, err=True)


def _do(action: Callable[[], BillRun], tenant: str, workers: int, wait: bool, as_json: bool) -> None:
    """Have something done with a run, wait for it with a progress bar, and say what came of it."""
    with working_in(tenant):
        run = action()
        if wait and run.status in UNFINISHED:
            _wait_with_progress_bar(run, workers)
        _answer(run, as_json)
    raise typer.Exit(0 if run.status in WELL_ENDED or not wait else FAILED)


def _wait_with_progress_bar(run: BillRun, workers: int) -> None:
    label = f"{run.step} {run.bill_cycle.name} {run.billing_date}"
    with workers_alongside(workers) as look_after, _progress() as bar:
        task = bar.add_task(label, total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total or None, description=f"{label} {run.trouble}".strip())

        wait_for_runs([run], look_after, show)


def _answer(run: BillRun, as_json: bool) -> None:
    if as_json:
        print_json(document_of(run))
    else:
        print_summary(run)


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


def _cycle_named(name: str) -> int:
    cycle = BillCycle.objects.filter(name=name).first()
    if cycle is None:
        names = ", ".join(BillCycle.objects.order_by("name").values_list("name", flat=True)[:20])
        raise unknown("bill_cycle", f"there is no bill cycle {name!r}; there are {names or 'none'}", name)
    return cycle.pk


def _run_named(name: str) -> int:
    number = decode_id("bill_run", name)
    if number is None or not BillRun.objects.filter(pk=number).exists():
        last = ", ".join(encode_id("bill_run", run.pk) for run in latest_runs(3))
        raise unknown("run", f"there is no bill run {name!r}; the last ones are {last or 'none'}", name)
    return number


def _accounts_numbered(numbers: Sequence[str]) -> list[int]:
    found = dict(Account.objects.filter(number__in=numbers).values_list("number", "id"))
    problems = Problems()
    for number in numbers:
        if number not in found:
            problems.add("account", "unknown", f"there is no account {number!r}", "RUN-4", number)
    problems.raise_if_any()
    return list(found.values())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise invalid(
            "billing_date", "not_a_date", f"{text!r} is not a date; write it as 2026-01-31", "RUN-1", text
        ) from None


def _progress() -> Progress:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=problems_to)
