"""The first migration of a package stands for the steps of before the first release (docs/decisions/0041)."""

from collections.abc import Iterable

import pytest
from django.db import connection

from banyan.foundation.actions.migrate import is_migrated, migrate_tenant
from banyan.foundation.database import UnfitServerError
from banyan.foundation.newer_version import Migration, newer_among, replaced_by_this_version

LAST_OF_ACCOUNTS = ("accounts", "0013_tax_rounding_of_versions")


def applied() -> set[Migration]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        return set(cursor.fetchall())


def as_if_applied(steps: Iterable[Migration]) -> None:
    """What a schema of before says that it has had."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE name = '0001_schema'")
        before = list(replaced_by_this_version())
        cursor.executemany("DELETE FROM django_migrations WHERE (app, name) = (%s, %s)", before)
        cursor.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (%s, %s, now())", list(steps))


@pytest.mark.rule("SYS-4")
def test_a_tenant_that_was_migrated_to_the_end_before_goes_on(fresh_tenant: str) -> None:
    first = {migration for migration in applied() if migration[1] == "0001_schema"}
    assert {app for app, _ in first} == {app for app, _ in replaced_by_this_version()}
    as_if_applied(replaced_by_this_version())
    assert not newer_among(applied())
    assert not is_migrated(fresh_tenant)
    migrate_tenant(fresh_tenant)
    assert is_migrated(fresh_tenant)
    assert first <= applied()


@pytest.mark.rule("SYS-4")
def test_a_tenant_that_was_not_is_refused_and_stays_as_it_was(fresh_tenant: str) -> None:
    as_if_applied(replaced_by_this_version() - {LAST_OF_ACCOUNTS})
    before = applied()
    with pytest.raises(UnfitServerError, match="not had the migration 0013_tax_rounding_of_versions of accounts"):
        migrate_tenant(fresh_tenant)
    assert applied() == before
