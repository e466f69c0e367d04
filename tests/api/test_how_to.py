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
HEADER = re.compile(r'(?:ETag|If-Match): ("tag-[0-9]")\n')
ID = re.compile(r"[a-z]{3}_[0-9]+")
ANYTHING = "…"


@dataclass(frozen=True, slots=True)
class Example:
    """A request and what it is answered with, as the page has them; `sent_tag` and `tag` are its names of ETags."""

    method: str
    path: str
    body: str | None
    status: int
    answer: Any
    sent_tag: str | None
    tag: str | None


def examples() -> Iterator[Example]:
    for found in EXAMPLE.finditer(PAGE.read_text()):
        first, _, rest = found["asked"].partition("\n")
        method, path = first.split(" ", 1)
        (sent_tag, body), (tag, answer) = without_tag(rest), without_tag(found["answer"])
        yield Example(method, path, body or None, int(found["status"]), json.loads(answer), sent_tag, tag)


def without_tag(text: str) -> tuple[str | None, str]:
    """The ETag that a text begins with, and the rest of it."""
    header = HEADER.match(text)
    return (header[1], text[header.end() :]) if header else (None, text)


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


@pytest.mark.rule("API-2", "API-3", "API-4", "API-7", "REL-3", "WHO-6", "ERR-1")
def test_the_page_shows_what_happens(api: Api):
    ids: dict[str, str] = {}
    asked = list(examples())
    for example in asked:
        body = None if example.body is None else json.loads(with_ids(example.body, ids))
        headers = {"If-Match": ids[example.sent_tag]} if example.sent_tag else None
        reply = api.ask(example.method, with_ids(example.path, ids), body, headers)
        assert reply.status == example.status, (example, reply)
        if example.tag:
            assert ids.setdefault(example.tag, str(reply.tag)) == reply.tag, example
        compare(example.answer, reply.body, ids)
    assert len(asked) == PAGE.read_text().count("```http")
