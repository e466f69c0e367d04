"""Passwords: what is refused, and what is stored of them."""

import string
from functools import cache

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import CommonPasswordValidator, UserAttributeSimilarityValidator
from django.core.exceptions import ValidationError

from banyan.kernel.refusals import Problems
from banyan.organizations.models import User

SHORTEST, LONGEST = 10, 200
BEHIND = string.digits + string.punctuation
"""What people put behind a common password to make another one of it."""


def check_password(password: object, problems: Problems, name: str, email: str) -> None:
    """Refuse a password that is easily guessed, too, by who knows the user's name and e-mail address, or that is longer
    than anybody types (ORG-6)."""
    if not isinstance(password, str) or not SHORTEST <= len(password) <= LONGEST or len(set(password)) < SHORTEST // 2:
        message = f"Give a password of {SHORTEST} to {LONGEST} characters that are not all alike."
        problems.add("password", "weak_password", message, "ORG-6")
    elif _is_common(password):
        message = "This is one of the passwords that are tried first; give another one, such as four words by chance."
        problems.add("password", "common_password", message, "ORG-6")
    elif _is_like(password, name, email):
        message = "The password is too much like the name or the e-mail address; give another one."
        problems.add("password", "password_like_user", message, "ORG-6")


def hashed(password: str | None) -> str | None:
    """What is stored: a salted, slow hash, nothing where there is no password."""
    return None if password is None else make_password(password)


def _is_common(password: str) -> bool:
    return _refuses(_common_passwords(), password) or _refuses(_common_passwords(), password.rstrip(BEHIND))


def _is_like(password: str, name: str, email: str) -> bool:
    validator = UserAttributeSimilarityValidator(("name", "email"))
    return _refuses(validator, password, User(name=name, email=email))


@cache
def _common_passwords() -> CommonPasswordValidator:
    """Read from its file once a process, by the first who asks."""
    return CommonPasswordValidator()


def _refuses(
    validator: CommonPasswordValidator | UserAttributeSimilarityValidator, password: str, user: User | None = None
) -> bool:
    try:
        validator.validate(password, user)  # type: ignore[arg-type]  # not Django's own user
    except ValidationError:
        return True
    return False
