"""Two transactions that take the same rows in opposite orders: one is ended, done again, and both are done."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import OperationalError, connection, connections, transaction
from psycopg.errors import DeadlockDetected

from banyan.foundation.deadlocks import again_after_deadlock
from banyan.foundation.models import Setting
from banyan.foundation.tenants.queries import within_tenant


def add_to_both(tenant: str, first: str, second: str, met: Barrier) -> int:
    """Adds 1 to both settings, in this order; the first time both transactions hold what the other one wants next. The
    number of times that it was tried."""
    times = 0

    def do() -> None:
        nonlocal times
        times += 1
        with transaction.atomic():
            add_to(first)
            if times == 1:
                met.wait(10)
            add_to(second)

    try:
        with within_tenant(tenant):
            again_after_deadlock(do)
    finally:
        connections.close_all()
    return times


def add_to(key: str) -> None:
    setting = Setting.objects.select_for_update().get(key=key)
    setting.value += 1
    setting.save()


@pytest.mark.rule("ERR-1", "REL-2")
def test_what_was_ended_for_the_sake_of_another_is_done_again(fresh_tenant: str) -> None:
    Setting.objects.bulk_create([Setting(key="a", value=0), Setting(key="b", value=0)])
    met = Barrier(2)
    with ThreadPoolExecutor(2) as connected:
        tried = connected.map(lambda order: add_to_both(fresh_tenant, *order, met), [("a", "b"), ("b", "a")])
    assert sorted(tried) == [1, 2]
    assert dict(Setting.objects.values_list("key", "value")) == {"a": 2, "b": 2}


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize("cause", [None, DeadlockDetected()], ids=["another failure", "within a larger transaction"])
def test_what_can_not_be_helped_by_doing_it_again_is_done_once(tenant: str, cause: Exception | None) -> None:
    times = 0

    def fail() -> None:
        nonlocal times
        times += 1
        raise OperationalError from cause

    with pytest.raises(OperationalError):
        again_after_deadlock(fail)
    assert (times, connection.in_atomic_block) == (1, True)
