"""What the routes ask of the rows that queries give: one of them, or those that match."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from banyan.kernel.refusals import unknown
from banyan.organizations.access_scope import RowsInScope

Row = TypeVar("Row", bound=Model)


def found(rows: QuerySet[Row], number: int) -> Row:
    """The row of that number. Refused (404) when it is none of `rows`."""
    check_within_scope(rows)
    row = rows.filter(pk=number).first()
    if row is None:
        kind = rows.model._meta.verbose_name
        raise unknown("id", f"There is no such {kind}.", number)
    return row


def check_within_scope(rows: QuerySet[Any]) -> None:
    """Nothing is shown that was not read within the caller's reach (ORG-3): a mistake of ours otherwise."""
    if hasattr(rows.model, "reachable") and not isinstance(rows, RowsInScope):
        raise TypeError(f"{rows.model.__name__} is shown, but was not read by {rows.model.__name__}.reachable")


def matching(rows: QuerySet[Row], **wanted: Any) -> QuerySet[Row]:
    """Those of `rows` that have each wanted value; None is not wanted."""
    return rows.filter(**{field: value for field, value in wanted.items() if value is not None})
