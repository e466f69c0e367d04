"""Let a host lead to a tenant's pages no more (SYS-4)."""

from django.db import transaction

from banyan.foundation.tenants.models import Domain
from banyan.foundation.tenants.queries import hosts_of, named_tenant
from banyan.kernel.refusals import unknown


@transaction.atomic
def remove_host(schema_name: str, host: str) -> None:
    """Refused: a host that does not lead to the tenant."""
    tenant = named_tenant(schema_name)
    row = Domain.objects.filter(tenant=tenant, domain=host.lower()).first()
    if row is None:
        there_are = ", ".join(hosts_of(tenant)) or "none"
        raise unknown("host", f"{host} does not lead to {schema_name}; its hosts are {there_are}", host)
    row.delete()
