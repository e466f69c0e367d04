"""What tests may ask for: `tenant`, `fresh_tenant`, `server`."""

import itertools
from collections.abc import Iterator

import pytest
from django.db import connection, connections
from pytest_django import DjangoDbBlocker

from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.foundation import database
from banyan.foundation.actions.migrate import migrate
from banyan.foundation.embedded import EmbeddedServer
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import within_tenant
from tests.copies import SchemaCopier
from tests.serving import RunningServer, serving

TENANT = "tenant_of_tests"
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
        connection.check_constraints()


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
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A real `banyan serve` with a worker and a database of its own, which tests share."""
    folder = tmp_path_factory.mktemp("served") / "data"
    database_of_server = EmbeddedServer(folder, SPEED_BEFORE_SAFETY)
    database_of_server.use()
    with serving(folder) as running:
        yield running
    database_of_server.leave()
