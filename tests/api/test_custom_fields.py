"""Fields of the tenant's own through the API."""

from typing import Any

import pytest

from tests.api.asking import Api


def declare(api: Api, subject: str, key: str, **given: Any) -> str:
    return str(api.make("/custom-fields", {"subject": subject, "key": key, **given})["id"])


@pytest.mark.rule("FLD-1", "API-6")
def test_a_custom_field_is_made_changed_and_deleted(api: Api):
    made = api.make("/custom-fields", {"subject": "account", "key": "tier", "type": "choice", "options": ["Gold"]})
    path = f"/custom-fields/{made['id']}"
    assert made == {
        "id": made["id"],
        "subject": "account",
        "key": "tier",
        "label": "Tier",
        "type": "choice",
        "options": ["Gold"],
        "required": False,
        "active": True,
    }
    assert api.ask("PATCH", path, {"label": "Level", "required": True}).body == api.get(path)
    assert [entry["id"] for entry in api.get("/custom-fields?subject=account&q=lev&active=true")["data"]] == [
        made["id"]
    ]
    assert api.get("/custom-fields?subject=customer")["data"] == []
    assert api.ask("DELETE", path).status == 204
    api.refused("GET", path, status=404)


@pytest.mark.rule("FLD-1", "FLD-2")
def test_customers_and_accounts_are_found_by_their_custom_fields(api: Api):
    declare(api, "customer", "region")
    declare(api, "account", "seats", type="number")
    made = api.customer("Acme", custom_fields={"region": "West"}, account={"custom_fields": {"seats": 5}})
    api.customer("Bolt", custom_fields={"region": "East"}, account={"custom_fields": {"seats": 6}})
    assert made["custom_fields"] == {"region": "West"}
    for path, found in (
        ("/customers?custom_fields.region=West", made["id"]),
        ("/customers?custom_fields[region]=West&q=acme", made["id"]),
        ("/accounts?custom_fields.seats=5&currency=USD", made["default_account"]),
    ):
        assert [entry["id"] for entry in api.get(path)["data"]] == [found]
    assert api.get("/customers?custom_fields.region=North")["data"] == []


@pytest.mark.rule("FLD-1", "FLD-2", "API-5")
@pytest.mark.parametrize(
    "query",
    ["custom_fields.colour=red", "custom_fields=red", "custom_fields.seats=x", "custom_fields=x&custom_fields.seats=1"],
)
def test_a_wrong_filter_by_custom_fields_is_refused(api: Api, query: str):
    declare(api, "account", "seats", type="number")
    api.refused("GET", f"/accounts?{query}")
    api.refused("GET", "/products?custom_fields.seats=1")


@pytest.mark.rule("FLD-1", "API-3")
def test_a_wrong_value_names_its_field_and_the_rule(api: Api):
    declare(api, "account", "seats", type="number", required=True)
    new = {"kind": "company", "company_name": "Acme", "primary_email": "ap@acme.example"}
    account = {"currency": "USD", "bill_cycle": api.bill_cycle(), "custom_fields": {"seats": "many"}}
    problem = api.refused("POST", "/customers", {**new, "account": account})
    assert problem["rule"] == "FLD-1"
    assert [error["field"] for error in problem["errors"]] == ["account.custom_fields.seats"]
    problem = api.refused("POST", "/customers", {**new, "account": {**account, "custom_fields": None}})
    assert [error["code"] for error in problem["errors"]] == ["required"]


@pytest.mark.rule("FLD-2", "ACC-16")
def test_a_change_names_the_custom_fields_that_it_sets(api: Api):
    declare(api, "account", "region")
    declare(api, "account", "tier")
    account = api.customer("Acme", account={"custom_fields": {"region": "West", "tier": "A"}})["default_account"]
    changed = api.ask("PATCH", f"/accounts/{account}", {"custom_fields": {"tier": "B"}}).body
    assert changed["custom_fields"] == {"region": "West", "tier": "B"}
    change = api.get(f"/accounts/{account}/history")["data"][0]["changes"]
    assert change == {"custom_fields": [{"region": "West", "tier": "A"}, {"region": "West", "tier": "B"}]}


@pytest.mark.rule("FLD-2", "API-4")
def test_the_description_of_the_api_tells_how_to_ask_for_custom_fields(api: Api):
    parameters = api.get("/openapi.json")["paths"]["/api/v1/accounts"]["get"]["parameters"]
    (described,) = [parameter for parameter in parameters if parameter["name"] == "custom_fields"]
    assert (described["style"], described["explode"]) == ("deepObject", True)
