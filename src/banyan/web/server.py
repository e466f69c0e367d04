"""The web server, as a process of its own: python -m banyan.web.server HOST PORT PROCESSES METRICS_FOLDER."""

import logging
import os
import resource
import sys

from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels

from banyan.console.assets import HOW_TO_BUILD, MANIFEST
from banyan.foundation.database import start_database
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.limits import MILLISECONDS, Limit
from banyan.foundation.logs import configure_logs
from banyan.foundation.metrics_folder import VARIABLE

MOST_CONNECTIONS = 4096
FILES_BESIDE_CONNECTIONS = 256
logger = logging.getLogger(__name__)


def main(host: str, port: int, processes: int, metrics: str) -> None:
    """Serve until SIGTERM; a process that dies is started again.

    This process needs no database, but uses it until the answering ones have gone: they end without leaving it.
    """
    if not MANIFEST.exists():
        logger.error("The console can't be shown, its scripts and styles are missing: %s.", HOW_TO_BUILD)
    start_database()
    os.environ[VARIABLE] = metrics
    Granian(
        "banyan.web.application:application",
        address=host,
        port=port,
        interface=Interfaces.ASGINL,
        workers=processes,
        http=HTTPModes.http1,
        http1_settings=HTTP1Settings(header_read_timeout=Limit.HEADER_SECONDS.now() * MILLISECONDS),
        backpressure=_most_connections(),
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=20,
    ).serve()


def _most_connections() -> int:
    """Of a process, with its files: silent ones cost little, so that it takes many to keep others out."""
    _, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_CONNECTIONS + FILES_BESIDE_CONNECTIONS
    files = files if most_files == resource.RLIM_INFINITY else min(files, most_files)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, most_files))
    return max(1, files - FILES_BESIDE_CONNECTIONS)


if __name__ == "__main__":
    configure_logs()
    end_with_parent()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
