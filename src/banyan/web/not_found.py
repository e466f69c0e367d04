"""What is answered where nothing is."""

from django.http import HttpRequest, HttpResponse

from banyan.api import problems
from banyan.console import errors
from banyan.web.tenant_of_request import API


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's handler404: a problem to clients of the API (API-3), which needs nothing of the console; else a page."""
    if request.path.startswith(API):
        return problems.nothing_here()
    return errors.not_found(request, exception)
