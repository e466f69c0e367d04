"""The web server, as a process of its own: python -m banyan.web.server HOST PORT PROCESSES."""

import logging
import os
import shutil
import sys

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from banyan.console.assets import HOW_TO_BUILD, MANIFEST
from banyan.foundation.database import data_dir, start_database
from banyan.foundation.lifeline import end_with_parent
from banyan.foundation.logs import configure_logs

THREADS_OF_A_PROCESS = min(8, 2 * (os.cpu_count() or 1) + 1)
SECONDS_A_THREAD_IDLES = 600
logger = logging.getLogger(__name__)


def main(host: str, port: int, processes: int) -> None:
    """Serve until SIGTERM; a process that dies is started again.

    This process needs no database, but uses it until the answering ones have gone: they end without leaving it.
    """
    if not MANIFEST.exists():
        logger.error("The console can't be shown, its scripts and styles are missing: %s.", HOW_TO_BUILD)
    start_database()
    metrics = data_dir() / "metrics" / str(port)
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(parents=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
    Granian(
        "banyan.web.application:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=processes,
        blocking_threads=THREADS_OF_A_PROCESS,
        blocking_threads_idle_timeout=SECONDS_A_THREAD_IDLES,
        websockets=False,
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        respawn_interval=0.5,
        workers_kill_timeout=20,
    ).serve()


if __name__ == "__main__":
    configure_logs()
    end_with_parent()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
