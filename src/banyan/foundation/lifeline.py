"""A child process ends when its parent has, however that ended."""

import os
import signal
import threading
import time

SECONDS_BETWEEN_LOOKS = 0.5


def end_with_parent() -> None:
    """From now on ask this process to stop (SIGTERM) as soon as the process that started it is gone."""
    threading.Thread(target=_wait_for_end, args=(os.getppid(),), name="lifeline", daemon=True).start()


def _wait_for_end(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(SECONDS_BETWEEN_LOOKS)
    os.kill(os.getpid(), signal.SIGTERM)
