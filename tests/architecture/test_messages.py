"""Texts that are marked to be translated, and what the catalogues have of them."""

from pathlib import Path
from string import Formatter

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from banyan.foundation.languages import NAMES
from tests.architecture.messages import CATALOGUES, said


def texts(message: Message) -> tuple[str, ...]:
    return message.id if isinstance(message.id, tuple) else (message.id,)


def translations(message: Message) -> tuple[str, ...]:
    return message.string if isinstance(message.string, tuple) else (message.string or "",)


def names_in(text: str) -> set[str]:
    """What is filled into a text: `{number}`, `%(shown)s`."""
    return {name for _, name, *_ in Formatter().parse(text) if name} | {
        part.partition(")")[0] for part in text.split("%(")[1:]
    }


def test_there_is_a_catalogue_of_every_language_but_english():
    assert {each.parents[1].name for each in CATALOGUES} == NAMES.keys() - {"en"}


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.parents[1].name)
def test_a_catalogue_has_what_code_and_templates_say(path: Path):
    with path.open("rb") as file:
        held = read_po(file, locale=path.parents[1].name)
    wanted = said()
    assert {(each.id, each.context) for each in held if each.id} == {
        (each.id, each.context) for each in wanted if each.id
    }, "bring the catalogues up to date: make messages"
    for message in filter(lambda each: each.id, held):
        assert len(translations(message)) == (held.num_plurals if message.pluralizable else 1), message.id
        assert all(translations(message)), f"{message.id!r} is not translated"
        filled_in = names_in(texts(message)[-1])
        assert all(names_in(text) <= filled_in for text in translations(message)), message.id
        assert names_in(translations(message)[-1]) == filled_in, message.id
