"""Everything that goes wrong, as RFC 9457 problems (API-3, ERR-1)."""

import json
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import IntegrityError, InterfaceError, InternalError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import JsonValue

from banyan.api.bodies import Fault
from banyan.api.faulty_bodies import Faulty
from banyan.api.field_rules import rule_of
from banyan.api.form_messages import code_of, form_message
from banyan.api.reading import Unreadable, at_path, what_was_sent
from banyan.api.tags import IF_MATCH, ChangedMeanwhile
from banyan.api.wrong_keys import WaitBeforeLookingUpError
from banyan.foundation.troubles import FAILED, Trouble, trouble_of
from banyan.kernel.refusals import Kind, Problem, Refusal
from banyan.kernel.texts import shown

MEDIA_TYPE = "application/problem+json"
STATUS_OF_KIND = {Kind.INVALID: 422, Kind.CONFLICT: 409, Kind.UNKNOWN: 404, Kind.FORBIDDEN: 403}
_CODES = {
    400: "unreadable",
    401: "unauthorized",
    403: "forbidden",
    404: "unknown",
    405: "wrong_method",
    409: "conflict",
    412: "changed_meanwhile",
    413: "too_large",
    422: "invalid",
    429: "too_many_attempts",
    500: "internal_error",
    503: "unavailable",
    507: "no_room",
}
_RULES_OF_CODES = {"unknown_field": "API-5"}
MOST_TOLD = 1000
"""Of what is wrong with one request; the rest is counted."""
logger = logging.getLogger(__name__)


def problem(
    status: int,
    detail: str,
    errors: Iterable[Problem] = (),
    rule: str | None = None,
    code: str | None = None,
    **more: JsonValue,
) -> HttpResponse:
    """The answer that says what is wrong; `errors` by field, `rule` the first rule that was broken, `more` beside."""
    code = code or _CODES.get(status, "error")
    found = list(errors)
    document = {
        "type": f"urn:banyan:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "rule": rule or next((error.rule for error in found if error.rule), None),
        "errors": [{"field": error.field, "code": error.code, "message": error.message} for error in found],
        **more,
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
    sent = what_was_sent(request)
    told = [_told(request, each, sent) for each in refusal.problems[:MOST_TOLD]]
    sentences = [sentence(error.message) for error in told]
    return problem(STATUS_OF_KIND[refusal.kind], _as_text(sentences, len(refusal.problems)), told)


def _told(request: HttpRequest, error: Problem, sent: Any) -> Problem:
    """For a client, who wants to know which rule the field is of also where the action had no special one in mind."""
    message = _with_public_id(error, sent) if error.code == "unknown" else error.message
    return replace(error, message=message, rule=error.rule or _rule_of(request, error.field, error.code))


def _with_public_id(error: Problem, sent: Any) -> str:
    """Clients know public ids, not the numbers behind them (API-2)."""
    if not isinstance(error.value, int):
        return error.message
    public_id = at_path(sent, error.field.split("."))
    message = error.message.removesuffix(".").removesuffix(f": {error.value}")
    return f"{message}: {shown(public_id)}" if isinstance(public_id, str) else message


def sentence(message: str) -> str:
    """With a full stop, so that several read as a text."""
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _as_text(sentences: Sequence[str], found: int) -> str:
    """What is told, each thing once, and how much more was found."""
    more = [f"{found - MOST_TOLD:,} more problems are not told."] if found > MOST_TOLD else []
    return " ".join(dict.fromkeys([*sentences, *more]))


def _wrong_form(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    """A body that is no object, or parameters of a wrong form. An id in the path that can't exist is unknown."""
    found, sent = [], what_was_sent(request)
    for fault in failure.errors:
        source, *where = fault["loc"]
        path = where[1:] if source == "body" else where
        found.append(_form_problem(request, fault, path, at_path(sent, path), source))
    if any(error["loc"][0] == "path" for error in failure.errors):
        return nothing_here(found)
    return problem(422, " ".join(_of_field(error) for error in found), found)


def _faulty(request: HttpRequest, body: Faulty) -> HttpResponse:
    """All that is wrong with a body: with its form, and with what could be read."""
    sent = what_was_sent(request)
    faults, others = body.faults[:MOST_TOLD], body.others[: max(0, MOST_TOLD - len(body.faults))]
    form = [_form_problem(request, fault, fault["loc"], at_path(sent, fault["loc"])) for fault in faults]
    told = [_told(request, each, sent) for each in others]
    sentences = [*map(_of_field, form), *(sentence(error.message) for error in told)]
    return problem(422, _as_text(sentences, len(body.faults) + len(body.others)), [*form, *told])


def _changed_meanwhile(request: HttpRequest, failure: ChangedMeanwhile) -> HttpResponse:
    """API-7: 412, with each field's value then and now; the tag of now comes along."""
    first: dict[str, object] = {}
    last: dict[str, tuple[object, str]] = {}
    for entry in failure.entries:
        by_whom = f"{entry.action} by {entry.actor} at {entry.at:%Y-%m-%d %H:%M:%S} UTC"
        for field, (old, new) in entry.changes.items():
            first.setdefault(field, old)
            last[field] = (new, by_whom)
    errors = [
        Problem(
            field, "changed_meanwhile", f"{field} was {_value(first[field])} and is {_value(now)}, {by_whom}.", "API-7"
        )
        for field, (now, by_whom) in last.items()
    ]
    if not errors:
        message = "It is not as it was when that ETag was given, and the history does not tell of it; look at it again."
        errors = [Problem(IF_MATCH, "changed_meanwhile", message, "API-7")]
    detail = "It was changed meanwhile; nothing was done. Look at it again, and repeat the request with the new ETag."
    told: JsonValue = [entry.model_dump(mode="json") for entry in failure.entries]
    answer = problem(HTTPStatus.PRECONDITION_FAILED, detail, errors, changed=told)
    answer["ETag"] = failure.tag
    return answer


def _value(value: object) -> str:
    return "empty" if value is None else shown(value)


def _form_problem(
    request: HttpRequest, fault: Fault, path: Sequence[str | int], sent: Any, source: str = "body"
) -> Problem:
    field = ".".join(str(part) for part in path) or source
    message = form_message(fault, sent)
    return Problem(field, code_of(fault), message, _rule_of(request, field, code_of(fault)))


def _rule_of(request: HttpRequest, field: str, code: str) -> str | None:
    return rule_of(request.path, field) or _RULES_OF_CODES.get(code)


def _of_field(error: Problem) -> str:
    return sentence(f"{error.field}: {error.message}")


def answer_with_problems(api: NinjaAPI) -> None:
    """Teach the API to answer every failure with a problem."""
    answers: list[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]]] = [
        (Refusal, refused),
        (Faulty, _faulty),
        (ChangedMeanwhile, _changed_meanwhile),
        (ValidationError, _wrong_form),
        (AuthenticationError, lambda request, error: problem(401, _SEND_A_KEY, rule="API-1")),
        (WaitBeforeLookingUpError, _wait),
        (HttpError, _http_error),
        (Http404, lambda request, error: nothing_here()),
        (RequestDataTooBig, lambda request, error: problem(413, "The body is larger than this server takes.")),
        (SuspiciousOperation, lambda request, error: problem(400, "The request can't be read.")),
        (OperationalError, _database_failed),
        (InterfaceError, _database_failed),
        (InternalError, _database_failed),
        (IntegrityError, _overtaken),
    ]
    for failure, answer in answers:
        api.add_exception_handler(failure, answer)


_SEND_A_KEY = "Send a key of this tenant: Authorization: Bearer banyan_…"


def _wait(request: HttpRequest, wait: WaitBeforeLookingUpError) -> HttpResponse:
    response = problem(HTTPStatus.TOO_MANY_REQUESTS, str(wait), rule="API-1")
    response["Retry-After"] = str(wait.seconds)
    return response


def _http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
    cause = error.__cause__
    return problem(error.status_code, str(cause) if isinstance(cause, Unreadable) else error.message)


def troubled(trouble: Trouble) -> HttpResponse:
    """The problem of a client whose request could not be done, for a reason that is not in the request."""
    rule = "REL-A" if trouble.status == HTTPStatus.INSUFFICIENT_STORAGE else None
    response = problem(trouble.status, trouble.says, rule=rule, code=trouble.code)
    if trouble.retry_after is not None:
        response["Retry-After"] = str(trouble.retry_after)
    return response


def _database_failed(request: HttpRequest, error: BaseException) -> HttpResponse:
    trouble = trouble_of(error)
    if trouble is None:
        logger.error("Failed at %s %s", request.method, request.path, exc_info=error)
        return _failed_here()
    logger.error("The database did not do %s %s: %s", request.method, request.path, error)
    return troubled(trouble)


def _failed_here() -> HttpResponse:
    return troubled(FAILED)


def _overtaken(request: HttpRequest, error: Exception) -> HttpResponse:
    """The database forbids what the checks of the action allowed: something else changed between the two."""
    logger.error("The database refused %s %s: %s", request.method, request.path, error)
    message = "Another change came in between and stands against this one; nothing was done. Look again and repeat it."
    return problem(409, message, [Problem("", "overtaken", message)])


def failed(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """A failure outside of the routes, such as a database that is lost before a route is found."""
    return _failed_here() if error is None or trouble_of(error) is None else _database_failed(request, error)


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
