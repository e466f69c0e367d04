"""The connection of this thread, as django-tenants extends it."""

from typing import Protocol, cast

from django.db import connection

from banyan.foundation.tenants.models import Tenant


class TenantConnection(Protocol):
    """A connection that works in the schema of a tenant, or in `public`."""

    schema_name: str

    def set_tenant(self, tenant: Tenant) -> None:
        """Work in the schema of the tenant from now on."""

    def set_schema(self, schema_name: str) -> None:
        """Work in that schema from now on."""

    def set_schema_to_public(self) -> None:
        """Work in no tenant from now on."""


tenant_connection = cast(TenantConnection, connection)
