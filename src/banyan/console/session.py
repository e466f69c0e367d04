"""Who is signed in: the user's number in a session of the tenant's own schema."""

from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.console.queries import users_with_zones
from banyan.foundation.clock import now
from banyan.organizations.models import User

USER, STAMP = "user", "stamp"


def start_session(request: HttpRequest, user: User) -> None:
    """From now on this browser is the user's; sessions that are over are forgotten on the way."""
    Session.objects.filter(expire_date__lt=now()).delete()
    request.session.flush()
    request.session[USER] = user.pk
    request.session[STAMP] = _stamp(user)


def end_session(request: HttpRequest) -> None:
    """From now on this browser is nobody's."""
    request.session.flush()


def signed_in_user(request: HttpRequest) -> User | None:
    """The user, while active and until the password changes."""
    user = users_with_zones().filter(pk=request.session[USER], active=True).first() if USER in request.session else None
    known = user is not None and constant_time_compare(request.session.get(STAMP, ""), _stamp(user))
    return user if known else None


def _stamp(user: User) -> str:
    """Changes with the password, so that its change ends every other session."""
    return salted_hmac("banyan.console.session", user.password or "").hexdigest()
