"""Reads of the tenants; they work whichever tenant is the current one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django_tenants.utils import schema_context

from banyan.foundation.tenants.connection import tenant_connection
from banyan.foundation.tenants.models import Domain, Tenant
from banyan.kernel.refusals import unknown


def all_tenants() -> list[Tenant]:
    """Every tenant, by name of its schema."""
    return list(Tenant.objects.order_by("schema_name"))


def find_tenant(schema_name: str) -> Tenant | None:
    """The tenant of that name."""
    return Tenant.objects.filter(schema_name=schema_name).first()


def named_tenant(schema_name: str) -> Tenant:
    """The tenant of that name; refused when there is none."""
    tenant = find_tenant(schema_name)
    if tenant is None:
        message = f"there is no tenant {schema_name!r}; `banyan tenant list` names them"
        raise unknown("tenant", message, schema_name)
    return tenant


def tenants_without_host() -> list[Tenant]:
    """SYS-4: the tenants whose pages no host leads to; none while there is only one tenant."""
    rows = list(Tenant.objects.filter(domains=None).order_by("schema_name"))
    return rows if len(rows) > 1 or Tenant.objects.count() > 1 else []


def tenant_of_host(host: str) -> Tenant | None:
    """SYS-4: the tenant whose pages the host shows; where there is only one tenant, every host shows it."""
    domain = Domain.objects.select_related("tenant").filter(domain=host.lower()).first()
    if domain is not None:
        return domain.tenant
    only = Tenant.objects.all()[:2]
    return only[0] if len(only) == 1 else None


@contextmanager
def within_tenant(schema_name: str) -> Iterator[None]:
    """Everything in this block is of that tenant; afterwards the tenant of before is the current one again."""
    with schema_context(schema_name):
        yield


def current_tenant() -> str:
    """The schema that is worked in: a tenant's, or `public`."""
    return tenant_connection.schema_name


def hosts_of(tenant: Tenant) -> list[str]:
    """The host names that lead to the tenant."""
    return list(Domain.objects.filter(tenant=tenant).order_by("domain").values_list("domain", flat=True))
