"""What docs/how-to/use-the-api.md shows is what happens."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.api.asking import Api

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "use-the-api.md"
EXAMPLE = re.compile(r"```http\n(?P<asked>.+?)\n\n(?P<status>\d{3})\n(?P<answer>.+?)\n```", re.DOTALL)
ID = re.compile(r"[a-z]{3}_[0-9]+")
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Example:
    """A request and what it is answered with, as the page has them."""

    method: str
    path: str
    body: str | None
    status: int
    answer: Any


def examples() -> Iterator[Example]:
    for found in EXAMPLE.finditer(PAGE.read_text()):
        first, _, body = found["asked"].partition("\n")
        method, path = first.split(" ", 1)
        yield Example(method, path, body or None, int(found["status"]), json.loads(found["answer"]))


def with_ids(text: str, ids: dict[str, str]) -> str:
    """With the ids of the test in the place of the page's."""
    return ID.sub(lambda found: ids.get(found[0], found[0]), text)


def compare(shown: Any, answered: Any, ids: dict[str, str], place: str = "") -> None:
    """All that is shown has to be answered. An id that the page shows for the first time is what comes there."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in answered, (place, name, answered)
            compare(value, answered[name], ids, f"{place}.{name}")
    elif isinstance(shown, list):
        assert len(shown) == len(answered) or place == ".data", (place, answered)
        for number, value in enumerate(shown):
            compare(value, answered[number], ids, f"{place}.{number}")
    elif isinstance(shown, str) and ID.fullmatch(shown):
        assert ids.setdefault(shown, answered) == answered, place
    elif shown != ANYTHING:
        assert shown == answered, place


@pytest.mark.rule("API-2", "API-3", "API-4", "REL-3", "WHO-6", "ERR-1")
def test_the_page_shows_what_happens(api: Api):
    ids: dict[str, str] = {}
    asked = list(examples())
    for example in asked:
        body = None if example.body is None else json.loads(with_ids(example.body, ids))
        reply = api.ask(example.method, with_ids(example.path, ids), body)
        assert reply.status == example.status, (example, reply)
        compare(example.answer, reply.body, ids)
    assert len(asked) == PAGE.read_text().count("```http")
