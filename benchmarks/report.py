"""Measure and print; started by `python -m benchmarks` with a data folder of its own."""

import sys

from rich.console import Console
from rich.table import Table

from banyan.cli.working_in import open_database
from benchmarks.bill_run import WORKERS, measure

HEADINGS = ("accounts", "invoices", "lines", "run", "floor", "ratio", "invoices/s", "lines/s", "read/compute/write")


def main(sizes: list[int]) -> None:
    """PERF-1 for each size."""
    open_database()
    console = Console(width=120)
    table = Table(title=f"Bill run, {WORKERS} workers, against INSERT … SELECT of the same rows (PERF-1: at most 3)")
    for heading in HEADINGS:
        table.add_column(heading, justify="right")
    for size in sizes:
        with console.status(f"{size:,} accounts"):
            found = measure(size)
        table.add_row(
            f"{found.accounts:,}",
            f"{found.invoices:,}",
            f"{found.lines:,}",
            f"{found.seconds:.2f} s",
            f"{found.floor:.2f} s",
            f"{found.ratio:.2f}",
            f"{found.invoices / found.seconds:,.0f}",
            f"{found.lines / found.seconds:,.0f}",
            " / ".join(f"{share:.0%}" for share in found.shares.values()),
        )
    console.print(table)


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]])
