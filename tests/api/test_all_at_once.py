"""Whatever is wrong with a body is told at once, whichever fields it is and whoever sees it: the form or an action."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction

from banyan.accounts.models import Account
from banyan.billruns.models import BillRun
from banyan.kernel.ids import PREFIXES
from tests.api.asking import Api, fields_of
from tests.api.branches import two_branches
from tests.api.requests_of_document import Operation, kind_or_none, operations

Path = tuple[str | int, ...]
Form = Mapping[str, Any]

UNREADABLE = {"no": "such thing"}
JUDGED_ONE_BY_ONE = {"/api/v1/usage-events"}
"""Where a bad entry is not the fault of the whole body."""

RIGHT_BY_ITSELF = {"add"}
"""Wrong only beside another field, here a quantity: where that can't be read, nothing stands against it."""


@dataclass(frozen=True, slots=True)
class Asking:
    """An operation that takes a body; nothing of what is asked stays done."""

    api: Api
    operation: Operation
    ids: Mapping[str, str]

    def told(self, wrong: Mapping[Path, Any]) -> set[str]:
        """The fields that are complained of when these are wrong and all others are made up as the document says."""
        body = self.operation.body(self.ids, True)
        for path, value in wrong.items():
            put(body, path, value)
        with transaction.atomic():
            reply = self.api.ask(self.operation.method, self.operation.address(self.ids), body)
            transaction.set_rollback(True)
        assert reply.status < 500, (self.operation.path, body, reply)
        return fields_of(reply.body) if reply.status >= 400 else set()

    def untold(self, wrong: Mapping[Path, Any]) -> list[str]:
        """Those of the wrong fields that are not complained of when they are wrong together."""
        told = self.told(wrong)
        return [dotted(path) for path in wrong if not is_told(path, told) and path[-1] not in RIGHT_BY_ITSELF]


def put(body: Any, path: Path, value: Any) -> None:
    """Into a body, at the end of a path."""
    *way, last = path
    for step in way:
        body = body[step]
    body[last] = value


def dotted(path: Path) -> str:
    return ".".join(map(str, path))


def is_told(path: Path, told: Collection[str]) -> bool:
    """Whether a field is complained of, or the list that it is in."""
    return dotted(path) in told or (path[-1] == 0 and dotted(path[:-1]) in told)


def leaves(form: Form, schemas: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, Form]]:
    """Every field of a body with its form: of objects in it their fields, of lists those of the first entry."""
    if "$ref" in form:
        yield from leaves(schemas[form["$ref"].rsplit("/", 1)[1]], schemas, path)
    elif "anyOf" in form:
        yield from leaves(form["anyOf"][0], schemas, path)
    elif form.get("properties"):
        for name, inner in form["properties"].items():
            yield from leaves(inner, schemas, (*path, name))
    elif form.get("type") == "array" and "items" in form:
        yield from leaves(form["items"], schemas, (*path, 0))
    elif path:
        yield path, form


def wrong_value(form: Form) -> Any:
    """Something of the right form that an action may well refuse, None where there is no such thing."""
    if kind := kind_or_none(form):
        return f"{PREFIXES[kind]}_999999"
    match form:
        case {"enum": _}:
            return "nonsense"
        case {"pattern": _}:
            return "-1"
        case {"type": "string", "examples": ["USD"]}:
            return "XXQ"
        case {"type": "string", "contentEncoding": _} | {"type": "string", "format": _}:
            return None
        case {"type": "string"}:
            return "bell \x07"
        case {"type": "integer"}:
            return form.get("minimum", -1)
    return None


def can_be_unreadable(form: Form) -> bool:
    """Whether the form is not that of anything at all."""
    return "type" in form and form["type"] != "object"


def with_some_unreadable(refused: Mapping[Path, Any], unreadable: Collection[Path]) -> Iterator[dict[Path, Any]]:
    """Bodies in which some fields can't be read and all others are refused: for any two there is one for either way."""
    order = {path: place for place, path in enumerate(sorted({*refused, *unreadable}, key=dotted))}
    for bit in range(len(order).bit_length()):
        for side in (0, 1):
            chosen = {path: UNREADABLE for path in unreadable if order[path] >> bit & 1 == side}
            yield {**refused, **chosen}


@pytest.mark.rule("ERR-1", "API-3")
def test_what_an_action_refuses_is_told_with_all_else_that_is_wrong(api: Api):
    """Each field that is refused when it alone is wrong is so when all are, and when any other can't even be read."""
    branches = two_branches(api)
    ids, untold, tried = {**branches.shared, **branches.north.ids}, [], 0
    for operation in operations(api.get("/openapi.json")):
        body = operation.about.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None or operation.path in JUDGED_ONE_BY_ONE:
            continue
        asking = Asking(api, operation, ids)
        fields = dict(leaves(body["schema"], operation.schemas))
        values = {path: value for path, form in fields.items() if (value := wrong_value(form)) is not None}
        hidden = set(asking.untold(values))
        refused = {path: value for path, value in values.items() if dotted(path) not in hidden}
        alone = [{path: value} for path, value in values.items() if path not in refused]
        unreadable = {path for path, form in fields.items() if can_be_unreadable(form)}
        several = [{**refused, ("colour",): "green"}, *with_some_unreadable(refused, unreadable)]
        untold += [(operation.path, "with others", wrong) for wrong in alone if not asking.untold(wrong)]
        untold += [(operation.path, operation.method, one) for wrong in several if (one := asking.untold(wrong))]
        tried += len(refused)
    assert not untold
    assert tried > 150


@pytest.mark.rule("ERR-1", "API-3")
def test_a_field_that_cannot_be_read_brings_no_complaint_about_others(api: Api):
    """Whatever the day and the model may have been meant to be, the rest is right."""
    account, price = api.customer()["default_account"], api.price()
    new = {"account": account, "items": [{"price": price}], "end_date": "2026-06-30"}
    assert fields_of(api.refused("POST", "/subscriptions", {**new, "start_date": "soon"})) == {"start_date"}
    assert fields_of(api.refused("POST", "/subscriptions", new)) == {"start_date"}
    of_nothing = {"product": api.get(f"/prices/{price}")["product"], "currency": "USD", "type": "recurring"}
    packaged = {**of_nothing, "model": ["package"], "unit_amount": "1", "package_size": "10"}
    assert fields_of(api.refused("POST", "/prices", packaged)) == {"model"}


@pytest.mark.rule("ERR-1")
def test_what_else_is_wrong_is_looked_for_without_doing_anything(api: Api):
    cycle = api.bill_cycle()
    customer = api.customer(cycle=cycle)["id"]
    api.refused("POST", "/accounts", {"customer": customer, "currency": "USD", "bill_cycle": cycle, "taxable": "maybe"})
    api.refused("POST", "/bill-runs", {"bill_cycle": cycle, "billing_date": "2026-02-01", "colour": "green"})
    assert (Account.objects.count(), BillRun.objects.count()) == (1, 0)


@pytest.mark.rule("ERR-1", "ERR-2")
def test_a_key_is_free_again_after_a_body_that_could_not_be_read(api: Api):
    once, new = {"Idempotency-Key": "4711"}, {"name": "Desk", "code": "desk"}
    assert api.ask("POST", "/products", {**new, "active": "perhaps"}, once).status == 422
    assert api.ask("POST", "/products", new, once).status == 201


@pytest.mark.rule("ERR-1", "AHI-2", "BHI-2", "CHI-2", "OWN-3")
def test_whom_something_new_cannot_be_related_to_is_told_with_what_else_is_wrong_with_it(api: Api):
    cycle = api.bill_cycle()
    closed, euros = api.customer("Closed", cycle), api.customer("Euros", cycle, account={"currency": "EUR"})
    assert api.ask("PATCH", f"/accounts/{closed['default_account']}", {"status": "inactive"}).status == 200
    wrong = {"parent": closed["default_account"], "responsible_account": euros["default_account"], "taxable": "maybe"}
    account = {"currency": "USD", "bill_cycle": cycle, "number": "n" * 51, **wrong}
    told = api.refused("POST", "/accounts", {"customer": euros["id"], **account}, 409)
    assert fields_of(told) == {"number", *wrong}
    assert "must be in USD" in told["detail"]
    told = api.refused("POST", "/accounts", {**account, "currency": "XXQ"}, 409)
    assert fields_of(told) == {"customer", "currency", "number", "parent", "taxable"}
    other = api.make("/owners", {"legal_name": "Other", "invoice_prefix": "O-"})["id"]
    stranger = api.customer("Stranger", cycle, account={"owner": other})["id"]
    told = api.refused("POST", "/customers", {"parent": stranger, "account": account}, 409)
    assert fields_of(told) >= {
        "kind",
        "primary_email",
        "parent",
        "account.number",
        *(f"account.{one}" for one in wrong),
    }
    told = api.refused("POST", "/customers", {"parent": stranger, "account": {**account, "owner": "own_999999"}}, 409)
    assert "account.owner" in fields_of(told)
    assert "parent" not in fields_of(told)


@pytest.mark.rule("ERR-1", "REL-2")
@pytest.mark.parametrize("day", ["2001-01-01", "soon", "2026-03-01"])
def test_that_nobody_is_its_own_parent_is_told_whatever_the_day(api: Api, day: str):
    made = api.customer()
    for path, own in ((f"/accounts/{made['default_account']}", "default_account"), (f"/customers/{made['id']}", "id")):
        told = api.ask("PUT", f"{path}/parent", {"parent": made[own], "effective_date": day})
        assert told.status in (409, 422)
        assert fields_of(told.body) >= {"parent"}
    cycle = {"parent": made["default_account"], "effective_date": "2001-01-01"}
    below = api.customer("Below", account={"parent": made["default_account"]})["default_account"]
    told = api.refused("PUT", f"/accounts/{made['default_account']}/parent", {**cycle, "parent": below}, 409)
    assert fields_of(told) == {"parent", "effective_date"}


@pytest.mark.rule("ERR-1", "GRP-3")
def test_every_subscription_that_cannot_be_in_a_group_is_told(api: Api):
    price, payer = api.price(), api.customer("Payer")
    new = {"start_date": "2026-01-01", "items": [{"price": price}]}
    accounts = [api.customer(name)["default_account"] for name in ("One", "Two")]
    one, two = [api.make("/subscriptions", {**new, "account": account})["id"] for account in accounts]
    own = api.make("/subscriptions", {**new, "account": payer["default_account"]})["id"]
    told = api.refused("POST", "/subscription-groups", {"payer": payer["id"], "members": [two, own, one]}, 409)
    assert fields_of(told) == {"members.0", "members.2"}
    assert not api.get("/subscription-groups")["data"]
    group = f"/subscription-groups/{api.make('/subscription-groups', {'payer': payer['id']})['id']}"
    for address in (f"{group}/members", f"{group}/members/preview"):
        assert fields_of(api.refused("POST", address, {"subscription": one}, 409)) == {"subscription"}


@pytest.mark.rule("ERR-1", "WHO-1")
def test_that_a_choice_names_no_payer_is_told_with_a_day_that_is_wrong(api: Api):
    account = api.customer()["default_account"]
    new = {"account": account, "start_date": "2026-01-01", "items": [{"price": api.price()}]}
    address = f"/subscriptions/{api.make('/subscriptions', new)['id']}/who-pays"
    for day, status in (("soon", 422), ("2001-01-01", 409)):
        told = api.refused("PUT", address, {"mode": "ancestor", "effective_date": day}, status)
        assert fields_of(told) == {"customer", "effective_date"}


@pytest.mark.rule("ERR-1", "API-3")
def test_an_address_of_nothing_is_told_as_that_whatever_is_wrong_with_the_body(api: Api):
    told = api.refused("PUT", "/accounts/acc_999999/parent", {"parent": "acc_999998", "effective_date": "soon"}, 404)
    assert fields_of(told) == {"id"}
    told = api.refused("PUT", "/subscriptions/sub_999999/who-pays", {"mode": 7}, 404)
    assert fields_of(told) == {"subscription"}
    group = api.make("/subscription-groups", {"payer": api.customer()["id"]})["id"]
    member = {"subscription": "sub_999999", "effective_date": "soon"}
    told = api.refused("POST", f"/subscription-groups/{group}/members", member)
    assert fields_of(told) == {"subscription", "effective_date"}


@pytest.mark.rule("ERR-1", "ORG-3")
def test_a_role_is_asked_for_before_what_is_wrong_is_told(api: Api):
    """Nobody learns from complaints about a body what there is."""
    branches = two_branches(api)
    wrong = {"payer": branches.south.ids["customer"], "name": "bell \x07", "members": "all"}
    told = branches.north.api.refused("POST", "/subscription-groups", wrong)
    assert {error["field"]: error["code"] for error in told["errors"]}["payer"] == "unknown"
    branches.north.api.refused("POST", "/products", {"name": 7}, 403)
