"""Answers and jobs are kept for thirty days, and then deleted by a job of its own (ERR-2, SCA-1)."""

from datetime import timedelta

import pytest
from django.db import connection

from banyan.foundation import jobs
from banyan.foundation.actions.tidy_up import tidy_up
from banyan.foundation.clock import now
from banyan.foundation.idempotency import Answer, answer_once
from banyan.foundation.models import IdempotencyKey
from tests.foundation.jobs_of_tests import note_run

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.mark.rule("ERR-2")
def test_answers_are_remembered_for_thirty_days() -> None:
    for key, days in (("old", 31), ("young", 29)):
        answer_once(key, "POST", "/charges", b"{}", lambda: Answer(201, {}))
        IdempotencyKey.objects.filter(key=key).update(created_at=now() - timedelta(days=days))
    tidy_up(now())
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["young"]


@pytest.mark.rule("SCA-1")
@pytest.mark.parametrize(("status", "days", "kept"), [("failed", 31, 0), ("failed", 29, 1), ("todo", 31, 1)])
def test_failed_jobs_are_kept_for_thirty_days_and_waiting_ones_for_ever(status: str, days: int, kept: int) -> None:
    number = note_run.enqueue(key="k")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [status, number])
        cursor.execute("UPDATE procrastinate_events SET at = %s", [now() - timedelta(days=days)])
    tidy_up(now())
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE id = %s", [number])
        assert cursor.fetchone() == (kept,)


@pytest.mark.rule("SCA-1")
def test_it_is_done_every_night() -> None:
    nightly = {each.task.name: each.cron for each in jobs.app.periodic_registry.periodic_tasks.values()}
    assert nightly["banyan.foundation.tidy_up"] == "23 3 * * *"
    jobs.tidy_up_every_night(timestamp=0)
