"""Whether a database was brought to a version of Banyan that is newer than this one."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

PUBLIC = "public"
Migration = tuple[str, str]
"""Package and name."""

Connection = psycopg.Connection[tuple[Any, ...]]


def is_of_newer_version(connection: Connection, schema_name: str) -> bool:
    """Whether what all tenants share, or the schema of this tenant, has had a migration that comes after the last one
    that this version knows.

    Tenants are migrated in the order of their names, so the first one tells of an upgrade under way.
    """
    return any(newer_among(_applied(connection, schema)) for schema in (PUBLIC, schema_name))


def newer_among(applied: Iterable[Migration]) -> set[Migration]:
    """Of the migrations that a schema has had those that come after the last that this version knows."""
    last, before = _last_known(), replaced_by_this_version()
    return {
        (app, name) for app, name in applied if app in last and _number(name) > last[app] and (app, name) not in before
    }


@cache
def replaced_by_this_version() -> frozenset[Migration]:
    """The migrations of before the first release, whose place the first migration of each package has taken."""
    known = MigrationLoader(None).disk_migrations.values()
    return frozenset((str(app), str(name)) for migration in known for app, name in migration.replaces)


def _applied(connection: Connection, schema_name: str) -> list[Migration]:
    table = sql.Identifier(schema_name, "django_migrations")
    found = connection.execute(sql.SQL("SELECT app, name FROM {}").format(table)).fetchall()
    return [(str(app), str(name)) for app, name in found]


@cache
def _last_known() -> dict[str, str]:
    """By package of ours: other libraries' migrations may come and go with their versions."""
    names = {*settings.SHARED_APPS, *settings.TENANT_APPS}
    ours = {each.label for each in apps.get_app_configs() if each.name in names and each.name.startswith("banyan.")}
    last: dict[str, str] = {}
    for app, name in MigrationLoader(None).disk_migrations:
        if app in ours:
            last[app] = max(last.get(app, ""), _number(name))
    return last


def _number(name: str) -> str:
    return name.partition("_")[0]
