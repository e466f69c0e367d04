"""Measure and print; started by `python -m benchmarks` with a data folder of its own."""

import os
import sys

import django
from rich.console import Console
from rich.table import Table

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "banyan.foundation.django_settings")

from banyan.foundation.database import start_database

start_database()
django.setup()

from banyan.foundation.actions.migrate import migrate
from benchmarks.bill_run import WORKERS, measure


def main(sizes: list[int]) -> None:
    """PERF-1 for each size."""
    migrate()
    console = Console()
    table = Table(title=f"Bill run, {WORKERS} workers, against INSERT … SELECT of the same rows (PERF-1: at most 3)")
    for heading in ("accounts", "invoices", "lines", "run", "floor", "ratio", "invoices/s", "lines/s", "read/compute/write"):
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
