"""The page of a failure on our side: it needs no database, and not to know who visits."""

import logging

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from banyan.console.page import POLICY
from banyan.foundation.troubles import FAILED, Trouble, trouble_of

logger = logging.getLogger(__name__)


def failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """What happened, as far as whoever visits can do something about it; the log says the rest."""
    trouble = trouble_of(error)
    if trouble is None:
        return troubled(FAILED)
    logger.error("The database did not do %s %s: %s", request.method, request.path, error)
    return troubled(trouble)


def troubled(trouble: Trouble) -> HttpResponse:
    """The page of somebody whose request could not be done, for a reason that is not in the request."""
    response = _page(trouble.status, trouble.name, trouble.says)
    if trouble.retry_after is not None:
        response["Retry-After"] = str(trouble.retry_after)
    return response


def _page(status: int, name: str, says: str) -> HttpResponse:
    response = HttpResponse(render_to_string("500.html", {"name": name, "says": says}), status=status)
    response["Content-Security-Policy"] = POLICY
    response["Cache-Control"] = "no-store"
    return response
