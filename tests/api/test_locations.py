"""What was made says where it is (API-6)."""

import pytest

from tests.api.asking import Api

pytestmark = pytest.mark.rule("API-6")


def test_what_was_made_is_at_the_location_that_the_answer_names(api: Api):
    for path, body in (
        ("/products", {"name": "Seats", "code": "seats"}),
        ("/meters", {"key": "calls"}),
        ("/users", {"name": "Ada", "email": "ada@acme.example"}),
    ):
        made = api.ask("POST", path, body)
        assert made.location == f"/api/v1{path}/{made.body['id']}"
        assert api.get(made.location.removeprefix("/api/v1"))["id"] == made.body["id"]


def test_what_has_no_address_of_its_own_and_what_is_only_changed_names_none(api: Api):
    user = api.make("/users", {"name": "Ada", "email": "ada@acme.example"})["id"]
    assert api.ask("PATCH", f"/users/{user}", {"name": "Ben"}).location is None
    assert api.ask("POST", "/users", {"name": "Ada"}).location is None


def test_the_document_names_it(api: Api):
    paths = api.get("/openapi.json")["paths"]
    assert "Location" in paths["/api/v1/exports"]["post"]["responses"]["201"]["headers"]
    assert "headers" not in paths["/api/v1/usage-events"]["post"]["responses"].get("201", {})
    answers = paths["/api/v1/exports/{kind_or_id}"]["get"]["responses"]["200"]["content"]
    assert answers.keys() == {"application/json", "text/csv"}
