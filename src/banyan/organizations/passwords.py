"""Passwords: what is refused, and what is stored of them."""

from django.contrib.auth.hashers import make_password

from banyan.kernel.refusals import Problems

SHORTEST, LONGEST = 10, 200


def check_password(password: object, problems: Problems) -> None:
    """Refuse a password that is too easily guessed, or longer than anybody types (ORG-3)."""
    if not isinstance(password, str) or not SHORTEST <= len(password) <= LONGEST or len(set(password)) < SHORTEST // 2:
        message = f"Give a password of {SHORTEST} to {LONGEST} characters that are not all alike."
        problems.add("password", "weak_password", message, "ORG-3")


def hashed(password: str | None) -> str | None:
    """What is stored: a salted, slow hash, nothing where there is no password."""
    return None if password is None else make_password(password)
