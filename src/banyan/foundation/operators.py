"""What an operator set and that can't be read: said at the start, instead of being found out by whoever signs in."""

import os

MOST_DIGITS = 9


class UnreadableSettingError(ValueError):
    """A variable or a file of the operator's can't be read; the message says which, and what would be right."""


def number_set(variable: str, otherwise: int, least: int = 0) -> int:
    """The whole number in a BANYAN_ variable, `otherwise` where it is not set. Raises UnreadableSettingError."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return otherwise
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS or int(text) < least:
        raise UnreadableSettingError(
            f"{variable} is {text!r}; give a whole number of at least {least}, such as {otherwise}"
        )
    return int(text)
