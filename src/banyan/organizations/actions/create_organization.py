"""Create an organization (ORG-1)."""

from django.db import transaction

from banyan.kernel.refusals import Problems
from banyan.organizations.models import Organization
from banyan.organizations.tree import check_code, check_name, lock_organization_tree, organization_or_problem, root


@transaction.atomic
def create_organization(name: str, code: str, parent: int | None = None) -> Organization:
    """A new organization under `parent`, the root organization if none is given; codes are unique."""
    lock_organization_tree()
    problems = Problems()
    check_name(name, problems)
    check_code(code, problems)
    above = root() if parent is None else organization_or_problem(parent, "parent", "ORG-1", problems)
    problems.raise_if_any()
    return Organization.objects.create(name=name, code=code, parent=above)
