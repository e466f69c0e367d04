"""Numbers as people and machines write them down: plain decimals that can be read in one way only."""

import json
import re
from decimal import Decimal
from typing import Any

WHOLE_DIGITS = 18
DECIMALS = 12
_PLAIN = re.compile(rf"-?[0-9]{{1,{WHOLE_DIGITS}}}(\.[0-9]{{1,{DECIMALS}}})?")


class ExactDecoder(json.JSONDecoder):
    """Reads the numbers of a JSON document that have decimals as they are written, not as the nearest float."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{**options, "parse_float": Decimal})


def parse_decimal(text: str) -> Decimal | None:
    """The number that `text` writes plainly (`-12.50`), or None.

    None also for an exponent, NaN, infinity, separators of thousands, blanks, more than 12 decimals or 18 whole digits.
    """
    return Decimal(text) if _PLAIN.fullmatch(text) else None


def decimal_text(number: Decimal) -> str:
    """Without exponent and without zeros at the end: 3, 0.05. What parse_decimal reads as the same number again."""
    plain = f"{number or Decimal(0):f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def is_plain(number: Decimal, decimals: int = DECIMALS, whole_digits: int = WHOLE_DIGITS) -> bool:
    """Whether `number` is finite and has no more than so many whole digits and, apart from trailing zeros, decimals."""
    if not number.is_finite():
        return False
    if not number:
        return True
    _, digits, exponent = number.as_tuple()
    assert isinstance(exponent, int)  # a finite number's exponent is one
    if exponent >= -decimals:
        return number.adjusted() < whole_digits
    trailing_zeros = len(digits) - len("".join(map(str, digits)).rstrip("0"))
    return number.adjusted() < whole_digits and exponent + trailing_zeros >= -decimals
