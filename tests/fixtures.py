"""What tests may ask for: `tenant`, `fresh_tenant`, `server`."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.foundation import database
from banyan.foundation.actions.migrate import migrate
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import within_tenant
from banyan.organizations.actions.create_api_key import create_api_key
from tests.copies import SchemaCopier
from tests.serving import RunningServer, serving

TENANT = "tenant_of_tests"
SERVED_TENANT = "served"
SPEED_BEFORE_SAFETY = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: DjangoDbBlocker) -> None:
    """Instead of a test database of Django's: a server of our own, with one tenant that is usable at once."""
    with django_db_blocker.unblock():
        database.embedded_server().options = SPEED_BEFORE_SAFETY
        database.start_database()
        migrate()
        create_tenant(TENANT, "Tests", (), set_up_tenant)
        connection.close()


@pytest.fixture
def tenant(db: None) -> Iterator[str]:
    """A new tenant to work in; whatever the test does to it is rolled back."""
    with within_tenant(TENANT):
        yield TENANT


@pytest.fixture(scope="session")
def schema_copier(django_db_setup: None) -> SchemaCopier:
    return SchemaCopier(database.embedded_server(), TENANT)


@pytest.fixture
def fresh_tenant(schema_copier: SchemaCopier, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """A new tenant in a schema of its own, where transactions are real: for several connections at once."""
    name = f"fresh_{next(_numbers)}"
    with django_db_blocker.unblock():
        schema_copier.copy_to(name)
        with within_tenant(name):
            yield name
        schema_copier.drop(name)
        connections.close_all()


@pytest.fixture(scope="session")
def server(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningServer]:
    """A real `banyan serve` with a worker, and a key of an administrator of the tenant it serves."""
    with django_db_blocker.unblock():
        create_tenant(SERVED_TENANT, "Served", ("127.0.0.1",), set_up_tenant)
        with within_tenant(SERVED_TENANT):
            _, key = create_api_key("tests")
        connections.close_all()
    log: Path = tmp_path_factory.mktemp("server") / "log"
    with serving(key, log) as running:
        yield running
