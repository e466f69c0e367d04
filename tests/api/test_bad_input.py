"""Bad input about accounts and relations: refused with rule, field, value and what would be right (ERR-1)."""

from typing import Any

import pytest

from tests.api.asking import Api, fields_of

LINK = "/accounts/{0}/responsible-account"


@pytest.fixture
def ids(api: Api) -> list[str]:
    """Accounts: one with a charge, a suspended one on the same cycle, one on another cycle; an inactive type."""
    cycle = api.bill_cycle(name="Monthly")
    first, second = (api.customer(name, cycle)["default_account"] for name in ("First", "Second"))
    third = api.customer("Third")["default_account"]
    api.make("/charges", {"account": first, "description": "Visit", "amount": "1.00", "date": "2026-01-05"})
    assert api.ask("PATCH", f"/accounts/{second}", {"status": "suspended"}).status == 200
    return [first, second, third, api.make("/account-types", {"name": "Old", "active": False})["id"]]


def filled(part: Any, ids: list[str]) -> Any:
    """With {0} to {3} replaced by the ids."""
    if isinstance(part, dict):
        return {key: filled(value, ids) for key, value in part.items()}
    return part.format(*ids) if isinstance(part, str) else part


@pytest.mark.rule("ERR-1", "REL-1", "REL-2", "BHI-2", "ACC-2", "ACC-4", "ACC-14", "ACC-12", "ACC-15", "TYP-2")
@pytest.mark.parametrize(
    ("method", "path", "body", "rule", "field", "said"),
    [
        ("PUT", "/accounts/{0}/parent", {"parent": "{0}"}, "REL-2", "parent", "be its own parent; choose another"),
        ("PUT", LINK, {"responsible_account": "{0}"}, "BHI-2", "responsible_account", "is the account itself"),
        ("PUT", LINK, {"responsible_account": "{1}"}, "BHI-2", "responsible_account", "suspended; it must be active"),
        ("PUT", LINK, {"responsible_account": "{2}"}, "BHI-2", "responsible_account", "it must be the same"),
        ("DELETE", "/accounts/{0}/parent", None, "REL-1", "effective_date", "nothing to remove"),
        ("DELETE", LINK, None, "REL-1", "effective_date", "nothing to remove"),
        ("DELETE", "/accounts/{0}", None, "ACC-15", "id", "1 charge and stays for the record; make it inactive"),
        ("PATCH", "/accounts/{0}", {"currency": "EUR"}, "ACC-4", "currency", "has charges"),
        ("PATCH", "/accounts/{2}", {"type": "{3}"}, "TYP-2", "type", "Old is inactive; choose an active one"),
        ("PATCH", "/accounts/{2}", {"preferences": "dark"}, "ACC-14", "preferences", "'dark' is not a JSON object"),
        ("PATCH", "/accounts/{2}", {"name": "a\x07b"}, "ACC-2", "name", "control character U+0007; remove it"),
        ("PATCH", "/accounts/{2}", {"name": "Acme\u202ecnI"}, "ACC-2", "name", "control character U+202E; remove it"),
        (
            "PUT",
            "/accounts/{0}/parent",
            {"parent": "{2}", "effective_date": "2025-12-31"},
            *("REL-1", "effective_date", "2025-12-31 is out of range; give a day from 2026-01-01"),
        ),
        (
            "PATCH",
            "/accounts/{2}",
            {"primary_contact": {"name": "Ada", "email": "ada@", "phone": None}},
            *("ACC-12", "primary_contact.email", "'ada@' is not an e-mail address such as"),
        ),
        (
            "PATCH",
            "/accounts/{2}",
            {"primary_contact": {"name": "Ada", "email": "ada@acme.example", "phone": "12"}},
            *("ACC-12", "primary_contact.phone", "'12' is not a phone number"),
        ),
    ],
)
def test_it_is_refused_with_rule_field_value_and_what_would_be_right(
    api: Api, ids: list[str], method: str, path: str, body: Any, rule: str, field: str, said: str
):
    reply = api.ask(method, filled(path, ids), filled(body, ids))
    assert reply.status in (409, 422), reply
    assert (reply.body["rule"], fields_of(reply.body) >= {field}) == (rule, True), reply
    assert said in reply.body["detail"], reply


@pytest.mark.rule("REL-1", "REL-2", "ERR-1")
def test_a_circle_over_several_hops_and_dates_is_refused_on_its_first_day(api: Api, ids: list[str]):
    """First below second from February, second below third from March: third below first would close it in March."""
    first, second, third, _ = ids
    for below, above, day in ((first, third, "2026-02-01"), (third, second, "2026-03-01")):
        assert api.ask("PUT", f"/accounts/{below}/parent", {"parent": above, "effective_date": day}).status == 200
    closing = {"parent": first, "effective_date": "2026-01-15"}
    problem = api.refused("PUT", f"/accounts/{second}/parent", closing, 409)
    assert problem["rule"] == "REL-2"
    assert "above itself on 2026-03-01" in problem["detail"]


@pytest.mark.rule("ACC-1", "ACC-2", "ERR-1")
def test_a_number_has_fifty_characters_at_most_and_a_name_may_be_written_from_right_to_left(api: Api):
    cycle = api.bill_cycle()
    new = {"customer": api.customer(cycle=cycle)["id"], "currency": "USD", "bill_cycle": cycle}
    problem = api.refused("POST", "/accounts", {**new, "number": "7" * 51})
    assert (problem["rule"], fields_of(problem)) == ("ACC-1", {"number"})
    assert "51 characters; at most 50" in problem["detail"]
    assert api.make("/accounts", {**new, "number": "7" * 50, "name": "שלום"})["name"] == "שלום"


@pytest.mark.rule("ACC-1", "CUS-2", "ERR-1")
def test_numbers_that_look_the_same_are_the_same(api: Api):
    account = {"currency": "USD", "bill_cycle": api.bill_cycle(), "number": "7\u200b"}
    new = {"kind": "company", "company_name": "Acme", "primary_email": "ap@acme.example", "number": "\ufeffC-1"}
    problem = api.refused("POST", "/customers", {**new, "external_number": "X\u00a01", "account": account})
    assert fields_of(problem) == {"number", "external_number", "account.number"}
    assert r"'7\u200b' holds U+200B, which nobody sees; leave it out." in problem["detail"]
