"""Money stories in YAML, told to a running server over its REST API.

A file holds stories (`title`, `rules`, `settings`, `steps`). A step is one request and what its answer has to hold:
`do` METHOD /path, `body`, `status` (default any 2xx), `save` {name: path.into.answer}, and of the answer `expect` (a
part of it), `exactly` (a list with these entries, in any order), `contains`, `absent`, `until` (ask again, for a
minute, until it holds this). `$name` is a saved value, `${name}` one inside a text, `${uid}` new for every story.
Decimals compare as numbers.
"""

import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from tests.serving import Response, RunningServer

PATIENCE = 60.0
PAUSE = 0.1
NAME = re.compile(r"\$\{(\w+)\}|\$(\w+)")


@dataclass(frozen=True, slots=True)
class Story:
    """One scenario."""

    title: str
    rules: tuple[str, ...]
    settings: Mapping[str, Any]
    steps: tuple[Mapping[str, Any], ...]


def stories(folder: Path) -> list[Story]:
    """Every story of a folder, in the order of the files."""
    return [
        Story(each["title"], tuple(each.get("rules", ())), each.get("settings", {}), tuple(each["steps"]))
        for file in sorted(folder.glob("*.yaml"))
        for each in yaml.safe_load_all(file.read_text())
    ]


def tell(story: Story, server: RunningServer) -> None:
    """Perform the steps; an AssertionError says which one went otherwise and how. Settings are put back at the end."""
    before = server.call("GET", "/settings").body if story.settings else {}
    if story.settings:
        _require(server.call("PATCH", "/settings", dict(story.settings)).status == 200, "the settings were refused")
    try:
        names = {"uid": uuid.uuid4().hex[:8]}
        for number, step in enumerate(story.steps, 1):
            try:
                _perform(step, names, server)
            except AssertionError as otherwise:
                raise AssertionError(f"step {number}, {step['do']}: {otherwise}") from None
    finally:
        if story.settings:
            server.call("PATCH", "/settings", {key: before[key] for key in story.settings})


def _perform(step: Mapping[str, Any], names: dict[str, Any], server: RunningServer) -> None:
    method, path = filled(step["do"], names).split(" ", 1)
    body = filled(step["body"], names) if "body" in step else None
    answer = server.call(method, path, body)
    patience = time.monotonic() + PATIENCE
    while "until" in step and (missing := difference(filled(step["until"], names), answer.body)):
        _require(time.monotonic() < patience, f"it never came to that: {missing}")
        time.sleep(PAUSE)
        answer = server.call(method, path, body)
    _check(step, names, answer)
    names.update({name: dig(answer.body, where) for name, where in step.get("save", {}).items()})


def _check(step: Mapping[str, Any], names: Mapping[str, Any], answer: Response) -> None:
    wanted = step.get("status", range(200, 300))
    allowed = wanted if isinstance(wanted, list | range) else [wanted]
    _require(answer.status in allowed, f"answered {answer.status}, not {wanted}: {answer.body}")
    if "expect" in step:
        _require_none(difference(filled(step["expect"], names), answer.body))
    for path, entries in step.get("exactly", {}).items():
        _require_none(difference(filled(entries, names), dig(answer.body, path)))
    for path, entries in step.get("contains", {}).items():
        _require_none(_unfound(filled(entries, names), list(dig(answer.body, path))))
    for path, entries in step.get("absent", {}).items():
        for entry in filled(entries, names):
            there = any(difference(entry, candidate) is None for candidate in dig(answer.body, path))
            _require(not there, f"{path} holds {entry}")


def filled(value: Any, names: Mapping[str, Any]) -> Any:
    """`value` with saved values in place of their names; dates as texts."""
    if isinstance(value, Mapping):
        return {key: filled(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, names) for each in value]
    if not isinstance(value, str):
        return value.isoformat() if hasattr(value, "isoformat") else value
    whole = NAME.fullmatch(value)
    if whole and (name := whole[1] or whole[2]) in names:
        return names[name]
    return NAME.sub(lambda found: str(names.get(found[1] or found[2], found[0])), value)


def difference(expected: Any, actual: Any) -> str | None:
    """None when `expected` is a part of `actual`, else what is not; a list has just these entries, in any order."""
    if isinstance(expected, Mapping):
        if not isinstance(actual, Mapping):
            return f"{actual!r} is not an object"
        for key, each in expected.items():
            if key not in actual:
                return f"{key} is missing"
            if found := difference(each, actual[key]):
                return f"{key}: {found}"
        return None
    if isinstance(expected, list):
        if not isinstance(actual, list):
            return f"{actual!r} is not a list"
        rest = list(actual)
        return _unfound(expected, rest) or (f"there is more: {rest}" if rest else None)
    return None if _same(expected, actual) else f"{actual!r} is not {expected!r}"


def dig(answer: Any, path: str) -> Any:
    """The value at a dotted path."""
    for part in path.split("."):
        try:
            answer = answer[int(part)] if isinstance(answer, list) else answer[part]
        except (KeyError, IndexError, TypeError, ValueError):
            raise AssertionError(f"no {path} in {answer}") from None
    return answer


def _unfound(expected: Iterable[Any], rest: list[Any]) -> str | None:
    """What of `expected` is not in `rest`; what is found is taken out of it."""
    for entry in expected:
        found = next((number for number, each in enumerate(rest) if difference(entry, each) is None), None)
        if found is None:
            return f"no entry is {entry} among {rest}"
        del rest[found]
    return None


def _same(expected: Any, actual: Any) -> bool:
    left, right = _number(expected), _number(actual)
    return left == right if left is not None and right is not None else bool(expected == actual)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _require(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


def _require_none(found: str | None) -> None:
    _require(found is None, found or "")
