"""Texts in the language of who reads them, where the console has it."""

from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from pytest_django import Settings

from banyan.catalog.models import Price
from banyan.console.localized import written_in
from banyan.console.resources.price_column import interval_in_words
from banyan.foundation.languages import languages_offered
from banyan.foundation.operators import UnreadableSettingError
from banyan.kernel.calendar import Unit
from tests.architecture.messages import CATALOGUES
from tests.console.conftest import Visitor

pytestmark = pytest.mark.rule("CON-12")
GERMAN = {"accept-language": "de-AT,de;q=0.9,en;q=0.5"}


@pytest.fixture
def german(settings: Settings, tmp_path: Path) -> None:
    """German is offered, as its catalogue is now, however it was compiled when Banyan was installed."""
    for path in CATALOGUES:
        compiled = tmp_path / path.relative_to(path.parents[2]).with_suffix(".mo")
        compiled.parent.mkdir(parents=True)
        with path.open("rb") as texts, compiled.open("wb") as file:
            write_mo(file, read_po(texts))
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]


@pytest.mark.usefixtures("german")
def test_the_way_in_and_the_menu_are_in_the_language_that_the_browser_asks_for(visitor: Callable[..., Visitor]):
    page = visitor(None).get("/sign-in", **GERMAN).content.decode()
    assert '<html lang="de"' in page
    assert all(text in page for text in ("Anmelden", "E-Mail-Adresse", "Passwort"))
    page = visitor().get("/", **GERMAN).content.decode()
    assert all(text in page for text in ("Abrechnungsläufe", "Wer zahlt?", "Kunden und Konten suchen", "Abmelden"))


@pytest.mark.usefixtures("german")
def test_the_locale_that_a_user_chose_decides_before_the_browser(visitor: Callable[..., Visitor]):
    ada = visitor()
    ada.post("/preferences", {"theme": "auto", "locale": "de_CH"})
    assert "Abrechnungsläufe" in ada.text("/")
    ada.post("/preferences", {"theme": "auto", "locale": "en_GB"})
    assert "Bill runs" in ada.get("/", **GERMAN).content.decode()
    ada.post("/preferences", {"theme": "auto", "locale": "fr"})
    assert "Bill runs" in ada.text("/"), "there is no French catalogue"


@pytest.mark.usefixtures("german")
def test_what_a_page_said_in_german_is_english_to_the_next_one(visitor: Callable[..., Visitor]):
    ada = visitor()
    assert "Abrechnungsläufe" in ada.get("/", **GERMAN).content.decode()
    assert "Bill runs" in ada.text("/")


def test_german_is_not_spoken_before_it_is_offered(visitor: Callable[..., Visitor]):
    page = visitor(None).get("/sign-in", **GERMAN).content.decode()
    assert ('<html lang="en"' in page, "Anmelden" in page) == (True, False)


@pytest.mark.usefixtures("german")
@pytest.mark.parametrize(
    ("unit", "count", "english", "in_german"),
    [
        (Unit.MONTH, 1, "each month", "monatlich"),
        (Unit.MONTH, 3, "every 3 months", "alle 3 Monate"),
        (Unit.YEAR, 1, "each year", "jährlich"),
        (Unit.WEEK, 2, "every 2 weeks", "alle 2 Wochen"),
    ],
)
def test_one_and_several_are_told_as_the_language_does(unit: Unit, count: int, english: str, in_german: str):
    price = Price(interval=unit, interval_count=count)
    with written_in("en"):
        assert interval_in_words(price) == english
    with written_in("de"):
        assert interval_in_words(price) == in_german


def test_languages_are_offered_by_the_operator(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("BANYAN_LANGUAGES", raising=False)
    assert languages_offered() == [("en", "English")]
    monkeypatch.setenv("BANYAN_LANGUAGES", "de, en")
    assert languages_offered() == [("en", "English"), ("de", "Deutsch")]
    monkeypatch.setenv("BANYAN_LANGUAGES", "de,tlh")
    with pytest.raises(UnreadableSettingError, match="give languages of these, with commas: en, de"):
        languages_offered()
