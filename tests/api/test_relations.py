"""Relations through the API: candidates, previews of what is to be set or removed, roll-ups."""

from typing import Any

import pytest

from tests.api.asking import Api, fields_of


def accounts_of(candidates: Any) -> list[str]:
    return [entry["account"] for entry in candidates["data"]]


@pytest.mark.rule("AHI-5", "API-2")
def test_a_rollup_adds_up_what_is_below_an_account(api: Api):
    cycle = api.bill_cycle()
    root, child = (api.customer(name, cycle)["default_account"] for name in ("Root", "Child"))
    api.ask("PUT", f"/accounts/{child}/parent", {"parent": root, "effective_date": "2026-01-01"})
    api.make("/meters", {"key": "calls"})
    event = {"id": "1", "account": child, "meter": "calls", "timestamp": "2026-01-05T10:00:00Z", "quantity": "2.00"}
    api.make("/usage-events", {"events": [event]})
    assert api.get(f"/accounts/{root}/rollup?on=2026-01-31") == {
        "account": root,
        "on": "2026-01-31",
        "accounts": 2,
        "balance_by_currency": {},
        "open_invoices": 0,
        "overdue_invoices": 0,
        "invoiced_by_currency": {},
        "usage_by_meter": {"calls": "2"},
    }
    assert api.get(f"/accounts/{root}/rollup?on=2025-12-31")["accounts"] == 1
    api.refused("GET", "/accounts/acc_999999/rollup", status=404)


@pytest.mark.rule("REL-3", "CHI-3", "AHI-1", "BHI-3")
def test_a_removal_is_looked_at_and_changes_nothing(api: Api):
    cycle = api.bill_cycle()
    parent = api.customer("Parent", cycle)
    child = api.customer("Child", cycle, parent=parent["id"])
    above, account = parent["default_account"], child["default_account"]
    day = {"effective_date": "2026-01-01"}
    api.ask("PUT", f"/accounts/{account}/parent", {"parent": above, **day})
    api.ask("PUT", f"/accounts/{account}/responsible-account", {"responsible_account": above, **day})
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": api.price()}]}
    subscription = api.make("/subscriptions", {**new, "who_pays": {"mode": "parent"}})["id"]
    path = f"/customers/{child['id']}/parent/preview"
    preview = api.make(path, {"parent": None, "effective_date": "2026-02-01"})
    assert (preview["ancestors"], preview["depth"]) == ([], 1)
    (change,) = preview["subscriptions"]
    assert (change["subscription"], change["now"]["rule"]) == (subscription, "WHO-1")
    assert (change["then"]["account"], change["then"]["rule"]) == (above, "BHI-1")
    preview = api.make(f"/accounts/{account}/parent/preview", {"parent": None, **day})
    assert (preview["ancestors"], preview["depth"]) == ([], 1)
    released = {"responsible_account": None, **day}
    assert api.make(f"/accounts/{account}/responsible-account/preview", released)["ancestors"] == []
    shown = api.get(f"/accounts/{account}")
    assert (shown["parent"], shown["responsible_account"]) == (above, above)
    assert api.get(f"/customers/{child['id']}")["parent"] == parent["id"]


@pytest.mark.rule("REL-3", "API-5")
def test_a_preview_says_of_what_it_is(api: Api):
    customer = api.customer()
    api.refused("POST", f"/customers/{customer['id']}/parent/preview", {})
    api.refused("POST", f"/accounts/{customer['default_account']}/parent/preview", {"effective_date": "2026-01-01"})


@pytest.mark.rule("CHI-1", "CHI-2", "CHI-3", "OWN-3")
def test_candidates_for_the_parent_of_a_customer_leave_room_below_and_have_its_owner(api: Api):
    cycle = api.bill_cycle()
    owner = api.make("/owners", {"legal_name": "Other", "invoice_prefix": "O-"})["id"]
    api.customer("Elsewhere", cycle, account={"owner": owner})
    chain = [api.customer("Level 1", cycle)["id"]]
    while len(chain) < 9:
        chain.append(api.customer(f"Level {len(chain) + 1}", cycle, parent=chain[-1])["id"])
    top = api.customer("Top", cycle)["id"]
    below = api.customer("Below", cycle, parent=top)["id"]
    found = api.get(f"/customers/{top}/parent/candidates")["data"]
    assert [entry["customer"] for entry in found] == chain[:8]
    assert below not in {entry["customer"] for entry in found}
    assert [entry["name"] for entry in api.get(f"/customers/{top}/parent/candidates?q=level 3")["data"]] == ["Level 3"]


@pytest.mark.rule("SET-1", "AHI-1", "BHI-3", "CHI-1")
def test_nobody_is_a_candidate_for_what_is_switched_off(api: Api):
    cycle = api.bill_cycle()
    customer, other = api.customer("Acme", cycle), api.customer("Bolt", cycle)
    account = f"/accounts/{customer['default_account']}"
    paths = {
        "enable_account_hierarchy_management": f"{account}/parent/candidates",
        "enable_responsible_account_management": f"{account}/responsible-account/candidates",
    }
    for path in paths.values():
        assert accounts_of(api.get(path)) == [other["default_account"]]
    switches = dict.fromkeys((*paths, "enable_who_pays", "enable_customer_hierarchies"), False)
    assert api.ask("PATCH", "/settings", switches).status == 200
    for path in paths.values():
        assert api.get(path)["data"] == []
    assert api.get(f"/customers/{customer['id']}/parent/candidates")["data"] == []


@pytest.mark.rule("BHI-3", "AHI-1", "CHI-1")
def test_what_is_linked_stays_and_can_be_removed_while_links_are_switched_off(api: Api):
    cycle = api.bill_cycle()
    parent = api.customer("Parent", cycle)
    child = api.customer("Child", cycle, parent=parent["id"])
    above, account = parent["default_account"], child["default_account"]
    day = {"effective_date": "2026-01-01"}
    links = {
        f"/accounts/{account}/parent": {"parent": above},
        f"/accounts/{account}/responsible-account": {"responsible_account": above},
        f"/customers/{child['id']}/parent": {"parent": parent["id"]},
    }
    for path, target in links.items():
        assert api.ask("PUT", path, {**target, **day}).status == 200
    switches = (
        *("enable_account_hierarchy_management", "enable_responsible_account_management"),
        *("enable_who_pays", "enable_customer_hierarchies"),
    )
    api.ask("PATCH", "/settings", dict.fromkeys(switches, False))
    assert api.get(f"/accounts/{account}")["responsible_account"] == above
    for path, target in links.items():
        assert api.ask("DELETE", f"{path}?effective_date=2026-02-01").status == 204
        assert api.refused("PUT", path, {**target, "effective_date": "2026-03-01"}, 409)["rule"] in {
            *("AHI-1", "BHI-3", "CHI-1"),
        }


@pytest.mark.rule("API-4", "AHI-1", "BHI-1", "CHI-1")
def test_accounts_and_customers_are_listed_by_their_relations_on_a_day(api: Api):
    cycle = api.bill_cycle()
    parent = api.customer("Parent", cycle)
    child, alone = api.customer("Child", cycle, parent=parent["id"]), api.customer("Alone", cycle)
    above, below, apart = (one["default_account"] for one in (parent, child, alone))
    day = {"effective_date": "2026-02-01"}
    api.ask("PUT", f"/accounts/{below}/parent", {"parent": above, **day})
    api.ask("PUT", f"/accounts/{below}/responsible-account", {"responsible_account": above, **day})

    def listed(query: str) -> list[str]:
        return [entry["id"] for entry in api.get(query)["data"]]

    assert listed(f"/accounts?parent={above}") == listed(f"/accounts?responsible_account={above}") == [below]
    assert listed(f"/accounts?parent={above}&on=2026-01-31") == []
    assert [listed(f"/accounts?role={role}") for role in ("responsible", "managed", "none")] == [
        [above],
        [below],
        [apart],
    ]
    assert listed("/accounts?role=none&on=2026-01-31") == [above, below, apart]
    assert listed(f"/customers?parent={parent['id']}") == [child["id"]]
    assert listed(f"/customers?parent={parent['id']}&on=2025-12-31") == []
    api.refused("GET", "/accounts?role=boss")


@pytest.mark.rule("API-4")
def test_an_account_is_found_by_the_name_of_its_customer_and_the_e_mail_of_its_contact(api: Api):
    contact = {"email": "ada@depot.example"}
    account = api.customer("Zenith", account={"name": "North", "primary_contact": contact})["default_account"]
    api.customer("Bolt")
    for q in ("zenith", "north", "ada@depot"):
        assert [entry["id"] for entry in api.get(f"/accounts?q={q}")["data"]] == [account]


@pytest.mark.rule("ACC-5")
def test_bill_cycles_on_offer_are_those_of_the_currency_and_those_of_none(api: Api):
    euro, dollar, anyone = (api.bill_cycle(currency=currency) for currency in ("EUR", "USD", None))
    assert {entry["id"] for entry in api.get("/bill-cycles?for_currency=EUR")["data"]} == {euro, anyone}
    assert [entry["id"] for entry in api.get("/bill-cycles?currency=USD")["data"]] == [dollar]


@pytest.mark.rule("REL-3", "WHO-1", "GRP-3")
def test_a_payer_and_a_membership_are_looked_at_and_change_nothing(api: Api):
    cycle = api.bill_cycle()
    parent = api.customer("Parent", cycle)
    child = api.customer("Child", cycle, parent=parent["id"])
    above, account = parent["default_account"], child["default_account"]
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": api.price()}]}
    subscription = api.make("/subscriptions", new)["id"]
    path, day = f"/subscriptions/{subscription}", {"effective_date": "2026-02-01"}
    group = api.make("/subscription-groups", {"payer": parent["id"], "name": "Together"})["id"]
    for preview in (
        api.make(f"{path}/who-pays/preview", {"mode": "parent", **day}),
        api.make(f"/subscription-groups/{group}/members/preview", {"subscription": subscription, **day}),
    ):
        (change,) = preview["subscriptions"]
        assert (preview["effective_date"], change["now"]["account"], change["then"]["account"]) == (
            *("2026-02-01", account),
            above,
        )
    assert api.get(path)["who_pays"] is None
    api.ask("PUT", f"{path}/who-pays", {"mode": "parent", **day})
    (change,) = api.make(f"{path}/who-pays/preview", {"mode": None, **day})["subscriptions"]
    assert (change["now"]["account"], change["then"]["account"]) == (above, account)
    assert api.refused("POST", f"{path}/who-pays/preview", {"mode": "boss"})["rule"] == "WHO-1"
    api.refused("POST", "/subscriptions/sub_999999/who-pays/preview", {"mode": "parent"}, 404)


@pytest.mark.rule("REL-1", "GRP-3", "WHO-1")
def test_a_customer_a_subscription_and_a_group_are_read_as_on_a_day(api: Api):
    cycle, price = api.bill_cycle(), api.price()
    parent, child = api.customer("Parent", cycle), api.customer("Child", cycle)
    path = f"/customers/{child['id']}"
    api.ask("PUT", f"{path}/parent", {"parent": parent["id"], "effective_date": "2026-02-01"})
    assert [api.get(f"{path}?on={day}")["parent"] for day in ("2026-01-31", "2026-02-01")] == [None, parent["id"]]
    listed = api.get(f"/customers?on=2026-01-31&number={child['number']}")["data"]
    assert [one["parent"] for one in listed] == [None]
    new = {"account": child["default_account"], "items": [{"price": price}]}
    one = api.make("/subscriptions", {**new, "start_date": "2026-01-01"})["id"]
    later = api.make("/subscriptions", {**new, "start_date": "2999-01-01"})["id"]
    group = api.make("/subscription-groups", {"payer": parent["id"], "name": "Together"})["id"]
    joins = {"subscription": one, "effective_date": "2998-01-01"}
    api.make(f"/subscription-groups/{group}/members", joins)
    api.make(f"/subscription-groups/{group}/members", {"subscription": later})
    assert api.get(f"/subscription-groups/{group}")["members"] == [later]
    assert api.get(f"/subscription-groups/{group}?on=2998-01-01")["members"] == [one, later]
    assert (api.get(f"/subscriptions/{one}")["group"], api.get(f"/subscriptions/{later}")["group"]) == (None, group)
    assert api.get(f"/subscriptions/{one}?on=2998-01-01")["group"] == group
    assert api.refused("GET", f"{path}?on=soon", status=422)["errors"][0]["field"] == "on"


@pytest.mark.rule("GRP-3", "WHO-4", "GRP-1")
def test_candidates_for_a_group_are_subscriptions_of_its_payer_and_of_customers_below(api: Api):
    cycle, price = api.bill_cycle(), api.price()
    parent = api.customer("Parent", cycle)
    child, stranger = api.customer("Child", cycle, parent=parent["id"]), api.customer("Stranger", cycle)
    items = {"start_date": "2026-01-01", "items": [{"price": price}]}
    of_parent, of_child, _ = (
        api.make("/subscriptions", {"account": one["default_account"], **items})["id"]
        for one in (parent, child, stranger)
    )
    ended = api.make("/subscriptions", {"account": child["default_account"], **items, "end_date": "2026-01-31"})["id"]
    group = api.make("/subscription-groups", {"payer": parent["id"], "name": "Together"})["id"]
    path = f"/subscription-groups/{group}"

    def candidates(query: str) -> list[str]:
        return [entry["subscription"] for entry in api.get(f"{path}/members/candidates?{query}")["data"]]

    assert candidates("on=2026-01-01") == [of_parent, of_child, ended]
    assert candidates("on=2026-02-01&q=child") == [of_child]
    api.make(f"{path}/members", {"subscription": of_child})
    assert candidates("") == [of_parent]
    assert api.ask("PATCH", path, {"name": "All of us"}).body["name"] == "All of us"
    assert api.refused("PATCH", path, {"name": " "})["rule"] == "GRP-1"
    api.ask("PATCH", "/settings", {"enable_who_pays": False})
    assert candidates("") == []


@pytest.mark.rule("CHI-1", "CHI-2", "AHI-2", "AHI-3", "BHI-2", "BHI-5", "API-6")
def test_candidates_for_who_is_not_there_yet(api: Api):
    """A form chooses parent and payer before the customer or account is made."""
    monthly, other = api.bill_cycle(), api.bill_cycle()
    owner = api.get("/owners")["data"][0]["id"]
    above, elsewhere = api.customer("Above", monthly), api.customer("Elsewhere", other)
    suspended = api.customer("Suspended", monthly, account={"status": "suspended"})
    line = [above["id"]]
    while len(line) < 10:
        line.append(api.customer("Below", other, parent=line[-1])["id"])

    def found(address: str) -> list[str]:
        return [one.get("account") or one["customer"] for one in api.get(f"/candidates/{address}")["data"]]

    customers = found(f"parent-customers?owner={owner}")
    assert set(customers) == {*line[:9], elsewhere["id"], suspended["id"]}
    accounts = {one["default_account"] for one in (above, elsewhere, suspended)}
    assert accounts <= set(found(f"parent-accounts?owner={owner}&bill_cycle={monthly}"))
    assert api.ask("PATCH", "/settings", {"require_same_bill_cycle_for_account_hierarchy": True}).status == 200
    same_cycle = {one["default_account"] for one in (above, suspended)}
    assert set(found(f"parent-accounts?owner={owner}&bill_cycle={monthly}")) == same_cycle
    new = f"responsible-accounts?owner={owner}&bill_cycle={monthly}&currency=USD"
    assert found(new) == [above["default_account"]]
    assert found(new.replace("USD", "EUR")) == []
    assert api.ask("PATCH", "/settings", {"restrict_responsible_account_to_account_hierarchy": True}).status == 200
    assert found(new) == []
    of_owner, of_cycle = "owner=own_999999", "owner=own_999999&bill_cycle=cyc_999999"
    for address, fields in (
        (f"parent-customers?{of_owner}", {"owner"}),
        (f"parent-accounts?{of_cycle}", {"owner", "bill_cycle"}),
        (f"responsible-accounts?{of_cycle}&currency=USD&parent=acc_999999", {"owner", "bill_cycle", "parent"}),
    ):
        assert fields_of(api.refused("GET", f"/candidates/{address}")) == fields
    assert found(f"{new}&parent={above['default_account']}") == [above["default_account"]]


@pytest.mark.rule("OWN-3", "API-3")
def test_a_parent_of_another_owner_is_refused_by_the_customers_own_number(api: Api):
    cycle = api.bill_cycle()
    second = api.make("/owners", {"legal_name": "Second", "invoice_prefix": "SEC-"})["id"]
    there = api.customer("There", cycle, account={"owner": second})
    here = api.customer("Here", cycle)
    problem = api.refused("PUT", f"/customers/{here['id']}/parent", {"parent": there["id"]}, 409)
    assert problem["rule"] == "OWN-3"
    assert there["number"] in problem["detail"]


@pytest.mark.rule("API-2", "API-3", "ERR-1")
def test_what_is_not_there_is_told_by_its_id_and_not_by_the_number_of_a_row(api: Api):
    customer = api.customer()
    for path, body in (
        (f"/customers/{customer['id']}/parent", {"parent": "cus_999999"}),
        (f"/accounts/{customer['default_account']}/parent", {"parent": "acc_999999"}),
    ):
        problem = api.refused("PUT", path, body)
        assert (fields_of(problem), problem["detail"].count("999999")) == ({"parent"}, 1)
        assert problem["detail"].endswith(f": '{body['parent']}'.")
    problem = api.refused("PUT", "/accounts/acc_999999/parent", {"parent": customer["default_account"]}, 404)
    assert problem["detail"] == "There is no such account."
