"""Change a user (ORG-3)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from banyan.kernel.refusals import Problems
from banyan.organizations.models import SignInLink, User
from banyan.organizations.passwords import hashed
from banyan.organizations.tree import locked
from banyan.organizations.users import check_user


@transaction.atomic
def change_user(user_id: int, changes: Mapping[str, Any]) -> User:
    """Change `name`, `email`, `password` (null: none, so that the user can't sign in), `active` or `time_zone` (null:
    that of the first owner). Another password ends all sessions, and links made before lead nowhere (ORG-6)."""
    user = locked(User, user_id)
    problems = Problems()
    check_user(changes, problems, user)
    problems.raise_if_any()
    for field, value in changes.items():
        setattr(user, field, hashed(value) if field == "password" else value)
    user.save(update_fields=list(changes))
    if "password" in changes:
        SignInLink.objects.filter(user=user).delete()
    return user
