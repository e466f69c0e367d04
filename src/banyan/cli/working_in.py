"""Opening the database for a command."""

from collections.abc import Iterator
from contextlib import contextmanager

from banyan.foundation.actions.migrate import migrate
from banyan.foundation.actors import COMMAND_LINE
from banyan.foundation.database import refuse_old_server, start_database
from banyan.foundation.history import acting_as
from banyan.foundation.tenants.queries import named_tenant, within_tenant
from banyan.foundation.time_limits import Work, limit_connections


def open_database() -> None:
    """Make sure that there is a database and that it is as this version needs it."""
    limit_connections(Work.COMMAND)
    start_database()
    refuse_old_server()
    migrate()


@contextmanager
def working_in(tenant: str) -> Iterator[None]:
    """What the block does is done in that tenant, by the command line."""
    open_database()
    named_tenant(tenant)
    with within_tenant(tenant), acting_as(COMMAND_LINE):
        yield
