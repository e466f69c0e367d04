"""Who is asking: the key of a request (API-1)."""

from typing import Any

from django.http import HttpRequest
from django_tenants.utils import get_public_schema_name
from ninja.security import HttpBearer

from banyan.api.wrong_keys import WRONG_KEYS
from banyan.foundation.tenants.queries import current_tenant
from banyan.organizations.keys import tenant_of
from banyan.organizations.queries import find_api_key


class BearerKey(HttpBearer):
    """`Authorization: Bearer banyan_<tenant>_<secret>`: a key of the request's tenant that is not revoked. After twenty
    wrong ones in a minute from an address, others wait."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        if current_tenant() == get_public_schema_name() or tenant_of(token) != current_tenant():
            return None
        address = str(request.META.get("REMOTE_ADDR") or "")
        if not WRONG_KEYS.may_be_right(token, address):
            return None
        found = find_api_key(token)
        WRONG_KEYS.note(token, address, found is not None)
        return found
