"""What a browser may do with an answer: every one says it, also where nothing is and where something failed."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from banyan.console.page import POLICY
from banyan.web.headers import POLICY_OF_NO_PAGE
from banyan.web.tenant_of_request import API

Answer = Callable[[HttpRequest], HttpResponse]
HEADER = "Content-Security-Policy"
OF_API_DOCS = "; ".join(
    (
        *("default-src 'none'", "script-src 'self'", "style-src 'self' 'unsafe-inline'", "font-src 'self'"),
        *("connect-src 'self'", "img-src 'self' data:", "form-action 'none'", "base-uri 'none'"),
        "frame-ancestors 'none'",
    )
)
"""What shows the OpenAPI document writes styles into its elements."""


def set_policy_header(answer: Answer) -> Answer:
    """Middleware: an answer that says no policy of its own gets that of its kind."""

    def answer_with_policy(request: HttpRequest) -> HttpResponse:
        response = answer(request)
        if HEADER not in response:
            response[HEADER] = _policy(request, response)
        return response

    return answer_with_policy


def _policy(request: HttpRequest, response: HttpResponse) -> str:
    if not response.get("Content-Type", "").startswith("text/html"):
        return POLICY_OF_NO_PAGE
    return OF_API_DOCS if request.path.startswith(API) else POLICY
