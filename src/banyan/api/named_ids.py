"""The ids that a request names: in its path, its query and its body, by their declared types (fields.PublicId)."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_type_hints

from pydantic import BaseModel

from banyan.api.fields import PublicId, UnknownId


@dataclass(frozen=True, slots=True)
class NamedId:
    """An id in a request: `field` is dotted, `number` None where an id that may be left out was left out."""

    kind: str
    field: str
    number: int | None
    holder: Any
    place: Any

    def replace(self, number: int) -> None:
        """Put another number in its place."""
        if isinstance(self.holder, list):
            self.holder[self.place] = number
        else:
            setattr(self.holder, self.place, number)


def kinds_in_path(view: Callable[..., Any]) -> dict[str, str]:
    """The kinds of ids that a route has in its path, by argument."""
    hints = get_type_hints(view, include_extras=True)
    return {name: kind for name, hint in hints.items() if (kind := kind_of(hint)) and name != "return"}


def named_in(values: Mapping[str, Any]) -> Iterator[NamedId]:
    """Every id in the models among a route's arguments: its query and its body."""
    for value in values.values():
        if isinstance(value, BaseModel):
            yield from _in_model(value, "")


def _in_model(model: BaseModel, path: str) -> Iterator[NamedId]:
    for name, kind in _places(type(model)).items():
        value, field = getattr(model, name), f"{path}{name}"
        if not isinstance(value, list):
            yield from _in_value(value, kind, field, model, name)
            continue
        for index, entry in enumerate(value):
            yield from _in_value(entry, kind, f"{field}.{index}", value, index)


def _in_value(value: Any, kind: str | None, field: str, holder: Any, place: Any) -> Iterator[NamedId]:
    if isinstance(value, BaseModel):
        yield from _in_model(value, f"{field}.")
    elif kind is not None and not isinstance(value, UnknownId):
        yield NamedId(kind, field, value, holder, place)


@cache
def _places(model: type[BaseModel]) -> dict[str, str | None]:
    """The fields in which ids are: with their kind, or None where they are in models further down."""
    hints = get_type_hints(model, include_extras=True)
    places = {name: (kind_of(hints[name]), has_models(hints[name])) for name in model.model_fields}
    return {name: kind for name, (kind, has_models) in places.items() if kind or has_models}


def kind_of(hint: Any) -> str | None:
    """The kind of an id, of a list of them, or of one that may be left out."""
    if isinstance(hint, PublicId):
        return hint.kind
    return next((kind for part in _parts(hint) if (kind := kind_of(part))), None)


def has_models(hint: Any) -> bool:
    """Whether a type is a model, or has one in it."""
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return True
    return any(has_models(part) for part in _parts(hint))


def _parts(hint: Any) -> tuple[Any, ...]:
    """What a type is made of: a union, a list, an annotated type with its annotations."""
    return tuple(part for part in get_args(hint) if part is not hint)
