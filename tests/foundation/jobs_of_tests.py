"""Jobs for the tests of jobs."""

import os
import signal
import time

from django.db import OperationalError

from banyan.foundation.jobs import job
from banyan.foundation.models import Setting


def note(key: str) -> int:
    """Count one more run of `key`, so that a test sees it; the number of runs so far."""
    setting, _ = Setting.objects.get_or_create(key=key, defaults={"value": 0})
    setting.value += 1
    setting.save()
    return setting.value


@job
def note_run(key: str) -> None:
    note(key)


@job
def die_the_first_time(key: str) -> None:
    if note(key) == 1:
        os.kill(os.getpid(), signal.SIGKILL)


@job
def lose_the_connection_the_first_time(key: str) -> None:
    if note(key) == 1:
        raise OperationalError("server closed the connection unexpectedly")


@job
def take_a_second(key: str) -> None:
    note(f"{key} started")
    time.sleep(1)
    note(key)


@job
def fail(key: str) -> None:
    note(key)
    raise ValueError(key)
