"""Make a user a member of an organization (ORG-3)."""

from django.db import transaction

from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.models import Membership, User
from banyan.organizations.tree import locked, organization_or_problem
from banyan.organizations.users import check_role


@transaction.atomic
def add_membership(user_id: int, organization_id: int, role: str) -> Membership:
    """The role holds in the organization and everything below it. A user has one role in an organization."""
    user = locked(User, user_id)
    problems = Problems()
    check_role(role, problems, "ORG-3")
    organization = organization_or_problem(organization_id, "organization", "ORG-3", problems)
    held = Membership.objects.filter(user=user, organization=organization).first() if organization else None
    if held is not None:
        message = f"{user} is {held.role} of {organization} already; remove that membership first."
        problems.add("organization", "member_already", message, "ORG-3", organization_id, Kind.CONFLICT)
    problems.raise_if_any()
    return Membership.objects.create(user=user, organization_id=organization_id, role=role)
