"""Addresses as letters bear them (CUS-5, ACC-13): each country's order and capitals."""

from itertools import combinations

import pytest
from django_countries import countries

from banyan.accounts.postal import address_lines, parts_called

pytestmark = [pytest.mark.rule("CUS-5")]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            {"line1": "1 Elm Street", "city": "Albany", "state": "NY", "postal_code": "12207", "country": "US"},
            ["1 Elm Street", "ALBANY, NY 12207", "United States of America"],
        ),
        (
            {"line1": "Hauptstraße 5", "line2": "Hinterhaus", "city": "Köln", "postal_code": "50667", "country": "DE"},
            ["Hauptstraße 5", "Hinterhaus", "50667 KÖLN", "Germany"],
        ),
        (
            {"line1": "10 Downing Street", "city": "London", "postal_code": "sw1a 2aa", "country": "GB"},
            ["10 Downing Street", "LONDON", "SW1A 2AA", "United Kingdom"],
        ),
        (
            {"line1": "55 rue du Faubourg", "city": "Paris", "postal_code": "75008", "country": "FR"},
            ["55 rue du Faubourg", "75008 PARIS", "France"],
        ),
        (
            {"line1": "丸の内1-1", "city": "千代田区", "state": "東京都", "postal_code": "100-0005", "country": "JP"},
            ["〒100-0005", "東京都", "千代田区", "丸の内1-1", "Japan"],
        ),
        (
            {
                "line1": "1-1 Marunouchi",
                "city": "Chiyoda-ku",
                "state": "Tokyo",
                "postal_code": "100-0005",
                "country": "JP",
            },
            ["1-1 Marunouchi", "Chiyoda-ku, TOKYO", "100-0005", "Japan"],
        ),
        (
            {"line1": "Bahnhofstrasse 1", "city": "Zürich", "postal_code": "8001", "country": "CH"},
            ["Bahnhofstrasse 1", "8001 Zürich", "Switzerland"],
        ),
        (
            {
                "line1": "Avenida Paulista, 1000",
                "city": "São Paulo",
                "state": "SP",
                "postal_code": "01310-100",
                "country": "BR",
            },
            ["Avenida Paulista, 1000", "SÃO PAULO-SP", "01310-100", "Brazil"],
        ),
        (
            {"line1": "4 MG Road", "city": "Pune", "state": "Maharashtra", "postal_code": "411001", "country": "IN"},
            ["4 MG Road", "PUNE 411001", "Maharashtra", "India"],
        ),
        (
            {"line1": "2 George Street", "city": "Sydney", "state": "NSW", "postal_code": "2000", "country": "AU"},
            ["2 George Street", "SYDNEY NSW 2000", "Australia"],
        ),
        (
            {"line1": "Damrak 1", "city": "Amsterdam", "postal_code": "1012 LG", "country": "NL"},
            ["Damrak 1", "1012 LG AMSTERDAM", "Netherlands"],
        ),
    ],
    ids=lambda value: value["country"] if isinstance(value, dict) else "",
)
def test_an_address_has_the_order_of_its_country(address: dict[str, str], lines: list[str]):
    assert address_lines(address) == lines
    assert address_lines(address, home=address["country"]) == lines[:-1]


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        ({"line1": "1 Elm Street", "city": "Albany", "country": "US"}, ["1 Elm Street", "ALBANY"]),
        ({"state": "NY", "postal_code": "12207", "country": "US"}, ["NY 12207"]),
        ({"city": "Zürich", "country": "CH"}, ["Zürich"]),
        ({"postal_code": "CH-8001", "city": "Zürich", "country": "CH"}, ["CH-8001 Zürich"]),
        ({"city": "Rio", "country": "BR"}, ["RIO"]),
        ({"country": "FR"}, []),
        ({}, []),
        (None, []),
    ],
)
def test_nothing_stands_beside_a_part_that_is_missing(address: dict[str, str] | None, lines: list[str]):
    assert address_lines(address, (address or {}).get("country")) == lines


def test_a_city_that_is_a_country_is_written_once_before_it():
    address = {"line1": "1 Raffles Place", "city": "Singapore", "postal_code": "048616", "country": "SG"}
    assert address_lines(address) == ["1 Raffles Place", "SINGAPORE 048616", "Singapore"]


def test_without_a_country_nothing_is_in_capitals():
    address = {"line1": "1 Elm Street", "city": "Albany", "state": "NY", "postal_code": "12207"}
    assert address_lines(address) == ["1 Elm Street", "Albany", "NY", "12207"]


def test_a_country_that_there_is_not_is_written_as_it_is_held():
    assert address_lines({"city": "Albany", "country": "XX"}) == ["Albany", "XX"]


def test_whatever_is_held_is_written_in_every_country():
    held = {"line1": "Street 1", "line2": "Floor 2", "city": "Town", "state": "Shire", "postal_code": "A1"}
    for country in countries:
        for names in (each for size in range(6) for each in combinations(held, size)):
            lines = address_lines({name: held[name] for name in names} | {"country": country.code}, country.code)
            written = " ".join(lines).upper()
            assert all(held[name].upper() in written for name in names), (country.code, lines)
            assert lines == [line.strip(" ,-/") for line in lines], country.code


@pytest.mark.parametrize(
    ("country", "names"),
    [
        ("US", ("City", "State", "ZIP code")),
        ("GB", ("Town or city", "State or region", "Postcode")),
        ("IN", ("City", "State", "PIN code")),
        ("JP", ("City", "Prefecture", "Postal code")),
        ("", ("City", "State or region", "Postal code")),
    ],
)
def test_parts_are_called_as_in_their_country(country: str, names: tuple[str, ...]):
    called = parts_called(country)
    assert tuple(called[part] for part in ("city", "state", "postal_code")) == names
