"""Bodies, answers and filters of declared resources (foundation.declared), as pydantic models for reading, writing and
the OpenAPI document: `@takes(ACCOUNT)`, `@shows(ACCOUNT)`, `@filters_by(ACCOUNT)` give a class the declared fields
beside those that it has itself.

What a kind of field looks like in JSON is said here, once: how it is read (`form_of`) and shown (`shown_as`), and what
its form is in the document. Reading only turns JSON into values: what a value has to be like is checked by the
action, for every surface alike.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Annotated, Any, TypeVar

from django.db.models import Model
from pydantic import BaseModel, Field, GetCoreSchemaHandler, GetJsonSchemaHandler, JsonValue, TypeAdapter, create_model
from pydantic_core import CoreSchema, core_schema

from banyan.api.addresses import address_or_null
from banyan.api.bodies import Body
from banyan.api.fields import Day as DayIn
from banyan.api.fields import DecimalIn, DecimalOut, PublicId, among, id_or_null, not_named
from banyan.api.schemas.parts import (
    Address,
    AddressAnswer,
    Phone,
    PhoneAnswer,
    PrimaryContact,
    PrimaryContactAnswer,
)
from banyan.foundation.declared import kinds
from banyan.foundation.declared.fields import Declaration
from banyan.foundation.declared.fields import Field as DeclaredField
from banyan.kernel.ids import encode_id
from banyan.kernel.money import CURRENCIES, amount_text

AnyBody = TypeVar("AnyBody", bound=Body)
AnyModel = TypeVar("AnyModel", bound=BaseModel)


@dataclass(frozen=True, slots=True, eq=False)
class _Form:
    """Takes anything, whose form in the document is this: the check of the action says what is wrong with it."""

    form: Any

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.any_schema()

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(TypeAdapter(self.form).core_schema)


@dataclass(frozen=True, slots=True, eq=False)
class _Also:
    """More about the form of a type in the document: its longest, its words."""

    more: Mapping[str, Any]

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {**handler(schema), **self.more}


def _also(**more: Any) -> _Also:
    return _Also(more)


@singledispatch
def form_of(kind: kinds.Kind) -> Any:
    """The type that reads a value of this kind from JSON."""
    raise TypeError(f"the API does not know {kind}")


@singledispatch
def answer_of(kind: kinds.Kind) -> Any:
    """The type that shows a value of this kind in JSON; as it is read, where nothing else is said."""
    return form_of(kind)


@singledispatch
def filter_by(kind: kinds.Kind) -> Any:
    """The type of a filter by a field of this kind."""
    return form_of(kind)


@singledispatch
def shown_as(kind: kinds.Kind, value: Any, row: Model) -> Any:
    """A value of a row as clients see it."""
    return value


@form_of.register
def _(kind: kinds.Text) -> Any:
    return Annotated[str, _also(maxLength=kind.longest)]


@form_of.register
def _(kind: kinds.Number) -> Any:
    return Annotated[str, _also(maxLength=kind.longest)]


@form_of.register
def _(kind: kinds.Choice) -> Any:
    return Annotated[str, _also(enum=list(kind.words))]


@filter_by.register
def _(kind: kinds.Choice) -> Any:
    return Annotated[str, among(kind.words)]


@form_of.register
def _(kind: kinds.Flag) -> Any:
    return bool


@form_of.register
def _(kind: kinds.Day) -> Any:
    return DayIn


@answer_of.register
def _(kind: kinds.Day) -> Any:
    return date


@form_of.register
def _(kind: kinds.WholeNumber) -> Any:
    return Annotated[int, _also(minimum=kind.lowest, maximum=kind.highest)]


@form_of.register
def _(kind: kinds.Amount) -> Any:
    return DecimalIn


@answer_of.register
def _(kind: kinds.Amount) -> Any:
    return DecimalOut


@shown_as.register
def _(kind: kinds.Amount, value: Any, row: Model) -> Any:
    return amount_text(value, getattr(row, kind.currency))


@form_of.register
def _(kind: kinds.Currency) -> Any:
    return Annotated[str, _also(minLength=3, maxLength=3, examples=["USD"])]


@filter_by.register
def _(kind: kinds.Currency) -> Any:
    return Annotated[str, among(CURRENCIES)]


@form_of.register
def _(kind: kinds.Language) -> Any:
    return Annotated[str, _also(maxLength=20, examples=["en"])]


@form_of.register
def _(kind: kinds.TimeZone) -> Any:
    return Annotated[str, _also(maxLength=64, examples=["Europe/Berlin"])]


@form_of.register
def _(kind: kinds.Email) -> Any:
    return Annotated[str, _also(maxLength=254, examples=["ap@example.com"])]


@form_of.register
def _(kind: kinds.Emails) -> Any:
    return Annotated[Any, _Form(list[Annotated[str, _also(maxLength=254, examples=["ap@example.com"])]])]


@answer_of.register
def _(kind: kinds.Emails) -> Any:
    return list[str]


@form_of.register
def _(kind: kinds.Phones) -> Any:
    return Annotated[Any, _Form(list[Phone])]


@answer_of.register
def _(kind: kinds.Phones) -> Any:
    return list[PhoneAnswer]


@form_of.register
def _(kind: kinds.Address) -> Any:
    return Annotated[Any, _Form(Address)]


@answer_of.register
def _(kind: kinds.Address) -> Any:
    return AddressAnswer


@shown_as.register
def _(kind: kinds.Address, value: Any, row: Model) -> Any:
    return address_or_null(value)


@form_of.register
def _(kind: kinds.Contact) -> Any:
    return Annotated[Any, _Form(PrimaryContact)]


@answer_of.register
def _(kind: kinds.Contact) -> Any:
    return PrimaryContactAnswer


@form_of.register
def _(kind: kinds.Json) -> Any:
    return Annotated[Any, _Form(JsonValue)]


@answer_of.register
def _(kind: kinds.Json) -> Any:
    return JsonValue


@form_of.register(kinds.JsonObject)
@form_of.register(kinds.CustomFields)
def _(kind: kinds.Kind) -> Any:
    return Annotated[Any, _Form(dict[str, JsonValue])]


@answer_of.register(kinds.JsonObject)
@answer_of.register(kinds.CustomFields)
def _(kind: kinds.Kind) -> Any:
    return dict[str, JsonValue]


@form_of.register
def _(kind: kinds.Reference) -> Any:
    return Annotated[int, PublicId(kind.to)]


@answer_of.register
def _(kind: kinds.Reference) -> Any:
    return Annotated[str, _also(examples=[encode_id(kind.to, 12)])]


@shown_as.register
def _(kind: kinds.Reference, value: Any, row: Model) -> Any:
    return id_or_null(kind.to, value)


def takes(
    declaration: Declaration, *, new: bool = False, without: Collection[str] = (), also: Collection[str] = ()
) -> Callable[[type[AnyBody]], type[AnyBody]]:
    """Gives a body the declared fields, `new`: to make a row, else to change one.

    Nothing is required while it is read: the action says what is, together with everything else that is wrong (ERR-1);
    `also`: which of the body's own fields the document calls required as well. In a new one null is as good as nothing;
    in a change it empties a field that can be empty.
    """
    fields = {name: field for name, field in declaration.fields.items() if name not in without}

    def give(body: type[AnyBody]) -> type[AnyBody]:
        named = {name: _in_body(field, new) for name, field in fields.items()}
        required = [name for name, field in fields.items() if new and field.about.required]
        made = _with(body, named, [*required, *also])
        made.reads_once = True
        return made

    return give


def shows(declaration: Declaration) -> Callable[[type[AnyModel]], type[AnyModel]]:
    """Gives an answer the declared fields."""

    def give(answer: type[AnyModel]) -> type[AnyModel]:
        return _with(answer, {name: _in_answer(field) for name, field in declaration.fields.items()})

    return give


def filters_by(declaration: Declaration) -> Callable[[type[AnyModel]], type[AnyModel]]:
    """Gives the query of a list a filter for each declared field that identifies or classifies (API-4)."""

    def give(query: type[AnyModel]) -> type[AnyModel]:
        fields = {name: field for name, field in declaration.fields.items() if field.about.filtered}
        return _with(query, {name: (filter_by(field.kind) | None, None) for name, field in fields.items()})

    return give


def shown(declaration: Declaration, row: Model) -> dict[str, Any]:
    """The declared fields of a row as clients see them."""
    return {name: shown_as(field.kind, field.held(row), row) for name, field in declaration.fields.items()}


def wanted(declaration: Declaration, query: BaseModel) -> dict[str, Any]:
    """What a query filters by: the columns of declared fields, each with the value that it is to have."""
    asked = {name: getattr(query, name) for name, field in declaration.fields.items() if field.about.filtered}
    return declaration.columns({name: value for name, value in asked.items() if value is not None})


def _in_body(field: DeclaredField, new: bool) -> tuple[Any, Any]:
    """A field of a body; what it is by default is told where a row is made."""
    form = form_of(field.kind)
    default = f"Default: {field.default_in_words}." if new and field.default_in_words else ""
    described = f"{_described(field)} {default}".rstrip()
    return (form | None if new or field.can_be_empty else form, not_named(description=described, **_example(field)))


def _in_answer(field: DeclaredField) -> tuple[Any, Any]:
    form = answer_of(field.kind)
    return (form | None if _may_be_null(field) else form, Field(description=_described(field), **_example(field)))


def _may_be_null(field: DeclaredField) -> bool:
    return field.can_be_empty and field.empty is None


def _described(field: DeclaredField) -> str:
    return f"{field.label}. {field.help}".rstrip()


def _example(field: DeclaredField) -> dict[str, Any]:
    return {} if field.about.example is None else {"examples": [field.about.example]}


def _with(
    model: type[AnyModel], fields: Mapping[str, tuple[Any, Any]], required: Collection[str] = ()
) -> type[AnyModel]:
    """A model of the same name with more fields; `required` in the document only."""
    made: Any = create_model(
        model.__name__,
        __base__=model,
        __module__=model.__module__,
        __doc__=model.__doc__,
        **fields,  # type: ignore[call-overload]
    )
    if required:
        made.model_config = {**made.model_config, "json_schema_extra": {"required": list(required)}}
        made.model_rebuild(force=True)
    return made  # type: ignore[no-any-return]
