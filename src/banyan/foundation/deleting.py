"""Deleting what nothing refers to, and saying what does otherwise."""

from collections.abc import Iterator
from typing import TypeVar

from django.db import transaction
from django.db.models import PROTECT, ForeignObjectRel, Model

from banyan.kernel.refusals import conflict, unknown

Row = TypeVar("Row", bound=Model)


def uses_of(row: Model) -> Iterator[tuple[int, str]]:
    """What refers to the row and would be left without it: how many, of what (3, "accounts").

    Asks every table that refers to its own, also of packages that this one doesn't know.
    """
    for relation in row._meta.get_fields(include_hidden=True):
        if not isinstance(relation, ForeignObjectRel) or not _holds(relation):
            continue
        rows = relation.related_model._base_manager.filter(**{relation.field.name: row.pk})
        if count := rows.count():
            words = relation.related_model._meta
            yield count, str(words.verbose_name if count == 1 else words.verbose_name_plural)


def in_words(uses: Iterator[tuple[int, str]]) -> str:
    """3 accounts, 1 bill run; empty when there is no use."""
    return ", ".join(f"{count:,} {words}" for count, words in uses)


def locked_for_deletion(model: type[Row], row_id: int) -> Row:
    """The row, held so that nothing can come to refer to it until the transaction ends; refused when there is none."""
    row = model._base_manager.select_for_update(of=("self",)).filter(pk=row_id).first()
    if row is None:
        raise unknown("id", f"There is no such {model._meta.verbose_name}.", row_id)
    return row


@transaction.atomic
def delete_unused(model: type[Model], row_id: int, rule: str) -> None:
    """The row is gone; refused by the rule while something refers to it, with what and how often."""
    row = locked_for_deletion(model, row_id)
    refuse_while_used(row, rule)
    row.delete()


def refuse_while_used(row: Model, rule: str) -> None:
    """Refuse to delete a row that something refers to."""
    if used := in_words(uses_of(row)):
        message = f"The {row._meta.verbose_name} {row} is used by {used}; it can be deleted once nothing uses it."
        raise conflict("id", "in_use", message, rule, used)


def _holds(relation: ForeignObjectRel) -> bool:
    """Whether the reference would be left hanging: what goes with the row, or forgets it, doesn't count."""
    return bool(relation.many_to_many) or relation.on_delete is PROTECT
