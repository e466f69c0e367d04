"""Every command that the pages show is one that there is, with options that it takes."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from banyan.cli.main import program

ROOT = Path(__file__).parents[2]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "demo/README.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
]
SHELL = re.compile(r"```console\n(.*?)```", re.DOTALL)
INLINE = re.compile(r"`(banyan [^`]+)`")
WRITTEN_AS_ONE = re.compile(r"\$\((banyan [^)]+)\)")
PLACEHOLDER = "…"


def commands_of(page: Path) -> Iterator[str]:
    """What a page shows to be typed, without the comment behind it."""
    text = page.read_text()
    shown = [line for block in SHELL.findall(text) for line in block.splitlines()]
    inside = [found for line in shown for found in WRITTEN_AS_ONE.findall(line)]
    typed = [re.sub(r"^\w*\$ +", "", line.strip()) for line in shown]
    for command in [*typed, *inside, *INLINE.findall(text)]:
        if command.startswith("banyan "):
            yield command


def what_is_wrong(command: str) -> str | None:
    """Why the program would not take the command, read but not run; None where it would."""
    words = [word for word in shlex.split(command, comments=True)[1:] if word != PLACEHOLDER]
    found: Any = typer.main.get_command(program)
    while hasattr(found, "commands"):
        if not words or words == ["--help"]:
            return None
        if words[0] not in found.commands:
            return f"there is no {words[0]!r}"
        found, words = found.commands[words[0]], words[1:]
    named = [each for each in found.params if each.param_type_name == "option"]
    takes_value = {name: not each.is_flag for each in named for name in (*each.opts, *each.secondary_opts)}
    takes_value["--help"] = False
    arguments = [each for each in found.params if each.param_type_name == "argument"]
    given = 0
    while words:
        word = words.pop(0)
        if not word.startswith("--"):
            given += 1
        elif word not in takes_value:
            return f"it has no {word}"
        elif takes_value[word] and words:
            words.pop(0)
    if given > len(arguments) and all(each.nargs > 0 for each in arguments):
        return f"it takes no more than {len(arguments)} words, not {given}"
    return None


def shown() -> list[tuple[str, str]]:
    return sorted({(page.relative_to(ROOT).as_posix(), command) for page in PAGES for command in commands_of(page)})


@pytest.mark.parametrize(("page", "command"), shown())
def test_a_command_that_is_shown_is_one_that_the_program_takes(page: str, command: str) -> None:
    assert what_is_wrong(command) is None


@pytest.mark.parametrize(
    ("command", "wrong"),
    [
        ("banyan bill", "there is no 'bill'"),
        ("banyan bill-run begin", "there is no 'begin'"),
        ("banyan verify --everything", "it has no --everything"),
        ("banyan history account ACC-000012 2026 twice", "it takes no more than 2 words, not 4"),
    ],
)
def test_a_command_that_there_is_not_is_found(command: str, wrong: str) -> None:
    assert what_is_wrong(command) == wrong


def test_the_pages_are_read() -> None:
    pages = {page for page, _ in shown()}
    assert {"README.md", "docs/how-to/import.md", "docs/how-to/operate.md", "docs/how-to/scale-out.md"} <= pages
