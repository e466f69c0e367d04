"""The catalogues of texts against what code and templates say: `python -m tests.architecture.messages` brings them up
to date. A text that a catalogue doesn't have yet gets an empty translation, one that nobody says any more leaves it.
"""

import io
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_javascript
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "banyan"
CATALOGUES = sorted((SOURCES / "locale").glob("*/LC_MESSAGES/django.po"))
KEYWORDS: Mapping[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
}


def texts_of_template(
    file: BinaryIO, keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[tuple[Any, ...]]:
    """What a template of Django marks. `templatize` leaves calls of gettext and an X for each other letter, which is no
    Python; Babel's reader of JavaScript minds the least."""
    calls = templatize(file.read().decode())
    yield from extract_javascript(io.BytesIO(calls.encode()), keywords, comment_tags, {**options, "encoding": "utf-8"})


def said() -> Catalog:
    """Every text that is marked to be translated, without translations, in the order of the files."""
    found = Catalog(fuzzy=False)
    kinds: Any = [("**/templates/**.html", texts_of_template), ("**.py", "python")]
    for file, _line, text, _comments, context in extract_from_dir(SOURCES, kinds, keywords=KEYWORDS):
        found.add(text, locations=[(f"src/banyan/{file}", 0)], context=context)
    return found


def up_to_date(catalogue: Path) -> bytes:
    """A catalogue with the texts that are said now."""
    with catalogue.open("rb") as file:
        held = read_po(file, locale=catalogue.parents[1].name)
    held.msgid_bugs_address = held.last_translator = held.language_team = ""
    held.update(said(), no_fuzzy_matching=True, update_creation_date=False)
    written = io.BytesIO()
    write_po(written, held, width=120, ignore_obsolete=True, include_lineno=False)
    return written.getvalue().lstrip()


if __name__ == "__main__":
    for each in CATALOGUES:
        each.write_bytes(up_to_date(each))
