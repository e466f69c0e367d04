"""The whole OpenAPI document, asked by schemathesis: what comes back is what the document says."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi import checks

from banyan.foundation.tenants.queries import within_tenant
from tests.api.asking import Api
from tests.api.branches import two_branches
from tests.api.requests_of_document import PREFIX_OF, kind_or_none

WAYS = {GenerationMode.POSITIVE: 6, GenerationMode.NEGATIVE: 3}
"""How many requests of each sort every operation gets: as the document asks for them, and against it."""
DAYS = ("2025-12-31", "2026-01-01", "2026-02-01", "2026-02-28", "2026-06-15", "2027-01-01")
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


def narrowed(form: Any, schemas: Mapping[str, Any], ids: Mapping[str, list[str]]) -> Any:
    """What a request may hold, so that it often is of something: the ids of things that exist, days that matter."""
    if isinstance(form, list):
        return [narrowed(part, schemas, ids) for part in form]
    if not isinstance(form, dict):
        return form
    if "$ref" in form:
        return narrowed(schemas[form["$ref"].rsplit("/", 1)[1]], schemas, ids)
    if kind := kind_or_none(form):
        return {"enum": [*ids.get(kind, ()), f"{PREFIX_OF[kind]}_999999"]}
    if form.get("format") == "date":
        return {"enum": list(DAYS)}
    return {key: narrowed(part, schemas, ids) for key, part in form.items()}


def asking_for(document: Mapping[str, Any], ids: Mapping[str, list[str]]) -> dict[str, Any]:
    """The document with its requests narrowed; its answers are as they were."""
    schemas, copy = document["components"]["schemas"], json.loads(json.dumps(document))
    for operations in copy["paths"].values():
        for operation in operations.values():
            for part in ("parameters", "requestBody"):
                if part in operation:
                    operation[part] = narrowed(operation[part], schemas, ids)
    return dict(copy)


def wrong_answers(operation: APIOperation[Any, Any, Any, Any], mode: GenerationMode, key: str) -> list[str]:
    """What is wrong with the answers to requests of one operation; each is undone."""
    tenant = connection.schema_name
    found: list[str] = []

    @settings(
        max_examples=WAYS[mode],
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Case) -> None:
        with transaction.atomic(), within_tenant(tenant):
            response = case.call(headers={"Authorization": f"Bearer {key}"})
            transaction.set_rollback(True)
        try:
            case.validate_response(response, checks=CHECKS)
        except schemathesis.errors.FailureGroup as wrong:
            asked = f"{case.method} {case.formatted_path} {case.query} {case.body!r}"
            found.extend(f"{asked}\n{each}\n{response.text}" for each in wrong.exceptions)

    ask()
    return found


@contextmanager
def application() -> Iterator[WSGIHandler]:
    """What a server calls, but that it keeps the connection of the test from request to request."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield WSGIHandler()
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def test_the_document_is_a_valid_one(api: Api):
    assert [error.message for error in OpenAPIV31SpecValidator(api.get("/openapi.json")).iter_errors()] == []


@pytest.mark.rule("API-3")
def test_the_document_tells_where_an_id_may_be_an_address_of_its_own(api: Api):
    """`/accounts/number` takes POST alone, and whoever asks for the account `number` hears so."""
    paths = api.get("/openapi.json")["paths"]
    for method in ("GET", "PATCH", "DELETE"):
        assert api.ask(method, "/accounts/number", {} if method == "PATCH" else None).status == 405
    told = {
        (method, path)
        for path, operations in paths.items()
        for method, operation in operations.items()
        if "405" in operation["responses"]
    }
    assert {method for method, path in told if path == "/api/v1/accounts/{account_id}"} == {"get", "patch", "delete"}


@pytest.mark.rule("API-3", "ERR-1")
def test_every_answer_is_one_that_the_document_tells_of(api: Api):
    branches = two_branches(api)
    ids = {kind: [each] for kind, each in {**branches.shared, **branches.north.ids}.items()}
    schema = schemathesis.openapi.from_dict(asking_for(api.get("/openapi.json"), ids))
    wrong: list[str] = []
    with application() as schema.app:
        for operation in schema.get_all_operations():
            for mode in WAYS:
                wrong += wrong_answers(operation.ok(), mode, api.key)
    assert not wrong, "\n\n".join(wrong)
