"""Measure and print; started by `python -m benchmarks` with a data folder of its own."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from banyan.cli.working_in import open_database
from benchmarks import imports, large_payer, lookups, months, usage
from benchmarks.bill_run import WORKERS, Measured, measure
from benchmarks.chart import Bars, chart

SIZES = (10_000, 100_000)
LARGE = 1_000_000
MILLIONS_OF_EVENTS = (1, 10)
HEADINGS = ("accounts", "lines", "seconds", "floor", "ratio", "Python", "PostgreSQL", "floor", "ratio", "MiB")


@dataclass(frozen=True, slots=True)
class Report:
    """Shows tables as they come, or keeps their figures for JSON; waiting is shown either way."""

    console: Console
    as_json: bool
    figures: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def show(self, about: str, table: Table, figures: Iterable[dict[str, Any]]) -> None:
        """A table, and its figures in seconds, bytes and numbers."""
        self.figures.setdefault(about, []).extend(figures)
        if not self.as_json:
            self.console.print(table)


def main() -> None:
    """Bill runs (PERF-1, PERF-2), a large payer (PERF-3), imports, look-ups in one large tenant (PERF-5), usage among
    more and more events (PERF-4).
    """
    parser = ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="accounts that are billed and imported")
    parser.add_argument("--months", type=int, default=months.MONTHS, help="months that are billed; 0: none")
    parser.add_argument("--payer", type=int, default=large_payer.ACCOUNTS, help="accounts of one payer; 0: none")
    parser.add_argument("--folder", help="a data folder to work in, which stays; otherwise one that is deleted")
    parser.add_argument("--no-runs", action="store_true", help="without bill runs of these sizes, and without imports")
    parser.add_argument("--no-imports", action="store_true", help="without imports")
    parser.add_argument("--large", type=int, default=LARGE, help="accounts among which is looked up; 0: none")
    parser.add_argument("--large-tenant", help="look up in this one, which large_tenant has populated, instead")
    parser.add_argument("--about", default="", help="only look-ups with this in their names")
    parser.add_argument("--events", type=int, nargs="*", default=MILLIONS_OF_EVENTS, help="millions; nothing: none")
    parser.add_argument("--chart", type=Path, help="where to write the picture of what a payer costs")
    parser.add_argument("--json", action="store_true", help="answer in JSON instead of tables")
    given = parser.parse_args()
    open_database()
    report = Report(Console(width=150, stderr=given.json), as_json=given.json)
    sizes = () if given.no_runs else given.sizes
    runs = report_bill_runs(report, sizes) if sizes else []
    of_months = report_months(report, given.months) if given.months else {}
    if given.chart:
        given.chart.write_text(_chart(runs, of_months))
    if given.payer:
        report_large_payer(report, given.payer)
    if not given.no_imports:
        for size in sizes:
            report_imports(report, size)
    if given.large_tenant:
        report_lookups(report, lookups.measure_in(given.large_tenant, given.about), f"in {given.large_tenant}")
    elif given.large:
        report_lookups(report, lookups.measure(given.large), f"among {given.large:,} accounts")
    if given.events:
        report_usage(report, given.events)
    if given.json:
        print(json.dumps(report.figures))


def report_bill_runs(report: Report, sizes: Sequence[int]) -> list[Measured]:
    """PERF-1 for each size, and how they compare (PERF-2)."""
    table = Table(
        title=f"Bill run, {WORKERS} workers, against INSERT … SELECT of the same rows (PERF-1: at most 3).\n"
        "First on the clock, then in seconds of processor time, which other work beside it disturbs less"
    )
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    runs = []
    for size in sizes:
        with report.console.status(f"{size:,} accounts"):
            found = measure(size)
        runs.append(found)
        table.add_row(
            f"{found.accounts:,}",
            f"{found.lines:,}",
            f"{found.run.seconds:.2f}",
            f"{found.floor.seconds:.2f}",
            f"{found.ratio:.2f}",
            f"{found.run.python:.2f}",
            f"{found.run.postgresql:.2f}",
            f"{found.floor.processor:.2f}",
            f"{found.processor_ratio:.2f}",
            f"{found.memory}",
        )
    if runs:
        table.caption = "µs a line in one process with what it waits for: " + "; ".join(map(_phases, runs))
    report.show("bill_runs", table, ({**asdict(run), "ratio": run.ratio} for run in runs))
    return runs


def _phases(run: Measured) -> str:
    per_line = ", ".join(f"{phase} {seconds / run.lines * 1e6:.0f}" for phase, seconds in run.phases.items())
    return f"{run.accounts:,} accounts: {per_line}"


def report_months(report: Report, count: int) -> dict[int, float]:
    """PERF-2: the processor time of a payer (µs), by month."""
    of_months = {}
    with report.console.status(f"{count} months"):
        for month, cost in enumerate(months.measure(count), start=1):
            of_months[month] = cost.processor / months.PAYERS * 1e6
    table = Table(title=f"Month after month, {months.ACCOUNTS:,} accounts: µs of processor time a payer (PERF-2)")
    for heading in ("months", "median", "against the first three"):
        table.add_column(heading, justify="right")
    by_quarter = {first: median(list(of_months.values())[first - 1 : first + 2]) for first in range(1, count + 1, 3)}
    for first, cost_of_quarter in by_quarter.items():
        table.add_row(f"{first} to {first + 2}", f"{cost_of_quarter:.0f}", f"{cost_of_quarter / by_quarter[1]:.2f}")
    report.show("months", table, ({"month": month, "us_a_payer": cost} for month, cost in of_months.items()))
    return of_months


def report_large_payer(report: Report, accounts: int) -> None:
    """PERF-3."""
    with report.console.status("a large payer"):
        found = large_payer.measure(accounts)
    table = Table(title=f"One payer for {accounts:,} accounts: one invoice of {found.lines:,} lines (PERF-3)")
    for heading in ("what", "found", "at most"):
        table.add_column(heading, justify="left" if heading == "what" else "right")
    table.add_row("The run", f"{found.run:.1f} s", "60 s")
    table.add_row("Memory of the worker", f"{found.memory} MiB", "1024 MiB")
    table.add_row("The invoice over the API, with its first 1,000 lines", f"{found.first_page:.2f} s", "2 s")
    table.add_row("1,000 lines in the middle", f"{found.middle_page:.2f} s", "2 s")
    table.add_row("All lines, page after page", f"{found.all_pages:.1f} s", "")
    report.show("large_payer", table, [asdict(found)])


def _chart(runs: Sequence[Measured], of_months: dict[int, float]) -> str:
    """What a payer costs, whatever the number of payers and of earlier months: bars of the same height."""
    sizes = {f"{run.accounts:,}": run.run.processor / run.invoices * 1e6 for run in runs}
    return chart(
        "µs of processor time a payer (workers and PostgreSQL)",
        [Bars("accounts billed", sizes), Bars("month", {str(month): cost for month, cost in of_months.items()})],
    )


def report_imports(report: Report, accounts: int) -> None:
    """IMP-1, IMP-2: files that come in, and everything taken out again."""
    with report.console.status(f"files of {accounts:,} accounts"):
        found = imports.measure(accounts)
    table = Table(
        title=f"Import of {accounts:,} accounts: {found.seconds:.1f} s; COPY of the same rows: {found.floor:.1f} s; "
        f"ratio {found.ratio:.1f}"
    )
    table.add_column("file")
    for heading in ("rows", "time", "rows/s"):
        table.add_column(heading, justify="right")
    for moved in (*found.files, found.export):
        table.add_row(moved.what, f"{moved.rows:,}", f"{moved.seconds:.2f} s", f"{moved.rows_per_second:,.0f}")
    report.show("imports", table, [{**asdict(found), "seconds": found.seconds, "ratio": found.ratio}])


def report_lookups(report: Report, measured: Iterable[lookups.Timed], where: str) -> None:
    """PERF-5: medians, 95th percentiles, and how often the smallest request goes into each."""
    table = Table(
        title=f"Look-ups and moves {where} (PERF-5): milliseconds, medians and 95th percentiles.\n"
        "On the clock; of processor time, which other work beside it disturbs less; of PostgreSQL's part of that"
    )
    table.add_column("what")
    for heading in ("times", "median", "p95", "at most", "ratio", "worked", "p95", "PostgreSQL", "p95"):
        table.add_column(heading, justify="right")
    figures = []
    with report.console.status(where):
        for found in measured:
            figures.append(_times(found))
            limit = found.question.limit
            table.add_row(
                found.question.name,
                f"{len(found.clock)}",
                f"{median(found.clock):.1f}",
                f"[red]{found.p95:.1f}[/red]" if limit and found.p95 > limit else f"{found.p95:.1f}",
                f"{limit}" if limit else "",
                f"{found.ratio:.1f}",
                *(f"{of(times):.1f}" for times in (found.worked, found.of_postgresql) for of in (median, lookups.p95)),
            )
    report.show("lookups", table, figures)


def _times(found: lookups.Timed) -> dict[str, Any]:
    of_each = {"clock": found.clock, "worked": found.worked, "of_postgresql": found.of_postgresql}
    return {
        "what": found.question.name,
        "at_most": found.question.limit,
        **{f"median_{name}": median(times) for name, times in of_each.items()},
        **{f"p95_{name}": lookups.p95(times) for name, times in of_each.items()},
        "ratio": found.ratio,
    }


def report_usage(report: Report, millions: Sequence[int]) -> None:
    """PERF-4, and what a bill run's batch takes, for each number of events."""
    title = (
        f"Usage: {usage.CLIENTS} clients, batches of {usage.BATCH:,}, against COPY of the same rows (PERF-4: 20,000/s)"
    )
    table = Table(title=title)
    for heading in (
        "events there", "events/s", "of 2 cores", "Python", "PostgreSQL", "COPY", "ratio", "add up a batch", "an event"
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    figures = []
    with report.console.status(f"{max(millions)} million events"):
        for found in usage.measure(millions):
            figures.append({**asdict(found), "per_second": found.per_second, "ratio": found.processor_ratio})
            table.add_row(
                f"{found.events:,}",
                f"{found.per_second:,.0f}",
                f"{found.per_second_of_two_cores:,.0f}",
                f"{found.cost.python / found.sent * 1e6:.1f} µs",
                f"{found.cost.postgresql / found.sent * 1e6:.1f} µs",
                f"{found.floor.postgresql / found.sent * 1e6:.1f} µs",
                f"{found.processor_ratio:.1f}",
                f"{found.seconds_to_add_up * 1000:.0f} ms",
                f"{found.bytes_of_an_event:.0f} B",
            )
    report.show("usage", table, figures)


if __name__ == "__main__":
    main()
