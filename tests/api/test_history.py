"""The history of the whole tenant (ACC-16): for administrators, of everything, also of what is deleted."""

from typing import Any, get_args
from urllib.parse import quote

import pytest

from banyan.api.schemas.history import Kind
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.create_api_key import create_api_key
from tests.api.asking import Api, fields_of
from tests.api.branches import two_branches


def history(api: Api, query: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = api.get(f"/history?{query}")["data"]
    return entries


@pytest.mark.rule("ACC-16", "SET-1")
def test_a_setting_is_named_by_its_key_with_its_old_and_new_value(api: Api):
    for value in (True, False):
        assert api.ask("PATCH", "/settings", {"require_bill_run_approval": value}).status == 200
    entries = history(api, "kind=setting")
    assert {entry["subject"] for entry in entries} == {"require_bill_run_approval"}
    assert [entry["changes"]["value"] for entry in entries[:2]] == [[True, False], [False, True]]
    made_by = entries[0]
    assert made_by["actor"] == f'key "Ada" ({made_by["actor_id"]})'
    assert (made_by["actor_kind"], made_by["actor_id"][:4]) == ("api_key", "key_")


@pytest.mark.rule("ACC-16", "TYP-1", "TYP-2")
def test_a_type_keeps_its_history(api: Api):
    made = api.make("/account-types", {"name": "Trial"})["id"]
    assert api.ask("PATCH", f"/account-types/{made}", {"active": False}).status == 200
    last, first = history(api, f"subject={made}")
    assert (last["kind"], last["changes"]) == ("account_type", {"active": [True, False]})
    assert first["changes"]["name"] == [None, "Trial"]


@pytest.mark.rule("ACC-15", "ACC-16", "CUS-8")
def test_the_history_of_what_is_deleted_stays(api: Api):
    customer = api.customer("Acme", account={"number": "ACC-1"})
    account, above = customer["default_account"], api.customer("Group")["id"]
    assert api.ask("PUT", f"/customers/{customer['id']}/parent", {"parent": above}).status == 200
    assert api.ask("DELETE", f"/customers/{customer['id']}/parent").status == 204
    second = api.customer("Acme branch")
    assert api.ask("DELETE", f"/customers/{second['id']}").status == 204
    assert api.ask("GET", f"/customers/{second['id']}/history").status == 404
    last, *_, first = history(api, f"subject={second['id']}")
    assert (last["action"], first["action"]) == ("deleted", "created")
    assert last["changes"]["company_name"] == ["Acme branch", None]
    last, *_, first = history(api, f"subject={second['default_account']}")
    assert (last["action"], last["changes"]["customer"]) == ("deleted", [second["id"], None])
    assert any(entry["changes"].get("parent") == [above, None] for entry in history(api, f"subject={customer['id']}"))
    assert history(api, f"subject={account}")[-1]["changes"]["number"] == [None, "ACC-1"]


@pytest.mark.rule("ACC-16", "API-4")
def test_it_is_filtered_by_kind_subject_actor_and_moment(api: Api):
    api.customer()
    last = history(api, "limit=1")[0]["at"]
    assert len(history(api, f"since={last}")) < len(history(api, "limit=1000"))
    assert history(api, f"since={last.removesuffix('Z')}") == history(api, f"since={last}")
    assert history(api, "actor=Nobody") == []
    entry = history(api, "kind=bill_cycle&actor=Ada")[0]
    for actor in ("Ada", entry["actor"], entry["actor_id"]):
        assert {each["kind"] for each in history(api, f"kind=bill_cycle&actor={quote(actor)}")} == {"bill_cycle"}
    assert history(api, "kind=bill_cycle&actor=key_99999") == []
    problem = api.refused("GET", "/history?subject=what_12")
    assert (problem["rule"], fields_of(problem)) == ("ACC-16", {"subject"})


@pytest.mark.rule("ACC-16", "ORG-3")
def test_it_is_for_administrators_of_the_whole_tenant(api: Api):
    organization = api.make("/organizations", {"name": "North", "code": "N"})["id"]
    _, of_a_branch = create_api_key("North", "administrator", [decode_id("organization", organization) or 0])
    _, manager = create_api_key("Manager", "manager")
    for key in (of_a_branch, manager):
        assert Api(key).refused("GET", "/history", status=403)["rule"] == "ORG-3"


@pytest.mark.rule("ACC-16", "API-6")
def test_every_kind_of_thing_that_has_a_history_can_be_asked_for(api: Api):
    two_branches(api)
    kinds = set(HistoryEntry.objects.values_list("subject_kind", flat=True))
    assert kinds <= set(get_args(Kind)), "add these to the kinds in api/schemas/history.py"
    assert len(kinds) > 15


@pytest.mark.rule("ACC-16", "WHO-1", "GRP-3", "ORG-3")
def test_a_subscription_and_its_group_tell_who_pays_as_far_as_it_is_reached(api: Api):
    branches = two_branches(api)
    root, north = branches.root, branches.north
    subscription, group = north.ids["subscription"], north.ids["subscription_group"]
    payer = {"mode": "ancestor", "customer": north.ids["customer"], "group": group}
    created, joined = root.get(f"/subscriptions/{subscription}/history")["data"][::-1][:2]
    assert (created["action"], created["changes"]["account"]) == ("created", [None, north.ids["managed"]])
    assert joined["changes"] == {"who_pays": [None, payer], "effective_date": [None, "2026-01-01"]}
    assert joined["actor"] == f'key "{north.name}" ({joined["actor_id"]})'
    members = root.get(f"/subscription-groups/{group}/history")["data"]
    assert members[-2]["changes"] == {"members": [None, [subscription]], "effective_date": [None, "2026-01-01"]}
    assert members[-1]["changes"]["payer"] == [None, north.ids["customer"]]
    assert history(root, f"subject={subscription}&actor={north.name}")[-1]["kind"] == "subscription"


@pytest.mark.rule("ACC-16", "ORG-3")
def test_a_payer_and_members_out_of_reach_are_not_named(api: Api):
    branches = two_branches(api)
    north, south = branches.north, branches.south
    subscription = south.tied["subscription"]

    def told(caller: Api) -> dict[str, Any]:
        entries = caller.get(f"/subscriptions/{subscription}/history")["data"]
        (changes,) = [entry["changes"] for entry in entries if "who_pays" in entry["changes"]]
        payer: dict[str, Any] = changes["who_pays"][1]
        return payer

    group = told(branches.root)["group"]
    assert told(branches.root) == {"mode": "ancestor", "customer": north.ids["customer"], "group": group}
    assert told(south.api) == {"mode": "ancestor", "customer": None, "group": None}
    address = f"/subscription-groups/{group}/history"
    assert branches.root.get(address)["data"][0]["changes"]["members"] == [None, [subscription]]
    assert north.api.get(address)["data"][0]["changes"]["members"] == [None, []]
    south.api.refused("GET", address, status=404)
