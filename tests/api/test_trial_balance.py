"""The trial balance over the API (LED-2): everything that was posted, for managers of the whole tenant."""

from datetime import date
from decimal import Decimal

import pytest

from banyan.engine.postings import AccountSum, postings
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.create_api_key import create_api_key
from tests.api.asking import Api
from tests.posting import post


@pytest.mark.rule("LED-2")
def test_both_sides_add_up_on_the_day_that_is_asked_for(api: Api):
    post("invoice", 1, date(2026, 2, 1), "USD", postings(7, [AccountSum(8, Decimal(100), Decimal(19))]))
    post("invoice", 2, date(2026, 3, 1), "JPY", postings(7, [AccountSum(8, Decimal(500), Decimal(0))]))
    assert api.get("/trial-balance?on=2026-01-31") == {"on": "2026-01-31", "data": []}
    usd = [
        {"currency": "USD", "kind": "receivable", "debit": "119.00", "credit": "0.00"},
        {"currency": "USD", "kind": "revenue", "debit": "0.00", "credit": "100.00"},
        {"currency": "USD", "kind": "tax_payable", "debit": "0.00", "credit": "19.00"},
    ]
    assert api.get("/trial-balance?on=2026-02-28")["data"] == usd
    assert {row["currency"] for row in api.get("/trial-balance")["data"]} == {"JPY", "USD"}
    owner = api.get("/owners")["data"][0]["id"]  # the postings are of accounts that it doesn't have
    assert api.get(f"/trial-balance?owner={owner}")["data"] == []


@pytest.mark.rule("LED-2", "ORG-3")
def test_it_is_for_managers_of_the_whole_tenant(api: Api):
    organization = api.make("/organizations", {"name": "North", "code": "N"})["id"]
    _, of_a_branch = create_api_key("North", "manager", [decode_id("organization", organization) or 0])
    _, operator = create_api_key("Operator", "operator")
    for key in (of_a_branch, operator):
        assert Api(key).refused("GET", "/trial-balance", status=403)["rule"] == "ORG-3"
