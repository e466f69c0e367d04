"""What a field can be. Each surface knows what a kind is to it: the API its form in JSON, the console its input, CSV
files their cells; what is wrong with a value is said here, once for all of them."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models

from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import Check

LONGEST_TEXT = 10_000
"""Characters of a text of several lines, where its model says no other limit."""

AnyColumn = Any
"""A field of a Django model; its class has no parameters at run time."""


class Kind(ABC):
    """What a field is."""

    __slots__ = ()

    @abstractmethod
    def check(self, rule: str) -> Check:
        """The check of a value by itself, whose refusals name the rule. It knows values as Python has them: dates,
        decimals, row numbers."""


@dataclass(frozen=True, slots=True)
class Text(Kind):
    """A text of at most so many characters; with `lines`, of several lines."""

    longest: int
    lines: bool = False

    def check(self, rule: str) -> Check:
        return checks.text(self.longest, rule, lines=self.lines)


@dataclass(frozen=True, slots=True)
class Number(Kind):
    """What people number something with: a text without spaces around it and without characters that nobody sees."""

    longest: int

    def check(self, rule: str) -> Check:
        return checks.number(rule, self.longest)


@dataclass(frozen=True, slots=True)
class Choice(Kind):
    """One of some words, each with what it is called on pages. `check_offer`: which of them are on offer just now is
    for the action to say."""

    words: Mapping[str, str]
    is_offered: bool = False

    def check(self, rule: str) -> Check:
        return _anything if self.is_offered else checks.choice(self.words, rule)

    def __hash__(self) -> int:
        return hash((tuple(self.words), self.is_offered))


@dataclass(frozen=True, slots=True)
class Flag(Kind):
    """Yes or no."""

    def check(self, rule: str) -> Check:
        return checks.flag(rule)


@dataclass(frozen=True, slots=True)
class Day(Kind):
    """A day (DAT-1)."""

    def check(self, rule: str) -> Check:
        return checks.day(rule)


@dataclass(frozen=True, slots=True)
class WholeNumber(Kind):
    """A whole number within bounds, both included."""

    lowest: int
    highest: int

    def check(self, rule: str) -> Check:
        return checks.whole_number(self.lowest, self.highest, rule)


@dataclass(frozen=True, slots=True)
class Amount(Kind):
    """Money of zero or more (MON-1), in the currency that the field `currency` of the same row holds."""

    currency: str

    def check(self, rule: str) -> Check:
        return checks.amount(rule)


@dataclass(frozen=True, slots=True)
class Currency(Kind):
    """A current ISO 4217 code."""

    def check(self, rule: str) -> Check:
        return checks.currency(rule)


@dataclass(frozen=True, slots=True)
class Language(Kind):
    """A language, with a region where it matters: en, de-AT."""

    def check(self, rule: str) -> Check:
        return checks.language(rule)


@dataclass(frozen=True, slots=True)
class TimeZone(Kind):
    """A time zone by its name: Europe/Berlin."""

    def check(self, rule: str) -> Check:
        return checks.time_zone(rule)


@dataclass(frozen=True, slots=True)
class Email(Kind):
    """An e-mail address."""

    def check(self, rule: str) -> Check:
        return checks.email(rule)


@dataclass(frozen=True, slots=True)
class Emails(Kind):
    """A list of e-mail addresses."""

    def check(self, rule: str) -> Check:
        return checks.emails(rule)


@dataclass(frozen=True, slots=True)
class Phones(Kind):
    """A list of phones: {type, number}."""

    def check(self, rule: str) -> Check:
        return checks.phones(rule)


@dataclass(frozen=True, slots=True)
class Address(Kind):
    """An address: an object with any of its parts. Without any it is none, and another address holds."""

    def check(self, rule: str) -> Check:
        return checks.address(rule)


@dataclass(frozen=True, slots=True)
class Contact(Kind):
    """Whom to ask: an object with any of name, email and phone, each in a column of its own."""

    def check(self, rule: str) -> Check:
        return checks.contact(rule)


@dataclass(frozen=True, slots=True)
class Json(Kind):
    """Free text or JSON."""

    def check(self, rule: str) -> Check:
        return checks.json(rule)


@dataclass(frozen=True, slots=True)
class JsonObject(Kind):
    """A JSON object."""

    def check(self, rule: str) -> Check:
        return checks.json_object(rule)


@dataclass(frozen=True, slots=True)
class CustomFields(Kind):
    """The values of a tenant's own fields, by key (FLD-1); each is checked by its definition."""

    def check(self, rule: str) -> Check:
        return checks.an_object(rule)


@dataclass(frozen=True, slots=True)
class Reference(Kind):
    """Another row: `to` is the kind of its public id. Whether it is there is for the action to say."""

    to: str
    model: type[models.Model]

    def check(self, rule: str) -> Check:
        return _anything


def _anything(field: str, value: object, problems: object) -> None:
    """Nothing is wrong with a value by itself."""


def kind_of_column(column: AnyColumn) -> Kind:
    """What a field of a Django model is, as far as Django has a word for it. TypeError: it has none."""
    for django, kind in _KINDS.items():
        if isinstance(column, django) and (found := kind(column)):
            return found
    raise TypeError(f"{column} is of no kind that follows from its model: declare the kind")


def _choice(column: AnyColumn) -> Kind | None:
    return Choice({str(word): str(called) for word, called in column.flatchoices}) if column.choices else None


_KINDS: Mapping[type[Any], Callable[[AnyColumn], Kind | None]] = {
    models.Field: _choice,
    models.EmailField: lambda column: Email(),
    models.CharField: lambda column: Text(column.max_length or 0),
    models.TextField: lambda column: Text(column.max_length or LONGEST_TEXT, lines=True),
    models.BooleanField: lambda column: Flag(),
    models.DateField: lambda column: Day(),
}
