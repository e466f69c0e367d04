"""What a client is told while the database is away."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.api.asking import Api
from tests.refusing_tables import disk_full_at


@pytest.mark.rule("ERR-1", "REL-A", "API-3")
@pytest.mark.parametrize("lost_at", ["set_schema_to_public", "cursor"])
def test_a_lost_database_is_a_problem_that_passes(api: Api, monkeypatch: pytest.MonkeyPatch, lost_at: str):
    def lost(*_: object, **__: object) -> None:
        raise OperationalError("the connection is lost")

    client = Client(raise_request_exception=False)
    with monkeypatch.context() as patch:
        patch.setattr(connection, lost_at, lost)
        answer = client.get("/api/v1/products", headers={"Authorization": f"Bearer {api.key}"})
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert answer["Content-Type"].startswith("application/problem+json")


@pytest.mark.rule("ERR-1", "REL-A", "API-3")
def test_a_full_disk_is_a_problem_that_says_so_and_nothing_was_done(api: Api) -> None:
    product = {"name": "Plan", "code": "plan"}
    with disk_full_at("catalog_product"):
        problem = api.refused("POST", "/products", product, status=507)
    assert (problem["code"], problem["detail"]) == (
        "no_room",
        "The database has no room: its disk is full. Nothing was done. Repeat it when there is room."
        " Looking things up still works.",
    )
    assert api.ask("POST", "/products", product).status == 201
