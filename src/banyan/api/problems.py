"""Everything that goes wrong, as RFC 9457 problems (API-3, ERR-1)."""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from banyan.api.faulty_bodies import Faulty
from banyan.api.field_rules import rule_of
from banyan.api.reading import Unreadable
from banyan.foundation.outages import NO_ROOM, has_no_room
from banyan.kernel.refusals import Kind, Problem, Refusal

MEDIA_TYPE = "application/problem+json"
STATUS_OF_KIND = {Kind.INVALID: 422, Kind.CONFLICT: 409, Kind.UNKNOWN: 404, Kind.FORBIDDEN: 403}
_CODES = {
    400: "unreadable",
    401: "unauthorized",
    403: "forbidden",
    404: "unknown",
    405: "wrong_method",
    409: "conflict",
    413: "too_large",
    422: "invalid",
    500: "internal_error",
    503: "unavailable",
    507: "no_room",
}
_RULES_OF_FORM = {"extra_forbidden": "API-5"}
_MESSAGES = {"missing": "is required", "extra_forbidden": "is no field of this request"}
logger = logging.getLogger(__name__)


def problem(status: int, detail: str, errors: Iterable[Problem] = (), rule: str | None = None) -> HttpResponse:
    """The answer that says what is wrong; `errors` by field, `rule` the first rule that was broken."""
    code = _CODES.get(status, "error")
    found = list(errors)
    document = {
        "type": f"urn:banyan:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "rule": rule or next((error.rule for error in found if error.rule), None),
        "errors": [{"field": error.field, "code": error.code, "message": error.message} for error in found],
    }
    response = HttpResponse(json.dumps(document), status=status, content_type=MEDIA_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = 'Bearer realm="banyan"'
    return response


def nothing_here(errors: Iterable[Problem] = ()) -> HttpResponse:
    """The answer at an address that is none."""
    return problem(404, "There is nothing at this address.", errors)


def refused(request: HttpRequest, refusal: Refusal) -> HttpResponse:
    """The problem that a refused action becomes."""
    told = [_told(request, each) for each in refusal.problems]
    detail = " ".join(dict.fromkeys(sentence(error.message) for error in told))
    return problem(STATUS_OF_KIND[refusal.kind], detail, told)


def _told(request: HttpRequest, error: Problem) -> Problem:
    """For a client, who wants to know which rule the field is of also where the action had no special one in mind."""
    return replace(error, message=_without_row_number(error), rule=error.rule or rule_of(request.path, error.field))


def _without_row_number(error: Problem) -> str:
    """Clients know public ids, not the numbers behind them (API-2); the field says which id it was."""
    if error.code == "unknown" and type(error.value) is int:
        return error.message.replace(f": {error.value}", "")
    return error.message


def sentence(message: str) -> str:
    """With a full stop, so that several read as a text."""
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _wrong_form(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    """A body that is no object, or parameters of a wrong form. An id in the path that can't exist is unknown."""
    found = []
    for error in failure.errors:
        source, *where = error["loc"]
        found.append(_form_problem(request, error, where[1:] if source == "body" else where, source))
    if any(error["loc"][0] == "path" for error in failure.errors):
        return nothing_here(found)
    return problem(422, " ".join(_of_field(error) for error in found), found)


def _faulty(request: HttpRequest, body: Faulty) -> HttpResponse:
    """All that is wrong with a body: with its form, and with what could be read."""
    form = [_form_problem(request, fault, fault["loc"], "body") for fault in body.faults]
    told = [_told(request, each) for each in body.others]
    sentences = [*map(_of_field, form), *(sentence(error.message) for error in told)]
    return problem(422, " ".join(dict.fromkeys(sentences)), [*form, *told])


def _form_problem(request: HttpRequest, error: Mapping[str, Any], path: Sequence[str | int], source: str) -> Problem:
    field = ".".join(str(part) for part in path) or source
    message = _MESSAGES.get(error["type"], error["msg"])
    rule = rule_of(request.path, field) or _RULES_OF_FORM.get(error["type"])
    return Problem(field, error["type"], message, rule)


def _of_field(error: Problem) -> str:
    return sentence(f"{error.field}: {error.message}")


def answer_with_problems(api: NinjaAPI) -> None:
    """Teach the API to answer every failure with a problem."""
    answers: list[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]] = [
        (Refusal, refused),
        (Faulty, _faulty),
        (ValidationError, _wrong_form),
        (AuthenticationError, lambda request, error: problem(401, _SEND_A_KEY, rule="API-1")),
        (HttpError, _http_error),
        (Http404, lambda request, error: nothing_here()),
        (RequestDataTooBig, lambda request, error: problem(413, "The body is larger than this server takes.")),
        (SuspiciousOperation, lambda request, error: problem(400, "The request can't be read.")),
        (OperationalError, _database_lost),
        (InterfaceError, _database_lost),
        (IntegrityError, _overtaken),
    ]
    for failure, answer in answers:
        api.add_exception_handler(failure, answer)


_SEND_A_KEY = "Send a key of this tenant: Authorization: Bearer banyan_…"


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    return problem(error.status_code, str(cause) if isinstance(cause, Unreadable) else error.message)


def _database_lost(request: HttpRequest, error: Exception) -> HttpResponse:
    logger.error("The database did not answer %s %s: %s", request.method, request.path, error)
    if has_no_room(error):
        return problem(507, f"{NO_ROOM} Nothing was done. Repeat it when there is room.", rule="REL-A")
    response = problem(503, "The database does not answer; nothing was done. Try again in a moment.")
    response["Retry-After"] = "1"
    return response


def _overtaken(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database forbids what the checks of the action allowed: something else changed between the two."""
    logger.error("The database refused %s %s: %s", request.method, request.path, error)
    message = "Another change came in between and stands against this one; nothing was done. Look again and repeat it."
    return problem(409, message, [Problem("", "overtaken", message)])


def failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """A failure outside of the routes, such as a database that is lost before a route is found."""
    if isinstance(error, OperationalError | InterfaceError):
        return _database_lost(request, error)
    return problem(500, "This failed on our side; nothing was done.")


class ProblemsForEverything:
    """Middleware: what never reaches a route of the API (unknown address, wrong method, a failure) is a problem too."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if not request.path.startswith("/api/") or response.status_code < HTTPStatus.BAD_REQUEST:
            return response
        if response["Content-Type"].startswith(MEDIA_TYPE):
            return response
        return self._as_problem(request, response)

    def _as_problem(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        status = response.status_code
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            answer = problem(status, f"{request.method} is not possible here; possible: {response['Allow']}.")
            answer["Allow"] = response["Allow"]
            return answer
        if status == HTTPStatus.NOT_FOUND:
            return nothing_here()
        return problem(status, "The request can't be read.")
