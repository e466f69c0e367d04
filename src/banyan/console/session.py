"""Who is signed in: the user's number in a session of the tenant's own schema; and which browsers know whom."""

from datetime import datetime, timedelta
from typing import TypeVar

from django.conf import settings
from django.contrib.sessions.models import Session
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import constant_time_compare, salted_hmac

from banyan.console.queries import users_with_zones
from banyan.foundation.clock import now
from banyan.organizations.known_browsers import KNOWN_FOR, Browser, read_browser
from banyan.organizations.models import User

USER, STAMP, CAME_BY_LINK = "user", "stamp", "came_by_link"
MINUTES_WITHOUT_OLD_PASSWORD = 30
BROWSER = "banyan_browser"
Response = TypeVar("Response", bound=HttpResponseBase)


def start_session(request: HttpRequest, user: User, by_link: bool = False) -> None:
    """From now on this browser is the user's; sessions that are over are forgotten on the way."""
    Session.objects.filter(expire_date__lt=now()).delete()
    request.session.flush()
    request.session[USER] = user.pk
    request.session[STAMP] = _stamp(user)
    if by_link:
        request.session[CAME_BY_LINK] = now().isoformat()


def end_session(request: HttpRequest) -> None:
    """From now on this browser is nobody's."""
    request.session.flush()


def signed_in_user(request: HttpRequest) -> User | None:
    """The user, while active and until the password changes."""
    user = users_with_zones().filter(pk=request.session[USER], active=True).first() if USER in request.session else None
    known = user is not None and constant_time_compare(request.session.get(STAMP, ""), _stamp(user))
    return user if known else None


def may_forget_password(request: HttpRequest) -> bool:
    """Whether the session began by a link just now: that is how who forgot a password gets another one."""
    began = request.session.get(CAME_BY_LINK)
    return began is not None and now() - datetime.fromisoformat(began) < timedelta(minutes=MINUTES_WITHOUT_OLD_PASSWORD)


def known_browser(request: HttpRequest) -> Browser:
    """The browser, as far as its cookie tells who signed in with it before."""
    return read_browser(request.COOKIES.get(BROWSER, ""))


def remembering(response: Response, browser: Browser, user: User) -> Response:
    """An answer that lets the browser know that the user signed in with it; signing out doesn't change that."""
    response.set_cookie(
        BROWSER,
        browser.after_signing_in(user).sealed(),
        max_age=KNOWN_FOR,
        secure=bool(settings.IS_BEHIND_TLS),
        httponly=True,
        samesite="Lax",
    )
    return response


def address_of(request: HttpRequest) -> str:
    """The network address of the client, "" where it isn't known."""
    return str(request.META.get("REMOTE_ADDR") or "")


def _stamp(user: User) -> str:
    """Changes with the password, so that its change ends every other session."""
    return salted_hmac("banyan.console.session", user.password or "").hexdigest()
