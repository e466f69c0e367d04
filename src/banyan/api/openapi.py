"""The API object: its OpenAPI document tells of every problem that a route can answer with."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation
from ninja.renderers import BaseRenderer
from pydantic_core import to_json

from banyan.api.locations import document_location, set_location_header
from banyan.api.operations import operation_id, summary_of
from banyan.api.problems import MEDIA_TYPE
from banyan.api.reading import CUSTOM_FIELDS
from banyan.api.schemas.problem import ChangedAnswer, ProblemAnswer
from banyan.api.tags import with_tag
from banyan.organizations.roles_needed import RELATION_FIELDS, in_words, is_change, needed_at

_DESCRIPTIONS = {
    400: "The body is not valid JSON, or holds what can't be stored",
    401: "No key, or one that is revoked or of another tenant",
    404: "There is nothing at this address, or nothing that the key reaches",
    405: "The id is a word that is an address of its own, such as `number`, at which other methods are possible",
    408: "The body did not arrive in time",
    409: "A rule or the state of something stands against it; `rule` names it",
    412: "It is not as the ETags in If-Match say; `changed` tells what happened since (API-7)",
    413: "The body is too large",
    422: "Fields or parameters are wrong; `errors` names every one",
    429: "Too many requests of the address are under way (`too_many_requests`), or too many wrong keys came from it "
    "(`too_many_attempts`); `Retry-After` says in how many seconds to try again",
    503: "The database does not answer, another change holds what this one needs (`locked`), or the server is `busy`: "
    "nothing was done, try again",
    504: "It takes longer than this server works for one request; the text says whether a change was done",
    507: "The disk of the database is full; repeat it when there is room",
}
_OF_ANY = (400, 401, 403, 422, 429, 503, 504, 507)
_OF_WRITES = (408, 409, 413)
_OF_CHANGES = (412,)
_IDEMPOTENCY_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "description": "Repeating a request with its key gives the first answer again, with `Idempotent-Replay: true` "
    "(ERR-2, API-10). Keys live 30 days.",
}


_IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "examples": ['"4f1c…-812"']},
    "description": "Only do it if it is as in the answer that came with this ETag, else 412 (API-7)",
}
_IF_NONE_MATCH = {
    "in": "header",
    "name": "If-None-Match",
    "required": False,
    "schema": {"type": "string", "examples": ['"4f1c…-812"']},
    "description": "An ETag that came with an earlier answer: 304 if the answer is still the same (API-7)",
}
_ETAG = {"description": "Of this answer, for If-Match and If-None-Match (API-7)", "schema": {"type": "string"}}


class JsonWriter(BaseRenderer):
    """JSON with days as YYYY-MM-DD and moments as RFC 3339 in UTC."""

    media_type = "application/json"

    def render(self, request: HttpRequest, data: Any, *, response_status: int) -> bytes:
        return to_json(data)


class BillingApi(NinjaAPI):
    """django-ninja, with the problems in the document, and the address of what was made in answers."""

    def create_response(self, request: HttpRequest, data: Any, **about: Any) -> HttpResponse:
        return with_tag(
            request, set_location_header(request, super().create_response(request, data, **about), data), data
        )

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        document = super().get_openapi_schema(**options)
        schemas = document["components"]["schemas"]
        for answer in (ProblemAnswer, ChangedAnswer):
            form = answer.model_json_schema(mode="serialization", ref_template="#/components/schemas/{model}")
            schemas.update(form.pop("$defs"))
            schemas[answer.__name__] = form
        for form in list(schemas.values()):
            _lift_forms(form, schemas)
        _tell_of_other_methods(document["paths"])
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                _tell_of_problems(path, method, operation, _role_in_words(path, method.upper(), operation, schemas))
                document_location(path, operation, document["paths"])
                _tell_of_tags(path, method, operation)
                operation["summary"] = summary_of(operation["operationId"])
        document["components"]["schemas"] = _used(schemas, document["paths"])
        return document

    def get_openapi_operation_id(self, operation: Operation) -> str:
        return operation_id(operation)


def _lift_forms(part: Any, schemas: dict[str, Any]) -> None:
    """Give each object within a form its place among the schemas, by its title: a client knows it by one name."""
    entries = part.items() if isinstance(part, dict) else enumerate(part) if isinstance(part, list) else ()
    for key, form in list(entries):
        _lift_forms(form, schemas)
        if isinstance(form, dict) and form.get("type") == "object" and "properties" in form and "title" in form:
            schemas.setdefault(form["title"], form)
            part[key] = {"$ref": f"#/components/schemas/{form['title']}"}


def _used(schemas: Mapping[str, Any], paths: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas that requests and answers consist of: not those of queries, whose fields are parameters."""
    used: set[str] = set()
    waiting = list(_references(paths))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += _references(schemas[name])
    return {name: form for name, form in schemas.items() if name in used}


def _references(part: Any) -> Iterator[str]:
    """The names of the schemas that a part of the document refers to."""
    if isinstance(part, dict):
        if "$ref" in part:
            yield part["$ref"].rsplit("/", 1)[1]
        part = list(part.values())
    if isinstance(part, list):
        for each in part:
            yield from _references(each)


def _role_in_words(path: str, method: str, operation: Mapping[str, Any], schemas: Mapping[str, Any]) -> str:
    body = operation.get("requestBody") if is_change(method, path) else None
    return in_words(needed_at(method, path), RELATION_FIELDS.intersection(_fields(body, schemas, "")))


def _fields(part: Any, schemas: Mapping[str, Any], name: str) -> Iterator[str]:
    """The dotted names of all fields in a part of the document, at most one part before each, as in RELATION_FIELDS."""
    if isinstance(part, list):
        for each in part:
            yield from _fields(each, schemas, name)
    if not isinstance(part, dict):
        return
    for field, form in part.get("properties", {}).items():
        yield from (field, f"{name}.{field}")
        yield from _fields(form, schemas, field)
    if "$ref" in part:
        yield from _fields(schemas[part["$ref"].rsplit("/", 1)[1]], schemas, name)
    yield from _fields([form for key, form in part.items() if key != "properties"], schemas, name)


def _tell_of_other_methods(paths: Mapping[str, dict[str, Any]]) -> None:
    """405 where something made up as an id may be the last word of another address that has not the same methods."""
    for path, operations in paths.items():
        there = [paths[other].keys() for other in paths if _is_word_in_place_of_id(other, path)]
        for method, operation in operations.items():
            if any(method not in methods for methods in there):
                operation["responses"][HTTPStatus.METHOD_NOT_ALLOWED.value] = {}


def _is_word_in_place_of_id(other: str, path: str) -> bool:
    *above, last = path.split("/")
    *above_other, word = other.split("/")
    return last.startswith("{") and not word.startswith("{") and above == above_other


def _form_of(status: int) -> str:
    return (ChangedAnswer if status == HTTPStatus.PRECONDITION_FAILED else ProblemAnswer).__name__


def _may_have_changed(path: str, method: str) -> bool:
    """Whether a request changes something that is there already."""
    return is_change(method.upper(), path) and ("{" in path or method == "patch")


def _tell_of_tags(path: str, method: str, operation: dict[str, Any]) -> None:
    if _may_have_changed(path, method):
        operation["parameters"].append(_IF_MATCH)
    ok = operation["responses"].get(200)
    if method == "get" and ok and "application/json" in ok.get("content", {}):
        operation["parameters"].append(_IF_NONE_MATCH)
        ok["headers"] = {**ok.get("headers", {}), "ETag": _ETAG}
        operation["responses"][304] = {"description": "Still as the ETag in If-None-Match says"}


def _tell_of_problems(path: str, method: str, operation: dict[str, Any], role: str) -> None:
    descriptions = {**_DESCRIPTIONS, 403: role}
    for parameter in operation["parameters"]:
        parameter.pop("examples", None)  # a list of values is valid in the schema, where it is as well, and not here
        if parameter["name"] == CUSTOM_FIELDS:
            parameter["style"], parameter["explode"] = "deepObject", True
    declared = [int(status) for status in operation["responses"] if int(status) >= HTTPStatus.BAD_REQUEST]
    statuses = {*_OF_ANY, *declared, *(() if method == "get" else _OF_WRITES), *((404,) if "{" in path else ())}
    if _may_have_changed(path, method):
        statuses.update(_OF_CHANGES)
    for status in sorted(statuses):
        said = operation["responses"].pop(status, {})
        operation["responses"][status] = {
            "description": said.get("description", descriptions[status]),
            "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{_form_of(status)}"}}},
        }
    if method == "post":
        operation["parameters"].append(_IDEMPOTENCY_KEY)
