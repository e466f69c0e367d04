"""Who is asking: the key of a request (API-1)."""

from typing import Any

from django.http import HttpRequest
from django_tenants.utils import get_public_schema_name
from ninja.security import HttpBearer

from banyan.foundation.tenants.queries import current_tenant
from banyan.organizations.keys import tenant_of
from banyan.organizations.queries import find_api_key


class BearerKey(HttpBearer):
    """`Authorization: Bearer banyan_<tenant>_<secret>`: a key of the request's tenant that is not revoked."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        if current_tenant() == get_public_schema_name() or tenant_of(token) != current_tenant():
            return None
        return find_api_key(token)
