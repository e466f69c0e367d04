"""Let a host lead to a tenant's pages (SYS-4)."""

from django.db import transaction

from banyan.foundation.tenants.hosts import check_hosts
from banyan.foundation.tenants.models import Domain
from banyan.foundation.tenants.queries import named_tenant
from banyan.kernel.refusals import Problems


@transaction.atomic
def add_host(schema_name: str, host: str) -> Domain:
    """Refused: a tenant that there isn't, no host name, or one that leads somewhere already."""
    tenant, problems = named_tenant(schema_name), Problems()
    check_hosts([host.lower()], problems)
    problems.raise_if_any()
    is_first = not Domain.objects.filter(tenant=tenant).exists()
    return Domain.objects.create(domain=host.lower(), tenant=tenant, is_primary=is_first)
