"""A request that is too large is refused before it is read."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from banyan.api.problems import problem
from banyan.console.errors import message_page
from banyan.foundation.uploads import MIB, upload_limit
from banyan.web.tenant_of_request import API

Answer = Callable[[HttpRequest], HttpResponse]


def refuse_large_bodies(answer: Answer) -> Answer:
    """Middleware: no body is larger than a file may be, with the little that a form sends beside it."""

    def answer_small(request: HttpRequest) -> HttpResponse:
        limit = upload_limit()
        length = request.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) <= limit + MIB:
            return answer(request)
        if request.path.startswith(API):
            return problem(413, f"The body is larger than the {limit // MIB:,} MiB that this server takes.")
        return message_page(request, "too_large.html", 413, limit=limit // MIB)

    return answer_small
