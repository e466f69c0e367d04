"""Jobs for the tests of jobs."""

import os
import signal
import time

from django.db import OperationalError, transaction

from banyan.foundation.jobs import Waiting, job
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
def freeze_in_a_transaction_the_first_time(key: str) -> None:
    first = note(f"{key} begun") == 1
    with transaction.atomic():
        note(key)
        if first:
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(1)  # this thread may be the last one to be stopped


def what_is_told(key: str) -> Waiting:
    """What waits for a job of that key keeps in a setting what it is told."""

    def keep(what: str, told: str) -> None:
        Setting.objects.update_or_create(key=f"{key} {what}", defaults={"value": told})

    return Waiting(("test", len(key)), lambda why: keep("ended", str(why)), lambda trouble: keep("trouble", trouble))


@job(waiting=what_is_told)
def die_each_time(key: str) -> None:
    note(key)
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
