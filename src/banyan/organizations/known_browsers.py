"""Browsers that somebody signed in with before: what a cookie keeps of that, signed, so that nobody makes one up."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from django.core import signing
from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.foundation.tenants.queries import current_tenant
from banyan.organizations.models import User

KNOWN_FOR = timedelta(days=180)
MOST_USERS = 5
"""Of those who share a browser; it forgets who signed in with it first."""
_SALT = "banyan.known_browser"


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser by a random name, and who signed in with it: for each user a mark of the password of then."""

    name: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    marks: Mapping[str, str] = field(default_factory=dict)

    def knows(self, user: User) -> bool:
        """Whether the user signed in with it, and has the same password since."""
        return constant_time_compare(self.marks.get(str(user.pk), ""), _mark(user))

    def after_signing_in(self, user: User) -> "Browser":
        """The browser that knows the user too."""
        others = [(key, mark) for key, mark in self.marks.items() if key != str(user.pk)]
        return replace(self, marks=dict([*others, (str(user.pk), _mark(user))][-MOST_USERS:]))

    def sealed(self) -> str:
        """What the cookie holds; good in this tenant alone."""
        return signing.dumps([current_tenant(), self.name, self.marks], salt=_SALT)


def read_browser(text: str) -> Browser:
    """The browser that a cookie tells of; one that knows nobody where it can't be read, is too old or of elsewhere."""
    try:
        tenant, name, marks = signing.loads(text, salt=_SALT, max_age=KNOWN_FOR)
    except (signing.BadSignature, ValueError):
        return Browser()
    return Browser(name, marks) if tenant == current_tenant() else Browser()


def _mark(user: User) -> str:
    told = f"{current_tenant()}:{user.pk}:{user.password or ''}"
    return salted_hmac(_SALT, told, algorithm="sha256").hexdigest()[:32]
