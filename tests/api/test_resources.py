"""Each resource: what it takes, what it answers, what it shows afterwards."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client

from banyan.billruns.models import BillRun
from banyan.kernel.ids import decode_id
from tests.api.asking import Api, fields_of
from tests.billruns.running import completed


@pytest.mark.rule("API-5", "SET-1")
def test_settings_change_what_is_named(api: Api):
    changed = api.ask("PATCH", "/settings", {"overall_invoice_distribution": ["email", "paper"]})
    assert changed.status == 200
    settings = api.get("/settings")
    assert settings["overall_invoice_distribution"] == ["email", "paper"]
    assert settings["allow_multi_customer_accounts"] is True


@pytest.mark.rule("CUS-6", "ACC-2", "ACC-12", "ACC-13")
def test_a_customer_comes_with_its_default_account_and_every_field_is_shown(api: Api):
    address = {"line1": "1 High Street", "city": "Springfield", "country": "US"}
    made = api.customer("Widgets", phones=[{"type": "mobile", "number": "+1 415 555 2671"}], billing_address=address)
    assert made["name"] == "Widgets"
    assert made["billing_address"] == {**address, "line2": None, "state": None, "postal_code": None}
    assert (made["service_address"], made["parent"], made["date_of_birth"]) == (None, None, None)
    account = api.get(f"/accounts/{made['default_account']}")
    assert account["primary_contact"] == {"name": None, "email": "ap@acme.example", "phone": None}
    assert (account["name"], account["is_default"], account["role"]) == ("Widgets", True, None)
    assert (account["balance"], account["minimum_invoice_amount"]) == ("0.00", "0.00")
    assert api.get("/customers?q=widg")["data"] == [made]
    assert api.get(f"/accounts?customer={made['id']}")["data"] == [account]


@pytest.mark.rule("ACC-1")
def test_a_proposed_account_number_is_free(api: Api):
    first, second = (api.make("/accounts/number", None)["number"] for _ in range(2))
    assert first != second
    assert api.customer("Acme", account={"number": first})["default_account"]


@pytest.mark.rule("ACC-3")
def test_a_status_is_changed_with_its_day_and_reason(api: Api):
    account = api.customer()["default_account"]
    change = {"status": "inactive", "status_date": "2026-03-01", "status_reason": "Closed", "description": "Gone"}
    assert api.ask("PATCH", f"/accounts/{account}", change).status == 200
    shown = api.get(f"/accounts/{account}")
    assert (shown["status"], shown["inactive_since"], shown["status_reason"]) == ("inactive", "2026-03-01", "Closed")
    assert shown["status_date"] == "2026-03-01"
    assert shown["description"] == "Gone"
    assert api.refused("PATCH", f"/accounts/{account}", {"status_date": "2026-03-01"})["rule"] == "ACC-3"


@pytest.mark.rule("TYP-2")
def test_inactive_account_types_are_shown_only_when_asked_for(api: Api):
    kept, left = (api.make("/account-types", {"name": name})["id"] for name in ("Kept", "Left"))
    api.ask("PATCH", f"/account-types/{left}", {"active": False})
    shown = {
        wanted: [entry["id"] for entry in api.get(f"/account-types?active={wanted}")["data"]]
        for wanted in ("true", "false", "all")
    }
    assert shown == {"true": [kept], "false": [left], "all": [kept, left]}
    assert [entry["id"] for entry in api.get("/account-types")["data"]] == [kept]


@pytest.mark.rule("SYS-5", "OWN-2", "ORG-1")
def test_a_new_tenant_has_what_accounts_need(api: Api):
    (owner,) = api.get("/owners")["data"]
    (root,) = api.get("/organizations")["data"]
    assert root["parent"] is None
    assert {term["days"] for term in api.get("/payment-terms")["data"]} == {0, 15, 30, 60}
    assert [category["name"] for category in api.get("/account-categories")["data"]] == ["Standard"]
    assert api.ask("PATCH", f"/owners/{owner['id']}", {"legal_name": "Acme Inc."}).body["legal_name"] == "Acme Inc."
    assert api.make("/organizations", {"name": "North", "code": "N"})["parent"] == root["id"]


@pytest.mark.rule("CAT-1", "CAT-2", "CAT-3", "API-2")
def test_prices_show_numbers_without_exponents_or_needless_zeros(api: Api):
    tiers = [{"up_to": "100", "unit_amount": "1.00"}, {"up_to": None, "unit_amount": "0.000000000001"}]
    price = api.price(model="graduated", unit_amount=None, tiers=tiers)
    shown = api.get(f"/prices/{price}")
    assert shown["tiers"] == [
        {"up_to": "100", "unit_amount": "1.00", "flat_amount": "0.00"},
        {"up_to": None, "unit_amount": "0.000000000001", "flat_amount": "0.00"},
    ]
    assert (shown["timing"], shown["interval"], shown["interval_count"]) == ("in_advance", "month", 1)


@pytest.mark.rule("DIS-1", "TAX-1", "SUB-7", "API-2")
def test_amounts_have_the_decimals_of_their_currency(api: Api):
    yen = api.customer("Nippon", account={"currency": "JPY"})["default_account"]
    dollars = api.customer("Acme")["default_account"]
    charge = {"description": "Visit", "date": "2026-01-05"}
    assert api.make("/charges", {**charge, "account": yen, "amount": 500})["amount"] == "500"
    assert api.make("/charges", {**charge, "account": dollars, "amount": "-5"})["amount"] == "-5.00"
    assert api.make("/discounts", {"account": dollars, "amount": "7.5"})["amount"] == "7.50"
    assert api.make("/discounts", {"account": dollars, "percent": "7.50"})["percent"] == "7.5"
    rate = api.make("/tax-rates", {"name": "VAT", "country": "DE", "percent": "19"})
    assert (rate["percent"], rate["state"], rate["valid_to"]) == ("19", None, None)


@pytest.mark.rule("SUB-1", "SUB-5", "WHO-1")
def test_a_subscription_is_changed_paid_by_its_parent_and_cancelled(api: Api):
    cycle, price = api.bill_cycle(), api.price()
    parent = api.customer("Parent", cycle)
    account = api.customer("Child", cycle, parent=parent["id"])["default_account"]
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": price, "quantity": "3"}]}
    made = api.make("/subscriptions", {**new, "who_pays": {"mode": "parent"}})
    assert made["who_pays"] == {"mode": "parent", "customer": parent["id"]}
    assert api.get(f"/subscription-groups/{made['group']}")["members"] == [made["id"]]
    path = f"/subscriptions/{made['id']}"
    change = {"date": "2026-02-01", "items": [{"id": made["items"][0]["id"], "quantity": "5"}]}
    assert api.make(f"{path}/change", change)["items"][0]["quantity"] == "5"
    assert api.ask("DELETE", f"{path}/who-pays").status == 204
    assert api.get(path)["who_pays"] is None
    cancelled = api.make(f"{path}/cancel", {"date": "2026-03-01"})
    assert (cancelled["status"], cancelled["end_date"]) == ("cancelled", "2026-02-28")


@pytest.mark.rule("SUB-1", "API-4", "API-5")
def test_a_draft_of_an_order_is_found_by_what_classifies_it_and_changed_by_what_is_named(api: Api):
    cycle, cheap, dear = api.bill_cycle(), api.price(), api.price()
    account = api.customer(cycle=cycle)["default_account"]
    made = api.make(
        "/orders", {"account": account, "items": [{"price": cheap, "quantity": "3"}], "anchor": "start_date"}
    )
    path = f"/orders/{made['id']}"
    assert [one["id"] for one in api.get("/orders?anchor=start_date")["data"]] == [made["id"]]
    assert api.get("/orders?anchor=cycle")["data"] == []
    reply = api.ask("PATCH", path, {"items": [{"price": dear}], "start_date": "2026-03-01"})
    changed = {"items": [{"price": dear, "quantity": "1", "named_only": False}], "start_date": "2026-03-01"}
    assert (reply.status, reply.body) == (200, {**made, **changed})
    assert api.ask("PATCH", path, {"start_date": None}).body["start_date"] is None
    assert fields_of(api.refused("PATCH", path, {"account": account, "items": None})) == {"account", "items"}
    assert api.refused("PATCH", path, {"anchor": None})["rule"] == "SUB-2"


@pytest.mark.rule("API-4", "CAT-1", "POO-1", "OWN-2")
def test_prices_and_owners_are_found_by_what_classifies_them(api: Api):
    monthly = api.price()
    yearly = api.price(interval="year", timing="in_arrears")
    assert [one["id"] for one in api.get("/prices?interval=year&timing=in_arrears&pooled=false")["data"]] == [yearly]
    assert [one["id"] for one in api.get("/prices?timing=in_advance")["data"]] == [monthly]
    assert api.get("/prices?pooled=true")["data"] == []
    (owner,) = api.get("/owners")["data"]
    assert api.get(f"/owners?legal_name={quote(owner['legal_name'])}")["data"] == [owner]
    assert api.get("/owners?legal_name=Nobody")["data"] == []


@pytest.mark.rule("API-4", "INV-2", "LED-2")
def test_invoices_are_found_by_what_they_bill_and_when_due_and_each_entry_of_the_ledger_has_its_balance(api: Api):
    cycle, price = api.bill_cycle(), api.price()
    first, second = (api.customer(cycle=cycle)["default_account"] for _ in range(2))
    subscriptions = [
        api.make("/subscriptions", {"account": one, "start_date": "2026-01-01", "items": [{"price": price}]})["id"]
        for one in (first, second)
    ]
    run = api.make("/bill-runs", {"bill_cycle": cycle, "billing_date": "2026-01-01"})["id"]
    completed(BillRun.objects.get(pk=decode_id("bill_run", run)))
    by_account = {one["account"]: one for one in api.get("/invoices")["data"]}
    for account, subscription in zip((first, second), subscriptions, strict=True):
        assert api.get(f"/invoices?subscription={subscription}")["data"] == [by_account[account]]
    due = by_account[first]["due_date"]
    assert len(api.get(f"/invoices?due_date={due}")["data"]) == 2
    assert api.get("/invoices?due_date=2025-01-01")["data"] == []
    (entry,) = api.get(f"/accounts/{first}/ledger?since=2026-01-01&until=2026-01-01")["data"]
    assert (entry["debit"], entry["balance"]) == (by_account[first]["total"], by_account[first]["total"])
    assert api.get(f"/accounts/{first}/ledger?since=2026-01-02")["data"] == []
    api.make(f"/invoices/{by_account[first]['id']}/void", None)
    assert api.get(f"/invoices?subscription={subscriptions[0]}")["data"] == []


@pytest.mark.rule("GRP-1", "GRP-3")
def test_a_group_takes_and_leaves_members_and_is_deleted_empty(api: Api):
    customer, price = api.customer(), api.price()
    new = {"account": customer["default_account"], "start_date": "2026-01-01", "items": [{"price": price}]}
    subscription = api.make("/subscriptions", new)["id"]
    group = api.make("/subscription-groups", {"payer": customer["id"]})
    assert (group["name"], group["members"]) == ("Acme", [])
    path = f"/subscription-groups/{group['id']}"
    assert api.make(f"{path}/members", {"subscription": subscription})["members"] == [subscription]
    assert api.refused("DELETE", path, status=409)["rule"] == "GRP-3"
    assert api.ask("DELETE", f"{path}/members/{subscription}").status == 204
    assert api.ask("DELETE", path).status == 204
    api.refused("GET", path, status=404)


@pytest.mark.rule("USE-1")
def test_good_usage_events_count_whatever_the_others_are(api: Api):
    number = "ACC-7"
    account = api.customer("Acme", account={"number": number})["default_account"]
    api.make("/meters", {"key": "calls"})
    good = {"id": "1", "account": account, "meter": "calls", "timestamp": "2026-01-05T10:00:00Z", "quantity": "2"}
    bad: list[Any] = [
        "text",
        {**good, "colour": "green"},
        {"id": "2"},
        {**good, "id": "3", "quantity": 1.5},
        {**good, "id": "4", "timestamp": "yesterday"},
        {**good, "id": "5", "meter": "nothing"},
    ]
    answer = api.make("/usage-events", {"events": [good, *bad, {**good, "id": "6", "account": number}, good]})
    assert (answer["accepted"], answer["duplicates"]) == (2, 1)
    assert [rejected["index"] for rejected in answer["rejected"]] == [1, 2, 3, 4, 5, 6]
    assert {"not_an_object", "unknown_field", "missing_field", "bad_quantity", "bad_timestamp", "unknown_meter"} == {
        rejected["code"] for rejected in answer["rejected"]
    }
    again = api.make("/usage-events", {"events": [good]})
    assert (again["accepted"], again["duplicates"]) == (0, 1)


@pytest.mark.rule("USE-1")
def test_more_than_10000_usage_events_are_refused_together(api: Api):
    assert api.refused("POST", "/usage-events", {"events": [1] * 10_001})["rule"] == "USE-1"


@pytest.mark.rule("REL-1", "BHI-1", "WHO-5", "WHO-6")
def test_a_responsible_account_is_linked_from_a_day_on_and_says_why_it_pays(api: Api):
    cycle = api.bill_cycle()
    head, site = (api.customer(name, cycle)["default_account"] for name in ("Head", "Site"))
    link = {"responsible_account": head, "effective_date": "2026-02-01"}
    candidates = api.get(f"/accounts/{site}/responsible-account/candidates")["data"]
    assert head in [candidate["account"] for candidate in candidates]
    assert api.make(f"/accounts/{site}/responsible-account/preview", link)["ancestors"][0]["account"] == head
    assert api.get(f"/accounts/{site}")["role"] is None
    assert api.ask("PUT", f"/accounts/{site}/responsible-account", link).body["role"] == "managed"
    assert api.get(f"/accounts/{head}")["role"] == "responsible"
    assert [entry["id"] for entry in api.get(f"/accounts/{head}/managed-accounts")["data"]] == [site]
    assert api.get(f"/accounts/{site}?on=2026-01-31")["role"] is None
    payer = api.get(f"/accounts/{site}/payer?on=2026-02-01")
    assert (payer["account"], payer["rule"]) == (head, "BHI-1")
    (step,) = payer["trail"]
    assert (step["from"], step["to"], step["rule"]) == (site, head, "BHI-1")
    assert "responsible" in step["because"]
    assert api.get(f"/accounts/{site}/payer?on=2026-01-31")["rule"] == "WHO-5"
    assert api.get(f"/accounts/{site}/history")["data"][0]["changes"]["responsible_account"] == [None, head]
    assert api.ask("DELETE", f"/accounts/{site}/responsible-account?effective_date=2026-03-01").status == 204
    assert api.get(f"/accounts/{site}/payer?on=2026-03-01")["account"] == site


@pytest.mark.rule("AHI-4", "CHI-3")
def test_trees_of_accounts_and_customers_are_shown_as_on_a_day(api: Api):
    cycle = api.bill_cycle()
    top, middle, low = (api.customer(name, cycle) for name in ("Top", "Middle", "Low"))
    for child, parent in ((middle, top), (low, middle)):
        link = {"parent": parent["default_account"], "effective_date": "2026-02-01"}
        assert api.ask("PUT", f"/accounts/{child['default_account']}/parent", link).status == 200
        link = {"parent": parent["id"], "effective_date": "2026-02-01"}
        assert api.ask("PUT", f"/customers/{child['id']}/parent", link).status == 200
    tree = api.get(f"/accounts/{top['default_account']}/tree?on=2026-02-01")["data"]
    assert [(node["name"], node["depth"]) for node in tree] == [("Top", 0), ("Middle", 1), ("Low", 2)]
    assert len(api.get(f"/accounts/{top['default_account']}/tree?on=2026-01-31")["data"]) == 1
    hierarchy = api.get(f"/customers/{low['id']}/hierarchy")
    assert [relative["name"] for relative in hierarchy["ancestors"]] == ["Middle", "Top"]
    assert (hierarchy["depth"], hierarchy["height"], hierarchy["children"]) == (3, 1, [])
    assert api.get(f"/customers/{low['id']}")["parent"] == middle["id"]
    moved = {"parent": top["default_account"], "effective_date": "2026-03-01", "children": "stay"}
    api.ask("PUT", f"/accounts/{low['default_account']}/parent", moved)
    assert api.get(f"/accounts/{low['default_account']}?on=2026-03-01")["parent"] == top["default_account"]


@pytest.mark.rule("RUN-1", "API-3")
def test_a_run_for_a_day_that_is_no_billing_date_is_refused(api: Api):
    run = {"bill_cycle": api.bill_cycle(), "billing_date": "2026-01-02"}
    problem = api.refused("POST", "/bill-runs", run)
    assert (problem["rule"], fields_of(problem)) == ("RUN-1", {"billing_date"})


@pytest.mark.rule("API-3", "API-6")
def test_the_openapi_document_tells_of_problems_and_of_every_field(api: Api):
    document = api.get("/openapi.json")
    assert document["openapi"].startswith("3.1")
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            problem = operation["responses"]["422"]["content"]["application/problem+json"]["schema"]
            assert problem == {"$ref": "#/components/schemas/ProblemAnswer"}, (path, method)
    pending = document["paths"]["/api/v1/accounts/{account_id}/pending-charges"]["get"]["responses"]
    assert "RUN-4" in pending["409"]["description"]
    assert pending["409"]["content"] == pending["422"]["content"]
    account = document["components"]["schemas"]["AccountAnswer"]
    assert set(account["required"]) == set(account["properties"])


@pytest.mark.rule("API-6")
def test_the_documentation_page_needs_nothing_from_elsewhere(tenant: str):
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200
    assert b"/static/ninja/swagger-ui-bundle.js" in page.content
    assert b"https://cdn" not in page.content


@pytest.mark.rule("TAX-1", "TAX-4", "ERR-1")
def test_how_an_owner_rounds_and_dates_its_taxes_is_chosen_and_nonsense_refused(api: Api):
    owner = api.get("/owners")["data"][0]["id"]
    changed = api.ask("PATCH", f"/owners/{owner}", {"tax_rounding": "line", "tax_date": "invoice"})
    assert (changed.status, changed.body.get("tax_rounding"), changed.body.get("tax_date")) == (200, "line", "invoice")
    for field in ("tax_rounding", "tax_date"):
        for nonsense in ("sometimes", 1, []):
            assert fields_of(api.refused("PATCH", f"/owners/{owner}", {field: nonsense})) == {field}


@pytest.mark.rule("RUN-11", "API-7")
def test_why_a_charge_was_changed_and_deleted_is_in_its_history(api: Api):
    account = api.customer()["default_account"]
    terms = {"account": account, "description": "Visit", "amount": "50.00", "date": "2026-01-05"}
    path = f"/charges/{api.make('/charges', terms)['id']}"
    assert api.ask("PATCH", path, {"amount": "40.00", "reason": "Agreed by phone"}).status == 200
    (changed, _) = api.get(f"{path}/history")["data"]
    assert changed["changes"]["reason"] == [None, "Agreed by phone"]
    assert api.ask("DELETE", f"{path}?reason=%00").status == 422
    assert api.ask("DELETE", f"{path}?reason=Entered%20twice").status == 204
    subject = path.removeprefix("/charges/")
    deleted = api.get(f"/history?subject={subject}&kind=charge")["data"][0]
    assert (deleted["action"], deleted["subject"]) == ("deleted", subject)
    assert deleted["changes"]["reason"] == [None, "Entered twice"]
