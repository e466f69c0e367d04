"""Values of the tenant's own fields (FLD-1): checked, and brought into the form in which they are found (FLD-2).

Texts, choices and dates (YYYY-MM-DD) are kept as texts, numbers as numbers, yes and no as true and false.
"""

from collections.abc import Callable, ItemsView, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.db.models import QuerySet

from banyan.accounts.models import Account, Customer, CustomField, CustomFieldType, CustomSubject
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import is_blank
from banyan.kernel.decimals import parse_decimal
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import control_character_in, shown

Row = TypeVar("Row", Account, Customer)
Fields = Mapping[str, CustomField]
"""The fields of one subject by key."""

LONGEST_TEXT = 1000
MOST_DIGITS = 15
"""What every reader of JSON gives back as it was."""

_YES_AND_NO = {"true": True, "yes": True, "false": False, "no": False}


@dataclass(frozen=True, slots=True)
class BadValue(Exception):
    """A value is not of its field's type; what would be right."""

    code: str
    message: str


def locked_custom_fields() -> Mapping[str, Fields]:
    """The fields of each subject, which nobody changes until the transaction ends."""
    found: dict[str, dict[str, CustomField]] = {subject: {} for subject in CustomSubject}
    for field in CustomField.objects.raw("SELECT * FROM accounts_customfield ORDER BY id FOR SHARE"):
        found[field.subject][field.key] = field
    return found


def with_values(
    fields: Fields, kept: Mapping[str, object], given: object, problems: Problems, path: str = "custom_fields"
) -> dict[str, object]:
    """What is kept, with the values that were given: each replaces that of its key; null or a blank text takes it away,
    and null instead of values takes all away.

    Refused: a key that is none, a value of another type, a value for an inactive field, a required one that is missing.
    That the values are an object is checked elsewhere.
    """
    result = dict(kept)
    for key, value in dict.fromkeys(kept).items() if given is None else _items(given):
        _give(fields, result, str(key), value, problems, f"{path}.{key!s:.80}")
    for key, field in fields.items():
        if field.required and field.active and key not in result and f"{path}.{key}" not in _fields_of(problems):
            message = f"{field.label} is required; give it a value."
            problems.add(f"{path}.{key}", "required", message, "FLD-1")
    return result


def having(rows: QuerySet[Row], subject: CustomSubject, wanted: Mapping[str, str]) -> QuerySet[Row]:
    """FLD-2: the rows whose custom fields hold all of the wanted values, which are given as texts.

    Refused: a key that is none, and a text that is no value of its field.
    """
    fields = {field.key: field for field in CustomField.objects.filter(subject=subject, key__in=wanted)}
    problems, held = Problems(), {}
    for key, text in wanted.items():
        if key in fields:
            held[key] = _checked(fields[key], text, problems, f"custom_fields.{key}")
        else:
            _refuse_unknown(key, problems, f"custom_fields.{key:.80}")
    problems.raise_if_any()
    return rows.exclude(custom_fields={}).filter(custom_fields__contains=held)


def _items(given: object) -> ItemsView[object, object]:
    return (given if isinstance(given, Mapping) else {}).items()


def _give(fields: Fields, result: dict[str, object], key: str, value: object, problems: Problems, place: str) -> None:
    field = fields.get(key)
    if is_blank(value) and (field is not None or key in result):
        result.pop(key, None)
    elif field is None:
        _refuse_unknown(key, problems, place)
    else:
        checked = _checked(field, value, problems, place)
        if not field.active and checked != result.get(key):
            message = f"{field.label} is not in use any more; leave it out."
            problems.add(place, "inactive_field", message, "FLD-1", key)
        result[key] = checked


def _refuse_unknown(key: str, problems: Problems, place: str) -> None:
    message = f"There is no custom field {shown(key)}; create it first."
    problems.add(place, "unknown_field", message, "FLD-1", key)


def _fields_of(problems: Problems) -> set[str]:
    return {problem.field for problem in problems.found}


def _checked(field: CustomField, value: object, problems: Problems, place: str) -> object:
    """The value as it is kept; None when it is of another type, which is noted."""
    try:
        return _READERS[CustomFieldType(field.type)](field, value)
    except BadValue as bad:
        problems.add(place, bad.code, f"{bad.message}", "FLD-1", value)
        return None


def _text(field: CustomField, value: object) -> object:
    if not isinstance(value, str):
        raise BadValue("not_text", f"{shown(value)} is not a text.")
    if len(value) > LONGEST_TEXT:
        raise BadValue("too_long", f"The text has {len(value)} characters; at most {LONGEST_TEXT} are allowed.")
    if control := control_character_in(value, lines=True):
        raise BadValue("control_character", f"The text holds the control character {control}; remove it.")
    return value


def _number(field: CustomField, value: object) -> object:
    number = _decimal_of(value)
    if number is None:
        raise BadValue("not_a_number", f"{shown(value)} is not a number such as 12.5.")
    digits = number.normalize().as_tuple()
    if len(digits.digits) > MOST_DIGITS or abs(number.adjusted()) >= MOST_DIGITS:
        raise BadValue("too_many_digits", f"{value!s:.80} has more digits than the {MOST_DIGITS} that are kept.")
    return int(number) if number == number.to_integral_value() else float(number)


def _decimal_of(value: object) -> Decimal | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        number = Decimal(str(value))
        return number if number.is_finite() else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return parse_decimal(value) if isinstance(value, str) else None


def _date(field: CustomField, value: object) -> object:
    try:
        day = value if isinstance(value, date) else date.fromisoformat(str(value))
    except ValueError:
        day = None
    if day is None or not checks.EARLIEST_DAY <= day <= checks.LATEST_DAY or (value != day and value != str(day)):
        raise BadValue("not_a_date", f"{shown(value)} is not a day written like 2026-01-31.")
    return str(day)


def _yes_or_no(field: CustomField, value: object) -> object:
    answer = _YES_AND_NO.get(value) if isinstance(value, str) else value
    if not isinstance(answer, bool):
        raise BadValue("not_a_flag", f"{shown(value)} is neither true nor false.")
    return answer


def _choice(field: CustomField, value: object) -> object:
    if value not in field.options:
        raise BadValue("not_a_choice", f"{shown(value)} is not a choice; choose one of {', '.join(field.options)}.")
    return value


_READERS: Mapping[CustomFieldType, Callable[[CustomField, object], object]] = {
    CustomFieldType.TEXT: _text,
    CustomFieldType.NUMBER: _number,
    CustomFieldType.DATE: _date,
    CustomFieldType.YES_NO: _yes_or_no,
    CustomFieldType.CHOICE: _choice,
}
