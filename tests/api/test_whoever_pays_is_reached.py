"""Every way by which an account comes to pay, tried by a manager of North where Head Office, in South, would pay.

Nobody comes to pay who is not reached, however the payer is found (ORG-3, docs/decisions/0032).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from banyan.accounts.today import today
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.subscriptions.models import Charge, Subscription
from banyan.subscriptions.queries import payer_of, payer_of_charge
from tests.api.asking import Api, Reply

JUNE = {"effective_date": "2027-06-01"}
DAYS = (date(2026, 1, 1), date(2026, 12, 31), date(2027, 7, 1))


def key_of(role: str, *organizations: str) -> Api:
    _, key = create_api_key(role, role, [decode_id("organization", one) or 0 for one in organizations])
    return Api(key)


@dataclass
class Company:
    """Head Office (its account in South) has a Site and the Site a Shop (both in North). Beside them North has a Region
    with a District below it, and below that is a Branch, which is South's. All are on one bill cycle."""

    root: Api
    south: str = ""
    north: str = ""
    price: str = ""
    ids: dict[str, str] = field(default_factory=dict)
    made: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        root = self.root
        self.cycle, self.price = root.bill_cycle(), root.price()
        self.south, self.north = (
            root.make("/organizations", {"name": name, "code": name})["id"] for name in ("South", "North")
        )
        for name, organization, parent in (
            ("Head Office", self.south, None),
            ("Site", self.north, "Head Office"),
            ("Shop", self.north, "Site"),
            ("Region", self.north, None),
            ("District", self.north, "Region"),
            ("Branch", self.south, "District"),
        ):
            above = {} if parent is None else {"parent": self.ids[parent]}
            made = root.customer(name, self.cycle, account={"organization": organization, "number": name}, **above)
            self.ids[name], self.ids[f"{name}'s account"] = made["id"], made["default_account"]
        self.manager, self.operator = key_of("manager", self.north), key_of("operator", self.north)

    def subscription(self, of: str, api: Api | None = None, **given: Any) -> Any:
        return (api or self.root).make("/subscriptions", self.new_subscription(of, **given))

    def new_subscription(self, of: str, **given: Any) -> dict[str, Any]:
        items = [{"price": self.price}]
        return {"account": self.ids[f"{of}'s account"], "start_date": "2026-01-01", "items": items, **given}

    def new_charge(self, of: str, **given: Any) -> dict[str, Any]:
        account = self.ids[f"{of}'s account"]
        return {"account": account, "description": "Visit", "amount": "5.00", "date": "2026-01-05", **given}

    def settings(self, **given: Any) -> None:
        assert self.root.ask("PATCH", "/settings", given).status == 200

    def second_account(self, of: str, organization: str, **given: Any) -> str:
        new = {"customer": self.ids[of], "currency": "USD", "bill_cycle": self.cycle, "organization": organization}
        return str(self.root.make("/accounts", {**new, "start_date": "2026-01-01", **given})["id"])

    def links(self, account: str, responsible: str) -> None:
        body = {"responsible_account": self.ids[f"{responsible}'s account"], "effective_date": "2026-01-01"}
        assert self.root.ask("PUT", f"/accounts/{account}/responsible-account", body).status == 200

    def traces_of_south(self, reply: Reply) -> list[str]:
        """What an answer tells of Head Office and the Branch."""
        text = json.dumps(reply.body)
        own = [name for name in self.ids if name.startswith(("Head Office", "Branch"))]
        return [name for name in own if f'"{self.ids[name]}"' in text or name.removesuffix("'s account") in text]


@pytest.fixture
def company(api: Api) -> Company:
    return Company(api)


def payers() -> dict[tuple[str, int, date], int]:
    """Who is invoiced for each subscription and charge, on some days."""
    found = {}
    for day in (*DAYS, today()):
        for each in Subscription.objects.all():
            found["subscription", each.pk, day] = payer_of(each.account_id, each.pk, day).account_id
        for charge in Charge.objects.all():
            found["charge", charge.pk, day] = payer_of_charge(charge, day).account_id
    return found


Way = Callable[[Company], tuple[str, str, Any]]
"""Prepares, as who reaches everything, and gives the request that would let Head Office, or the Branch, pay."""
WAYS: dict[str, Way] = {}


def way(name: str) -> Callable[[Way], Way]:
    def noted(prepare: Way) -> Way:
        WAYS[name] = prepare
        return prepare

    return noted


def by(mode: str) -> dict[str, Any]:
    return {"who_pays": {"mode": mode}}


@way("a subscription that the parent is to pay for")
def _(company: Company) -> tuple[str, str, Any]:
    return "POST", "/subscriptions", company.new_subscription("Site", **by("parent"))


@way("a subscription that the eldest ancestor is to pay for")
def _(company: Company) -> tuple[str, str, Any]:
    return "POST", "/subscriptions", company.new_subscription("Shop", **by("eldest_ancestor"))


@way("a subscription that a named ancestor is to pay for")
def _(company: Company) -> tuple[str, str, Any]:
    who_pays = {"mode": "ancestor", "customer": company.ids["Head Office"]}
    return "POST", "/subscriptions", company.new_subscription("Shop", who_pays=who_pays)


@way("a subscription for which a setting lets the parent pay")
def _(company: Company) -> tuple[str, str, Any]:
    company.settings(default_payer_and_consolidation="parent")
    return "POST", "/subscriptions", company.new_subscription("Site")


@way("a subscription for which a setting lets the eldest ancestor pay")
def _(company: Company) -> tuple[str, str, Any]:
    company.settings(default_payer_and_consolidation="eldest_ancestor")
    return "POST", "/subscriptions", company.new_subscription("Shop")


@way("a subscription that the customer pays for, by a default account elsewhere")
def _(company: Company) -> tuple[str, str, Any]:
    company.ids["Head Office in North's account"] = company.second_account("Head Office", company.north)
    return "POST", "/subscriptions", company.new_subscription("Head Office in North", **by("customer_consolidated"))


@way("a subscription whose payer is invoiced by way of an account elsewhere")
def _(company: Company) -> tuple[str, str, Any]:
    company.links(company.ids["Site's account"], "Head Office")
    return "POST", "/subscriptions", company.new_subscription("Shop", **by("parent"))


@way("a subscription whose payer is to be another one by a move of a later day")
def _(company: Company) -> tuple[str, str, Any]:
    moved = {"parent": company.ids["Head Office"], **JUNE}
    assert company.root.ask("PUT", f"/customers/{company.ids['District']}/parent", moved).status == 200
    return "POST", "/subscriptions", company.new_subscription("District", **by("parent"))


@way("a subscription in a group, whose payer is reached by another account than the one that pays")
def _(company: Company) -> tuple[str, str, Any]:
    company.second_account("Head Office", company.north)
    group = company.root.make("/subscription-groups", {"payer": company.ids["Head Office"]})["id"]
    return "POST", "/subscriptions", company.new_subscription("Site", group=group)


@way("a member of such a group")
def _(company: Company) -> tuple[str, str, Any]:
    company.second_account("Head Office", company.north)
    group = company.root.make("/subscription-groups", {"payer": company.ids["Head Office"]})["id"]
    return "POST", f"/subscription-groups/{group}/members", {"subscription": company.subscription("Site")["id"]}


@way("a new group with members, with such a payer")
def _(company: Company) -> tuple[str, str, Any]:
    company.second_account("Head Office", company.north)
    members = [company.subscription("Site")["id"]]
    return "POST", "/subscription-groups", {"payer": company.ids["Head Office"], "members": members}


@way("an order that the parent is to pay for")
def _(company: Company) -> tuple[str, str, Any]:
    return "POST", "/orders", company.new_subscription("Site", **by("parent"))


@way("an order that is changed so that the parent is to pay for it")
def _(company: Company) -> tuple[str, str, Any]:
    order = company.manager.make("/orders", company.new_subscription("Site"))
    return "PATCH", f"/orders/{order['id']}", by("parent")


@way("an order of somebody who may, activated by somebody who may not")
def _(company: Company) -> tuple[str, str, Any]:
    order = company.root.make("/orders", company.new_subscription("Site", **by("parent")))
    return "POST", f"/orders/{order['id']}/activate", None


@way("another choice for a subscription: its parent")
def _(company: Company) -> tuple[str, str, Any]:
    return "PUT", f"/subscriptions/{company.subscription('Site')['id']}/who-pays", {"mode": "parent"}


@way("another choice for a subscription: its eldest ancestor, from a later day on")
def _(company: Company) -> tuple[str, str, Any]:
    body = {"mode": "eldest_ancestor", **JUNE}
    return "PUT", f"/subscriptions/{company.subscription('Shop')['id']}/who-pays", body


@way("a cancellation that is taken back, after which somebody pays again")
def _(company: Company) -> tuple[str, str, Any]:
    made = company.subscription("Site", **by("parent"))
    company.root.make(f"/subscriptions/{made['id']}/cancel", {"date": "2026-12-01"})
    return "POST", f"/subscriptions/{made['id']}/uncancel", {}


@way("a charge that the parent is to pay for")
def _(company: Company) -> tuple[str, str, Any]:
    return "POST", "/charges", company.new_charge("Site", **by("parent"))


@way("a charge for which a setting lets the eldest ancestor pay")
def _(company: Company) -> tuple[str, str, Any]:
    company.settings(default_payer_and_consolidation="eldest_ancestor")
    return "POST", "/charges", company.new_charge("Shop")


@way("a charge that is changed so that the parent is to pay for it")
def _(company: Company) -> tuple[str, str, Any]:
    charge = company.root.make("/charges", company.new_charge("Site"))
    return "PATCH", f"/charges/{charge['id']}", by("parent")


@way("a charge that is to be paid like a subscription of its own customer is not, but by the parent")
def _(company: Company) -> tuple[str, str, Any]:
    subscription = company.subscription("Site")["id"]
    charge = company.root.make("/charges", company.new_charge("Site", subscription=subscription))
    return "PATCH", f"/charges/{charge['id']}", {"subscription": None, **by("parent")}


@way("a move that gives a subscription another eldest ancestor")
def _(company: Company) -> tuple[str, str, Any]:
    company.subscription("District", **by("eldest_ancestor"))
    return "PUT", f"/customers/{company.ids['District']}/parent", {"parent": company.ids["Site"]}


@way("a move, above it, that gives a subscription another eldest ancestor, from a later day on")
def _(company: Company) -> tuple[str, str, Any]:
    company.subscription("District", **by("eldest_ancestor"))
    return "PUT", f"/customers/{company.ids['Region']}/parent", {"parent": company.ids["Shop"], **JUNE}


@way("a move that gives a charge another eldest ancestor")
def _(company: Company) -> tuple[str, str, Any]:
    company.root.make("/charges", company.new_charge("District", **by("eldest_ancestor")))
    return "PUT", f"/customers/{company.ids['District']}/parent", {"parent": company.ids["Site"]}


@way("a customer that leaves its parent, so that one below it, elsewhere, pays itself")
def _(company: Company) -> tuple[str, str, Any]:
    company.subscription("Branch", **by("eldest_ancestor"))
    return "DELETE", f"/customers/{company.ids['District']}/parent", None


@way("a customer that leaves its parent, so that one below it, elsewhere, pays its charge itself")
def _(company: Company) -> tuple[str, str, Any]:
    who_pays = {"mode": "ancestor", "customer": company.ids["Region"]}
    company.root.make("/charges", company.new_charge("Branch", who_pays=who_pays))
    return "DELETE", f"/customers/{company.ids['District']}/parent", None


@way("a move after which the named payer is none any more, and one below pays itself")
def _(company: Company) -> tuple[str, str, Any]:
    who_pays = {"mode": "ancestor", "customer": company.ids["Region"]}
    company.subscription("Branch", who_pays=who_pays)
    alone = company.manager.customer("Alone", company.cycle)["id"]
    return "PUT", f"/customers/{company.ids['District']}/parent", {"parent": alone}


@way("another default account of one that pays, for which somebody elsewhere is responsible")
def _(company: Company) -> tuple[str, str, Any]:
    company.subscription("Shop", **by("parent"))
    account = company.second_account("Site", company.north)
    company.links(account, "Head Office")
    return "PATCH", f"/accounts/{account}", {"is_default": True}


@way("a responsible account that is named")
def _(company: Company) -> tuple[str, str, Any]:
    body, shop = {"responsible_account": company.ids["Head Office's account"]}, company.ids["Shop's account"]
    return "PUT", f"/accounts/{shop}/responsible-account", body


@way("a new account with a responsible account that is named")
def _(company: Company) -> tuple[str, str, Any]:
    new = {"customer": company.ids["Shop"], "currency": "USD", "bill_cycle": company.cycle}
    return "POST", "/accounts", {**new, "responsible_account": company.ids["Head Office's account"]}


@pytest.mark.rule("ORG-3", "WHO-1", "WHO-2", "BHI-1")
@pytest.mark.parametrize("name", WAYS)
def test_nobody_comes_to_pay_who_is_not_reached(company: Company, name: str) -> None:
    method, path, body = WAYS[name](company)
    before = payers()
    reply = company.manager.ask(method, path, body)
    assert reply.status in (409, 422), reply
    assert [one["code"] for one in reply.body["errors"]] == ["unknown"]
    sent = json.dumps(body)
    traces = company.traces_of_south(reply)
    assert [name for name in traces if company.ids[name] not in sent] == [], reply
    assert payers() == before
    done = company.root.ask(method, path, body)
    assert done.status < 300, done  # who reaches both may do it, so nothing else stood in the way


PREVIEWS = {
    "another choice for a subscription: its parent": "PUT",
    "a move that gives a subscription another eldest ancestor": "PUT",
    "a move that gives a charge another eldest ancestor": "PUT",
    "a member of such a group": "POST",
    "a charge that the parent is to pay for": "POST",
}


@pytest.mark.rule("ORG-3", "REL-3")
@pytest.mark.parametrize("name", PREVIEWS)
def test_a_preview_refuses_the_same_and_shows_nothing_of_who_is_not_reached(company: Company, name: str) -> None:
    method, path, body = WAYS[name](company)
    refused = company.manager.ask(method, path, body)
    previewed = company.manager.ask("POST", f"{path}/preview", body)
    assert (previewed.status, previewed.body["errors"]) == (refused.status, refused.body["errors"])
    assert company.traces_of_south(previewed) == []
    assert company.root.ask("POST", f"{path}/preview", body).status == 200


@pytest.mark.rule("ORG-3", "WHO-2")
def test_a_refusal_says_at_which_field_and_by_which_mode_the_payer_is_out_of_reach(company: Company) -> None:
    problem = company.manager.refused("POST", "/subscriptions", company.new_subscription("Site", **by("parent")))
    assert problem["rule"] == "ORG-3"
    (error,) = problem["errors"]
    assert (error["field"], error["code"]) == ("who_pays.mode", "unknown")
    assert error["message"].startswith(
        "mode parent leads to a payer that does not exist or is outside of what you may act on"
    )
    company.settings(default_payer_and_consolidation="parent")
    (error,) = company.manager.refused("POST", "/subscriptions", company.new_subscription("Site"))["errors"]
    assert error["field"] == "who_pays"
    assert "by the setting Default Payer & Consolidation mode parent leads to" in error["message"]
    company.subscription("Site", company.operator, **by("customer_consolidated"))


@pytest.mark.rule("ORG-3", "WHO-1", "WHO-2")
def test_to_let_another_customer_pay_takes_a_manager_there_however_it_is_named(company: Company) -> None:
    """The Site is in North like the Shop. What a setting decides, who does the rest of it may do."""
    named = {"mode": "ancestor", "customer": company.ids["Site"]}
    for who_pays in (named, {"mode": "parent"}):
        new = company.new_subscription("Shop", who_pays=who_pays)
        problem = company.operator.refused("POST", "/subscriptions", new, 403)
        assert problem["errors"][0]["code"] == "role_too_low"
        assert company.manager.ask("POST", "/subscriptions", new).status == 201
        charge = company.new_charge("Shop", who_pays=who_pays)
        company.operator.refused("POST", "/charges", charge, 403)
        assert key_of("viewer", company.north).ask("POST", "/charges/preview", charge).status == 200
    order = company.manager.make("/orders", company.new_subscription("Shop", **by("parent")))
    company.operator.refused("PATCH", f"/orders/{order['id']}", {"who_pays": {"mode": "eldest_ancestor"}})
    assert company.operator.ask("PATCH", f"/orders/{order['id']}", {"anchor": "start_date"}).status == 200
    assert company.operator.ask("POST", f"/orders/{order['id']}/activate").status == 200
    company.settings(default_payer_and_consolidation="parent")
    made = company.subscription("Shop", company.operator)
    payer = company.operator.get(f"/accounts/{made['account']}/payer?subscription={made['id']}")
    assert payer["account"] == company.ids["Site's account"]


@pytest.mark.rule("ORG-3", "WHO-1", "CHI-4")
def test_what_only_ends_that_somebody_out_of_reach_pays_is_done(company: Company) -> None:
    made = [company.subscription("Site", **by("parent"))["id"] for _ in range(3)]
    for number, mode in zip(made[1:], ("customer_separate", "customer_consolidated"), strict=True):
        assert company.manager.ask("PUT", f"/subscriptions/{number}/who-pays", {"mode": mode}).status == 200
    assert company.manager.ask("DELETE", f"/subscriptions/{made[0]}/who-pays").status == 204
    last = company.subscription("Site", **by("parent"))
    group = company.root.get(f"/subscriptions/{last['id']}")["group"]
    assert group is not None
    assert company.manager.ask("DELETE", f"/customers/{company.ids['Site']}/parent").status == 204
    own = decode_id("account", company.ids["Site's account"])
    assert {payer for (_, _, day), payer in payers().items() if day == DAYS[2]} == {own}


@pytest.mark.rule("ORG-3", "WHO-1")
def test_a_payer_that_stands_goes_on_to_pay_whoever_changes_the_rest(company: Company) -> None:
    """Quantities, further items and charges of a subscription that Head Office pays for; what is charged to an account
    that it is responsible for: whoever tied them reached both."""
    made = company.subscription("Site", **by("parent"))
    change = {"date": "2027-01-01", "items": [{"id": made["items"][0]["id"], "quantity": "3"}]}
    assert company.operator.ask("POST", f"/subscriptions/{made['id']}/change", change).status == 200
    company.operator.make("/charges", company.new_charge("Site", subscription=made["id"]))
    company.links(company.ids["Shop's account"], "Head Office")
    company.operator.make("/subscriptions", company.new_subscription("Shop"))
    company.operator.make("/charges", company.new_charge("Shop"))
    charge = company.root.make("/charges", company.new_charge("Site", **by("parent")))
    assert company.operator.ask("PATCH", f"/charges/{charge['id']}", {"description": "Second visit"}).status == 200


@pytest.mark.rule("ORG-3", "GRP-3", "WHO-4")
def test_a_group_whose_payer_is_invoiced_elsewhere_has_no_candidates(company: Company) -> None:
    company.second_account("Head Office", company.north)
    company.subscription("Site")
    group = company.root.make("/subscription-groups", {"payer": company.ids["Head Office"]})["id"]
    address = f"/subscription-groups/{group}/members/candidates"
    assert len(company.root.get(address)["data"]) == 1
    assert company.manager.get(address)["data"] == []
