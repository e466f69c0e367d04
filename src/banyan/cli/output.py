"""How commands answer: tables for people, JSON for programs."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

from banyan.kernel.refusals import Refusal

JsonOption = Annotated[bool, typer.Option("--json", help="Answer in JSON.")]
TenantOption = Annotated[str, typer.Option("--tenant", help="The tenant to work in.")]
DEFAULT_TENANT = "default"
people = Console()
problems_to = Console(stderr=True)


def print_json(answer: Any) -> None:
    """One JSON value on standard output; dates and decimals as text."""
    typer.echo(json.dumps(answer, default=str, ensure_ascii=False))


def print_rows(rows: Sequence[Mapping[str, Any]], as_json: bool) -> None:
    """Rows that have the same columns."""
    if as_json:
        print_json(list(rows))
        return
    if not rows:
        people.print("none")
        return
    people.print(table_of(list(rows[0]), [[_cell(value) for value in row.values()] for row in rows]))


def table_of(columns: Sequence[str], rows: Iterable[Sequence[str]], title: str | None = None) -> Table:
    """Cells are shown as they are, with what looks like a mark of the terminal, and folded: nothing is cut off."""
    about = None if title is None else Text(title)
    table = Table(*(Column(name, overflow="fold") for name in columns), title=about, title_justify="left")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _cell(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return "" if value is None else str(value)


def print_refusal(refusal: Refusal, as_json: bool) -> None:
    """Everything that was refused: field, value, rule and what would be right, on standard error."""
    found: list[dict[str, Any]] = [
        {"field": each.field, "value": each.value, "rule": each.rule, "code": each.code, "message": each.message}
        for each in refusal.problems
    ]
    if as_json:
        typer.echo(json.dumps({"refused": refusal.kind, "errors": found}, default=str, ensure_ascii=False), err=True)
        return
    rows = [[_cell(each[part]) for part in ("field", "value", "rule", "message")] for each in found]
    problems_to.print(table_of(["Field", "Value", "Rule", "What is wrong"], rows, "Refused"))
