"""Make an API key (API-1)."""

from django.db import transaction

from banyan.foundation.tenants.queries import current_tenant
from banyan.kernel.refusals import Problems
from banyan.organizations.keys import hash_of, new_key
from banyan.organizations.models import ApiKey, Role


@transaction.atomic
def create_api_key(name: str, role: str = Role.ADMINISTRATOR) -> tuple[ApiKey, str]:
    """The new key as a row and in plain text; the text can't be had again. Refused (API-1): no name, no role."""
    problems = Problems()
    if not name.strip():
        problems.add("name", "required", "a key needs a name to tell it from the others", "API-1", name)
    if role not in Role.values:
        problems.add(
            "role", "unknown_role", f"{role!r} is no role: it is one of {', '.join(Role.values)}", "API-1", role
        )
    problems.raise_if_any()
    key = new_key(current_tenant())
    return ApiKey.objects.create(name=name.strip(), key_hash=hash_of(key), role=role), key
