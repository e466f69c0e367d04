"""Whether this process lives, and whether it can answer."""

from django.db import DatabaseError
from django.http import HttpRequest, JsonResponse

from banyan.foundation.tenants.connection import tenant_connection
from banyan.foundation.tenants.queries import all_tenants


def alive(request: HttpRequest) -> JsonResponse:
    """The process answers, whatever its database does."""
    return JsonResponse({"status": "alive"})


def ready(request: HttpRequest) -> JsonResponse:
    """The process can do its work: the database answers and holds a tenant."""
    try:
        tenant_connection.set_schema_to_public()
        tenants = len(all_tenants())
    except DatabaseError:
        return JsonResponse({"status": "no database"}, status=503)
    return JsonResponse({"status": "ready" if tenants else "no tenant"}, status=200 if tenants else 503)
