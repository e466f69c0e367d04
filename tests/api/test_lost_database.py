"""What a client is told while the database is away."""

import pytest
from django.db import OperationalError, connection
from django.test import Client

from tests.api.asking import Api


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
