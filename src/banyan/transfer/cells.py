"""What the text of a cell means: dates, decimals, lists, tiers. A blank cell never comes here; it is "not given"."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from banyan.catalog.inputs import NewTier
from banyan.kernel.decimals import parse_decimal

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_NUMBER = re.compile(r"-?\d{1,9}")
_CONTROL_CHARACTER = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_YES_AND_NO = {"true": True, "yes": True, "false": False, "no": False}


class BadCell(Exception):
    """The text of a cell is not what its column takes: a code, and what would be right."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class CellType:
    """What a column's cells hold: its words in the documentation and how to read one."""

    described_as: str
    read: Callable[[str], object]


def read_text(text: str) -> str:
    """Refuses control characters other than tabs and line ends."""
    if found := _CONTROL_CHARACTER.search(text):
        raise BadCell("control_character", f"the text holds the control character U+{ord(found[0]):04X}; remove it")
    return text


def read_date(text: str) -> date:
    """Only YYYY-MM-DD: other ways to write a date mean different days in different places."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else _refuse_date(text)
    except ValueError:
        return _refuse_date(text)


def _refuse_date(text: str) -> date:
    raise BadCell("not_a_date", f"{text!r} is no date; write it as 2026-01-31")


def read_timestamp(text: str) -> datetime:
    """RFC 3339 with its offset from UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadCell("not_a_timestamp", f"{text!r} is no time with an offset; write it as 2026-01-31T09:30:00Z")
    return moment


def read_decimal(text: str) -> Decimal:
    """No exponent, no thousands separator, no NaN: see kernel.decimals."""
    number = parse_decimal(text)
    if number is None:
        raise BadCell("not_a_decimal", f"{text!r} is no number; write it as 1234.50: no separators, no exponent")
    return number


def read_whole_number(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise BadCell("not_a_whole_number", f"{text!r} is no whole number of at most nine digits")
    return int(text)


def read_yes_or_no(text: str) -> bool:
    if text.lower() not in _YES_AND_NO:
        raise BadCell("not_true_or_false", f"{text!r} is neither true nor false")
    return _YES_AND_NO[text.lower()]


def read_json(text: str) -> object:
    """Any JSON that the database can keep; whether it has to be an object is the action's to say."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadCell("not_json", f"the text is not JSON: {error}") from None
    if "\\u0000" in text:
        raise BadCell("control_character", "the text holds the control character U+0000; remove it")
    return value


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON value")


def read_list(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in read_text(text).split(";") if part.strip())


def pairs(name: str, first: str, second: str, example: str) -> CellType:
    """A cell with a list of two texts each, such as phones with their type."""

    def read(text: str) -> tuple[dict[str, str], ...]:
        return tuple(read_pair(part) for part in read_list(text))

    def read_pair(part: str) -> dict[str, str]:
        one, colon, other = part.partition(":")
        if not colon:
            raise BadCell("not_a_pair", f"{part!r} is not a {first} and a {second}; write it as {example}")
        return {first: one.strip(), second: other.strip()}

    return CellType(f"{name}, `{example}`", read)


def read_tiers(text: str) -> tuple[NewTier, ...]:
    """`100:1.00;500:0.80+5;:0.50`: up to 100 at 1.00, up to 500 at 0.80 and 5 once, beyond that at 0.50."""
    return tuple(_read_tier(part) for part in read_list(text))


def _read_tier(text: str) -> NewTier:
    up_to, colon, amounts = text.partition(":")
    if not colon:
        raise BadCell("not_a_tier", f"{text!r} is no tier; write it as 100:1.00, and the last, open one as :0.50")
    unit_amount, plus, flat_amount = amounts.partition("+")
    return NewTier(
        read_decimal(up_to.strip()) if up_to.strip() else None,
        read_decimal(unit_amount.strip()),
        read_decimal(flat_amount.strip()) if plus else Decimal(0),
    )


def one_of(*choices: str) -> CellType:
    """A cell that holds one of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise BadCell("not_a_choice", f"{text!r} is none of {', '.join(choices)}")
        return text

    return CellType(" or ".join(f"`{choice}`" for choice in choices), read)


TEXT = CellType("text", read_text)
DATE = CellType("date, `2026-01-31`", read_date)
TIMESTAMP = CellType("time, `2026-01-31T09:30:00Z`", read_timestamp)
DECIMAL = CellType("decimal, `1234.50`", read_decimal)
WHOLE_NUMBER = CellType("whole number", read_whole_number)
YES_OR_NO = CellType("`true` or `false`", read_yes_or_no)
JSON = CellType("JSON", read_json)
LIST = CellType("list, `one;two`", read_list)
PHONES = pairs("phones", "type", "number", "mobile: +1 415 555 2671;fixed: +1 415 555 2600")
TAX_REGISTRATIONS = pairs("tax registrations", "country", "number", "DE: DE136695976;FR: FR40303265045")
TIERS = CellType("tiers, `100:1.00;500:0.80+5;:0.50`", read_tiers)
