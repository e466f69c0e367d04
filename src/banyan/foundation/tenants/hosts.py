"""Which host names may lead to a tenant's pages (SYS-4)."""

import re
from collections.abc import Iterable
from ipaddress import ip_address

from banyan.foundation.tenants.models import Domain
from banyan.kernel.refusals import Kind, Problems

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]")
LONGEST_HOST = 253
LOCALHOST = "localhost"


def is_address_of_machine(host: str) -> bool:
    """Whether it is no name that somebody gave: localhost, 127.0.0.1, [::1], 192.168.1.5."""
    if host.lower() == LOCALHOST:
        return True
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def check_hosts(hosts: Iterable[str], problems: Problems) -> None:
    """A plain host name, without scheme and port, that leads to no tenant yet; in small letters."""
    for host in hosts:
        if not HOST.fullmatch(host) or len(host) > LONGEST_HOST:
            message = f"{host!r} is not a host name such as billing.acme.example; leave scheme and port out"
            problems.add("host", "wrong_host", message, "SYS-4", host)
        elif taken := Domain.objects.select_related("tenant").filter(domain=host).first():
            message = f"{host} leads to the tenant {taken.tenant.schema_name} already"
            problems.add("host", "taken", message, "SYS-4", host, Kind.CONFLICT)
