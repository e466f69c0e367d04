"""What an operator set and that can't be read: said at the start, instead of being found out by whoever signs in."""

import os


class UnreadableSettingError(ValueError):
    """A variable or a file of the operator's can't be read; the message says which, and what would be right."""


def seconds_set(variable: str, otherwise: int) -> int:
    """The whole number of seconds in a BANYAN_ variable. Raises UnreadableSettingError."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise UnreadableSettingError(f"{variable} is {text!r}; give a whole number of seconds, such as {otherwise}")
    return int(text)
