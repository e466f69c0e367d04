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
from banyan.foundation.newer_version import Migration, newer_among
from banyan.foundation.tenants.queries import all_tenants
from banyan.foundation.time_limits import Work, limited_as

LOCK = "banyan migrate"
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
    of Banyan has applied others.
    """
    applied = _applied(schema_name)
    _refuse_newer(schema_name, applied)
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


def _needed(schema_name: str) -> set[tuple[str, str]]:
    names = settings.SHARED_APPS if schema_name == get_public_schema_name() else settings.TENANT_APPS
    labels = {config.label for config in apps.get_app_configs() if config.name in names}
    return {key for key in MigrationLoader(None).disk_migrations if key[0] in labels}


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
