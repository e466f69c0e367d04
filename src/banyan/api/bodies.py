"""What clients send. Of a body with faults as much is read as can be, so that all that is wrong is told at once."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, ClassVar, Self, get_type_hints

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from banyan.api.form_messages import code_of, form_message
from banyan.api.named_ids import has_models, kind_of
from banyan.api.reading import at_path
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Problems

_READING = "reading"
_OF_NO_ROW = 2**62

Fault = Mapping[str, Any]
"""What can't be read, as pydantic tells it: `loc` (the path to it), `type` and `msg`."""


class Body(BaseModel):
    """What a client sends: no field but the named ones, no guessing of types.

    One with faults (`faults_of`) is read all the same: an optional field that can't be read is left out, a required one
    has a stand-in. Nothing is done with such a body but to ask what else is wrong with it (ERR-1).
    """

    model_config = ConfigDict(extra="forbid", strict=True)
    reads_once: ClassVar[bool] = False
    """Nothing is required of it while it is read: what can't be read is left out, and the action goes on from what
    `problems_of` tells, so that everything is looked at once."""
    _sent: Any = PrivateAttr(None)
    _faults: Sequence[Fault] = PrivateAttr(())
    _readings: int = PrivateAttr(1)

    def given(self) -> dict[str, Any]:
        """The fields that the client named, nulls included; a PATCH changes these and nothing else (API-5)."""
        return {name: getattr(self, name) for name in type(self).model_fields if name in self.model_fields_set}

    def not_null(self) -> dict[str, Any]:
        """The fields that the client gave a value for, those of bodies in it as well."""
        return {
            name: value.not_null() if isinstance(value, Body) else value
            for name, value in self.given().items()
            if value is not None
        }

    @model_validator(mode="wrap")
    @classmethod
    def _read_what_can_be(cls, sent: Any, read: ModelWrapValidatorHandler[Self], info: ValidationInfo) -> Self:
        try:
            body = read(sent)
        except ValidationError as error:
            if not isinstance(sent, dict):
                raise
            faults = error.errors(include_url=False, include_input=False)
            body = _left(sent, faults, read) if cls.reads_once else _without_faults(sent, faults, cls, read, info)
        body._sent = sent
        return body


def faults_of(body: Body) -> list[Fault]:
    """Everything that can't be read of a body and of those in it; `loc` is from this body on."""
    return [{**fault, "loc": (*path, *fault["loc"])} for path, part in _parts(body) for fault in part._faults]


def problems_of(body: Body) -> Problems:
    """What can't be read of a body, for an action to go on from: it says what else is wrong, of other fields."""
    problems = Problems()
    for fault in faults_of(body):
        field, sent = ".".join(map(str, fault["loc"])), at_path(body._sent, fault["loc"])
        problems.add(field, code_of(fault), form_message(fault, sent), None, sent)
    return problems


def readings_of(body: Body) -> Iterator[Body]:
    """A body with faults in every way it may have been meant: without what can't be read, or with one value or another.

    What is wrong in all of them is wrong whatever was meant.
    """
    for reading in range(max(part._readings for _, part in _parts(body))):
        yield type(body).model_validate(body._sent, context={_READING: reading})


def _left(sent: Mapping[str, Any], faults: Sequence[Any], read: ModelWrapValidatorHandler[Any]) -> Any:
    """A body of what can be read."""
    wrong = {fault["loc"][0] for fault in faults}
    body = read({name: value for name, value in sent.items() if name not in wrong})
    body._faults = faults
    return body


def _without_faults(
    sent: Mapping[str, Any],
    faults: Sequence[Any],
    model: type[Body],
    read: ModelWrapValidatorHandler[Any],
    info: ValidationInfo,
) -> Any:
    """A body of what can be read, and of stand-ins for the rest."""
    reading = (info.context or {}).get(_READING, 0)
    wrong = {str(fault["loc"][0]) for fault in faults}
    ways = [_ways_to_read(model, name) for name in sorted(wrong)]
    filled = {name: value for name, value in sent.items() if name not in wrong}
    for of_field in ways:
        filled |= of_field[reading % len(of_field)]
    body = read(filled)
    body._faults, body._readings = faults, max(len(of_field) for of_field in ways)
    return body


def _parts(body: Body, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Body]]:
    """A body and those in it that were sent, with the way there."""
    yield path, body
    stand_ins = {fault["loc"][0] for fault in body._faults}
    for name in _holders(type(body)):
        value = getattr(body, name)
        entries = enumerate(value) if isinstance(value, list) else ()
        for *place, part in ((name, value), *((name, index, entry) for index, entry in entries)):
            if isinstance(part, Body) and name not in stand_ins:
                yield from _parts(part, (*path, *place))


@cache
def _holders(model: type[Body]) -> list[str]:
    """The fields in which there may be bodies: others are not looked into, however much they hold."""
    hints = get_type_hints(model, include_extras=True)
    return [name for name in model.model_fields if has_models(hints[name])]


@cache
def _ways_to_read(model: type[Body], name: str) -> list[dict[str, Any]]:
    """What may stand for a field that can't be read: nothing if it is optional, or one of some values of its type."""
    field = model.model_fields.get(name)
    if field is None:
        return [{}]
    kind = kind_of(get_type_hints(model, include_extras=True)[name])
    if kind is not None:
        return [{name: encode_id(kind, _OF_NO_ROW)}] if field.is_required() else [{}]
    document = model.model_json_schema()
    ways = [{name: value} for value in _values_of(document["properties"][name], document.get("$defs", {}))]
    return ways if field.is_required() else [{}, *ways]


def _values_of(form: Mapping[str, Any], forms: Mapping[str, Any]) -> list[Any]:
    """Values of a form that are far apart: what is wrong with all of them has another cause."""
    match form:
        case {"$ref": str(name)}:
            return _values_of(forms[name.rsplit("/", 1)[1]], forms)
        case {"anyOf": [first, *_]}:
            return _values_of(first, forms)
        case {"enum": list(words)}:
            return words
        case {"format": "date"}:
            return ["1900-01-01", "2999-12-31"]
        case {"type": "array"}:
            return [[value] for value in _values_of(form.get("items", {}), forms)]
        case {"type": "object"}:
            return [{}]
        case {"type": "boolean"}:
            return [False, True]
        case {"type": "integer"}:
            return [form.get("minimum", 0), form.get("maximum", 1)]
        case {"type": "string", "examples": [str(example), *_]}:
            return [example]
        case {"type": "string"}:
            return ["x" * max(1, form.get("minLength", 0)), "y" * form.get("maxLength", 10)]
    return [None]
