"""Checks of single values. A check notes what is wrong with a value that is not None; it never raises."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from math import isfinite

import phonenumbers
from babel import Locale, UnknownLocaleError
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django_countries import countries
from stdnum.util import get_cc_module

from banyan.kernel.money import CURRENCIES
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import control_character_in, hidden_character_in, shown
from banyan.kernel.time_zones import check_time_zone

Check = Callable[[str, object, Problems], None]

EARLIEST_DAY = date(1900, 1, 1)
LATEST_DAY = date(2199, 12, 31)
ADDRESS_LENGTHS = {"line1": 200, "line2": 200, "city": 100, "state": 100, "postal_code": 20, "country": 2}
_LARGEST_JSON = 20_000
_DEEPEST_JSON = 20
_KINDS_OF_TAX_NUMBER = ("vat", "tin", "stnr", "idnr", "utr", "siren")


def is_blank(value: object) -> bool:
    """Whether it is nothing: a text of spaces is."""
    return value is None or (isinstance(value, str) and not value.strip())


def text(longest: int, rule: str | None = None, *, lines: bool = False) -> Check:
    """A check for text of at most so many characters."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, str):
            problems.add(field, "not_text", f"{shown(value)} is not a text.", rule, value)
        elif len(value) > longest:
            message = f"The text has {len(value)} characters; at most {longest} are allowed."
            problems.add(field, "too_long", message, rule, value[:80])
        elif control := control_character_in(value, lines=lines):
            message = f"The text holds the control character {control}; remove it."
            problems.add(field, "control_character", message, rule, value[:80])

    return check


def number(rule: str, longest: int) -> Check:
    """A check for a number that people give to a customer or account; blank is not given."""
    check_text = text(longest, rule)

    def check(field: str, value: object, problems: Problems) -> None:
        check_text(field, value, problems)
        if not isinstance(value, str) or not value.strip():
            return
        if value != value.strip():
            problems.add(field, "surrounding_space", f"{shown(value)} begins or ends with a space.", rule, value)
        elif (hidden := hidden_character_in(value)) and not control_character_in(value):
            message = f"{shown(value)} holds {hidden}, which nobody sees; leave it out."
            problems.add(field, "hidden_character", message, rule, value[:80])

    return check


def choice(values: Iterable[str], rule: str) -> Check:
    """A check for one of some words."""
    allowed = [str(value) for value in values]

    def check(field: str, value: object, problems: Problems) -> None:
        if value not in allowed:
            message = f"{shown(value)} is not a choice; choose one of {', '.join(allowed)}."
            problems.add(field, "not_a_choice", message, rule, value)

    return check


def time_zone(rule: str) -> Check:
    """A check for a time zone by its name."""

    def check(field: str, value: object, problems: Problems) -> None:
        check_time_zone(field, value, problems, rule)

    return check


def currency(rule: str) -> Check:
    """A check for a current ISO 4217 code."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, str) or value not in CURRENCIES:
            message = f"{shown(value)} is not a current ISO 4217 currency code such as USD or EUR."
            problems.add(field, "unknown_currency", message, rule, value)

    return check


def flag(rule: str) -> Check:
    """A check for yes or no."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, bool):
            problems.add(field, "not_a_flag", f"{shown(value)} is neither true nor false.", rule, value)

    return check


def day(rule: str | None) -> Check:
    """A check for a day that calendars of billing reach."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, date):
            problems.add(field, "not_a_date", f"{shown(value)} is not a date.", rule, value)
        elif not EARLIEST_DAY <= value <= LATEST_DAY:
            message = f"{value} is out of range; give a date from {EARLIEST_DAY} to {LATEST_DAY}."
            problems.add(field, "out_of_range", message, rule, value)

    return check


def whole_number(lowest: int, highest: int, rule: str) -> Check:
    """A check for a whole number within bounds."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            message = f"{shown(value)} is not a whole number from {lowest} to {highest}."
            problems.add(field, "out_of_range", message, rule, value)

    return check


def amount(rule: str) -> Check:
    """A check for an amount of zero or more; its decimals are checked where the currency is known (ACC-9)."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, Decimal) or not value.is_finite() or not 0 <= value < Decimal(10) ** 16:
            message = f"{value!s:.80} is not an amount of zero or more."
            problems.add(field, "not_an_amount", message, rule, str(value)[:80])

    return check


def email(rule: str) -> Check:
    """A check for one e-mail address."""

    def check(field: str, value: object, problems: Problems) -> None:
        try:
            validate_email(str(value))
            is_email = isinstance(value, str) and len(value) <= 254
        except ValidationError:
            is_email = False
        if not is_email:
            message = f"{shown(value)} is not an e-mail address such as ap@example.com."
            problems.add(field, "not_an_email", message, rule, value)

    return check


def emails(rule: str) -> Check:
    """A check for a list of e-mail addresses."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, list | tuple):
            problems.add(field, "not_a_list", "Give a list of e-mail addresses.", rule, value)
            return
        for index, address in enumerate(value):
            email(rule)(f"{field}.{index}", address, problems)

    return check


def phone(rule: str) -> Check:
    """A check for one phone number, in international form, since a number alone doesn't tell its country."""

    def check(field: str, value: object, problems: Problems) -> None:
        text(50, rule)(field, value, problems)
        try:
            is_phone = phonenumbers.is_possible_number(phonenumbers.parse(str(value), None))
        except phonenumbers.NumberParseException:
            is_phone = False
        if not is_phone:
            message = f"{shown(value)} is not a phone number; write it with its country, such as +1 415 555 2671."
            problems.add(field, "not_a_phone", message, rule, value)

    return check


def phones(rule: str) -> Check:
    """A check for a list of {type, number}."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, list | tuple):
            problems.add(field, "not_a_list", "Give a list of objects with type and number.", rule, value)
            return
        for index, entry in enumerate(value):
            if not isinstance(entry, Mapping) or set(entry) != {"type", "number"}:
                message = "Give a phone as an object with a type and a number."
                problems.add(f"{field}.{index}", "not_a_phone", message, rule, entry)
                continue
            text(50, rule)(f"{field}.{index}.type", entry["type"], problems)
            phone(rule)(f"{field}.{index}.number", entry["number"], problems)

    return check


@cache
def _country_codes() -> frozenset[str]:
    return frozenset(code for code, _ in countries)


def country(rule: str) -> Check:
    """A check for a country, ISO 3166-1, two letters."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, str) or value not in _country_codes():
            message = f"{shown(value)} is not a country code of two letters such as US or DE."
            problems.add(field, "unknown_country", message, rule, value)

    return check


def address(rule: str) -> Check:
    """A check for an object with any of the parts of an address (CUS-5, ACC-13)."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, Mapping):
            message = f"{shown(value)} is not an address object with any of {', '.join(ADDRESS_LENGTHS)}."
            problems.add(field, "not_an_address", message, rule, value)
            return
        for key, part in value.items():
            if key not in ADDRESS_LENGTHS:
                message = f"An address has no {shown(key)}; it has {', '.join(ADDRESS_LENGTHS)}."
                problems.add(f"{field}.{key!s:.80}", "unknown_field", message, rule, part)
            elif part is not None and key == "country":
                country(rule)(f"{field}.country", part, problems)
            elif part is not None:
                text(ADDRESS_LENGTHS[key], rule)(f"{field}.{key}", part, problems)

    return check


def contact_parts(rule: str) -> Mapping[str, Check]:
    """ACC-12: the checks of what is known of a contact."""
    return {"name": text(200, rule), "email": email(rule), "phone": phone(rule)}


def contact(rule: str) -> Check:
    """A check for an object with any of name, email, phone (ACC-12)."""
    parts = contact_parts(rule)

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, Mapping):
            message = f"{shown(value)} is not a contact object with any of {', '.join(parts)}."
            problems.add(field, "not_a_contact", message, rule, value)
            return
        for key, part in value.items():
            if key not in parts:
                message = f"A contact has no {shown(key)}; it has {', '.join(parts)}."
                problems.add(f"{field}.{key!s:.80}", "unknown_field", message, rule, part)
            elif part is not None:
                parts[key](f"{field}.{key}", part, problems)

    return check


@lru_cache(maxsize=1000)
def _is_language(value: str) -> bool:
    try:
        Locale.parse(value.replace("-", "_"))
    except (UnknownLocaleError, ValueError):
        return False
    return True


def language(rule: str) -> Check:
    """A check for a language, with a region where it matters: en, de-AT."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, str) or len(value) > 20 or not _is_language(value):
            message = f"{shown(value)} is not a language such as en or de-AT."
            problems.add(field, "unknown_language", message, rule, value)

    return check


def an_object(rule: str) -> Check:
    """A check for an object whose parts are checked elsewhere."""

    def check(field: str, value: object, problems: Problems) -> None:
        if not isinstance(value, Mapping):
            problems.add(field, "not_an_object", f"{shown(value)} is not a JSON object such as {{}}.", rule, value)

    return check


def json_object(rule: str | None) -> Check:
    """A check for an object that PostgreSQL can keep."""
    check_json = json(rule)

    def check(field: str, value: object, problems: Problems) -> None:
        if isinstance(value, Mapping):
            check_json(field, value, problems)
        else:
            message = f"{shown(value)} is not a JSON object such as {{}}."
            problems.add(field, "not_an_object", message, rule, value)

    return check


def json(rule: str | None) -> Check:
    """A check for free text or JSON that PostgreSQL can keep."""

    def check(field: str, value: object, problems: Problems) -> None:
        pending: list[tuple[object, int]] = [(value, 1)]
        size = 0
        while pending and size <= _LARGEST_JSON:
            part, depth = pending.pop()
            if depth > _DEEPEST_JSON:
                message = f"The JSON is nested more than {_DEEPEST_JSON} deep."
                problems.add(field, "too_deep", message, rule)
                return
            if isinstance(part, str):
                size += len(part)
                if control := control_character_in(part, lines=True):
                    message = f"The JSON holds the control character {control}; remove it."
                    problems.add(field, "control_character", message, rule)
                    return
            elif isinstance(part, Mapping):
                pending += [(entry, depth + 1) for pair in part.items() for entry in pair]
            elif isinstance(part, list | tuple):
                pending += [(entry, depth + 1) for entry in part]
            elif isinstance(part, float) and not isfinite(part):
                problems.add(field, "not_json", "The JSON holds a number that is not finite.", rule)
                return
            size += 1
        if pending:
            problems.add(field, "too_long", f"The JSON is longer than {_LARGEST_JSON} characters.", rule)

    return check


def is_tax_number(value: str, country_code: str) -> bool:
    """CUS-4: whether the country's rules allow the number; True where no library knows them."""
    kinds = [get_cc_module(country_code, kind) for kind in _KINDS_OF_TAX_NUMBER]
    known = [kind for kind in kinds if kind is not None]
    return not known or any(kind.is_valid(value) for kind in known)


def check_fields(
    checks: Mapping[str, Check], given_values: Mapping[str, object], problems: Problems, path: str = ""
) -> None:
    """Check by itself each value that was given and has a check."""
    for name, check in checks.items():
        if given_values.get(name) is not None:
            check(f"{path}{name}", given_values[name], problems)
