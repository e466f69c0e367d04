"""Money, numbers and dates as the user writes them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from functools import cache

from babel import Locale, UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime, format_timedelta
from babel.localedata import locale_identifiers
from babel.numbers import format_currency, format_decimal
from django.conf import settings
from django.utils import translation

DEFAULT = "en"
ENGLISH = Locale("en")
"""What texts are written in."""
ISO_DAY = re.compile(r"(?<![\w./-])\d{4}-\d\d-\d\d(?![\w/-])")
_current: ContextVar[str] = ContextVar("locale", default=DEFAULT)
_zone: ContextVar[Callable[[], tzinfo]] = ContextVar("zone", default=lambda: UTC)


@contextmanager
def written_in(locale: str, zone: Callable[[], tzinfo] = lambda: UTC) -> Iterator[None]:
    """What the block writes, it writes as that locale does, in its language where the console has it, and moments in
    that time zone (DAT-2). The zone is asked for once, and only when there is a moment to write."""
    token, token_of_zone = _current.set(locale), _zone.set(cache(zone))
    try:
        with translation.override(language_of_console(locale)):
            yield
    finally:
        _current.reset(token)
        _zone.reset(token_of_zone)


def language_of_console(locale: str) -> str:
    """The language that texts of the console are in for who has this locale: its own if that is offered (decision 36),
    else English."""
    language = locale.partition("_")[0]
    return language if language in dict(settings.LANGUAGES) else DEFAULT


def is_locale(text: str) -> bool:
    """Whether there is such a locale."""
    return text in _identifiers()


def locale_of_browser(accepted: str) -> str:
    """The locale that a browser asks for by its header Accept-Language (`de-AT,de;q=0.9,en;q=0.5`)."""
    wanted = [part.split(";")[0].strip().replace("-", "_") for part in accepted.split(",")]
    return negotiate_locale([each for each in wanted if each], _identifiers(), sep="_") or DEFAULT


@cache
def locales() -> list[tuple[str, str]]:
    """The locales to choose from with their names: languages, and languages as written in a country."""
    parts = [text.split("_") for text in _identifiers() if text.count("_") <= 1]
    named = [
        (
            "_".join(part),
            ENGLISH.languages[part[0]] + (f" ({ENGLISH.territories[part[1]]})" if len(part) > 1 else ""),
        )
        for part in parts
        if part[0] in ENGLISH.languages and part[-1] in (part[0], *ENGLISH.territories)
    ]
    return sorted(named, key=lambda pair: pair[1])


def language(code: str) -> str:
    """What a language is called, by its code."""
    return str(ENGLISH.languages.get(code, code))


def money(amount: Decimal, currency: str) -> str:
    """An amount with its currency: all its digits, and no fewer than the currency has."""
    try:
        return format_currency(_plain(Decimal(amount)), currency, locale=_current.get(), decimal_quantization=False)
    except UnknownLocaleError:
        return f"{amount} {currency}"


def number(value: Decimal | int) -> str:
    """A quantity, with all its digits."""
    return format_decimal(_plain(Decimal(value)), locale=_current.get(), decimal_quantization=False)


def day(value: date) -> str:
    """A day."""
    return format_date(value, "medium", locale=_current.get())


def sentence(text: str) -> str:
    """A sentence that was written for every reader, with its days (2026-03-01) as this one writes them."""
    return ISO_DAY.sub(lambda found: _day_or_text(found[0]), text)


def moment(value: datetime) -> str:
    """DAT-2: a moment, in the time zone of who reads it: 31/10/2026, 17:45 CET. One without a time zone is in UTC."""
    there = (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(_zone.get()())
    return f"{format_datetime(there, 'short', tzinfo=there.tzinfo, locale=_current.get())} {_zone_of(there)}"


def duration(value: timedelta) -> str:
    """A length of time."""
    return format_timedelta(value, granularity="second", threshold=1.5, locale=_current.get())


def _zone_of(value: datetime) -> str:
    """CET, or UTC+04 where a zone has no abbreviation."""
    name = value.tzname() or "UTC"
    return name if name[0].isalpha() else f"UTC{name}"


def _day_or_text(text: str) -> str:
    try:
        return day(date.fromisoformat(text))
    except ValueError:
        return text


def _plain(amount: Decimal) -> Decimal:
    """Without zeros that say nothing: 19.9000 is 19.9."""
    shortest = amount.normalize()
    return shortest if int(shortest.as_tuple().exponent) <= 0 else shortest.quantize(Decimal(1))


@cache
def _identifiers() -> list[str]:
    return sorted(locale_identifiers())
