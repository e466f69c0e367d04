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

from banyan.foundation.database import conninfo
from banyan.foundation.tenants.queries import all_tenants

LOCK = "banyan migrate"
Report = Callable[[str], object]


def migrate(report: Report = lambda schema: None) -> None:
    """Migrate what all tenants share and then every tenant, telling `report` each schema that is worked on.

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
    """Whether every migration that a schema needs has been applied to it."""
    return _needed(schema_name) <= _applied(schema_name)


def _migrate_if_needed(schema_name: str, report: Report) -> None:
    if not is_migrated(schema_name):
        report(schema_name)
        call_command("migrate_schemas", schema_name=schema_name, interactive=False, verbosity=0)


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
