"""Contacts, notes and the lists behind accounts, through the API."""

import pytest

from tests.api.asking import Api, fields_of

LISTS = {
    "/account-categories": {"name": "Small"},
    "/account-types": {"name": "Trial"},
    "/contact-categories": {"name": "Technical"},
    "/payment-terms": {"name": "Net 7", "days": 7},
    "/bill-cycles": {"name": "Yearly", "frequency": "annual", "start_date": "2026-01-01"},
    "/owners": {"legal_name": "Second", "invoice_prefix": "S-"},
}


@pytest.mark.rule("API-6", "ACC-7", "ACC-11", "ACC-12", "TYP-1", "CYC-1", "OWN-2")
@pytest.mark.parametrize("path", LISTS)
def test_a_list_entry_is_made_read_changed_and_deleted(api: Api, path: str):
    made = api.make(path, LISTS[path])
    field = "legal_name" if path == "/owners" else "name"
    changed = api.ask("PATCH", f"{path}/{made['id']}", {field: "Changed"})
    assert changed.body == {**made, field: "Changed"}
    assert api.get(f"{path}/{made['id']}") == changed.body
    assert made["id"] in {entry["id"] for entry in api.get(path)["data"]}
    assert api.ask("DELETE", f"{path}/{made['id']}").status == 204
    api.refused("GET", f"{path}/{made['id']}", status=404)
    api.refused("DELETE", f"{path}/{made['id']}", status=404)


@pytest.mark.rule("API-3", "CYC-1")
def test_an_entry_in_use_is_a_conflict_that_names_the_use(api: Api):
    cycle = api.bill_cycle()
    api.customer("Acme", cycle)
    api.customer("Bolt", cycle)
    problem = api.refused("DELETE", f"/bill-cycles/{cycle}", status=409)
    assert (problem["rule"], problem["errors"][0]["code"]) == ("CYC-1", "in_use")
    assert "used by 2 accounts" in problem["detail"]


@pytest.mark.rule("TYP-3")
def test_an_account_type_shows_the_accounts_that_hold_it(api: Api):
    trial = api.make("/account-types", {"name": "Trial"})["id"]
    account = api.customer("Acme", account={"type": trial})["default_account"]
    api.customer("Bolt")
    api.ask("PATCH", f"/account-types/{trial}", {"active": False})
    assert [entry["id"] for entry in api.get(f"/account-types/{trial}/accounts")["data"]] == [account]


@pytest.mark.rule("ACC-12")
def test_an_account_has_contacts(api: Api):
    path = f"/accounts/{api.customer()['default_account']}/contacts"
    technical = api.make("/contact-categories", {"name": "Technical"})["id"]
    made = api.make(path, {"name": "Ada", "email": "ada@acme.example", "category": technical})
    assert (made["name"], made["phone"], made["category"]) == ("Ada", None, technical)
    assert api.ask("PATCH", f"{path}/{made['id']}", {"phone": "+1 415 555 2671"}).body["phone"] == "+1 415 555 2671"
    assert [entry["id"] for entry in api.get(f"{path}?category={technical}&q=ad")["data"]] == [made["id"]]
    assert fields_of(api.refused("POST", path, {"email": "x", "category": "cct_0"})) == {"email", "category"}
    assert api.refused("DELETE", f"/contact-categories/{technical}", status=409)["rule"] == "ACC-12"
    assert api.ask("DELETE", f"{path}/{made['id']}").status == 204
    assert api.get(path)["data"] == []


@pytest.mark.rule("ACC-12", "ACC-16")
def test_an_account_has_notes_newest_first_and_its_history_keeps_them(api: Api):
    account = api.customer()["default_account"]
    path = f"/accounts/{account}/notes"
    first, second = (api.make(path, {"text": text}) for text in ("Called", "Called again"))
    assert first["author"].startswith('key "Ada" (key_')
    assert first["text"] == "Called"
    assert [note["id"] for note in api.get(path)["data"]] == [second["id"], first["id"]]
    assert api.ask("PATCH", f"{path}/{first['id']}", {"text": "Wrote"}).body["text"] == "Wrote"
    assert api.ask("DELETE", f"{path}/{second['id']}").status == 204
    said = [entry["changes"]["note"] for entry in api.get(f"/accounts/{account}/history")["data"][:4]]
    assert said == [["Called again", None], ["Called", "Wrote"], [None, "Called again"], [None, "Called"]]


@pytest.mark.rule("ACC-12")
def test_contacts_and_notes_of_another_account_are_not_found(api: Api):
    here, there = (api.customer(name)["default_account"] for name in ("Here", "There"))
    contact = api.make(f"/accounts/{here}/contacts", {"name": "Ada"})["id"]
    note = api.make(f"/accounts/{here}/notes", {"text": "Called"})["id"]
    for path in (f"/accounts/{there}/contacts/{contact}", f"/accounts/{there}/notes/{note}"):
        api.refused("GET", path, status=404)
        api.refused("DELETE", path, status=404)
    api.refused("GET", "/accounts/acc_999999/contacts", status=404)
    api.refused("POST", "/accounts/acc_999999/notes", {"text": "x"}, status=404)


@pytest.mark.rule("ACC-15", "CUS-8", "API-6")
def test_customers_and_accounts_are_deleted_unless_something_was_charged(api: Api):
    cycle = api.bill_cycle()
    kept, gone = api.customer("Kept", cycle), api.customer("Gone", cycle)
    second = {"customer": gone["id"], "currency": "USD", "bill_cycle": cycle, "start_date": "2026-01-01"}
    account = api.make("/accounts", second)["id"]
    assert api.ask("DELETE", f"/accounts/{account}").status == 204
    api.refused("GET", f"/accounts/{account}", status=404)
    charge = {"account": kept["default_account"], "description": "Visit", "amount": "5", "date": "2026-01-05"}
    api.make("/charges", charge)
    problem = api.refused("DELETE", f"/customers/{kept['id']}", status=409)
    assert (problem["rule"], problem["errors"][0]["code"]) == ("CUS-8", "charged")
    assert api.ask("DELETE", f"/customers/{gone['id']}").status == 204
    assert [entry["id"] for entry in api.get("/customers")["data"]] == [kept["id"]]


@pytest.mark.rule("API-6", "CAT-1", "USE-1", "DIS-1", "TAX-1")
def test_what_nothing_uses_of_the_catalogue_is_deleted_and_what_is_dated_ends(api: Api):
    account, price = api.customer()["default_account"], api.price()
    product = api.get(f"/prices/{price}")["product"]
    assert api.refused("DELETE", f"/products/{product}", status=409)["rule"] == "CAT-1"
    made = {
        "/meters": api.make("/meters", {"key": "calls"})["id"],
        "/discounts": api.make("/discounts", {"account": account, "percent": "10"})["id"],
        "/tax-rates": api.make("/tax-rates", {"name": "VAT", "country": "DE", "percent": "19"})["id"],
    }
    for path in ("/discounts", "/tax-rates"):
        ended = api.ask("PATCH", f"{path}/{made[path]}", {"valid_to": "2026-12-31"})
        assert ended.body["valid_to"] == "2026-12-31"
        api.refused("PATCH", f"{path}/{made[path]}", {})
    for path, entry in {**made, "/prices": price, "/products": product}.items():
        assert api.ask("DELETE", f"{path}/{entry}").status == 204
        api.refused("GET", f"{path}/{entry}", status=404)


@pytest.mark.rule("SUB-1")
def test_subscriptions_are_listed_by_how_they_stand_today(api: Api):
    account = api.customer()["default_account"]
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": api.price()}]}
    made = {
        "active": api.make("/subscriptions", new)["id"],
        "scheduled": api.make("/subscriptions", {**new, "start_date": "2199-01-01"})["id"],
        "ended": api.make("/subscriptions", {**new, "end_date": "2026-01-31"})["id"],
        "cancelled": api.make("/subscriptions", new)["id"],
    }
    api.make(f"/subscriptions/{made['cancelled']}/cancel", {"date": "2026-02-01"})
    for status, id in made.items():
        found = api.get(f"/subscriptions?account={account}&status={status}")["data"]
        assert [(one["id"], one["status"]) for one in found] == [(id, status)]
    assert api.refused("GET", "/subscriptions?status=sleeping")["errors"][0]["field"] == "status"


@pytest.mark.rule("CAT-1", "ORG-1", "CTR-1")
def test_products_organizations_and_contracts_are_listed_by_name(api: Api):
    account = api.customer()["default_account"]
    for path, new in (
        ("/products", {"code": "seat"}),
        ("/organizations", {"code": "north"}),
        ("/contracts", {"account": account, "start_date": "2026-01-01"}),
    ):
        made = api.make(path, {**new, "name": "Northern seats"})
        assert [one["id"] for one in api.get(f"{path}?name=Northern%20seats")["data"]] == [made["id"]]
        assert api.get(f"{path}?name=Northern")["data"] == []
