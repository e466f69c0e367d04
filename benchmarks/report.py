"""Measure and print; started by `python -m benchmarks` with a data folder of its own."""

from argparse import ArgumentParser
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from banyan.cli.working_in import open_database
from benchmarks import imports, lookups, usage
from benchmarks.bill_run import WORKERS, measure

SIZES = (10_000, 100_000)
LARGE = 1_000_000
MILLIONS_OF_EVENTS = (1, 10)
HEADINGS = (
    "accounts",
    "lines",
    "run",
    "floor",
    "ratio",
    "processor: Python",
    "PostgreSQL",
    "floor",
    "ratio",
    "invoices/s",
    "read/compute/write",
)


def main() -> None:
    """PERF-1 and imports for each size, PERF-5 in one large tenant, PERF-4 among more and more events."""
    parser = ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("sizes", type=int, nargs="*", default=SIZES, help="accounts that are billed and imported")
    parser.add_argument("--large", type=int, default=LARGE, help="accounts among which is looked up; 0: none")
    parser.add_argument("--events", type=int, nargs="*", default=MILLIONS_OF_EVENTS, help="millions; nothing: none")
    given = parser.parse_args()
    open_database()
    console = Console(width=120)
    report_bill_runs(console, given.sizes)
    for size in given.sizes:
        report_imports(console, size)
    if given.large:
        report_lookups(console, given.large)
    if given.events:
        report_usage(console, given.events)


def report_bill_runs(console: Console, sizes: Sequence[int]) -> None:
    """PERF-1 for each size."""
    table = Table(title=f"Bill run, {WORKERS} workers, against INSERT … SELECT of the same rows (PERF-1: at most 3)")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for size in sizes:
        with console.status(f"{size:,} accounts"):
            found = measure(size)
        table.add_row(
            f"{found.accounts:,}",
            f"{found.lines:,}",
            f"{found.run.seconds:.2f} s",
            f"{found.floor.seconds:.2f} s",
            f"{found.ratio:.2f}",
            f"{found.run.python:.2f} s",
            f"{found.run.postgresql:.2f} s",
            f"{found.floor.processor:.2f} s",
            f"{found.processor_ratio:.2f}",
            f"{found.invoices / found.run.seconds:,.0f}",
            " / ".join(f"{share:.0%}" for share in found.shares.values()),
        )
    console.print(table)


def report_imports(console: Console, accounts: int) -> None:
    """IMP-1, IMP-2: files that come in, and everything taken out again."""
    with console.status(f"files of {accounts:,} accounts"):
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
    console.print(table)


def report_lookups(console: Console, accounts: int) -> None:
    """PERF-5: medians and 95th percentiles, and how often the 95th holds that of the smallest request."""
    table = Table(title=f"Look-ups and moves among {accounts:,} accounts (PERF-5)")
    table.add_column("what")
    for heading in ("times", "median", "p95", "at most", "ratio"):
        table.add_column(heading, justify="right")
    with console.status(f"{accounts:,} accounts"):
        for found in lookups.measure(accounts):
            limit = found.question.limit
            table.add_row(
                found.question.name,
                f"{found.times}",
                f"{found.median:.1f} ms",
                f"[red]{found.p95:.1f} ms[/red]" if limit and found.p95 > limit else f"{found.p95:.1f} ms",
                f"{limit} ms" if limit else "",
                f"{found.ratio:.1f}",
            )
    console.print(table)


def report_usage(console: Console, millions: Sequence[int]) -> None:
    """PERF-4, and what a bill run's batch takes, for each number of events."""
    title = (
        f"Usage: {usage.CLIENTS} clients, batches of {usage.BATCH:,}, against COPY of the same rows (PERF-4: 20,000/s)"
    )
    table = Table(title=title)
    for heading in (
        "events there", "events/s", "of 2 cores", "Python", "PostgreSQL", "COPY", "ratio", "add up a batch", "an event"
    ):  # fmt: skip
        table.add_column(heading, justify="right")
    with console.status(f"{max(millions)} million events"):
        for found in usage.measure(millions):
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
    console.print(table)


if __name__ == "__main__":
    main()
