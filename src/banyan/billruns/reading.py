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


def expect_order_of_index() -> None:
    """Have PostgreSQL come to rows, and so lock them, in the order of the index that finds them until the transaction
    ends, not in that of their places in the table.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_bitmapscan = off")


def share_with_a_second_process() -> None:
    """Have PostgreSQL answer what is asked until the transaction ends in two processes, however little it expects.

    For the end of a run: while it is looked at as a whole, the other workers have nothing to do.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SET LOCAL max_parallel_workers_per_gather = 1; SET LOCAL parallel_setup_cost = 0;"
            "SET LOCAL parallel_tuple_cost = 0; SET LOCAL min_parallel_index_scan_size = 0;"
            "SET LOCAL min_parallel_table_scan_size = 0"
        )


@contextmanager
def sums_without_sorting() -> Iterator[None]:
    """Have PostgreSQL add up rows of a few groups as they come, in each of its processes: it expects few rows, and
    would sort hundreds of thousands of them in one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        yield
        cursor.execute("SET LOCAL enable_sort = on")
