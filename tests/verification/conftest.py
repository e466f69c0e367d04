"""`world`: the tenant of world.py; made once, and whatever a test does to it is rolled back."""

from collections.abc import Iterator

import pytest
from django.db import connections, transaction
from pytest_django import DjangoDbBlocker

from banyan.foundation.tenants.queries import within_tenant
from tests.billruns.running import execute
from tests.copies import SchemaCopier
from tests.verification.world import World

TENANT = "verified"


@pytest.fixture(scope="package")
def billed_world(schema_copier: SchemaCopier, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock():
        schema_copier.copy_to(TENANT)
        with within_tenant(TENANT):
            world = World()
            execute("DELETE FROM procrastinate_jobs WHERE args->>'tenant' = %s", [TENANT])
        yield world
        schema_copier.drop(TENANT)
        connections.close_all()


@pytest.fixture
def world(billed_world: World, django_db_blocker: DjangoDbBlocker) -> Iterator[World]:
    with django_db_blocker.unblock(), within_tenant(TENANT), transaction.atomic():
        yield billed_world
        transaction.set_rollback(True)
