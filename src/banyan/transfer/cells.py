"""What the text of a cell means, and how a value is written in one: dates, decimals, lists, tiers.

A blank cell never comes here; it is "not given". What is written is read as the same value again.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from banyan.catalog.inputs import NewTier
from banyan.kernel.decimals import decimal_text, parse_decimal
from banyan.kernel.money import exact_amount_text
from banyan.kernel.strict_json import each_key_once
from banyan.kernel.texts import control_character_in, shown

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_WHOLE_NUMBER = re.compile(r"-?\d{1,9}")
_PART = re.compile(r"(?:\\[\\;]|[^;])+")
_ESCAPED = re.compile(r"\\([\\;])")
_TO_ESCAPE = re.compile(r"[\\;]")
_YES_AND_NO = {"true": True, "yes": True, "false": False, "no": False}


class BadCell(Exception):
    """The text of a cell is not what its column takes: a code, and what would be right."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class CellType:
    """What a column's cells hold: its words in the documentation, how to read one and how to write one.

    `is_text`: what is written is free text, which a spreadsheet might take for a formula.
    """

    described_as: str
    read: Callable[[str], object]
    write: Callable[[Any], str]
    is_text: bool = False


def read_text(text: str) -> str:
    """Refuses control characters other than tabs and line ends."""
    if control := control_character_in(text, lines=True):
        raise BadCell("control_character", f"the text holds the control character {control}; remove it")
    return text


def read_date(text: str) -> date:
    """Only YYYY-MM-DD: other ways to write a date mean different days in different places."""
    try:
        return date.fromisoformat(text) if _DATE.fullmatch(text) else _refuse_date(text)
    except ValueError:
        return _refuse_date(text)


def _refuse_date(text: str) -> date:
    raise BadCell("not_a_date", f"{shown(text)} is not a date; write it as 2026-01-31")


def read_timestamp(text: str) -> datetime:
    """RFC 3339 with its offset from UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise BadCell(
            "not_a_timestamp", f"{shown(text)} is not a time with an offset; write it as 2026-01-31T09:30:00Z"
        )
    return moment


def read_decimal(text: str) -> Decimal:
    """No exponent, no thousands separator, no NaN: see kernel.decimals."""
    number = parse_decimal(text)
    if number is None:
        raise BadCell(
            "not_a_decimal", f"{shown(text)} is not a number; write it as 1234.50: no separators, no exponent"
        )
    return number


def read_whole_number(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text):
        raise BadCell("not_a_whole_number", f"{shown(text)} is not a whole number of at most nine digits")
    return int(text)


def read_yes_or_no(text: str) -> bool:
    if text.lower() not in _YES_AND_NO:
        raise BadCell("not_true_or_false", f"{shown(text)} is neither true nor false")
    return _YES_AND_NO[text.lower()]


def read_json(text: str) -> object:
    """Any JSON that the database can keep; whether it has to be an object is the action's to say."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=each_key_once)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise BadCell("not_json", f"the text is not JSON: {error}") from None
    if "\\u0000" in text:
        raise BadCell("control_character", "the text holds the control character U+0000; remove it")
    return value


def _refuse_constant(constant: str) -> object:
    raise ValueError(f"{constant} is not a JSON value")


def write_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_text_or_json(text: str) -> object:
    """JSON where the text begins like an object, a list or a text in quotes and is one; else the text as it stands."""
    if text.startswith(("{", "[", '"')):
        try:
            return read_json(text)
        except BadCell:
            pass
    return read_text(text)


def write_text_or_json(value: object) -> str:
    if isinstance(value, str) and read_text_or_json(value.strip()) == value.strip():
        return value
    return write_json(value)


def read_list(text: str) -> tuple[str, ...]:
    """Texts between semicolons; a backslash before a semicolon or a backslash makes it part of the text."""
    parts = (_ESCAPED.sub(r"\1", part).strip() for part in _PART.findall(read_text(text)))
    return tuple(part for part in parts if part)


def write_list(values: Iterable[str]) -> str:
    return ";".join(_TO_ESCAPE.sub(r"\\\g<0>", value) for value in values)


def pairs(name: str, first: str, second: str, example: str) -> CellType:
    """A cell with a list of two texts each, such as phones with their type."""

    def read(text: str) -> tuple[dict[str, str], ...]:
        return tuple(read_pair(part) for part in read_list(text))

    def read_pair(part: str) -> dict[str, str]:
        one, colon, other = part.partition(":")
        if not colon:
            raise BadCell("not_a_pair", f"{shown(part)} is not a {first} and a {second}; write it as {example}")
        return {first: one.strip(), second: other.strip()}

    def write(found: Iterable[Mapping[str, str]]) -> str:
        return write_list(f"{pair[first]}: {pair[second]}" for pair in found)

    return CellType(f"{name}, `{example}`", read, write, is_text=True)


def read_tiers(text: str) -> tuple[NewTier, ...]:
    """`100:1.00;500:0.80+5;:0.50`: up to 100 at 1.00, up to 500 at 0.80 and 5 once, beyond that at 0.50."""
    return tuple(_read_tier(part) for part in read_list(text))


def _read_tier(text: str) -> NewTier:
    up_to, colon, amounts = text.partition(":")
    if not colon:
        raise BadCell(
            "not_a_tier", f"{shown(text)} is not a tier; write it as 100:1.00, and the last, open one as :0.50"
        )
    unit_amount, plus, flat_amount = amounts.partition("+")
    return NewTier(
        read_decimal(up_to.strip()) if up_to.strip() else None,
        read_decimal(unit_amount.strip()),
        read_decimal(flat_amount.strip()) if plus else Decimal(0),
    )


def write_tiers(price: Mapping[str, Any]) -> str:
    """`tiers` as a price keeps them, their amounts with the decimals of its `currency` at least (MON-1)."""
    return ";".join(_write_tier(tier, price["currency"]) for tier in price["tiers"])


def _write_tier(tier: Mapping[str, str | None], currency: str) -> str:
    up_to = tier.get("up_to")
    unit_amount, flat_amount = (Decimal(tier.get(part) or 0) for part in ("unit_amount", "flat_amount"))
    until = "" if up_to is None else write_decimal(Decimal(up_to))
    once = f"+{exact_amount_text(flat_amount, currency)}" if flat_amount else ""
    return f"{until}:{exact_amount_text(unit_amount, currency)}{once}"


def write_decimal(number: Decimal | int | float) -> str:
    """Plainly, without trailing zeros."""
    return decimal_text(Decimal(str(number)))


def write_amount(amount: Decimal) -> str:
    """With the decimals that it has (MON-1)."""
    return f"{amount:f}"


def write_timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def write_yes_or_no(value: bool) -> str:
    return "true" if value else "false"


def harmless(text: str) -> str:
    """The text, with an apostrophe before one that a spreadsheet would run as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def one_of(*choices: str) -> CellType:
    """A cell that holds one of a few words."""

    def read(text: str) -> str:
        if text not in choices:
            raise BadCell("not_a_choice", f"{shown(text)} is none of {', '.join(choices)}")
        return text

    return CellType(" or ".join(f"`{choice}`" for choice in choices), read, str)


TEXT = CellType("text", read_text, str, is_text=True)
DATE = CellType("date, `2026-01-31`", read_date, str)
TIMESTAMP = CellType("time, `2026-01-31T09:30:00Z`", read_timestamp, write_timestamp)
DECIMAL = CellType("decimal, `1234.50`", read_decimal, write_decimal)
AMOUNT = CellType("amount, `1234.50`, written with the currency's decimals", read_decimal, write_amount)
WHOLE_NUMBER = CellType("whole number", read_whole_number, str)
YES_OR_NO = CellType("`true` or `false`", read_yes_or_no, write_yes_or_no)
JSON = CellType("JSON", read_json, write_json)
TEXT_OR_JSON = CellType("text or JSON", read_text_or_json, write_text_or_json, is_text=True)
LIST = CellType("list, `one;two`", read_list, write_list, is_text=True)
PHONES = pairs("phones", "type", "number", "mobile: +1 415 555 2671;fixed: +1 415 555 2600")
TAX_REGISTRATIONS = pairs("tax registrations", "country", "number", "DE: DE136695976;FR: FR40303265045")
TIERS = CellType("tiers, `100:1.00;500:0.80+5;:0.50`", read_tiers, write_tiers)
