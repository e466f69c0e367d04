"""Every address of the API, asked by who doesn't reach what is there: it is as if it did not exist (ORG-3, OWN-1)."""

import json
from collections.abc import Iterator, Mapping

import pytest
from django.apps import apps
from django.db import connection
from django.db.models import ForeignKey, Model

from banyan.accounts.models import Account, Customer
from banyan.api.access import OF_THE_TENANT
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.ids import PREFIXES
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.kinds import PARTS, SCOPED_MODELS
from banyan.organizations.models import Organization
from banyan.organizations.roles_needed import ADMINISTRATOR, TO_CHANGE, TO_READ_WHAT_IS_CLOSED, needed_at
from tests.api.asking import Api
from tests.api.branches import NORTH, TwoBranches, two_branches
from tests.api.requests_of_document import METHODS, Operation, operations
from tests.copies import SchemaCopier

PART_OF_WHAT_IS_REACHED = {
    "AccountParent", "CustomerParent", "ResponsibleAccount", "ContractDocument", "WhoPays", "SubscriptionItem",
    "OrderItem", "BillingPause", "SubscriptionPause", "EarlierBillCycle",
    "ItemTerms", "Membership", "ApiKey_organizations", "Discount_products",
}  # fmt: skip
"""Tables that are only read of an account, subscription, invoice … that was reached itself."""


@pytest.fixture
def branches(api: Api) -> TwoBranches:
    return two_branches(api)


@pytest.fixture
def document(api: Api) -> list[Operation]:
    return list(operations(api.get("/openapi.json")))


@pytest.fixture(scope="module")
def another_tenant(schema_copier: SchemaCopier) -> Iterator[str]:
    schema_copier.copy_to("another_tenant")
    yield "another_tenant"
    schema_copier.drop("another_tenant")


@pytest.fixture
def stranger(tenant: str, another_tenant: str) -> Api:
    """An administrator of the whole of another tenant."""
    with within_tenant(another_tenant):
        create_api_key("Revoked, if its id is that of a key of ours")
        _, key = create_api_key("Stranger")
    return Api(key)


def everything() -> dict[str, set[str]]:
    """Every row of the tenant, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
            " AND table_name NOT IN ('django_migrations', 'foundation_idempotencykey')"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows: dict[str, set[str]] = {}
        for table in tables:
            cursor.execute(f"SELECT to_jsonb(one)::text FROM {table} one")
            rows[table] = {text for (text,) in cursor.fetchall()}
        return rows


def reads(document: list[Operation]) -> list[Operation]:
    return [operation for operation in document if operation.method == "GET"]


def writes(document: list[Operation]) -> list[Operation]:
    return [operation for operation in document if operation.method != "GET"]


def names_what_is_in_reach(operation: Operation) -> bool:
    return any(kind in SCOPED_MODELS or kind == "usage_event" for kind in operation.kinds_in_path())


@pytest.mark.rule("ORG-3", "API-1")
def test_who_reaches_it_reads_everything_and_every_list_has_something_in_it(
    branches: TwoBranches, document: list[Operation]
):
    """Without this the other tests would prove nothing: what isn't there is not found by anybody."""
    ids = {**branches.shared, **branches.north.ids}
    empty = []
    for operation in reads(document):
        caller = branches.root if operation.path.split("/")[3] in TO_READ_WHAT_IS_CLOSED else branches.north.api
        answers = [caller.ask("GET", operation.address(ids))]
        if "bill_run" in operation.kinds_in_path():
            answers.append(caller.ask("GET", operation.address({**ids, "bill_run": branches.shared["simulation"]})))
        assert {answer.status for answer in answers} == {200}, (operation.path, answers)
        if isinstance(answers[0].body, dict) and answers[0].body.get("data") == []:
            empty.append(operation.path)
    assert [path for path in empty if not path.endswith("candidates")] == [], "make one of these in branches.py"


@pytest.mark.rule("ORG-3", "API-1", "API-3")
def test_a_sibling_reads_nothing_of_it(branches: TwoBranches, document: list[Operation]):
    ids = {**branches.shared, **branches.north.ids}
    for operation in reads(document):
        for run in (branches.shared["bill_run"], branches.shared["simulation"]):
            reply = branches.south.api.ask("GET", operation.address({**ids, "bill_run": run}))
            if names_what_is_in_reach(operation):
                assert reply.status == 404, (operation.path, reply)
            assert reply.status in (200, 403, 404), (operation.path, reply)
            assert branches.north.traces(json.dumps(reply.body)) == [], (operation.path, reply)


@pytest.mark.rule("ORG-3", "API-4", "WHO-6")
def test_what_is_reached_tells_nothing_of_what_it_is_tied_to_elsewhere(
    branches: TwoBranches, document: list[Operation]
):
    """Parents, payers, candidates, members, lines: a branch sees its own side of every tie, no name of the other."""
    for here, there in ((branches.north, branches.south), (branches.south, branches.north)):
        for ids in ({**branches.shared, **here.ids}, {**branches.shared, **here.ids, **here.tied}):
            for operation in reads(document):
                reply = here.api.ask("GET", operation.address(ids))
                assert reply.status in (200, 403, 404), (operation.path, reply)
                assert there.traces(json.dumps(reply.body)) == [], (operation.path, reply)


@pytest.mark.rule("ORG-3", "API-3")
@pytest.mark.parametrize("whole", [True, False], ids=["every field", "what is required"])
def test_answers_and_refusals_of_changes_tell_nothing_of_what_lies_elsewhere(
    branches: TwoBranches, document: list[Operation], whole: bool
):
    here, there = branches.south, branches.north
    for ids in ({**branches.shared, **here.ids, **here.tied}, {**branches.shared, **here.ids}):
        for operation in sorted(writes(document), key=lambda one: METHODS.index(one.method.lower())):
            reply = here.api.ask(operation.method, operation.address(ids), operation.body(ids, whole))
            assert reply.status < 500, (operation, reply)
            assert there.traces(json.dumps(reply.body)) == [], (operation.path, reply)


@pytest.mark.rule("ORG-3", "API-4")
def test_a_sibling_that_filters_by_what_it_does_not_reach_finds_nothing(
    branches: TwoBranches, document: list[Operation]
):
    south = {**branches.shared, **branches.south.ids}
    for operation in reads(document):
        for name, kind in operation.filters():
            if kind in SCOPED_MODELS:
                address = operation.address(south)
                joint = "&" if "?" in address else "?"
                reply = branches.south.api.ask("GET", f"{address}{joint}{name}={branches.north.ids[kind]}")
                assert reply.status in (200, 403, 404, 422), (operation.path, name, reply)
                if reply.status == 422:
                    told = [(error["field"], error["code"]) for error in reply.body["errors"]]
                    assert told == [(name, "unknown")], (operation.path, reply)
                assert reply.status != 200 or reply.body["data"] == [], (operation.path, name, reply)


@pytest.mark.rule("ORG-3", "API-3")
@pytest.mark.parametrize("whole", [True, False], ids=["every field", "what is required"])
def test_a_sibling_changes_nothing_of_it(branches: TwoBranches, document: list[Operation], whole: bool):
    ids = {**branches.shared, **branches.north.ids}
    before = everything()
    for operation in writes(document):
        body = operation.body(ids, whole)
        reply = branches.south.api.ask(operation.method, operation.address(ids), body)
        if names_what_is_in_reach(operation):
            administrators = needed_at(operation.method, operation.path).of_the_tenant
            assert reply.status == (403 if administrators else 404), (operation, body, reply)
        if branches.north.traces(json.dumps(body)) and operation.path != "/api/v1/usage-events":
            assert reply.status in (403, 404, 409, 422), (operation, body, reply)
        assert reply.status < 500, (operation, reply)
        after = everything()
        for table, rows in before.items():
            assert rows <= after[table], (operation, table, reply)
            assert NORTH not in " ".join(after[table] - rows), (operation, table, reply)
        before = after


@pytest.mark.rule("ORG-3", "API-3")
def test_what_a_body_names_out_of_reach_is_told_like_what_does_not_exist(
    branches: TwoBranches, document: list[Operation]
):
    """The same statuses, fields and codes: nothing tells the one from the other."""
    missing = {kind: f"{PREFIXES[kind]}_999999" for kind in (*SCOPED_MODELS, *PARTS)}
    own, api = {**branches.shared, **branches.south.ids}, branches.south.api
    compared = 0
    for operation in writes(document):
        if needed_at(operation.method, operation.path).of_the_tenant:
            continue
        for whole in (True, False):
            address = operation.address(own)
            unreached = api.ask(operation.method, address, operation.body({**own, **branches.north.ids}, whole))
            unknown = api.ask(operation.method, address, operation.body({**own, **missing}, whole))
            if unreached.status >= 400:
                assert unreached.status == unknown.status, (operation, unreached, unknown)
                said = [[(one["field"], one["code"]) for one in each.body["errors"]] for each in (unreached, unknown)]
                assert said[0] == said[1], (operation, unreached, unknown)
                compared += 1
    assert compared > 20


@pytest.mark.rule("OWN-1", "API-1")
def test_another_tenant_reads_and_changes_nothing_of_it(
    branches: TwoBranches, document: list[Operation], stranger: Api
):
    ids = {**branches.shared, **branches.north.ids}
    before = everything()
    for operation in document:
        reply = stranger.ask(operation.method, operation.address(ids), operation.body(ids, True))
        if names_what_is_in_reach(operation) and operation.method == "GET":
            assert reply.status == 404, (operation.path, reply)
        assert reply.status < 500, (operation, reply)
        if operation.method == "GET":
            assert branches.north.traces(json.dumps(reply.body)) == [], (operation.path, reply)
    assert everything() == before


@pytest.mark.rule("ORG-3")
def test_every_address_that_changes_something_says_which_role_it_takes(document: list[Operation]):
    listed = {address.split(" ")[-1].split("/")[0] for address in TO_CHANGE}
    missing = {operation.path.split("/")[3] for operation in writes(document)} - listed
    assert missing == set(), f"say in organizations/roles_needed.py what these take; until then it is {ADMINISTRATOR}"


@pytest.mark.rule("ORG-3")
def test_every_kind_of_id_is_known_to_be_in_reach_part_of_what_is_or_the_tenants():
    assert {*SCOPED_MODELS, *PARTS, *OF_THE_TENANT} == set(PREFIXES), (
        "say in organizations/kinds.py and api/access.py where these belong"
    )


@pytest.mark.rule("ORG-3")
def test_every_table_that_leads_to_an_account_says_how_it_is_reached():
    forgotten = [
        model.__name__
        for model in apps.get_models(include_auto_created=True)
        if leads_to_an_account(model) and not hasattr(model, "reachable")
    ]
    assert set(forgotten) == PART_OF_WHAT_IS_REACHED


def leads_to_an_account(model: type[Model]) -> bool:
    to: Mapping[type[Model], bool] = {Account: True, Customer: True, Organization: True}
    seen: set[type[Model]] = set()
    ahead = [model]
    while ahead:
        here = ahead.pop()
        if to.get(here):
            return True
        if here not in seen and here.__module__.startswith("banyan."):
            seen.add(here)
            ahead += [field.related_model for field in here._meta.fields if isinstance(field, ForeignKey)]
    return False
