"""One consistent look at the tenant: what a batch reads belongs to one moment."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside sees the database as of one moment, and nothing can be written.

    Inside a transaction that is already open its own view is used as it is.
    """
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def expect_few_of_many() -> None:
    """Have PostgreSQL look rows up by index until the transaction ends.

    What a batch needs of a table seems enough to the planner to read all of it, up to some hundred thousand rows. Then
    every batch would read every row, and a payer would take the longer the more payers there are (PERF-2).
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off"
        )
