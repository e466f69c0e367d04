"""Who may ask what, and what happens to a request that is sent twice."""

import pytest

from banyan.foundation.actions.tidy_up import DAYS_KEPT
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from tests.api.asking import Api

PRODUCT = {"name": "Desk", "code": "desk"}


@pytest.mark.rule("API-1", "API-3")
def test_without_a_good_key_nothing_is_answered(api: Api):
    for key in ("", "nonsense", f"{api.key[:-1]}!", api.key.replace("tests", "nobody")):
        reply = Api(key).ask("GET", "/accounts")
        assert (reply.status, reply.body["code"], reply.body["rule"]) == (401, "unauthorized", "API-1")


@pytest.mark.rule("API-1")
def test_a_revoked_key_opens_nothing(tenant: str):
    row, key = create_api_key("Temporary")
    assert Api(key).ask("GET", "/accounts").status == 200
    revoke_api_key(row.id)
    assert Api(key).ask("GET", "/accounts").status == 401


@pytest.mark.rule("API-1", "ORG-3")
@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("viewer", set()),
        ("operator", {"/accounts/number"}),
        ("manager", {"/accounts/number"}),
        ("administrator", {"/accounts/number", "/products", "/organizations"}),
    ],
)
def test_a_role_changes_what_it_may_and_reads_everything(tenant: str, role: str, allowed: set[str]):
    _, key = create_api_key(role, role=role)
    bodies = {"/accounts/number": None, "/products": PRODUCT, "/organizations": {"name": "North", "code": "N"}}
    answers = {path: Api(key).ask("POST", path, body) for path, body in bodies.items()}
    assert {path for path, answer in answers.items() if answer.status < 300} == allowed
    assert {answer.body["rule"] for answer in answers.values() if answer.status == 403} <= {"ORG-3"}
    assert Api(key).ask("GET", "/organizations").status == 200


@pytest.mark.rule("API-1", "REL-3")
def test_a_viewer_may_look_at_a_preview(api: Api):
    cycle = api.bill_cycle()
    parent, child = api.customer("Parent", cycle)["id"], api.customer("Child", cycle)["id"]
    _, key = create_api_key("Looks", role="viewer")
    assert Api(key).make(f"/customers/{child}/parent/preview", {"parent": parent})["depth"] == 2


@pytest.mark.rule("ERR-2")
def test_a_repeated_key_gives_the_first_answer_again_and_makes_nothing(api: Api):
    first, second = (api.ask("POST", "/products", PRODUCT, headers={"Idempotency-Key": "monday"}) for _ in range(2))
    assert first.status == 201
    assert (second.status, second.body) == (first.status, first.body)
    assert len(api.get("/products")["data"]) == 1


@pytest.mark.rule("ERR-2")
def test_a_key_can_not_be_used_for_another_request(api: Api):
    api.ask("POST", "/products", PRODUCT, headers={"Idempotency-Key": "monday"})
    other = api.ask("POST", "/products", {**PRODUCT, "code": "lamp"}, headers={"Idempotency-Key": "monday"})
    assert (other.status, other.body["rule"]) == (409, "ERR-2")


@pytest.mark.rule("ERR-2")
def test_a_refused_request_may_be_repaired_under_the_same_key(api: Api):
    headers = {"Idempotency-Key": "monday"}
    assert api.ask("POST", "/products", {"name": "", "code": "desk"}, headers=headers).status == 422
    assert api.ask("POST", "/products", PRODUCT, headers=headers).status == 201


@pytest.mark.rule("ERR-2")
@pytest.mark.parametrize("key", ["", "x" * 256])
def test_an_idempotency_key_is_1_to_255_characters(api: Api, key: str):
    assert api.ask("POST", "/products", PRODUCT, headers={"Idempotency-Key": key}).status == 422


@pytest.mark.rule("ACC-16")
def test_the_history_names_the_key_that_changed_something(api: Api):
    account = api.customer()["default_account"]
    api.ask("PATCH", f"/accounts/{account}", {"description": "Depot"})
    newest, *_, oldest = api.get(f"/accounts/{account}/history")["data"]
    assert (newest["actor_kind"], newest["action"]) == ("api_key", "changed")
    assert newest["changes"] == {"description": ["", "Depot"]}
    assert (oldest["actor"], oldest["action"]) == (newest["actor"], "created")


@pytest.mark.rule("ACC-16", "API-2")
def test_the_history_shows_references_as_the_api_does(api: Api):
    account = api.customer()["default_account"]
    term = api.make("/payment-terms", {"name": "Net 7", "days": 7})["id"]
    before = api.get(f"/accounts/{account}")["payment_term"]
    changes = {"payment_term": term, "minimum_invoice_amount": "50.00", "primary_contact": {"name": "Ada"}}
    assert api.ask("PATCH", f"/accounts/{account}", changes).status == 200
    assert api.get(f"/accounts/{account}/history")["data"][0]["changes"] == {
        "payment_term": [before, term],
        "minimum_invoice_amount": ["0.00", "50.00"],
        "primary_contact.name": [None, "Ada"],
    }


@pytest.mark.rule("API-10", "ERR-2")
def test_a_repeated_answer_says_that_it_is_one(api: Api):
    body, key = {"name": "Seats", "code": "seats"}, {"Idempotency-Key": "order-4711"}
    first, again = (api.ask("POST", "/products", body, key) for _ in range(2))
    assert (first.status, first.replay) == (201, None)
    assert (again.status, again.replay, again.body) == (201, "true", first.body)
    assert DAYS_KEPT == 30
    described = api.get("/openapi.json")["paths"]["/api/v1/products"]["post"]["parameters"]
    assert any(each["name"] == "Idempotency-Key" and "30 days" in each["description"] for each in described)
