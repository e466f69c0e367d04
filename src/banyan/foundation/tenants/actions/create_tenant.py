"""Make a tenant (SYS-5)."""

import re
from collections.abc import Callable

from django.db import transaction

from banyan.foundation.actions.migrate import migrate_tenant
from banyan.foundation.tenants.hosts import check_hosts
from banyan.foundation.tenants.models import Domain, Tenant
from banyan.foundation.tenants.queries import find_tenant, within_tenant
from banyan.kernel.refusals import Kind, Problems

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST_NAME = 40
RESERVED = frozenset({"public", "information_schema"})


def create_tenant(schema_name: str, name: str, hosts: tuple[str, ...], set_up: Callable[[], object]) -> Tenant:
    """Make the tenant `schema_name`, reached under `hosts`, and fill it with `set_up`.

    The tenant exists once all of that is done: what a killed attempt left behind is taken up by the next one.
    Refused: a name that is no plain lower-case word, or one that is taken.
    """
    hosts = tuple(host.lower() for host in hosts)
    _check(schema_name, hosts)
    migrate_tenant(schema_name)
    with transaction.atomic():
        tenant = Tenant.objects.create(schema_name=schema_name, name=name)
        for number, host in enumerate(hosts):
            Domain.objects.create(domain=host, tenant=tenant, is_primary=number == 0)
        with within_tenant(schema_name):
            set_up()
    return tenant


def _check(schema_name: str, hosts: tuple[str, ...]) -> None:
    problems = Problems()
    if not NAME.fullmatch(schema_name) or len(schema_name) > LONGEST_NAME or schema_name.startswith("pg_"):
        right = f"use at most {LONGEST_NAME} of a-z, 0-9 and single _, a letter first"
        message = f"{schema_name!r} is not a valid tenant name: {right}"
        problems.add("name", "wrong_name", message, "SYS-4", schema_name)
    elif schema_name in RESERVED:
        problems.add("name", "reserved", f"{schema_name!r} is kept for the database itself", "SYS-4", schema_name)
    elif find_tenant(schema_name):
        message = f"there is a tenant {schema_name!r} already"
        problems.add("name", "taken", message, "SYS-4", schema_name, Kind.CONFLICT)
    check_hosts(hosts, problems)
    problems.raise_if_any()
