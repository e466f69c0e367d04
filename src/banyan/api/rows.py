"""What the routes ask of the rows that queries give: one of them, or those that match."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet

from banyan.kernel.refusals import unknown

Row = TypeVar("Row", bound=Model)


def found(rows: QuerySet[Row], number: int) -> Row:
    """The row of that number. Refused (404) when it is none of `rows`."""
    row = rows.filter(pk=number).first()
    if row is None:
        kind = rows.model._meta.verbose_name
        raise unknown("id", f"There is no such {kind}.", number)
    return row


def matching(rows: QuerySet[Row], **wanted: Any) -> QuerySet[Row]:
    """Those of `rows` that have each wanted value; None is not wanted."""
    return rows.filter(**{field: value for field, value in wanted.items() if value is not None})
