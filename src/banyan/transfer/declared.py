"""The columns of declared resources (foundation.declared): what a kind of field looks like in a cell, said once."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import singledispatch

from banyan.foundation.declared import kinds
from banyan.foundation.declared.fields import CONTACT_PARTS, Declaration, Field
from banyan.transfer.cells import (
    AMOUNT,
    DATE,
    JSON,
    LIST,
    PHONES,
    TEXT,
    TEXT_OR_JSON,
    WHOLE_NUMBER,
    YES_OR_NO,
    CellType,
)
from banyan.transfer.columns import Column, address_columns, amount_of
from banyan.transfer.queries import REFERENCES


@singledispatch
def cell_of(kind: kinds.Kind) -> CellType:
    """What a cell of this kind holds; text where nothing else is said."""
    return TEXT


@cell_of.register
def _(kind: kinds.Flag) -> CellType:
    return YES_OR_NO


@cell_of.register
def _(kind: kinds.Day) -> CellType:
    return DATE


@cell_of.register
def _(kind: kinds.WholeNumber) -> CellType:
    return WHOLE_NUMBER


@cell_of.register
def _(kind: kinds.Amount) -> CellType:
    return AMOUNT


@cell_of.register
def _(kind: kinds.Emails) -> CellType:
    return LIST


@cell_of.register
def _(kind: kinds.Phones) -> CellType:
    return PHONES


@cell_of.register
def _(kind: kinds.Json) -> CellType:
    return TEXT_OR_JSON


@cell_of.register
def _(kind: kinds.JsonObject) -> CellType:
    return JSON


def columns_of(
    declaration: Declaration,
    *,
    only: Collection[str] | None = None,
    without: Collection[str] = (),
    later: Mapping[str, str] | None = None,
    only_read: Collection[str] = (),
    new: bool = True,
    at: str = "",
) -> tuple[Column, ...]:
    """The columns of a resource's fields, in the order of its declaration, custom fields aside: they have columns of
    their own. `later` and `only_read` as in Column, by field. `new`: of a file that makes rows, where fields may be
    required. `at`: where the row of the resource is found from the row that is exported, such as `customer__`.
    """
    wanted = (field for name, field in declaration.fields.items() if name not in without and name in (only or [name]))
    return tuple(
        replace(column, later=(later or {}).get(field.name), only_read=field.name in only_read)
        for field in wanted
        for column in _columns(field, at, new)
    )


def _columns(field: Field, at: str, new: bool) -> tuple[Column, ...]:
    kind, path = field.kind, f"{at}{field.name}"
    if isinstance(kind, kinds.CustomFields):
        return ()
    if isinstance(kind, kinds.Address):
        return address_columns(field.name, _of_an_address(field), path)
    if isinstance(kind, kinds.Contact):
        return tuple(
            Column(f"{field.name}.{part}", f"{field.label}: {part}", source=f"{at}{field.about.columns}_{part}")
            for part in CONTACT_PARTS
        )
    refers_to = kind.to if isinstance(kind, kinds.Reference) else None
    source = amount_of(path, f"{at}{kind.currency}") if isinstance(kind, kinds.Amount) else path
    required = new and field.about.required
    return (Column(field.name, explained(field), cell_of(kind), required, refers_to, source),)


def explained(field: Field) -> str:
    """What a column is about: the field's label and what it is for, and what can stand in it."""
    said = [f"{field.label}.", field.help]
    if isinstance(field.kind, kinds.Choice):
        said.append(f"One of {', '.join(f'`{word}`' for word in field.kind.words)}.")
    if isinstance(field.kind, kinds.Reference):
        said.append(f"Given by its {REFERENCES[field.kind.to].field.replace('_', ' ')}.")
    if field.default_in_words:
        said.append(f"Default: {field.default_in_words}.")
    return " ".join(filter(None, said))


def _of_an_address(field: Field) -> str:
    return f"{field.label} (default: {field.about.otherwise})" if field.about.otherwise else field.label
