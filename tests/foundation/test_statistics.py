"""Tables that grew at once are counted at once, so that what reads them next is planned for what they hold (PERF-5)."""

import pytest
from django.db import connection, transaction

from banyan.foundation.models import HistoryEntry
from banyan.foundation.statistics import FEWEST_ROWS, count_grown_tables


def counted() -> tuple[float, int]:
    """The rows of the history as they were last counted (-1: never), and how often that was."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT reltuples, pg_stat_get_analyze_count(oid) FROM pg_class "
            "WHERE oid = 'foundation_historyentry'::regclass"
        )
        rows, times = cursor.fetchone()
    return rows, times


def grow(count: int) -> None:
    HistoryEntry.objects.bulk_create(
        HistoryEntry(actor="test", action="changed", subject_kind="account", subject_id=number, changes={})
        for number in range(count)
    )


@pytest.mark.rule("PERF-5")
def test_a_table_is_counted_when_half_of_its_rows_are_new_and_otherwise_left_alone(fresh_tenant: str) -> None:
    with connection.cursor() as cursor:  # PostgreSQL itself must not count meanwhile
        cursor.execute("ALTER TABLE foundation_historyentry SET (autovacuum_enabled = off)")
    before = HistoryEntry.objects.count()
    grow(FEWEST_ROWS)
    count_grown_tables()
    assert counted() == (before + FEWEST_ROWS, 1)
    count_grown_tables()
    grow(FEWEST_ROWS // 2)
    count_grown_tables()
    assert counted() == (before + FEWEST_ROWS, 1)
    grow(FEWEST_ROWS)
    with transaction.atomic():
        count_grown_tables()
    assert counted() == (before + FEWEST_ROWS, 1)
    count_grown_tables()
    assert counted() == (before + FEWEST_ROWS * 5 // 2, 2)
