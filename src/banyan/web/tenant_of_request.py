"""SYS-4: an API request finds its tenant by its key, a page by the host name."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from banyan.foundation.tenants.connection import tenant_connection
from banyan.foundation.tenants.models import Tenant
from banyan.foundation.tenants.queries import find_tenant, tenant_of_host
from banyan.foundation.tenants.request import RequestOfTenant, host_of
from banyan.organizations.access_scope import NOTHING, scoped_to
from banyan.organizations.keys import tenant_of

API = "/api/"
WITHOUT_TENANT = ("/healthz", "/readyz", "/metrics", "/static/")

Answer = Callable[[RequestOfTenant], HttpResponse]


def find_tenant_of_request(answer: Answer) -> Answer:
    """Middleware: `request.tenant` is the tenant, which the request then works in, or None when there is none.

    A key only says which tenant it is of; whether it opens it is the API's to check. Until that is known nothing is in
    reach (ORG-3).
    """

    def answer_within_tenant(request: RequestOfTenant) -> HttpResponse:
        tenant_connection.set_schema_to_public()
        request.tenant = None if request.path.startswith(WITHOUT_TENANT) else _tenant(request)
        if request.tenant is None:
            return answer(request)
        tenant_connection.set_tenant(request.tenant)
        try:
            with scoped_to(NOTHING):
                return answer(request)
        finally:
            tenant_connection.set_schema_to_public()

    return answer_within_tenant


def _tenant(request: HttpRequest) -> Tenant | None:
    if not request.path.startswith(API):
        return tenant_of_host(host_of(request))
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    name = tenant_of(key.strip()) if scheme.lower() == "bearer" else None
    return find_tenant(name) if name else None
