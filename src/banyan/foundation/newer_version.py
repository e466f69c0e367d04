"""Whether a database was brought to a version of Banyan that is newer than this one."""

from functools import cache
from typing import Any

import psycopg
from django.apps import apps
from django.conf import settings
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

PUBLIC = "public"
Connection = psycopg.Connection[tuple[Any, ...]]


def is_of_newer_version(connection: Connection, schema_name: str) -> bool:
    """Whether what all tenants share, or the schema of this tenant, has had a migration that comes after the
    last one that this version knows.

    Tenants are migrated in the order of their names, so the first one tells of an upgrade under way.
    """
    return any(newer_migrations(connection, schema) for schema in (PUBLIC, schema_name))


def newer_migrations(connection: Connection, schema_name: str) -> set[tuple[str, str]]:
    """The migrations, by package and name, that a schema has had and that come after the last known to this version."""
    table = sql.Identifier(schema_name, "django_migrations")
    found = connection.execute(sql.SQL("SELECT app, name FROM {}").format(table)).fetchall()
    last = _last_known()
    return {(app, name) for app, name in found if app in last and _number(name) > last[app]}


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
