"""A tenant with two branches, North and South, each with one of everything there is, and with ties between them.

Whatever is in a branch has its word in names and numbers, so that it is seen wherever it turns up.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from banyan.accounts.models import BillCycle
from banyan.billruns.models import RunMode
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.transfer.export_run import run_export
from tests.api.asking import Api
from tests.billruns.running import run_for

NORTH, SOUTH = "northern", "southern"
FEBRUARY = date(2026, 2, 1)


@dataclass(frozen=True, slots=True)
class Branch:
    """An organization below the root, a key of an administrator there, and the ids of what is in it, by their kind."""

    name: str
    organization: str
    api: Api
    ids: dict[str, str] = field(default_factory=dict)
    tied: dict[str, str] = field(default_factory=dict)

    def traces(self, text: str) -> list[str]:
        """What of the branch stands in a text: its word, or an id of something in it."""
        ids = {number for number in (*self.ids.values(), *self.tied.values()) if f'"{number}"' in text}
        return [*ids, *([self.name] if self.name in text else [])]


@dataclass(frozen=True, slots=True)
class TwoBranches:
    """`root` reaches everything; `shared` are ids of what the whole tenant shares."""

    root: Api
    north: Branch
    south: Branch
    shared: dict[str, str]


def two_branches(root: Api) -> TwoBranches:
    """Both branches, with a bill run and a simulation of both."""
    cycle = root.bill_cycle()
    price = root.price()
    shared = {
        "owner": root.get("/owners")["data"][0]["id"],
        "bill_cycle": cycle,
        "payment_term": root.get("/payment-terms")["data"][0]["id"],
        "account_category": root.get("/account-categories")["data"][0]["id"],
        "account_type": root.make("/account-types", {"name": "Trial"})["id"],
        "contact_category": root.make("/contact-categories", {"name": "Finance"})["id"],
        "custom_field": root.make("/custom-fields", {"subject": "account", "key": "region", "type": "text"})["id"],
        "product": root.get(f"/prices/{price}")["product"],
        "price": price,
        "meter": root.make("/meters", {"key": "calls"})["id"],
        "tax_rate": root.make("/tax-rates", {"name": "VAT", "country": "DE", "percent": "19"})["id"],
        "user": root.make("/users", {"name": "Ada", "email": "ada@acme.example"})["id"],
        "api_key": root.get("/api-keys")["data"][0]["id"],
    }
    north, south = (_branch(root, name, shared) for name in (NORTH, SOUTH))
    _tie(root, south, north, shared)
    assert root.ask("PATCH", f"/account-types/{shared['account_type']}", {"active": False}).status == 200
    root.make("/account-types", {"name": "Enterprise"})
    membership = {"organization": north.organization, "role": "viewer"}
    shared["membership"] = root.make(f"/users/{shared['user']}/memberships", membership)["id"]
    billed = run_for(BillCycle.objects.get(pk=decode_id("bill_cycle", cycle)), FEBRUARY)
    simulated = run_for(BillCycle.objects.get(pk=billed.bill_cycle_id), date(2026, 3, 1), RunMode.SIMULATE)
    shared["bill_run"], shared["simulation"] = f"run_{billed.pk}", f"run_{simulated.pk}"
    shared["export"] = root.make("/exports", {"kind": "notes"})["id"]
    run_export(decode_id("export", shared["export"]) or 0)
    shared["import"] = root.send("/imports?kind=notes&dry_run=true", "account,text\n").body["id"]
    for branch in (north, south):
        first = branch.api.get(f"/invoices?account={branch.ids['account']}")["data"][0]["id"]
        invoice = branch.api.make(f"/invoices/{first}/reissue", {"reason": "Wrong address"})["id"]
        branch.ids["invoice"] = invoice
        of_simulation = f"/bill-runs/{shared['simulation']}/invoices?account={branch.ids['account']}"
        branch.ids["simulated_invoice"] = branch.api.get(of_simulation)["data"][0]["simulated"]
        branch.ids["invoice_line"] = branch.api.get(f"/invoices/{invoice}")["lines"][0]["id"]
    return TwoBranches(root, north, south, shared)


def _branch(root: Api, name: str, shared: dict[str, str]) -> Branch:
    organization = root.make("/organizations", {"name": name, "code": name})["id"]
    _, key = create_api_key(name, "administrator", [decode_id("organization", organization) or 0])
    branch = Branch(name, organization, Api(key))
    api, ids = branch.api, branch.ids
    ids["organization"] = organization
    parent = api.customer(f"{name} group", shared["bill_cycle"], account={"number": f"{name}-1"})
    child = api.customer(f"{name} site", shared["bill_cycle"], parent=parent["id"], account={"number": f"{name}-2"})
    ids["customer"], ids["account"] = parent["id"], parent["default_account"]
    ids["child"], ids["managed"] = child["id"], child["default_account"]
    api.customer(f"{name} trial", shared["bill_cycle"], account={"type": shared["account_type"]})
    _relate(branch)
    account = ids["account"]
    items = [{"price": shared["price"], "quantity": "1"}]
    start = {"start_date": "2026-01-01"}
    group = api.make("/subscription-groups", {"payer": ids["customer"], "name": f"{name} together"})
    subscription = {"account": ids["managed"], "items": items, "group": group["id"], "number": f"{name}-s", **start}
    ids["subscription_group"] = group["id"]
    contract = api.make("/contracts", {"account": account, "number": f"{name}-c", **start})
    ids["contract"] = contract["id"]
    document = {"name": f"{name}.txt", "media_type": "text/plain", "content": "bm9ydGg="}
    ids["contract_document"] = api.make(f"/contracts/{contract['id']}/documents", document)["id"]
    ids["order"] = api.make("/orders", {**subscription, "number": f"{name}-o"})["id"]
    made = api.make("/subscriptions", subscription)
    ids["subscription"], ids["subscription_item"] = made["id"], made["items"][0]["id"]
    later = {"date": "2026-06-01", "items": [{"id": ids["subscription_item"], "quantity": "2"}]}
    assert api.ask("POST", f"/subscriptions/{made['id']}/change", later).status == 200
    ids["item_terms"] = api.get(f"/subscriptions/{made['id']}?on=2026-01-01")["changes"][0]["id"]
    ids["discount"] = api.make("/discounts", {"account": account, "percent": "10"})["id"]
    ids["tax_exemption"] = api.make("/tax-exemptions", {"account": account, "certificate": f"{name}-x"})["id"]
    visit = {"account": account, "description": f"{name} visit", "amount": "5.00", "date": "2026-01-05"}
    ids["charge"] = api.make("/charges", visit)["id"]
    contact = {"category": shared["contact_category"], "name": f"{name} contact", "email": "c@acme.example"}
    ids["contact"] = api.make(f"/accounts/{account}/contacts", contact)["id"]
    ids["note"] = api.make(f"/accounts/{account}/notes", {"text": f"{name} note"})["id"]
    _use(branch)
    return branch


def _tie(root: Api, branch: Branch, other: Branch, shared: dict[str, str]) -> None:
    """A customer of the branch is below one of the other, which pays for it and whose account is above its account."""
    above = dict.fromkeys(("parent", "responsible_account"), other.ids["account"])
    number = {"number": f"{branch.name}-3", "organization": branch.organization}
    tied = root.customer(
        f"{branch.name} tied", shared["bill_cycle"], parent=other.ids["customer"], account={**number, **above}
    )
    branch.tied["customer"], branch.tied["account"] = tied["id"], tied["default_account"]
    who_pays = {"mode": "ancestor", "customer": other.ids["customer"]}
    items = [{"price": shared["price"], "quantity": "1"}]
    subscription = {"account": tied["default_account"], "start_date": "2026-01-01", "items": items}
    made = root.make("/subscriptions", {**subscription, "number": f"{branch.name}-t", "who_pays": who_pays})
    branch.tied["subscription"] = made["id"]
    order = root.make("/orders", {**subscription, "number": f"{branch.name}-to", "who_pays": who_pays})
    branch.tied["order"] = order["id"]


def _relate(branch: Branch) -> None:
    """The managed account is below the other one in both hierarchies of accounts."""
    managed, account = branch.ids["managed"], branch.ids["account"]
    since = {"effective_date": "2026-01-01"}
    for relation, name in (("parent", "parent"), ("responsible-account", "responsible_account")):
        reply = branch.api.ask("PUT", f"/accounts/{managed}/{relation}", {name: account, **since})
        assert reply.status == 200, reply


def _use(branch: Branch) -> None:
    event = {"meter": "calls", "timestamp": "2026-01-05T10:00:00Z", "quantity": "3"}
    body: dict[str, Any] = {"events": [{"id": branch.name, "account": branch.ids["account"], **event}]}
    assert branch.api.make("/usage-events", body)["accepted"] == 1
    branch.ids["usage_event"] = branch.name
