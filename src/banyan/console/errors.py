"""Pages that say why there is nothing else to see."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def message_page(request: HttpRequest, template: str, status: int, **context: Any) -> HttpResponse:
    """A page that tells one thing; to be read by who isn't signed in, too."""
    return render(request, f"console/messages/{template}", context, status=status)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's CSRF_FAILURE_VIEW."""
    return message_page(request, "forged.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The page at an address that is none."""
    return message_page(request, "not_found.html", 404)
