"""Reads of the tenants; they work whichever tenant is the current one."""

from collections.abc import Iterator
from contextlib import contextmanager

from django_tenants.utils import schema_context

from banyan.foundation.tenants.connection import tenant_connection
from banyan.foundation.tenants.hosts import is_address_of_machine
from banyan.foundation.tenants.models import Domain, Tenant
from banyan.kernel.refusals import unknown


def all_tenants() -> list[Tenant]:
    """Every tenant, by name of its schema."""
    return list(Tenant.objects.order_by("schema_name"))


def find_tenant(schema_name: str) -> Tenant | None:
    """The tenant of that name."""
    return Tenant.objects.filter(schema_name=schema_name).first()


def named_tenant(schema_name: str, for_update: bool = False) -> Tenant:
    """The tenant of that name, held until the transaction ends if it is `for_update`; refused when there is none."""
    rows = Tenant.objects.select_for_update() if for_update else Tenant.objects.all()
    tenant = rows.filter(schema_name=schema_name).first()
    if tenant is None:
        message = f"there is no tenant {schema_name!r}; `banyan tenant list` names them"
        raise unknown("tenant", message, schema_name)
    return tenant


def first_tenant() -> Tenant | None:
    """The tenant that was made first, such as `default`."""
    return Tenant.objects.order_by("pk").first()


def tenants_without_host() -> list[Tenant]:
    """SYS-4: the tenants whose pages no host leads to. The first one has those that lead nowhere else."""
    first = first_tenant()
    return [] if first is None else list(Tenant.objects.filter(domains=None).exclude(pk=first.pk).order_by("pk"))


def tenant_of_host(host: str) -> Tenant | None:
    """SYS-4: the tenant whose pages the host shows.

    That is the one it was given to. Any other host shows the first tenant, so that a second one takes nothing away from
    it, until the first has hosts of its own: from then on it keeps those and the addresses of the machine. Where there
    is only one tenant, every host shows it.
    """
    domain = Domain.objects.select_related("tenant").filter(domain=host.lower()).first()
    if domain is not None:
        return domain.tenant
    first = first_tenant()
    return first if first is not None and (is_address_of_machine(host) or _answers_everywhere(first)) else None


def _answers_everywhere(first: Tenant) -> bool:
    return not hosts_of(first) or not Tenant.objects.exclude(pk=first.pk).exists()


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
