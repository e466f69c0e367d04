"""How commands answer: tables for people, JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

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
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    people.print(table)


def print_refusal(refusal: Refusal, as_json: bool) -> None:
    """Everything that was refused: field, value, rule and what would be right, on standard error."""
    found: list[dict[str, Any]] = [
        {"field": each.field, "value": each.value, "rule": each.rule, "code": each.code, "message": each.message}
        for each in refusal.problems
    ]
    if as_json:
        typer.echo(json.dumps({"refused": refusal.kind, "errors": found}, default=str, ensure_ascii=False), err=True)
        return
    table = Table("Field", "Value", "Rule", "What is wrong", title="Refused", title_justify="left")
    for each in found:
        value = "" if each["value"] is None else str(each["value"])
        table.add_row(each["field"], value, each["rule"] or "", each["message"])
    problems_to.print(table)
