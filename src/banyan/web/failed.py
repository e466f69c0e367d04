"""What is answered where something failed on our side."""

import sys

from django.http import HttpRequest, HttpResponse

from banyan.api import problems
from banyan.console import failures
from banyan.web.tenant_of_request import API


def failed(request: HttpRequest) -> HttpResponse:
    """Django's handler500: a problem to clients of the API (API-3); else a page."""
    error = sys.exc_info()[1]
    if request.path.startswith(API):
        return problems.failed(request, error)
    return failures.failed(request, error)
