"""Bring the database to the state that this version of Banyan needs (SYS-4)."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django_tenants.utils import get_public_schema_name

from banyan import __version__
from banyan.foundation.database import UnfitServerError, conninfo
from banyan.foundation.newer_version import Migration, newer_among, replaced_by_this_version
from banyan.foundation.tenants.queries import all_tenants
from banyan.foundation.time_limits import Work, limited_as

LOCK = "banyan migrate"
LAST_WITH_ALL_STEPS = "4b0bd9e"
"""The last commit that brings an older schema of before the first release to where this version goes on."""

Report = Callable[[str], object]


def migrate(report: Report = lambda schema: None) -> None:
    """Migrate what all tenants share and then every tenant, telling `report` each schema that is worked on. Raises
    UnfitServerError where a newer version of Banyan has been before.

    Several processes may do so at once: one does it, the others wait and find it done.
    """
    public = get_public_schema_name()
    with _alone():
        _migrate_if_needed(public, report)
        for tenant in all_tenants():
            _migrate_if_needed(tenant.schema_name, report)


def migrate_tenant(schema_name: str) -> None:
    """Make the schema, if there is none, and migrate it."""
    with _alone():
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {connection.ops.quote_name(schema_name)}")
        _migrate_if_needed(schema_name, lambda schema: None)


def is_migrated(schema_name: str) -> bool:
    """Whether every migration that a schema needs has been applied to it. Raises UnfitServerError where a newer version
    of Banyan has applied others, or where one of before the first release has not applied all of its own.
    """
    applied = _applied(schema_name)
    _refuse_newer(schema_name, applied)
    _refuse_unfinished(schema_name, applied)
    return _needed(schema_name) <= applied


def _migrate_if_needed(schema_name: str, report: Report) -> None:
    if not is_migrated(schema_name):
        report(schema_name)
        with limited_as(Work.MIGRATION):
            call_command("migrate_schemas", schema_name=schema_name, interactive=False, verbosity=0)


def _refuse_newer(schema_name: str, applied: set[Migration]) -> None:
    newer = sorted(newer_among(applied))
    if newer:
        app, name = newer[0]
        raise UnfitServerError(
            f"the database is of a newer version of Banyan than this one, {__version__}: {schema_name} has had the "
            f"migration {name} of {app}. Install the newer version, or restore a backup of before its upgrade"
        )


def _refuse_unfinished(schema_name: str, applied: set[Migration]) -> None:
    """Only what was migrated to the end before the first release has what the first migrations make."""
    before = {(app, name) for app, name in replaced_by_this_version() if app in _labels(schema_name)}
    missing = sorted(before - applied)
    if missing and not applied.isdisjoint(before):
        app, name = missing[0]
        raise UnfitServerError(
            f"{schema_name} is of a version of Banyan that is too old for this one, {__version__}: it has not had the "
            f"migration {name} of {app}. Run 'banyan migrate' of commit {LAST_WITH_ALL_STEPS} first, then this one's"
        )


def _needed(schema_name: str) -> set[tuple[str, str]]:
    labels = _labels(schema_name)
    return {key for key in MigrationLoader(None).disk_migrations if key[0] in labels}


def _labels(schema_name: str) -> set[str]:
    names = settings.SHARED_APPS if schema_name == get_public_schema_name() else settings.TENANT_APPS
    return {config.label for config in apps.get_app_configs() if config.name in names}


def _applied(schema_name: str) -> set[tuple[str, str]]:
    quoted = connection.ops.quote_name(schema_name)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{quoted}.django_migrations"])
        if not cursor.fetchone()[0]:
            return set()
        cursor.execute(f"SELECT app, name FROM {quoted}.django_migrations")
        return set(cursor.fetchall())


@contextmanager
def _alone() -> Iterator[None]:
    """On a connection of its own, because Django closes the one that it migrates with."""
    with psycopg.connect(conninfo(), autocommit=True) as holder:
        holder.execute("SELECT pg_advisory_lock(hashtext(%s))", [LOCK])
        yield
