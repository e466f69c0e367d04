"""Reading JSON so that nothing a client can send reaches the database and is refused only there."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, RawPostDataException
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from banyan.kernel.strict_json import RepeatedKeyError, each_key_once

DEEPEST = 50
"""Levels of lists and objects in a body."""
MOST_PARTS = 500_000
"""Commas and openings of lists and objects in a body: fifty for each of as many events as are taken at once."""

_HOLDERS = frozenset((dict, list))


CUSTOM_FIELDS = "custom_fields"
_OF_A_CUSTOM_FIELD = re.compile(CUSTOM_FIELDS + r"(?:\.(?P<dotted>.+)|\[(?P<bracketed>.+)\])")


class Unreadable(Exception):
    """The body is no JSON that we take; the text says why."""


class _NoNumber(ValueError):
    """A number that can't be kept as it is."""


class JsonReader(Parser):
    """Strict JSON: UTF-8, finite numbers, each key once, no NUL character and no half of a surrogate pair in a text."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)

    def parse_querydict(
        self, data: MultiValueDict[str, Any], list_fields: list[str], request: HttpRequest
    ) -> dict[str, Any]:
        """The parameters; what is asked of custom fields comes together under `custom_fields`, by key."""
        read, held = {}, {}
        for name, value in super().parse_querydict(data, list_fields, request).items():
            key = custom_field_of(name)
            if key is None:
                read[name] = value
            else:
                held[key] = value
        return {CUSTOM_FIELDS: held, **read} if held else read


def custom_field_of(parameter: str) -> str | None:
    """The key of the custom field that a parameter asks for, `custom_fields.region` or `custom_fields[region]`."""
    named = _OF_A_CUSTOM_FIELD.fullmatch(parameter)
    return named and (named["dotted"] or named["bracketed"])


def read_json(raw: bytes) -> Any:
    """The value that a body holds.

    Unreadable: no JSON, nested too deep, of too many parts, with a key that an object has twice, or with a character
    that can't be stored.
    """
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_PARTS:
        raise Unreadable(f"The body holds more than {MOST_PARTS:,} values; send several.")
    try:
        value = json.loads(
            raw.decode("utf-8"), parse_constant=_refuse_constant, parse_float=_finite, object_pairs_hook=each_key_once
        )
    except UnicodeDecodeError as error:
        raise Unreadable(f"The body is not UTF-8: {error.reason} at byte {error.start}.") from error
    except RecursionError as error:
        raise Unreadable(f"The body is nested deeper than {DEEPEST} levels.") from error
    except (json.JSONDecodeError, _NoNumber, RepeatedKeyError) as error:
        raise Unreadable(f"The body is not valid JSON: {error}.") from error
    except ValueError as error:
        raise Unreadable("The body can't be read as JSON: a number in it has thousands of digits.") from error
    _refuse_deep_nest(value)
    if b"\\u" in raw:  # only escaped can such a character be in JSON that is UTF-8
        for text in _texts(value):
            if not can_be_stored(text):
                raise Unreadable(
                    f"The text {text[:40]!a} holds a character that can't be stored (NUL or half a surrogate pair)."
                )
    return value


def what_was_sent(request: HttpRequest) -> Any:
    """The body where it is JSON, else the parameters of the query. A file that was sent is not looked into."""
    if request.content_type not in ("application/json", ""):
        return request.GET.dict()
    try:
        return read_json(request.body)
    except (Unreadable, RawPostDataException, RequestDataTooBig):
        return request.GET.dict()


def at_path(sent: Any, path: Iterable[str | int]) -> Any:
    """What is at a path into JSON; None where nothing is."""
    for step in map(str, path):
        if isinstance(sent, dict):
            sent = sent.get(step)
        elif isinstance(sent, list) and step.isdecimal() and int(step) < len(sent):
            sent = sent[int(step)]
        else:
            return None
    return sent


def can_be_stored(text: str) -> bool:
    """PostgreSQL keeps every character but NUL; half a surrogate pair is none."""
    return "\x00" not in text and (text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text))


def _refuse_deep_nest(value: Any) -> None:
    """Goes down level by level, so that depth costs no stack."""
    level = [value] if type(value) in _HOLDERS else []
    for _ in range(DEEPEST):
        level = [
            entry
            for holder in level
            for entry in (holder.values() if type(holder) is dict else holder)
            if type(entry) in _HOLDERS
        ]
        if not level:
            return
    raise Unreadable(f"The body is nested deeper than {DEEPEST} levels.")


def _texts(value: Any) -> Iterator[str]:
    """Every text in the value, keys included; it is not nested deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from value
        for entry in value.values():
            yield from _texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from _texts(entry)


def _refuse_constant(name: str) -> None:
    raise _NoNumber(f"{name} is not a number")


def _finite(digits: str) -> float:
    number = float(digits)
    if number in (float("inf"), float("-inf")):
        raise _NoNumber(f"{digits[:40]} is too large")
    return number
