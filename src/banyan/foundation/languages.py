"""The languages that the console may be read in, and what they call themselves (decision 36)."""

import os

from banyan.foundation.operators import UnreadableSettingError

NAMES = {"en": "English", "de": "Deutsch"}
"""English is what texts are written in; the others have a catalogue in `locale/`."""


def languages_offered() -> list[tuple[str, str]]:
    """Codes and names: English, and those that BANYAN_LANGUAGES adds. What a catalogue lacks is English. Raises
    UnreadableSettingError."""
    text = os.environ.get("BANYAN_LANGUAGES", "")
    codes = dict.fromkeys(("en", *filter(None, map(str.strip, text.split(",")))))
    if not codes.keys() <= NAMES.keys():
        there_are = ", ".join(NAMES)
        raise UnreadableSettingError(f"BANYAN_LANGUAGES is {text!r}; give languages of these, with commas: {there_are}")
    return [(code, NAMES[code]) for code in codes]
