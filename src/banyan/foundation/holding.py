"""Whoever changes something by what was seen of it waits until whoever does so now is through (API-7)."""

from django.db import connection

_HOLD = "SELECT pg_advisory_xact_lock(hashtextextended('banyan.hold.' || %s || '.' || %s || current_schema(), 0))"


def hold(kind: str, number: int | None) -> None:
    """Until the transaction ends nobody else holds the thing of that kind and row number; a kind of which there is one
    for the tenant, such as its settings, has no number.

    It is taken before anything else, so that what is read next stays as it was read for all who hold it as well.
    """
    with connection.cursor() as cursor:
        cursor.execute(_HOLD, [kind, "" if number is None else str(number)])
