"""Which PostgreSQL this process works with (SYS-1): BANYAN_DATABASE_URL, or the embedded server in BANYAN_DATA_DIR."""

import atexit
import os
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import conninfo_to_dict

from banyan.foundation.embedded import EmbeddedServer

OLDEST_SERVER = 15
SECONDS_TO_CONNECT = 10
SECONDS_A_CONNECTION_IS_KEPT = 600
_DJANGO_NAMES = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


class UnfitServerError(Exception):
    """The server can't be used; the message says why."""


def data_dir() -> Path:
    """The folder with everything that this installation keeps on disk."""
    return Path(os.environ.get("BANYAN_DATA_DIR") or ".banyan").resolve()


def database_url() -> str | None:
    """The server the operator named, None for the embedded one."""
    return os.environ.get("BANYAN_DATABASE_URL") or None


@cache
def embedded_server() -> EmbeddedServer:
    """The embedded server of this process; it is left when the process ends."""
    server = EmbeddedServer(data_dir())
    atexit.register(server.leave)
    return server


def conninfo() -> str:
    """How psycopg connects to the database."""
    return database_url() or embedded_server().conninfo()


def connection_settings() -> dict[str, Any]:
    """Django's description of the database. Starts nothing: `start_database` does."""
    given = conninfo_to_dict(conninfo())
    options = {name: value for name, value in given.items() if name not in _DJANGO_NAMES}
    return {
        "ENGINE": "django_tenants.postgresql_backend",
        **{django: given.get(name, "") for name, django in _DJANGO_NAMES.items()},
        "CONN_MAX_AGE": SECONDS_A_CONNECTION_IS_KEPT,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": False,
        "OPTIONS": {"connect_timeout": SECONDS_TO_CONNECT, **options},
    }


def start_database() -> None:
    """Make sure that there is a server to work with: start the embedded one if it is not running."""
    if database_url() is None:
        embedded_server().use()


def refuse_old_server() -> None:
    """Refuse a PostgreSQL older than 15 (SYS-1)."""
    with psycopg.connect(conninfo(), connect_timeout=SECONDS_TO_CONNECT) as connection:
        version = connection.info.server_version // 10000
    if version < OLDEST_SERVER:
        raise UnfitServerError(f"PostgreSQL {version} is too old: Banyan needs {OLDEST_SERVER} or later")


def keep_database_running() -> None:
    """Start the embedded server again if it has died; nothing to do with a server of the operator's."""
    if database_url() is None and not embedded_server().is_alive():
        embedded_server().use()
