"""Create a user (ORG-3)."""

from django.db import transaction

from banyan.kernel.refusals import Problems
from banyan.organizations.models import User
from banyan.organizations.passwords import hashed
from banyan.organizations.users import check_user


@transaction.atomic
def create_user(
    name: str, email: str, password: str | None = None, active: bool = True, time_zone: str | None = None
) -> User:
    """A user who reaches nothing until a membership is added; without a password the user can't sign in yet."""
    problems = Problems()
    check_user({"name": name, "email": email, "password": password, "time_zone": time_zone}, problems)
    problems.raise_if_any()
    return User.objects.create(name=name, email=email, password=hashed(password), active=active, time_zone=time_zone)
