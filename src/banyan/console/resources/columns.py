"""Columns of lists: days, numbers, yes or no, words for codes."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import django_tables2
from django.utils.html import format_html
from django.utils.safestring import SafeString

from banyan.console import localized
from banyan.console.templatetags.console import badge, money

AMOUNT = {"td": {"class": "amount"}, "th": {"class": "amount"}}


class Text(django_tables2.Column):
    """Text, empty where there is none."""

    def __init__(self, verbose_name: str | None = None, **named: Any) -> None:
        super().__init__(verbose_name=verbose_name, **{"default": "", **named})

    def written(self, value: Any, record: Any) -> Any:
        """What stands in the cell, also where it is a link."""
        return value


class Words(Text):
    """A code such as `in_advance` as words."""

    def render(self, value: object) -> str:
        """In advance."""
        return str(value).replace("_", " ").capitalize()


class Day(Text):
    """A day."""

    def render(self, value: date) -> SafeString:
        """As the user writes it."""
        return format_html('<span class="day">{}</span>', localized.day(value))


class Moment(Text):
    """A moment."""

    def render(self, value: datetime) -> SafeString:
        """As the user writes it."""
        return format_html('<span class="day">{}</span>', localized.moment(value))


class Number(Text):
    """A number, to the right; `unit` follows it."""

    def __init__(self, verbose_name: str | None = None, unit: str = "", **named: Any) -> None:
        super().__init__(verbose_name, attrs=AMOUNT, **named)
        self._unit = unit

    def render(self, value: Decimal | int) -> str:
        """As the user writes it."""
        return localized.number(value) + self._unit


class Amount(Text):
    """An amount in the row's currency, or what `currency` of a row gives."""

    def __init__(self, verbose_name: str | None = None, **named: Any) -> None:
        super().__init__(verbose_name, attrs=AMOUNT, **named)

    def render(self, value: Decimal, record: Any) -> SafeString:
        """As the user writes it."""
        return money(value, record.currency)


class Yes(Text):
    """A badge where it is so, nothing where not."""

    def __init__(self, verbose_name: str | None = None, yes: str = "Yes", no: str = "", **named: Any) -> None:
        super().__init__(verbose_name, **named)
        self._yes, self._no = yes, no

    def render(self, value: bool) -> SafeString | str:
        """Green for yes, grey for no."""
        if value:
            return badge("active", self._yes)
        return badge("inactive", self._no) if self._no else ""
