"""Who is asking: the key of a request, and what its role may do (API-1, ORG-3)."""

from typing import Any

from django.db import connection
from django.http import HttpRequest
from django_tenants.utils import get_public_schema_name
from ninja.security import HttpBearer

from banyan.kernel.refusals import Kind, Problem, Refusal
from banyan.organizations.keys import hash_of, tenant_of
from banyan.organizations.models import ApiKey
from banyan.organizations.roles import Role

_RANK = {role: rank for rank, role in enumerate(Role)}
_RESOURCES_OF_ROLE = {
    Role.ADMINISTRATOR: ("settings", "owners", "organizations"),
    Role.MANAGER: (
        "account-types",
        "account-categories",
        "payment-terms",
        "bill-cycles",
        "products",
        "prices",
        "meters",
        "tax-rates",
    ),
}
_ROLE_TO_CHANGE = {resource: role for role, resources in _RESOURCES_OF_ROLE.items() for resource in resources}
_CHANGES_NOTHING = ("/preview",)


class BearerKey(HttpBearer):
    """`Authorization: Bearer banyan_<tenant>_<secret>`: a key of the request's tenant that is not revoked."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        if connection.schema_name == get_public_schema_name() or tenant_of(token) != connection.schema_name:
            return None
        return ApiKey.objects.filter(key_hash=hash_of(token), revoked_at=None).first()


def changes_something(request: HttpRequest) -> bool:
    """Whether the request asks for a change at all; a preview doesn't."""
    return request.method not in ("GET", "HEAD", "OPTIONS") and not request.path.endswith(_CHANGES_NOTHING)


def refuse_beyond_role(request: HttpRequest, key: ApiKey) -> None:
    """Viewers read; operators change customers and what they have; managers also the lists and the catalogue behind
    it; administrators everything (ORG-3)."""
    resource = request.path.removeprefix("/api/v1/").split("/", 1)[0]
    needed = _ROLE_TO_CHANGE.get(resource, Role.OPERATOR)
    if _RANK[Role(key.role)] < _RANK[needed]:
        message = f"The key {key.name!r} has the role {key.role}; to change {resource} takes {needed} or more."
        raise Refusal([Problem("Authorization", "role_too_low", message, "ORG-3", key.role)], Kind.FORBIDDEN)
