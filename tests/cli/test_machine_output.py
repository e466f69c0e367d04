"""What a command says with --json is data: lists, numbers, amounts by currency; nothing is put into words."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from banyan.cli.main import program
from tests.serving import RunningServer

IN_WORDS = re.compile(r"\d,\d{3}\b|\d [A-Z]{3}\b|\d[.,]\d+ ?[$€£]|[$€£] ?\d")
READS = {
    ("apikey", "list"): (),
    ("bill-run", "list"): (),
    ("history",): ("organization",),
    ("jobs", "list"): ("--waiting",),
    ("settings", "list"): (),
    ("tenant", "list"): (),
    ("user", "list"): (),
    ("user", "membership", "list"): ("machine@example.com",),
    ("verify",): (),
}
CHANGES = {
    *(("bill-run", verb) for verb in ("start", "simulate", "approve", "discard", "reverse", "retry", "show")),
    *(("jobs", verb) for verb in ("retry", "delete")),
    *(("tenant", verb) for verb in ("create", "delete")),
    *(("user", verb) for verb in ("create", "change", "sign-in-link")),
    *(("apikey", "create"), ("user", "membership", "add"), ("import",), ("export",), ("bench",)),
}
"""What does something, or needs something to be there; each has tests of its own."""


def commands(found: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if hasattr(found, "commands"):
        for name, each in found.commands.items():
            yield from commands(each, (*path, name))
    elif any("--json" in option.opts for option in found.params):
        yield path


def texts(answer: Any) -> Iterator[str]:
    if isinstance(answer, dict):
        for value in answer.values():
            yield from texts(value)
    elif isinstance(answer, list):
        for value in answer:
            yield from texts(value)
    elif isinstance(answer, str):
        yield answer


def test_every_command_that_answers_in_json_is_known_here():
    assert set(commands(typer.main.get_command(program))) == READS.keys() | CHANGES


@pytest.mark.rule("SYS-3")
def test_what_is_read_in_json_is_data(server: RunningServer):
    made = server.program("user", "create", "Mia", "machine@example.com", "--organization", "ROOT", "--json")
    assert [each["organization"] for each in json.loads(made.stdout)["memberships"]] == ["ROOT"]
    for command, arguments in READS.items():
        done = server.program(*command, *arguments, "--json")
        assert done.returncode == 0, (command, done.stderr)
        assert [text for text in texts(json.loads(done.stdout)) if IN_WORDS.search(text)] == [], command
    (tenant,) = json.loads(server.program("tenant", "list", "--json").stdout)
    assert tenant["hosts"] == []
