"""banyan bench"""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from banyan.cli.output import JsonOption
from banyan.kernel.refusals import conflict

SOURCES = Path(__file__).resolve().parents[3]


def bench(
    sizes: Annotated[list[int] | None, typer.Argument(help="Accounts that are billed, several times over.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure this machine: bill runs and everything else against the floor that PostgreSQL sets, in a tenant of their
    own that is deleted afterwards.
    """
    if not (SOURCES / "benchmarks").is_dir():
        raise conflict("command", "no_benchmarks", "the benchmarks come with Banyan's source code, which isn't here")
    command = [sys.executable, "-m", "benchmarks", *map(str, sizes or ()), *(["--json"] if as_json else ())]
    raise typer.Exit(subprocess.run(command, cwd=SOURCES).returncode)
