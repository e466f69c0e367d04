"""Relations through the API: candidates, previews of what is to be set or removed, roll-ups."""

from typing import Any

import pytest

from tests.api.asking import Api


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
