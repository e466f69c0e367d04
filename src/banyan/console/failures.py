"""The page of a failure on our side: it needs no database, and not to know who visits."""

import logging

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from banyan.console.page import POLICY
from banyan.foundation.outages import NO_ROOM, has_no_room

logger = logging.getLogger(__name__)


def failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """What happened, as far as whoever visits can do something about it; the log says the rest."""
    status, name, says = _told(error)
    if status != 500:
        logger.error("The database did not answer %s %s: %s", request.method, request.path, error)
    response = HttpResponse(render_to_string("500.html", {"name": name, "says": says}), status=status)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response


def _told(error: BaseException | None) -> tuple[int, str, str]:
    if error is not None and has_no_room(error):
        says = f"{NO_ROOM} Whoever runs the server has to make room; then send it again. Looking things up still works."
        return 507, "There is no room", says
    if isinstance(error, OperationalError | InterfaceError):
        return 503, "The database does not answer", "Try again in a moment."
    return 500, "This failed on our side", "Try again in a moment; the log of the server says more."
