"""What a name, a code or a description may look like."""

import json
import re

LONGEST_SHOWN = 80

_NOT_IN_LINES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069"
_NOT_IN_LINES_PATTERN = re.compile(f"[{_NOT_IN_LINES}]")
_NOT_IN_A_LINE_PATTERN = re.compile(rf"[\t\n\r{_NOT_IN_LINES}]")


def control_character_in(text: str, *, lines: bool = False) -> str | None:
    """The first character, as U+202E, that steers something instead of being read; None when there is none.

    Halves of characters are among them, and what turns the direction of the text that follows, by which a name would
    show as another one; letters that are written from right to left are not. With `lines`, line ends and tabs are fine.
    """
    found = None if text.isprintable() else (_NOT_IN_LINES_PATTERN if lines else _NOT_IN_A_LINE_PATTERN).search(text)
    return f"U+{ord(found[0]):04X}" if found else None


def hidden_character_in(text: str) -> str | None:
    """The first character, as U+200B, by which two texts differ that look the same; None when there is none."""
    hidden = next((letter for letter in text if not letter.isprintable()), None)
    return hidden and f"U+{ord(hidden):04X}"


def spelt_out(text: str) -> str:
    r"""The text with what steers instead of being read, such as NUL, written as `\x00`; PostgreSQL keeps that."""
    return text if text.isprintable() else _NOT_IN_LINES_PATTERN.sub(lambda found: ascii(found[0])[1:-1], text)


def fault_of(text: str, longest: int) -> str | None:
    """What is wrong with a text that people read and that must fit a column, as a sentence; None when nothing is."""
    if not text.strip():
        return "is empty; give a text"
    if len(text) > longest:
        return f"has {len(text)} characters; at most {longest} fit"
    if control := control_character_in(text):
        return f"has the control character {control}; leave it out"
    return None


def shown(value: object) -> str:
    """A value as a message quotes it: a text with what can't be seen spelt out, anything else as JSON; never long."""
    quoted = repr(value) if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
    if not quoted.isprintable():
        quoted = json.dumps(value, default=str)
    return quoted if len(quoted) <= LONGEST_SHOWN else f"{quoted[: LONGEST_SHOWN - 3]}..."
