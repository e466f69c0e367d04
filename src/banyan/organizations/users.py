"""What a user must be like (ORG-3)."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.time_zones import check_time_zone
from banyan.organizations.models import User
from banyan.organizations.passwords import check_password
from banyan.organizations.roles import Role
from banyan.organizations.tree import check_name

LONGEST_EMAIL = 254


def check_user(values: Mapping[str, Any], problems: Problems, user: User | None = None) -> None:
    """Note what is wrong with the values that are given, of a new user or as changes of `user`: name, email, password,
    time zone."""
    if "name" in values:
        check_name(values["name"], problems, "ORG-3")
    if "email" in values:
        _check_email(values["email"], problems, user.pk if user else 0)
    if values.get("password") is not None:
        name, email = (str(values.get(each, getattr(user, each, ""))) for each in ("name", "email"))
        check_password(values["password"], problems, name, email)
    if values.get("time_zone") is not None:
        check_time_zone("time_zone", values["time_zone"], problems, "DAT-2")


def check_role(role: object, problems: Problems, rule: str) -> None:
    """Refuse what is no role."""
    if role not in Role.values:
        message = f"{str(role)[:80]!r} is not a role; it must be one of {', '.join(Role.values)}"
        problems.add("role", "unknown_role", message, rule, role)


def _check_email(email: object, problems: Problems, own_id: int) -> None:
    try:
        validate_email(str(email))
    except ValidationError:
        message = f"{str(email)[:80]!r} is not an e-mail address such as ada@acme.example."
        problems.add("email", "not_an_email", message, "ORG-3", str(email)[:80])
        return
    if len(str(email)) > LONGEST_EMAIL:
        message = f"An e-mail address has at most {LONGEST_EMAIL} characters."
        problems.add("email", "too_long", message, "ORG-3", str(email)[:80])
    elif User.objects.filter(email__iexact=email).exclude(pk=own_id).exists():
        message = f"A user has the e-mail address {email} already."
        problems.add("email", "taken", message, "ORG-3", email, Kind.CONFLICT)
