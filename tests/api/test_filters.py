"""Every filter of a list that is called like a field of its rows finds by it, and nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.api.asking import Api
from tests.api.branches import two_branches
from tests.api.requests_of_document import Operation, operations

NOT_OF_A_FIELD = {"limit", "cursor", "sort", "q", "on", "custom_fields"}
"""What every list understands, the day on which relations are looked at, and what has keys of its own."""


def lists(api: Api, ids: Mapping[str, str]) -> Iterator[tuple[str, list[dict[str, Any]], set[str]]]:
    """The lists in which there is something: the address, the rows, and the filters."""
    for operation in operations(api.get("/openapi.json")):
        if operation.method != "GET" or not is_list(operation):
            continue
        address = operation.address(ids)
        address += f"{'&' if '?' in address else '?'}limit=1000"
        names = {one["name"] for one in operation.about["parameters"] if one["in"] == "query"}
        rows = api.get(address)["data"]
        if rows and isinstance(rows[0], dict):
            yield address, rows, names - NOT_OF_A_FIELD


def is_list(operation: Operation) -> bool:
    """Not a single thing that comes with its lines in pages."""
    names = {one["name"] for one in operation.about["parameters"]}
    return {"limit", "cursor"} <= names and not operation.path.endswith("}")


def asked(value: Any) -> str:
    """As a query says it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@pytest.mark.rule("API-4")
def test_a_filter_that_is_called_like_a_field_finds_by_it(api: Api):
    branches = two_branches(api)
    tried = 0
    for address, rows, filters in lists(api, {**branches.shared, **branches.north.ids}):
        for name in filters & rows[0].keys():
            values = {asked(row[name]) for row in rows if row[name] is not None}
            for value in sorted(values)[:2]:
                found = api.get(f"{address}&{urlencode({name: value})}")["data"]
                assert found == [row for row in rows if asked(row[name]) == value], (address, name, value)
                tried += 1
    assert tried > 100


@pytest.mark.rule("API-9", "ERR-1")
def test_a_filter_by_a_word_that_there_is_not_is_refused_with_the_words_that_there_are(api: Api):
    branches = two_branches(api)
    refused = set()
    for operation in operations(api.get("/openapi.json")):
        for one in operation.about["parameters"]:
            forms = [one["schema"], *one["schema"].get("anyOf", ())]
            words = next((form["enum"] for form in forms if "enum" in form), None)
            if operation.method != "GET" or one["in"] != "query" or words is None:
                continue
            address = operation.address({**branches.shared, **branches.north.ids})
            for nonsense in ("nonsense", words[0].upper() + "s", ""):
                query = urlencode({one["name"]: nonsense})
                reply = api.ask("GET", f"{address}{'&' if '?' in address else '?'}{query}")
                assert reply.status == 422, (address, query)
                assert [error["field"] for error in reply.body["errors"]] == [one["name"]], (address, reply)
                assert words[0] in reply.body["errors"][0]["message"]
            refused.add(f"{operation.path.removeprefix('/api/v1')} {one['name']}")
    lists = ("accounts", "bill-runs", "contracts", "invoices", "orders", "subscriptions", "imports", "exports")
    assert {f"/{name} status" for name in lists} <= refused
    assert {"/prices model", "/customers kind", "/bill-cycles frequency", "/accounts currency"} <= refused
