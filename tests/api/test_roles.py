"""Which role it takes to do what, and where it is counted; what is shown of what lies partly out of reach."""

from typing import Any

import pytest

from banyan.api import writes
from banyan.billruns.models import BillRun, RunError, RunWarning
from banyan.kernel.ids import decode_id
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.queries import access_scope_of_user
from banyan.organizations.roles import Role
from tests.api.asking import Api, fields_of
from tests.api.branches import TwoBranches, two_branches
from tests.api.requests_of_document import METHODS, operations

TODAY = {"effective_date": "2026-02-01"}


@pytest.fixture
def branches(api: Api) -> TwoBranches:
    return two_branches(api)


def key_of(role: str, *organizations: str) -> Api:
    _, key = create_api_key(role, role, [decode_id("organization", one) or 0 for one in organizations])
    return Api(key)


def changes(branches: TwoBranches) -> dict[str, tuple[str, str, Any]]:
    """A change of each sort in North, by the role that it takes."""
    ids = branches.north.ids
    charge = {"account": ids["account"], "description": "Visit", "amount": "5.00", "date": "2026-01-05"}
    return {
        "operator": ("POST", "/charges", charge),
        "manager": ("PUT", f"/accounts/{ids['managed']}/parent", {"parent": ids["account"], **TODAY}),
        "administrator": ("POST", "/products", {"name": "Desk", "code": "desk"}),
    }


@pytest.mark.rule("ORG-3")
@pytest.mark.parametrize(
    ("role", "allowed"),
    [("viewer", []), ("operator", ["operator"]), ("manager", ["operator", "manager"])],
)
def test_a_role_in_a_branch_may_do_what_the_lower_ones_may(branches: TwoBranches, role: str, allowed: list[str]):
    caller = key_of(role, branches.north.organization)
    done = [needed for needed, change in changes(branches).items() if caller.ask(*change).status < 300]
    assert done == allowed


@pytest.mark.rule("ORG-3")
def test_a_refusal_names_the_role_that_it_takes_and_where(branches: TwoBranches):
    caller = key_of("viewer", branches.north.organization)
    for needed, (method, path, body) in changes(branches).items():
        problem = caller.refused(method, path, body, 403)
        assert (problem["rule"], needed in problem["detail"]) == ("ORG-3", True), problem
    assert "root" in caller.refused("POST", "/products", {"name": "Desk", "code": "desk"}, 403)["detail"]


@pytest.mark.rule("ORG-3", "API-6")
def test_the_document_tells_of_every_address_which_role_it_takes(branches: TwoBranches):
    """Asked by the next lower role it is refused for that reason, and not by the role that is told."""
    ids, told = {**branches.shared, **branches.north.ids}, []
    for operation in operations(branches.root.get("/openapi.json")):
        words = operation.about["responses"]["403"]["description"]
        role, in_root = Role(words.split()[3]), "in the root organization" in words
        told.append((operation, role, () if in_root else (branches.north.organization,)))
    told.sort(key=lambda one: METHODS.index(one[0].method.lower()))
    for operation, role, organizations in told:
        request = operation.method, operation.address(ids), operation.body(ids, False)
        if role.rank > 0:
            assert key_of(list(Role)[role.rank - 1], *organizations).ask(*request).status == 403, operation.path
        if not organizations:
            assert branches.north.api.ask(*request).status == 403, operation.path
        assert key_of(role, *organizations).ask(*request).status != 403, operation.path


@pytest.mark.rule("ORG-3", "API-6")
def test_the_document_tells_of_fields_that_take_a_higher_role(api: Api):
    described = {
        (one.method, one.path.removeprefix("/api/v1")): one.about["responses"]["403"]["description"]
        for one in operations(api.get("/openapi.json"))
    }
    higher = "to name parent or responsible_account, manager there"
    assert described["POST", "/accounts"].endswith(higher)
    assert described["POST", "/customers"].endswith(higher)
    assert described["POST", "/subscriptions"].endswith("to name group or who_pays.customer, manager there")
    assert described["PUT", "/accounts/{account_id}/parent"].endswith("lies (ORG-3)")
    assert described["POST", "/accounts/{account_id}/parent/preview"].startswith("Takes the role viewer")
    assert described["POST", "/organizations"] == "Takes the role administrator in the root organization (ORG-3)"


@pytest.mark.rule("ORG-3")
def test_what_is_the_whole_tenants_takes_the_role_in_the_root(branches: TwoBranches):
    """An administrator of a branch is none of the catalogue, of bill runs, or of who may do what."""
    run = {"bill_cycle": branches.shared["bill_cycle"], "billing_date": "2026-03-01"}
    for path, body in (
        ("/products", {"name": "Desk", "code": "desk"}),
        ("/organizations", {"name": "Pier", "code": "P", "parent": branches.north.organization}),
        ("/api-keys", {"name": "Robot"}),
        ("/bill-runs", run),
    ):
        branches.north.api.refused("POST", path, body, 403)
    assert key_of("manager").ask("POST", "/bill-runs", run).status == 202


@pytest.mark.rule("ORG-3")
def test_a_role_counts_where_the_subject_lies(branches: TwoBranches, monkeypatch: pytest.MonkeyPatch):
    """Somebody who is operator in North and viewer in South, asking as a key would."""
    user = create_user("Ben", "ben@acme.example")
    for branch, role in ((branches.north, "operator"), (branches.south, "viewer")):
        add_membership(user.pk, decode_id("organization", branch.organization) or 0, role)
    monkeypatch.setattr(writes, "access_scope_of_key", lambda key: access_scope_of_user(user))
    caller, visit = key_of("viewer"), {"description": "Visit", "amount": "5.00", "date": "2026-01-05"}
    assert len(caller.get("/charges")["data"]) == 2
    caller.make("/charges", {"account": branches.north.ids["account"], **visit})
    problem = caller.refused("POST", "/charges", {"account": branches.south.ids["account"], **visit}, 403)
    assert (problem["errors"][0]["field"], "operator" in problem["detail"]) == ("account", True)


@pytest.mark.rule("ORG-3", "BHI-1", "WHO-1")
def test_who_ties_something_to_another_account_is_manager_there(branches: TwoBranches):
    caller = key_of("operator", branches.north.organization)
    account, cycle = branches.north.ids["account"], branches.shared["bill_cycle"]
    new = {"customer": branches.north.ids["customer"], "currency": "USD", "bill_cycle": cycle}
    for tie in ("parent", "responsible_account"):
        problem = caller.refused("POST", "/accounts", {**new, tie: account}, 403)
        assert problem["errors"][0]["field"] == tie
    assert caller.make("/accounts", new)["organization"] == branches.north.organization


@pytest.mark.rule("ORG-2", "ORG-3")
def test_an_account_goes_to_the_callers_own_organization_unless_another_is_named(branches: TwoBranches):
    both = key_of("operator", branches.north.organization, branches.south.organization)
    new = {"customer": branches.north.ids["customer"], "currency": "USD", "bill_cycle": branches.shared["bill_cycle"]}
    problem = both.refused("POST", "/accounts", new)
    assert (problem["rule"], problem["errors"][0]["field"]) == ("ORG-2", "organization")
    made = both.make("/accounts", {**new, "organization": branches.south.organization})
    assert made["organization"] == branches.south.organization


@pytest.mark.rule("ORG-3")
def test_an_account_changes_its_organization_only_between_two_that_are_reached(branches: TwoBranches):
    account, south = branches.north.ids["account"], branches.south.organization
    moved = {"organization": south}
    assert branches.north.api.refused("PATCH", f"/accounts/{account}", moved)["errors"][0]["code"] == "unknown"
    both = key_of("operator", branches.north.organization, south)
    assert both.ask("PATCH", f"/accounts/{account}", moved).status == 200
    assert branches.north.api.ask("GET", f"/accounts/{account}").status == 404
    history = branches.south.api.get(f"/accounts/{account}/history")["data"][0]["changes"]
    assert history == {"organization": [None, south]}


@pytest.mark.rule("ORG-3", "BHI-1", "WHO-6")
def test_a_payer_out_of_reach_is_another_account(branches: TwoBranches):
    """The group's account pays for the site's; who reaches only the site sees that somebody else does."""
    site, payer = branches.north.ids["managed"], branches.north.ids["account"]
    moved = {"organization": branches.south.organization}
    assert branches.root.ask("PATCH", f"/accounts/{payer}", moved).status == 200
    seen = branches.north.api.get(f"/accounts/{site}")
    assert (seen["role"], seen["responsible_account"], seen["parent"]) == ("managed", None, None)
    answer = branches.north.api.get(f"/accounts/{site}/payer")
    assert (answer["account"], answer["rule"]) == (None, "BHI-1")
    (step,) = answer["trail"]
    assert (step["from"], step["to"]) == (site, None)
    assert step["because"].startswith("Another account is responsible for northern site (northern-2) on ")


@pytest.mark.rule("ORG-3", "CHI-4")
def test_a_refusal_does_not_name_what_is_not_reached(branches: TwoBranches):
    """South's customer is billed with North's group; to leave it is refused without saying which."""
    problem = branches.south.api.refused("DELETE", f"/customers/{branches.south.tied['customer']}/parent", status=409)
    assert problem["rule"] == "CHI-4"
    assert "The group of another organization" in problem["detail"]
    root = branches.root.refused("DELETE", f"/customers/{branches.south.tied['customer']}/parent", status=409)
    assert "The group Default group" in root["detail"]


@pytest.mark.rule("ORG-3", "WHO-4")
def test_a_refusal_of_a_payer_tells_nothing_of_its_account_where_that_is_not_reached(branches: TwoBranches):
    """North's group keeps an account in North, but its default account goes to South and is suspended."""
    north, ids = branches.north, branches.north.ids
    assert north.api.ask("PATCH", f"/accounts/{ids['account']}", {"status": "suspended"}).status == 200
    cycle = branches.shared["bill_cycle"]
    north.api.make("/accounts", {"customer": ids["customer"], "currency": "USD", "bill_cycle": cycle})
    moved = {"organization": branches.south.organization}
    assert branches.root.ask("PATCH", f"/accounts/{ids['account']}", moved).status == 200
    items = [{"price": branches.shared["price"]}]
    who_pays = {"mode": "ancestor", "customer": ids["customer"]}
    new = {"account": ids["managed"], "start_date": "2026-01-01", "items": items, "who_pays": who_pays}
    problem = north.api.refused("POST", "/subscriptions", new)
    assert problem["rule"] == "ORG-3"
    assert [(one["field"], one["code"]) for one in problem["errors"]] == [("who_pays.customer", "unknown")]
    assert "suspended" not in problem["detail"]
    assert "northern group is suspended" in branches.root.refused("POST", "/subscriptions", new, 409)["detail"]


@pytest.mark.rule("ORG-3", "AHI-5")
def test_a_roll_up_counts_what_is_reached(branches: TwoBranches):
    account = branches.north.ids["account"]
    assert branches.north.api.get(f"/accounts/{account}/rollup")["accounts"] == 2
    assert branches.root.get(f"/accounts/{account}/rollup")["accounts"] == 3


@pytest.mark.rule("ORG-3", "AHI-1", "BHI-1")
def test_trees_and_lists_leave_out_what_is_not_reached(branches: TwoBranches):
    """The site, with a shop below it, goes to South: North keeps the group and the shop, without a parent between."""
    north, south = branches.north, branches.south
    group, site = north.ids["account"], north.ids["managed"]
    shop = north.api.customer("northern shop", branches.shared["bill_cycle"])["default_account"]
    assert north.api.ask("PUT", f"/accounts/{shop}/parent", {"parent": site, **TODAY}).status == 200
    moved = {"organization": south.organization}
    assert branches.root.ask("PATCH", f"/accounts/{site}", moved).status == 200
    nodes = north.api.get(f"/accounts/{group}/tree")["data"]
    assert [(node["account"], node["parent"], node["depth"]) for node in nodes] == [(group, None, 0), (shop, None, 1)]
    assert north.api.get(f"/accounts/{group}/managed-accounts")["data"] == []
    assert south.api.get(f"/accounts/{site}/tree")["data"][0]["parent"] is None
    hierarchy = north.api.get(f"/customers/{north.ids['customer']}/hierarchy")
    assert (hierarchy["children"], hierarchy["height"]) == ([], 1)
    hierarchy = south.api.get(f"/customers/{north.ids['child']}/hierarchy")
    assert (hierarchy["ancestors"], hierarchy["depth"]) == ([], 1)
    assert north.api.get(f"/subscription-groups/{north.ids['subscription_group']}")["members"] == []


@pytest.mark.rule("ORG-3", "INV-4")
def test_an_invoice_adds_up_though_not_everything_on_it_is_reached(branches: TwoBranches):
    """Invoiced to the group, for the site, which went to South: North sees the line, but not whose it is."""
    north = branches.north
    moved = {"organization": branches.south.organization}
    assert branches.root.ask("PATCH", f"/accounts/{north.ids['managed']}", moved).status == 200
    invoices = north.api.get(f"/invoices?account={north.ids['account']}")["data"]
    lines = [line for one in invoices for line in north.api.get(f"/invoices/{one['id']}")["lines"]]
    hidden = [line for line in lines if line["account"] is None]
    assert hidden
    assert {line["subscription"] for line in hidden} == {None}
    assert all("another account" in line["payer"]["trail"][0]["because"].lower() for line in hidden)
    assert branches.south.api.get(f"/invoices?account={north.ids['account']}")["data"] == []


@pytest.mark.rule("ORG-3", "RUN-5", "RUN-6")
def test_a_run_shows_what_it_came_to_in_reach(branches: TwoBranches):
    for run in ("bill_run", "simulation"):
        whole = branches.root.get(f"/bill-runs/{branches.shared[run]}")
        parts = [each.api.get(f"/bill-runs/{branches.shared[run]}") for each in (branches.north, branches.south)]
        assert sum(part["invoice_count"] for part in parts) == whole["invoice_count"]
        assert whole["invoice_count"] > 0
        assert {part["progress"] for part in parts} == {None}
        assert whole["progress"]["payers_done"] == whole["progress"]["payers_total"]


@pytest.mark.rule("ORG-3", "RUN-4")
def test_a_run_shows_the_errors_of_accounts_in_reach(branches: TwoBranches):
    run = decode_id("bill_run", branches.shared["bill_run"])
    for branch in (branches.north, branches.south):
        account = decode_id("account", branch.ids["account"])
        RunError.objects.create(run_id=run, account_id=account, code="too_large", message="The invoice is too large.")
    shown = branches.north.api.get(f"/bill-runs/{branches.shared['bill_run']}")["errors"]
    assert [error["account"] for error in shown] == [branches.north.ids["account"]]
    assert len(branches.root.get(f"/bill-runs/{branches.shared['bill_run']}")["errors"]) == 2


@pytest.mark.rule("ORG-3", "RUN-10")
def test_a_run_shows_what_looks_absurd_of_accounts_in_reach(branches: TwoBranches):
    run = decode_id("bill_run", branches.shared["bill_run"])
    for branch in (branches.north, branches.south):
        account = decode_id("account", branch.ids["account"])
        RunWarning.objects.create(run_id=run, account_id=account, code="unusual_amount", message="Much")
    BillRun.objects.filter(pk=run).update(warnings_in_all=2)
    north = branches.north.api.get(f"/bill-runs/{branches.shared['bill_run']}")
    whole = branches.root.get(f"/bill-runs/{branches.shared['bill_run']}")
    assert north["warnings"] == [
        {"account": branches.north.ids["account"], "code": "unusual_amount", "message": "Much"}
    ]
    assert north["warnings_in_all"] is None
    assert (len(whole["warnings"]), whole["warnings_in_all"]) == (2, 2)


@pytest.mark.rule("ORG-3", "USE-1")
def test_usage_counts_where_the_role_allows_it_and_is_of_an_unknown_account_elsewhere(branches: TwoBranches):
    event = {"meter": "calls", "timestamp": "2026-01-05T10:00:00Z", "quantity": "1"}
    accounts = (branches.north.ids["account"], branches.south.ids["account"], "southern-1")
    events = [{"id": f"e{number}", "account": account, **event} for number, account in enumerate(accounts)]
    answer = branches.north.api.make("/usage-events", {"events": events})
    assert (answer["accepted"], [one["index"] for one in answer["rejected"]]) == (1, [1, 2])
    assert {one["code"] for one in answer["rejected"]} == {"unknown_account"}


@pytest.mark.rule("ERR-2", "API-1")
def test_an_idempotency_key_is_its_callers_own(branches: TwoBranches):
    headers, body = {"Idempotency-Key": "monday"}, {"kind": "company", "company_name": "Pier"}
    account = {"currency": "USD", "bill_cycle": branches.shared["bill_cycle"]}
    body |= {"primary_email": "p@acme.example", "account": account}
    made = [each.api.ask("POST", "/customers", body, headers=headers) for each in (branches.north, branches.south)]
    assert [one.status for one in made] == [201, 201]
    assert made[0].body["id"] != made[1].body["id"]


@pytest.mark.rule("API-1", "ERR-2")
def test_a_key_is_told_once_even_if_its_request_is_repeated(api: Api):
    first, second = (api.ask("POST", "/api-keys", {"name": "Robot"}, {"Idempotency-Key": "k"}) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.body == {**second.body, "key": first.body["key"]}
    assert second.body["key"] is None
    assert Api(first.body["key"]).get("/accounts")["data"] == []


@pytest.mark.rule("API-1", "API-6")
def test_keys_are_listed_without_the_key_and_revoked(api: Api):
    root = api.get("/organizations")["data"][0]["id"]
    made = api.make("/api-keys", {"name": "Robot", "role": "viewer", "organizations": [root]})
    listed = api.get("/api-keys?name=Robot")["data"]
    assert listed == [{name: value for name, value in made.items() if name != "key"}]
    assert api.ask("DELETE", f"/api-keys/{made['id']}").status == 204
    assert Api(made["key"]).ask("GET", "/accounts").status == 401
    assert api.get(f"/api-keys/{made['id']}")["revoked_at"] is not None


@pytest.mark.rule("ORG-3", "API-6")
def test_users_and_their_memberships_are_managed_by_administrators(api: Api):
    root = api.get("/organizations")["data"][0]["id"]
    user = api.make("/users", {"name": "Ada", "email": "ada@acme.example", "password": "correct horse battery"})
    assert (user["has_password"], "password" in user) == (True, False)
    membership = api.make(f"/users/{user['id']}/memberships", {"organization": root, "role": "manager"})
    assert api.get(f"/users/{user['id']}/memberships")["data"] == [membership]
    assert api.ask("DELETE", f"/users/{user['id']}/memberships/{membership['id']}").status == 204
    changed = api.ask("PATCH", f"/users/{user['id']}", {"active": False, "password": None}).body
    assert (changed["active"], changed["has_password"]) == (False, False)
    key_of("manager").refused("GET", "/users", status=403)


@pytest.mark.rule("DAT-2", "ERR-1")
def test_a_user_has_a_time_zone_of_its_own_or_the_first_owners_and_the_api_tells_moments_in_utc_all_the_same(api: Api):
    user = api.make("/users", {"name": "Ada", "email": "ada@acme.example"})
    assert user["time_zone"] is None
    address = f"/users/{user['id']}"
    changed = api.ask("PATCH", address, {"time_zone": "Pacific/Auckland"}).body
    assert changed == {**user, "time_zone": "Pacific/Auckland"} == api.get(address)
    assert changed["created_at"].endswith("Z")
    for wrong in ("Mars/Olympus", "", "+13:00"):
        problem = api.refused("PATCH", address, {"time_zone": wrong}, 422)
        assert (problem["rule"], fields_of(problem)) == ("DAT-2", {"time_zone"})
    assert api.ask("PATCH", address, {"time_zone": None}).body == user
    ben = {"name": "", "email": "ben@acme.example", "time_zone": "Mars"}
    assert fields_of(api.refused("POST", "/users", ben, 422)) == {"name", "time_zone"}


@pytest.mark.rule("ORG-1", "ORG-4", "API-6")
def test_organizations_are_changed_and_deleted(api: Api):
    north, south = (api.make("/organizations", {"name": name, "code": name})["id"] for name in ("N", "S"))
    moved = api.ask("PATCH", f"/organizations/{south}", {"parent": north, "name": "Port"}).body
    assert (moved["parent"], moved["name"]) == (north, "Port")
    assert api.refused("DELETE", f"/organizations/{north}", status=409)["rule"] == "ORG-4"
    for organization in (south, north):
        assert api.ask("DELETE", f"/organizations/{organization}").status == 204


@pytest.mark.rule("ORG-3", "CHI-3")
def test_depth_and_height_count_only_customers_that_are_reached(branches: TwoBranches):
    """Between the group and the shop is the site, which goes to South: for North the shop is right below the group."""
    north, cycle = branches.north, branches.shared["bill_cycle"]
    shop = north.api.customer("northern shop", cycle, parent=north.ids["child"])["id"]
    hierarchy = north.api.get(f"/customers/{north.ids['customer']}/hierarchy")
    assert ([one["customer"] for one in hierarchy["children"]], hierarchy["height"]) == ([north.ids["child"]], 3)
    moved = {"organization": branches.south.organization}
    assert branches.root.ask("PATCH", f"/accounts/{north.ids['managed']}", moved).status == 200
    hierarchy = north.api.get(f"/customers/{north.ids['customer']}/hierarchy")
    assert (hierarchy["children"], hierarchy["height"]) == ([], 2)
    assert north.api.get(f"/customers/{shop}/hierarchy")["depth"] == 2
    assert branches.root.get(f"/customers/{north.ids['customer']}/hierarchy")["height"] == 3


@pytest.mark.rule("ORG-3", "CUS-8", "CHI-2", "GRP-3", "CTR-2")
def test_a_refusal_does_not_count_or_name_what_may_be_out_of_reach(branches: TwoBranches):
    north, root, ids = branches.north, branches.root, branches.north.ids
    refused = f"/customers/{ids['customer']}"
    assert "2 child customers" in root.refused("DELETE", refused, status=409)["detail"]
    assert "child customers" in (told := north.api.refused("DELETE", refused, status=409)["detail"])
    assert "2 child customers" not in told
    refused = f"/subscription-groups/{ids['subscription_group']}"
    assert "1 subscriptions are" in root.refused("DELETE", refused, status=409)["detail"]
    assert north.api.refused("DELETE", refused, status=409)["detail"].startswith("subscriptions are in the group")
    number = branches.south.tied["subscription"]
    contract = {"contract": ids["contract"]}
    assert root.ask("PUT", f"/subscriptions/{number}/contract", contract).status == 200
    shorter = {"end_date": "2026-12-31"}
    told = north.api.refused("PATCH", f"/contracts/{ids['contract']}", shorter, 409)["detail"]
    assert "some of other organizations" in told
    assert "southern-t" not in told
    assert "southern-t" in root.refused("PATCH", f"/contracts/{ids['contract']}", shorter, 409)["detail"]
