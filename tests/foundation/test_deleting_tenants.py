"""A tenant is deleted with all that is its own, or stays as it was."""

from collections.abc import Iterator

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from banyan.foundation.tenants.actions.add_host import add_host
from banyan.foundation.tenants.actions.delete_tenant import delete_tenant
from banyan.foundation.tenants.models import Domain
from banyan.foundation.tenants.queries import find_tenant, within_tenant
from banyan.kernel.refusals import Refusal, conflict
from tests.copies import SchemaCopier
from tests.foundation import jobs_of_tests as jobs

NAME = "doomed"
HOST = "doomed.example"


@pytest.fixture
def doomed(schema_copier: SchemaCopier, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    with django_db_blocker.unblock():
        schema_copier.copy_to(NAME)
        add_host(NAME, HOST)
        yield NAME
        if find_tenant(NAME):
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'tenant' = %s", [NAME])
            Domain.objects.filter(domain=HOST).delete()
            schema_copier.drop(NAME)
        connections.close_all()


def one(statement: str, *values: object) -> object:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def schema_is_there() -> bool:
    return bool(one("SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %s)", NAME))


def jobs_left() -> int:
    return int(str(one("SELECT count(*) FROM procrastinate_jobs WHERE args->>'tenant' = %s", NAME)))


def is_whole() -> bool:
    return schema_is_there() and find_tenant(NAME) is not None and Domain.objects.filter(domain=HOST).exists()


def nothing_is_under_way() -> None:
    return None


@pytest.mark.rule("SYS-4")
def test_a_deleted_tenant_leaves_no_schema_no_host_and_no_job(doomed: str):
    with within_tenant(doomed):
        jobs.note_run.enqueue(key="k")
    assert (is_whole(), jobs_left()) == (True, 1)
    delete_tenant(doomed, nothing_is_under_way)
    assert (find_tenant(doomed), schema_is_there(), jobs_left()) == (None, False, 0)
    assert not Domain.objects.filter(domain=HOST).exists()
    with pytest.raises(Refusal, match="there is no tenant"):
        delete_tenant(doomed, nothing_is_under_way)


@pytest.mark.rule("SYS-4", "REL-A")
def test_a_tenant_of_which_a_worker_does_a_job_stays_whole(doomed: str):
    with within_tenant(doomed):
        number = jobs.note_run.enqueue(key="k")
        jobs.note_run.enqueue(key="waits")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE id = %s", [number])
    with pytest.raises(Refusal, match=f"job {number}") as refused:
        delete_tenant(doomed, nothing_is_under_way)
    assert refused.value.rule == "SYS-4"
    assert (is_whole(), jobs_left()) == (True, 2)


@pytest.mark.rule("SYS-4", "REL-A")
def test_what_is_under_way_is_looked_for_within_the_tenant_and_keeps_it(doomed: str):
    def busy() -> None:
        raise conflict("tenant", "busy", str(one("SELECT current_schema()")))

    with pytest.raises(Refusal, match=NAME):
        delete_tenant(doomed, busy)
    assert is_whole()
