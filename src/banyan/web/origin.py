"""From where a request came, and whether over TLS: told by the connection, and by proxies that are trusted."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

Answer = Callable[[HttpRequest], HttpResponse]
HEADERS = ("x-forwarded-for", "x-forwarded-proto", "forwarded")


def find_origin(answer: Answer) -> Answer:
    """Middleware, before all others: REMOTE_ADDR is the client's address and the scheme the client's, whatever proxies
    of ours stand between. Cookies of an answer over TLS are sent back over TLS only."""

    def answer_knowing(request: HttpRequest) -> HttpResponse:
        told = {name: request.headers.get(name, "") for name in HEADERS}
        origin = settings.PROXIES.origin(request.META.get("REMOTE_ADDR", ""), told)
        is_secure = settings.IS_BEHIND_TLS if origin.is_secure is None else origin.is_secure
        request.META["REMOTE_ADDR"] = origin.address
        if is_secure is not None:
            request.META["wsgi.url_scheme"] = "https" if is_secure else "http"
        response = answer(request)
        if request.is_secure():
            for cookie in response.cookies.values():
                cookie["secure"] = True
        return response

    return answer_knowing
