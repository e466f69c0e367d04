"""Sign in with e-mail address and password (ORG-6)."""

from django.contrib.auth.hashers import check_password, make_password

from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.history_notes import note_in_history
from banyan.foundation.proxies import counted_as
from banyan.kernel.refusals import invalid
from banyan.organizations.attempts import AttemptLimit, count_attempt, succeeded
from banyan.organizations.known_browsers import Browser
from banyan.organizations.models import User
from banyan.organizations.passwords import LONGEST
from banyan.organizations.queries import find_user
from banyan.organizations.users import LONGEST_EMAIL

AT_ONCE_FOR_ACCOUNT = AT_ONCE_IN_BROWSER = 5
AT_ONCE_FROM_ADDRESS = 50
ACCOUNT, ADDRESS, BROWSER = "account", "address", "browser"


def sign_in(email: str, password: str, address: str, browser: Browser | None = None) -> User:
    """The user with that e-mail address and password, asked for from a network address.

    Refused, without telling which of the two is wrong: anything else. After several attempts in vain for the account or
    from the address (of IPv6, from its network) the next one waits, right or wrong. They don't count in a browser that
    the user signed in with before: it has a count of its own. What is counted stays whatever becomes of the request, so
    this is no part of a transaction.

    The history of the user has each that was looked at, with its address: in vain some 120 a day at most, which is what
    the limits let through.
    """
    email = email.strip()[:LONGEST_EMAIL]
    user = find_user(email)
    limits = _limits(email, address, browser if browser and user and browser.knows(user) else None)
    count_attempt(limits)
    if not _is_right(user, password) or user is None:
        if user is not None:
            note_in_history("user", user.pk, "sign_in_failed", {"address": address})
        raise invalid("email", "not_signed_in", "E-mail address or password is wrong.", "ORG-6")
    succeeded(limits, (ACCOUNT, BROWSER))
    with acting_as(Actor.user(user.pk, user.email)):
        note_in_history("user", user.pk, "signed_in", {"address": address})
    return user


def _limits(email: str, address: str, browser: Browser | None) -> list[AttemptLimit]:
    if browser is not None:
        return [AttemptLimit(BROWSER, browser.name, AT_ONCE_IN_BROWSER)]
    return [
        AttemptLimit(ACCOUNT, email.lower(), AT_ONCE_FOR_ACCOUNT),
        AttemptLimit(ADDRESS, counted_as(address), AT_ONCE_FROM_ADDRESS),
    ]


def _is_right(user: User | None, password: str) -> bool:
    """Takes as long for who doesn't exist, has no password or may not sign in, so that the time tells nothing. A text
    that is longer than any password is not hashed."""
    if len(password) > LONGEST:
        return False
    if user is None or not user.active or not user.password:
        make_password(password)
        return False
    return check_password(password, user.password)
