"""How a user likes the console."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from banyan.console.localized import (
    day,
    language,
    locale_of_browser,
    locales,
    moment,
    money,
    number,
    sentence,
    written_in,
)
from banyan.console.models import Preferences
from tests.console.conftest import Visitor


def test_theme_and_locale_are_kept(visitor: Callable[..., Visitor]):
    ada = visitor()
    assert ada.post("/preferences", {"theme": "dark", "locale": "de_AT"}).status_code == 302
    page = ada.get("/preferences").content.decode()
    assert 'data-theme="dark"' in page
    assert "Your preferences are saved." in page
    assert Preferences.objects.get().locale == "de_AT"


def test_what_is_no_theme_is_refused(visitor: Callable[..., Visitor]):
    assert visitor().post("/preferences/theme", {"theme": "pink"}).status_code == 422


@pytest.mark.parametrize(
    ("locale", "amount", "on"), [("en_US", "$1,234.50", "Oct 31, 2026"), ("de", "1.234,50 $", "31.10.2026")]
)
def test_money_and_days_are_written_as_the_locale_does(locale: str, amount: str, on: str):
    with written_in(locale):
        assert money(Decimal("1234.5000"), "USD").replace("\xa0", " ") == amount
        assert day(date(2026, 10, 31)) == on


def test_days_in_a_sentence_are_written_as_the_locale_does():
    said = "2026-10-31 is before A-2026-10-31 starts, on 2026-11-01; 2026-02-31 is not a day."
    with written_in("de"):
        assert sentence(said) == "31.10.2026 is before A-2026-10-31 starts, on 01.11.2026; 2026-02-31 is not a day."


def test_languages_are_called_by_their_names():
    assert [language("de"), language("tlh"), language("qqq")] == ["German", "Klingon", "qqq"]


def test_no_digit_of_an_amount_is_lost():
    with written_in("en"):
        assert money(Decimal("0.000123"), "EUR") == "€0.000123"
        assert money(Decimal("1000"), "JPY") == "¥1,000"
        assert number(Decimal("1E+3")) == "1,000"
        assert moment(datetime(2026, 10, 31, 17, 45, tzinfo=UTC)) == "10/31/26, 5:45\u202fPM UTC"


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [("de-AT,de;q=0.9", "de_AT"), ("xx,fr", "fr"), ("", "en"), ("*;q=0.1", "en"), (";;,,\x00", "en")],
)
def test_a_browser_that_says_what_it_wants_gets_it(accepted: str, locale: str):
    assert locale_of_browser(accepted) == locale


def test_there_is_a_locale_for_everybody():
    assert {"en_US", "de_AT", "fr", "ja"} <= {code for code, _ in locales()}
