"""ETag, If-Match and If-None-Match: nobody overwrites what they have not seen (API-7)."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest
from django.db import connections

from banyan.accounts.models import Account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.tenants.queries import within_tenant
from banyan.organizations.actions.create_api_key import create_api_key
from tests.api.asking import Api, Reply, fields_of
from tests.api.branches import two_branches
from tests.api.requests_of_document import operations
from tests.business import an_account

pytestmark = pytest.mark.rule("API-7")
STALE = f'"{"0" * 32}"'


def if_match(tag: str | None) -> dict[str, str]:
    assert tag is not None
    return {"If-Match": tag}


def patch(api: Api, path: str, body: object, tag: str | None) -> Reply:
    return api.ask("PATCH", path, body, if_match(tag))


def test_a_tag_is_the_same_until_something_changes(api: Api) -> None:
    path = f"/accounts/{api.customer()['default_account']}"
    first = api.ask("GET", path).tag
    assert first == api.ask("GET", path).tag
    assert str(first).startswith('"')
    changed = api.ask("PATCH", path, {"name": "East"})
    assert first != changed.tag == api.ask("GET", path).tag


def test_a_change_of_what_nobody_changed_meanwhile_goes_through(api: Api) -> None:
    path = f"/accounts/{api.customer()['default_account']}"
    first = patch(api, path, {"name": "East"}, api.ask("GET", path).tag)
    second = patch(api, path, {"name": "West"}, first.tag)
    assert (first.status, second.status) == (200, 200)
    assert api.ask("PATCH", path, {"name": "North"}, {"If-Match": "*"}).status == 200
    tags = f'{STALE}, {api.ask("GET", path).tag}, "of-another-system"'
    assert api.ask("PATCH", path, {"name": "South"}, {"If-Match": tags}).status == 200


@pytest.mark.rule("API-3", "ACC-16")
def test_who_comes_too_late_is_told_what_changed_by_whom_and_when(api: Api) -> None:
    account = api.customer()["default_account"]
    path = f"/accounts/{account}"
    seen = api.ask("GET", path).tag
    row, key = create_api_key("Ben")
    ben = f'key "Ben" (key_{row.pk})'
    Api(key).ask("PATCH", path, {"name": "East", "description": "Open"})
    with acting_as(Actor.user(1, "Cleo")):
        change_account_status(Account.objects.get().id, "suspended")
    refused = patch(api, path, {"name": "West"}, seen)
    assert (refused.status, refused.content_type) == (412, "application/problem+json")
    assert (refused.body["code"], refused.body["rule"]) == ("changed_meanwhile", "API-7")
    assert {"name", "description", "status"} <= fields_of(refused.body)
    message = next(error["message"] for error in refused.body["errors"] if error["field"] == "name")
    assert message.startswith(f"name was 'Acme' and is 'East', changed by {ben} at 20")
    entries = [(entry["actor"], entry["action"], set(entry["changes"])) for entry in refused.body["changed"]]
    assert entries[0] == (ben, "changed", {"name", "description"})
    assert entries[1][0] == "Cleo"
    assert "status" in entries[1][2]
    assert refused.tag == api.ask("GET", path).tag
    assert api.get(path)["name"] == "East"
    assert patch(api, path, {"name": "West"}, refused.tag).status == 200


def test_what_became_as_it_was_is_as_it_was(api: Api) -> None:
    path = f"/accounts/{api.customer()['default_account']}"
    seen = api.ask("GET", path).tag
    for name in ("East", "Acme"):
        api.ask("PATCH", path, {"name": name})
    assert patch(api, path, {"description": "Open"}, seen).status == 200


def test_settings_have_a_tag(api: Api) -> None:
    seen = api.ask("GET", "/settings").tag
    assert patch(api, "/settings", {"require_bill_run_approval": True}, seen).status == 200
    refused = patch(api, "/settings", {"bill_suspended_accounts": False}, seen)
    assert refused.status == 412
    assert {entry["actor_kind"] for entry in refused.body["changed"]} == {"api_key"}


@pytest.mark.parametrize("header", ["abc", "", "'abc'", "W/abc", '"a" "b"', '"a",', "*, *", '"ä\x01"'])
@pytest.mark.rule("ERR-1")
def test_what_is_no_tag_is_refused(api: Api, header: str) -> None:
    path = f"/accounts/{api.customer()['default_account']}"
    for method, name in (("PATCH", "If-Match"), ("GET", "If-None-Match")):
        refused = api.ask(method, path, {} if method == "PATCH" else None, {name: header})
        assert (refused.status, fields_of(refused.body)) == (422, {name}), refused
        assert refused.body["errors"][0]["code"] == "not_a_tag"


def test_a_weak_tag_and_one_of_something_else_match_nothing(api: Api) -> None:
    path = f"/accounts/{api.customer()['default_account']}"
    tag = api.ask("GET", path).tag
    for other in (f"W/{tag}", STALE, api.ask("GET", "/settings").tag):
        assert patch(api, path, {"name": "East"}, other).status == 412


@pytest.mark.rule("ERR-1")
def test_what_makes_something_new_has_nothing_to_match(api: Api) -> None:
    refused = api.ask("POST", "/products", {"name": "Seat", "code": "seat"}, {"If-Match": "*"})
    assert (refused.status, refused.body["errors"][0]["code"]) == (422, "nothing_to_match")
    assert api.get("/products")["data"] == []


def test_who_has_it_already_is_not_sent_it_again(api: Api) -> None:
    path = f"/accounts/{api.customer()['default_account']}"
    tag = api.ask("GET", path).tag
    for header in (tag, "*", f'"x", W/{tag}'):
        again = api.ask("GET", path, None, {"If-None-Match": str(header)})
        assert (again.status, again.body, again.tag) == (304, None, tag)
    api.ask("PATCH", path, {"name": "East"})
    assert api.ask("GET", path, None, {"If-None-Match": str(tag)}).status == 200


@pytest.mark.rule("ERR-2")
def test_a_repeated_request_gets_its_first_answer_though_its_tag_is_old_by_now(api: Api) -> None:
    account = api.customer()["default_account"]
    made = api.make("/orders", {"account": account, "items": [{"price": api.price()}]})
    headers = if_match(api.ask("GET", f"/orders/{made['id']}").tag) | {"Idempotency-Key": "once"}
    first, again = (api.ask("POST", f"/orders/{made['id']}/cancel", None, headers) for _ in range(2))
    assert (first.status, first.body) == (200, again.body)
    assert (first.tag, again.tag) == (api.ask("GET", f"/orders/{made['id']}").tag, None)


def test_every_address_of_one_thing_has_a_tag_and_every_change_of_it_heeds_one(api: Api) -> None:
    branches = two_branches(api)
    ids, document = {**branches.shared, **branches.north.ids}, list(operations(api.get("/openapi.json")))
    without_tag, without_check = [], []
    for operation in document:
        is_of_one = "{" in operation.path or operation.path.endswith("/settings")
        if operation.method == "GET" and is_of_one:
            reply = api.ask("GET", operation.address(ids))
            assert reply.status == 200, (operation.path, reply)
            if reply.tag is None and "json" in reply.content_type:
                without_tag.append(operation.path)
            elif reply.tag is not None:
                assert api.ask("GET", operation.address(ids), None, {"If-None-Match": reply.tag}).status == 304
    for operation in document:
        if operation.method == "GET" or operation.path.endswith("/preview"):
            continue
        if "{" in operation.path or operation.method == "PATCH":
            reply = api.ask(operation.method, operation.address(ids), operation.body(ids, True), {"If-Match": STALE})
            declared = {one["name"] for one in operation.about["parameters"]}
            if reply.status != 412 or "If-Match" not in declared or "412" not in operation.about["responses"]:
                without_check.append((operation.method, operation.path, reply.status, reply.body))
    assert (without_tag, without_check) == ([], [])


def test_answers_of_changes_have_the_tag_that_looking_at_it_again_gives(api: Api) -> None:
    branches = two_branches(api)
    ids = {**branches.shared, **branches.north.ids}
    seen = []
    for operation in operations(api.get("/openapi.json")):
        if operation.method not in ("PATCH", "PUT", "POST") or operation.path.endswith("/preview"):
            continue
        body = {} if operation.method == "PATCH" else operation.body(ids, False)
        reply = api.ask(operation.method, operation.address(ids), body)
        if reply.tag is not None and reply.status < 300:
            address = (reply.location or "").removeprefix("/api/v1") or operation.address(ids).split("?")[0]
            while (looked := api.ask("GET", address)).status != 200 or looked.tag is None:
                address = address.rsplit("/", 1)[0]
            if looked.tag != reply.tag:
                seen.append((operation.method, operation.path, reply.body, looked.body))
    assert seen == []


def test_of_four_writers_with_the_same_tag_one_wins(fresh_tenant: str) -> None:
    path = f"/accounts/acc_{an_account().id}"
    ada = Api(create_api_key("Ada")[1])

    def write(name: str, tag: str | None, met: Barrier) -> int:
        try:
            with within_tenant(fresh_tenant):
                met.wait(10)
                return patch(ada, path, {"name": name}, tag).status
        finally:
            connections.close_all()

    for number in range(5):
        writing = partial(write, tag=ada.ask("GET", path).tag, met=Barrier(4))
        with ThreadPoolExecutor(4) as pool:
            assert sorted(pool.map(writing, [f"{number}{name}" for name in "abcd"])) == [200, 412, 412, 412]
