"""Whether this process can do its work, asked in few seconds whatever else it is at."""

import logging
from typing import Any

import psycopg

from banyan.foundation.database import conninfo
from banyan.foundation.limits import MILLISECONDS, Limit
from banyan.foundation.newer_version import is_of_newer_version

ALIVE = {"status": "alive"}
NO_DATABASE = {"status": "no database"}
logger = logging.getLogger(__name__)


def readiness() -> dict[str, Any]:
    """Why not, or `ready`: the database answers, is as this version needs it, and holds a tenant."""
    seconds = Limit.READY_SECONDS.now()
    try:
        with psycopg.connect(conninfo(), connect_timeout=seconds, autocommit=True) as connection:
            connection.execute("SELECT set_config('statement_timeout', %s, false)", [f"{seconds * MILLISECONDS}"])
            row = connection.execute("SELECT schema_name FROM public.tenants_tenant ORDER BY schema_name LIMIT 1")
            first = row.fetchone()
            if first is None:
                return {"status": "no tenant"}
            newer = is_of_newer_version(connection, str(first[0]))
    except psycopg.Error as failure:
        logger.warning("not ready: %s", str(failure).partition("\n")[0])
        return NO_DATABASE
    return {"status": "database of a newer version"} if newer else {"status": "ready"}
