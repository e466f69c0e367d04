"""Contracts through the API."""

import base64

import pytest
from django.db import connection
from django.test import Client

from banyan.foundation.tenants.queries import within_tenant
from tests.api.asking import Api, fields_of


def contract_of(api: Api, account: str, **given: object) -> dict[str, object]:
    """A contract of 2026."""
    made = api.make("/contracts", {"account": account, "start_date": "2026-01-01", "end_date": "2026-12-31", **given})
    assert isinstance(made, dict)
    return made


@pytest.mark.rule("CTR-1", "API-6")
def test_a_contract_is_made_read_on_a_day_changed_and_deleted(api: Api):
    account = api.customer()["default_account"]
    made = contract_of(api, account, name="Frame", renewal="automatic", notice_days=90)
    assert (made["renewal"], made["renewal_months"], made["notice_days"]) == ("automatic", 12, 90)
    path = f"/contracts/{made['id']}"
    shown = {day: api.get(f"{path}?on={day}") for day in ("2025-12-31", "2026-10-03", "2026-12-31", "2027-01-01")}
    assert [(one["status"], one["ends_on"]) for one in shown.values()] == [
        ("draft", "2026-12-31"),
        ("expiring", "2026-12-31"),
        ("expiring", "2026-12-31"),
        ("active", "2027-12-31"),
    ]
    assert (
        api.ask("PATCH", path, {"name": "Frame agreement", "signed_on": "2025-12-01"}).body["signed_on"] == "2025-12-01"
    )
    found = api.get(f"/contracts?account={account}&q=frame&status=draft&on=2025-11-30")["data"]
    assert [one["id"] for one in found] == [made["id"]]
    assert api.get("/contracts?status=terminated")["data"] == []
    changed, first = api.get(f"{path}/history")["data"]
    assert (changed["action"], changed["changes"]["signed_on"]) == ("changed", [None, "2025-12-01"])
    assert first["changes"]["account"] == [None, account]
    assert api.ask("DELETE", path).status == 204
    api.refused("GET", path, status=404)


@pytest.mark.rule("CTR-1", "API-3")
def test_a_wrong_contract_is_refused_with_every_field(api: Api):
    problem = api.refused("POST", "/contracts", {"account": "acc_999999", "renewal": "yearly", "notice_days": -1})
    assert (problem["rule"], fields_of(problem)) == ("CTR-1", {"account", "start_date", "renewal", "notice_days"})
    assert fields_of(api.refused("POST", "/contracts", {})) == {"account", "start_date"}


@pytest.mark.rule("CTR-2", "API-6")
def test_a_subscription_goes_under_another_contract_or_under_none(api: Api):
    cycle = api.bill_cycle()
    account, other = (api.customer(name, cycle)["default_account"] for name in ("Acme", "Other"))
    first, second = contract_of(api, account), contract_of(api, account, end_date=None)
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": api.price()}]}
    path = f"/subscriptions/{api.make('/subscriptions', {**new, 'contract': first['id']})['id']}/contract"
    changed = api.ask("PUT", path, {"contract": second["id"]}).body
    assert (changed["contract"], changed["end_date"]) == (second["id"], "2026-12-31")
    assert api.ask("PUT", path, {"contract": None}).body["contract"] is None
    for given in (contract_of(api, other), contract_of(api, account, end_date="2026-05-31")):
        problem = api.refused("PUT", path, {"contract": given["id"]}, 409)
        assert (problem["rule"], fields_of(problem)) == ("CTR-2", {"contract"})
        assert str(given["number"]) in problem["detail"]
    assert fields_of(api.refused("PUT", path, {"contract": "ctr_999999"})) == {"contract"}
    endless = f"/subscriptions/{api.make('/subscriptions', new)['id']}/contract"
    assert "cancel it first" in api.refused("PUT", endless, {"contract": first["id"]}, 409)["detail"]
    assert api.ask("PUT", endless, {"contract": second["id"]}).status == 200


@pytest.mark.rule("CTR-2", "REL-3")
def test_terminating_a_contract_is_looked_at_and_then_done(api: Api):
    account = api.customer()["default_account"]
    contract = contract_of(api, account)
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": api.price()}]}
    subscription = api.make("/subscriptions", {**new, "contract": contract["id"]})
    assert (subscription["contract"], subscription["end_date"]) == (contract["id"], "2026-12-31")
    assert [one["id"] for one in api.get(f"/subscriptions?contract={contract['id']}")["data"]] == [subscription["id"]]
    path, body = f"/contracts/{contract['id']}", {"date": "2026-05-01", "reason": "Moved"}
    preview = api.make(f"{path}/terminate/preview", body)
    assert preview["terminated_on"] is None
    assert api.get(f"/subscriptions/{subscription['id']}")["end_date"] == "2026-12-31"
    done = api.make(f"{path}/terminate", body)
    assert (
        done["ended_subscriptions"]
        == preview["ended_subscriptions"]
        == [
            {
                "subscription": subscription["id"],
                "number": subscription["number"],
                "account": account,
                "earlier_end_date": "2026-12-31",
                "end_date": "2026-04-30",
            }
        ]
    )
    assert (done["status"], done["ends_on"], done["termination_reason"]) == ("terminated", "2026-04-30", "Moved")
    assert api.get(f"/subscriptions/{subscription['id']}")["end_date"] == "2026-04-30"
    assert api.refused("POST", f"{path}/terminate", body, status=409)["rule"] == "CTR-1"


@pytest.mark.rule("CTR-2")
def test_a_subscription_outside_its_contract_is_a_conflict(api: Api):
    account = api.customer()["default_account"]
    contract = contract_of(api, account)["id"]
    new = {"account": account, "items": [{"price": api.price()}], "contract": contract}
    problem = api.refused("POST", "/subscriptions", {**new, "start_date": "2026-01-01", "end_date": "2027-01-01"}, 409)
    assert (problem["rule"], fields_of(problem)) == ("CTR-2", {"end_date"})
    problem = api.refused("POST", "/subscriptions", {**new, "start_date": "2026-01-01", "contract": "ctr_0"})
    assert fields_of(problem) == {"contract"}


@pytest.mark.rule("CTR-1")
def test_a_document_comes_back_as_it_was_attached(api: Api):
    path = f"/contracts/{contract_of(api, api.customer()['default_account'])['id']}/documents"
    content = bytes(range(256))
    body = {
        "name": "../../Vertrag Müller.pdf",
        "media_type": "application/pdf",
        "content": base64.b64encode(content).decode(),
    }
    made = api.make(path, body)
    assert made["size"] == 256
    assert made["uploaded_by"].startswith('key "Ada" (key_')
    assert api.get(path)["data"] == [made]
    with within_tenant(connection.schema_name):
        sent = {"Authorization": f"Bearer {api.key}"}
        answer = Client().get(f"/api/v1{path}/{made['id']}/content", headers=sent)
    assert (answer.content, answer["Content-Type"]) == (content, "application/pdf")
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Vertrag%20M%C3%BCller.pdf"
    assert fields_of(api.refused("POST", path, {"name": "x", "content": "no base64!"})) == {"content"}
    assert api.ask("DELETE", f"{path}/{made['id']}").status == 204
    api.refused("GET", f"{path}/{made['id']}", status=404)
    api.refused("GET", f"{path}/{made['id']}/content", status=404)
