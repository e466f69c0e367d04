"""A request, as it is once its tenant is known."""

from django.http import HttpRequest

from banyan.foundation.tenants.models import Tenant


class RequestOfTenant(HttpRequest):
    """A request and the tenant that it works in, None where there is none."""

    tenant: Tenant | None


def host_of(request: HttpRequest) -> str:
    """The host name that was asked for, without the port."""
    return request.get_host().rsplit(":", 1)[0]
