"""The frame around every request: no unknown parameter, and a write is one transaction under the name of its key."""

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial, wraps
from typing import Any, TypeVar, get_args

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja.responses import Status
from pydantic import BaseModel
from pydantic_core import to_json, to_jsonable_python

from banyan.api.access import check_access
from banyan.api.faulty_bodies import refuse_faulty
from banyan.api.locations import set_location_header
from banyan.api.named_ids import kinds_in_path
from banyan.api.reading import CUSTOM_FIELDS, can_be_stored, custom_field_of
from banyan.api.sent_files import body_to_remember
from banyan.api.tags import check_tags, check_unchanged, with_tag
from banyan.foundation.actors import Actor
from banyan.foundation.deadlocks import again_after_deadlock
from banyan.foundation.history import acting_as
from banyan.foundation.idempotency import Answer, answer_once
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Problems, Refusal, invalid
from banyan.kernel.texts import shown
from banyan.organizations.access_scope import only_shown, scoped_to
from banyan.organizations.models import ApiKey
from banyan.organizations.queries import access_scope_of_key
from banyan.organizations.roles_needed import changes_something

LONGEST_KEY = 255
View = Callable[..., Any]
Made = TypeVar("Made", bound=BaseModel)


def within_frame(view: View) -> View:
    """A route that is answered within the reach of the key, only if its role allows it, wholly or not at all."""
    allowed, kinds = _query_names(view), kinds_in_path(view)

    @wraps(view)
    def framed(request: HttpRequest, **values: Any) -> Any:
        _check_query(request, allowed)
        _check_nothing_sent(request)
        check_tags(request)
        key = request.auth  # type: ignore[attr-defined]
        with scoped_to(access_scope_of_key(key)):
            check_access(request, key.name, kinds, values)
            refuse_faulty(partial(_asked, request, key.name, kinds, view), values)
            if not changes_something(request):
                with only_shown():
                    return view(request, **values)
            return again_after_deadlock(lambda: _written(request, key, lambda: _unless_changed(request, view, values)))

    return framed


def created(answer: Made) -> Status[Made]:
    """201: it was made, and this is it."""
    return Status(201, answer)


def accepted(answer: Made) -> Status[Made]:
    """202: it will be done."""
    return Status(202, answer)


def done() -> Status[None]:
    """204: it was done, and there is nothing to say."""
    return Status(204, None)


@contextmanager
def fields_told_as(named: Callable[[str], str]) -> Iterator[None]:
    """For a body that has an action's fields at other places: a refusal names each as `named` says."""
    try:
        yield
    except Refusal as refusal:
        problems = [replace(problem, field=named(problem.field)) for problem in refusal.problems]
        raise Refusal(problems, refusal.kind) from refusal


def _asked(request: HttpRequest, caller: str, kinds_in_path: Mapping[str, str], view: View, **values: Any) -> object:
    """Another reading of a body: it names what the caller may name, or nothing."""
    check_access(request, caller, kinds_in_path, values)
    return view(request, **values)


def _unless_changed(request: HttpRequest, view: View, values: Mapping[str, Any]) -> Any:
    check_unchanged(request)
    return view(request, **values)


def _written(request: HttpRequest, key: ApiKey, view: Callable[[], Any]) -> Any:
    once = request.headers.get("Idempotency-Key") if request.method == "POST" else None
    if once is None:
        with transaction.atomic(), acting_as(Actor.api_key(key.pk, key.name)):
            return view()
    if not 0 < len(once) <= LONGEST_KEY or not once.isprintable():
        message = f"{shown(once)} is not a valid key: use 1 to {LONGEST_KEY} printable characters, such as a UUID"
        raise invalid("Idempotency-Key", "invalid_key", message, "ERR-2", once)

    made: list[Answer] = []

    def make() -> Answer:
        with acting_as(Actor.api_key(key.pk, key.name)):
            result = view()
        status, body = (result.status_code, result.value) if isinstance(result, Status) else (200, result)
        made.append(Answer(status, to_jsonable_python(body), getattr(body, "SECRETS", ())))
        return made[-1]

    caller, address = encode_id("api_key", key.pk), request.get_full_path()
    answer = answer_once(once, str(request.method), address, body_to_remember(request), make, caller)
    told = HttpResponse(to_json(answer.body), status=answer.status, content_type="application/json; charset=utf-8")
    told = set_location_header(request, told, answer.body)
    if made:
        return with_tag(request, told, answer.body)
    told["Idempotent-Replay"] = "true"  # and no tag: it may have changed since the first answer
    return told


def _check_nothing_sent(request: HttpRequest) -> None:
    """What is told in the body of a DELETE would be overlooked: it belongs in the address."""
    if request.method == "DELETE" and request.body.strip() not in (b"", b"{}"):
        message = "DELETE takes no body; write it in the address, such as ?effective_date=2026-01-31"
        raise invalid("body", "no_body", message, "API-5")


def _check_query(request: HttpRequest, allowed: frozenset[str]) -> None:
    problems = Problems()
    for name, values in request.GET.lists():
        if name not in allowed and not (CUSTOM_FIELDS in allowed and custom_field_of(name)):
            possible = ", ".join(sorted(allowed)) or "none"
            problems.add(
                name, "unknown_parameter", f"{shown(name)} is not a parameter here; it must be one of {possible}"
            )
        elif len(values) > 1:
            problems.add(name, "given_twice", f"{name} is given {len(values)} times; give it once")
        elif not can_be_stored(values[0] + name):
            problems.add(name, "not_text", f"{shown(name)} holds a NUL character; leave it out")
    problems.raise_if_any()


def _query_names(view: View) -> frozenset[str]:
    """What a route's query may hold: the fields of its argument `query`, if it has one."""
    argument = inspect.signature(view).parameters.get("query")
    if argument is None:
        return frozenset()
    model, *_ = get_args(argument.annotation)
    return frozenset(field.alias or name for name, field in model.model_fields.items())
