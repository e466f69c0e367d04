"""What a name, a code or a description may look like."""

import unicodedata

_UNPRINTABLE = {"Cc", "Cs"}


def fault_of(text: str, longest: int) -> str | None:
    """What is wrong with a text that people read and that must fit a column, as a sentence; None when nothing is."""
    if not text.strip():
        return "is empty; give a text"
    if len(text) > longest:
        return f"has {len(text)} characters; at most {longest} fit"
    if not text.isprintable() and any(unicodedata.category(character) in _UNPRINTABLE for character in text):
        return "has control characters; leave them out"
    return None
