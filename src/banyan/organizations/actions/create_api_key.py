"""Make an API key (API-1)."""

from collections.abc import Sequence

from django.db import transaction

from banyan.foundation.tenants.queries import current_tenant
from banyan.kernel.refusals import Problems
from banyan.organizations.keys import hash_of, new_key
from banyan.organizations.models import ApiKey
from banyan.organizations.roles import Role
from banyan.organizations.tree import LONGEST_NAME, organization_or_problem, root
from banyan.organizations.users import check_role


@transaction.atomic
def create_api_key(name: str, role: str = Role.ADMINISTRATOR, organizations: Sequence[int] = ()) -> tuple[ApiKey, str]:
    """The new key as a row and in plain text; the text can't be had again.

    Its role holds in the organizations and everything below them; without any, in the root: everywhere. Refused
    (API-1): no name, no role, no such organization.
    """
    problems = Problems()
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        message = f"a key needs a name to tell it from the others, of 1 to {LONGEST_NAME} characters"
        problems.add("name", "required", message, "API-1", name[:80])
    check_role(role, problems, "API-1")
    reached = [
        organization_or_problem(number, f"organizations.{place}", "API-1", problems)
        for place, number in enumerate(organizations)
    ]
    problems.raise_if_any()
    key = new_key(current_tenant())
    row = ApiKey.objects.create(name=name.strip(), key_hash=hash_of(key), role=role)
    row.organizations.set([each for each in reached if each] or [root()])
    return row, key
