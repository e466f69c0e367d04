"""Usage events over REST: read in pages, cancelled, replaced (USE-4)."""

from typing import Any

import pytest

from tests.api.asking import Api, fields_of


@pytest.fixture
def account(api: Api) -> str:
    """With thirty events of `calls`, one a day of January at noon, of 1, 2, 3, …, 30."""
    api.make("/meters", {"key": "calls"})
    api.make("/meters", {"key": "peak", "aggregation": "max"})
    made: str = api.customer()["default_account"]
    events = [event(made, f"call/{day:02}", f"2026-01-{day:02}T12:00:00Z", str(day)) for day in range(1, 31)]
    assert api.make("/usage-events", {"events": events})["accepted"] == 30
    return made


def event(account: str, id_: str, at: str, quantity: str, **more: Any) -> dict[str, Any]:
    return {"id": id_, "account": account, "meter": "calls", "timestamp": at, "quantity": quantity, **more}


def ids(api: Api, query: str) -> list[str]:
    return [one["id"] for one in api.get(f"/usage-events?limit=100&{query}")["data"]]


@pytest.mark.rule("USE-4", "API-4")
def test_events_are_read_in_pages_each_once(api: Api, account: str) -> None:
    read, cursor = [], ""
    while cursor is not None:
        page = api.get(f"/usage-events?account={account}&limit=7{cursor and f'&cursor={cursor}'}")
        read += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert read == [f"call/{day:02}" for day in range(1, 31)]


@pytest.mark.rule("USE-4", "API-4")
def test_days_and_moments_bound_the_list(api: Api, account: str) -> None:
    days = [f"call/{day:02}" for day in range(5, 8)]
    of_account = f"account={account}&meter=calls"
    assert ids(api, f"{of_account}&from=2026-01-05&to=2026-01-07") == days
    assert ids(api, f"{of_account}&from=2026-01-05T12:00:00Z&to=2026-01-08T12:00:00Z") == days
    assert ids(api, f"{of_account}&from=2026-01-05T12:00:01Z&to=2026-01-07T12:00:00Z") == ["call/06"]
    assert ids(api, "meter=calls&from=2026-01-30") == ["call/30"]
    assert ids(api, "meter=peak") == []
    assert ids(api, f"{of_account}&updated_since=2999-01-01T00:00:00Z") == []


@pytest.mark.rule("USE-2", "USE-4")
def test_a_day_is_one_of_the_account(api: Api) -> None:
    api.make("/meters", {"key": "calls"})
    account = api.customer(cycle=api.bill_cycle(time_zone="America/Los_Angeles"))["default_account"]
    moments = ("2026-01-05T07:59:59Z", "2026-01-05T08:00:00Z", "2026-01-06T07:59:59Z", "2026-01-06T08:00:00Z")
    api.make("/usage-events", {"events": [event(account, moment, moment, "1") for moment in moments]})
    assert ids(api, f"account={account}&from=2026-01-05&to=2026-01-05") == list(moments[1:3])
    assert ids(api, "from=2026-01-05&to=2026-01-05") == list(moments[:2])


@pytest.mark.rule("USE-4")
def test_what_is_cancelled_or_replaced_leaves_the_list_and_is_found_by_status(api: Api, account: str) -> None:
    cancelled = api.ask("POST", "/usage-events/call/01/cancel", {"reason": "A test"})
    assert (cancelled.status, cancelled.body["status"], cancelled.body["quantity"]) == (200, "cancelled", "1")
    assert cancelled.body["correction"]["reason"] == "A test"
    replaced = api.ask("POST", "/usage-events/call/02/replace", {"quantity": "20", "reason": "Counted wrong"})
    assert (replaced.body["status"], replaced.body["quantity"]) == ("counted", "20")
    assert [(one["status"], one["quantity"]) for one in replaced.body["earlier"]] == [("replaced", "2")]
    again = api.ask("POST", "/usage-events/call/02/replace", {"timestamp": "2026-02-01T00:00:00Z", "reason": "Later"})
    assert [one["quantity"] for one in again.body["earlier"]] == ["20", "2"]
    assert api.get("/usage-events/call/02") == again.body
    of_account = f"account={account}"
    assert ids(api, of_account)[:2] == ["call/03", "call/04"]
    assert ids(api, f"{of_account}&status=cancelled") == ["call/01"]
    assert ids(api, f"{of_account}&status=replaced") == ["call/02", "call/02"]
    told = api.get("/history?kind=usage_event")["data"]
    assert [entry["subject"] for entry in told] == ["call/02", "call/02", "call/01"]


@pytest.mark.rule("USE-4", "ERR-1", "API-3")
def test_corrections_that_make_no_sense_are_refused(api: Api, account: str) -> None:
    address = "/usage-events/call/01"
    assert api.ask("POST", "/usage-events/no-such/cancel", {"reason": "Why"}).status == 404
    assert api.ask("GET", "/usage-events/no-such").status == 404
    assert fields_of(api.refused("POST", f"{address}/cancel", {})) == {"reason"}
    assert fields_of(api.refused("POST", f"{address}/cancel", {"reason": " "})) == {"reason"}
    both = api.refused("POST", f"{address}/replace", {"quantity": "x", "properties": 7, "reason": ""})
    assert fields_of(both) >= {"quantity"}
    assert fields_of(api.refused("POST", f"{address}/replace", {"reason": "Why"})) == {"quantity"}
    assert fields_of(api.refused("POST", f"{address}/replace", {"quantity": "1.0", "reason": "Why"})) == {"quantity"}
    assert fields_of(api.refused("POST", f"{address}/replace", {"properties": [], "reason": "Why"})) == {"properties"}
    assert fields_of(api.refused("POST", f"{address}/replace", {"timestamp": 5, "reason": "Why"})) == {"timestamp"}
    assert api.ask("POST", f"{address}/cancel", {"reason": "Why"}).status == 200
    problem = api.refused("POST", f"{address}/cancel", {"reason": "Why"}, 409)
    assert (problem["rule"], problem["errors"][0]["code"]) == ("USE-4", "already_cancelled")


@pytest.mark.rule("USE-4")
@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("meter=no-such", "meter"),
        ("from=yesterday", "from"),
        ("to=2026-13-01", "to"),
        ("updated_since=2026-01-01", "updated_since"),
        ("status=lost", "status"),
        ("cursor=x", "cursor"),
        ("account=acc_0", "account"),
    ],
)
def test_filters_that_mean_nothing_are_refused(api: Api, account: str, query: str, field: str) -> None:
    assert field in fields_of(api.refused("GET", f"/usage-events?{query}"))


@pytest.mark.rule("USE-4")
def test_usage_that_no_price_covers_is_listed_by_day_until_one_does(api: Api, account: str) -> None:
    """The events are of 1, 2, 3 … on the days of January; from the 4th on a price covers them, then from the 2nd on."""
    extra = [event(account, "late on the 1st", "2026-01-01T23:59:59Z", "10")]
    api.make("/usage-events", {"events": extra})
    price = api.price(type="usage", meter=api.get("/meters?key=calls")["data"][0]["id"], timing="in_arrears")
    items = [{"price": price}]
    assert len(api.get(f"/unrated-usage?account={account}")["data"]) == 30

    def unrated() -> list[tuple[str, int, str]]:
        found = api.get("/unrated-usage")
        assert found["next_cursor"] is None
        return [(one["day"][-2:], one["events"], one["quantity"]) for one in found["data"]]

    made = api.make("/subscriptions", {"account": account, "start_date": "2026-01-04", "items": items})
    assert unrated() == [("01", 2, "11"), ("02", 1, "2"), ("03", 1, "3")]
    api.ask("POST", "/usage-events/call/02/cancel", {"reason": "A test"})
    assert unrated() == [("01", 2, "11"), ("03", 1, "3")]
    before = {"account": account, "start_date": "2026-01-02", "end_date": "2026-01-03", "items": items}
    assert api.make("/subscriptions", before)["id"] != made["id"]
    assert unrated() == [("01", 2, "11")]
    api.make("/usage-events", {"events": [event(account, "peak", "2026-01-01T12:00:00Z", "9", meter="peak")]})
    first = api.get("/unrated-usage?limit=1")
    assert [one["meter"] for one in first["data"]] == ["calls"]
    rest = api.get(f"/unrated-usage?limit=1&cursor={first['next_cursor']}")
    assert [one["meter"] for one in rest["data"]] == ["peak"]


@pytest.mark.rule("USE-4", "SUB-9")
def test_usage_is_unrated_exactly_when_nothing_prices_it_and_says_why(api: Api, account: str) -> None:
    """The events are of 1, 2, 3 … calls on the days of January; the item is served from the 4th to the 20th, paused
    from the 8th to the 10th, and the account is inactive after the 18th.
    """
    price = api.price(type="usage", meter=api.get("/meters?key=calls")["data"][0]["id"], timing="in_arrears")
    items = {"items": [{"price": price}]}
    made = api.make(
        "/subscriptions", {"account": account, "start_date": "2026-01-04", "end_date": "2026-01-20", **items}
    )
    api.ask("POST", f"/subscriptions/{made['id']}/pause", {"date": "2026-01-08", "until": "2026-01-10"})
    unrated = _unrated(api)
    assert unrated["no_item"] == [1, 2, 3, *range(21, 31)]
    assert unrated["paused"] == [8, 9, 10]
    line = _usage_line(api, account)
    assert line == sum({*range(4, 21)} - {8, 9, 10})
    closing = {"status": "inactive", "status_date": "2026-01-18", "status_reason": "Moved"}
    api.ask("PATCH", f"/accounts/{account}", closing)
    unrated = _unrated(api)
    assert unrated["account_inactive"] == [19, 20]
    assert _usage_line(api, account) == sum({*range(4, 19)} - {8, 9, 10})
    assert sum(map(sum, unrated.values())) + _usage_line(api, account) == sum(range(1, 31))
    api.ask("PATCH", f"/accounts/{account}", {"status": "active", "status_date": "2026-01-20"})
    assert _unrated(api)["account_inactive"] == [19]


@pytest.mark.rule("USE-4", "USE-5", "SUB-9")
def test_events_that_name_a_paused_subscription_are_unrated_beside_an_item_for_the_rest(api: Api, account: str) -> None:
    price = api.price(type="usage", meter=api.get("/meters?key=calls")["data"][0]["id"], timing="in_arrears")
    named = {"price": price, "named_only": True}
    start = {"account": account, "start_date": "2026-01-01"}
    own = api.make("/subscriptions", {**start, "items": [named]})["id"]
    api.make("/subscriptions", {**start, "items": [{"price": price}]})
    naming = [
        {**event(account, f"own {day}", f"2026-01-{day}T12:00:00Z", "100"), "subscription": own} for day in ("05", "09")
    ]
    api.make("/usage-events", {"events": naming})
    assert _unrated(api) == {}
    api.ask("POST", f"/subscriptions/{own}/pause", {"date": "2026-01-08", "until": "2026-01-10"})
    assert _unrated(api) == {"paused": [9]}
    (found,) = api.get("/unrated-usage")["data"]
    assert (found["events"], found["quantity"]) == (1, "100")


def _unrated(api: Api) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for one in api.get("/unrated-usage")["data"]:
        found.setdefault(one["reason"], []).append(int(one["day"][-2:]))
    return found


def _usage_line(api: Api, account: str) -> int:
    """What the run for February would charge as usage, in units."""
    lines = api.get(f"/accounts/{account}/pending-charges?billing_date=2026-02-01")["data"]
    return sum(int(line["usage"]["used"]) for line in lines if line["kind"] == "usage")


@pytest.mark.rule("USE-1", "USE-4", "ORG-3")
def test_an_id_that_two_organizations_sent_is_corrected_for_the_account_that_is_named(api: Api, account: str) -> None:
    north = api.make("/organizations", {"name": "North", "code": "N"})["id"]
    other = api.customer("Northern", account={"organization": north})["default_account"]
    sent = {"events": [event(other, "call/01", "2026-01-01T10:00:00Z", "100")]}
    assert api.make("/usage-events", sent) == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert api.make("/usage-events", sent) == {"accepted": 0, "duplicates": 1, "rejected": []}
    address = "/usage-events/call/01"
    for method, path, body in (
        ("GET", address, None),
        ("POST", f"{address}/cancel", {"reason": "Twice"}),
        ("POST", f"{address}/replace", {"quantity": "7", "reason": "Twice"}),
    ):
        problem = api.refused(method, path, body, 409)
        assert (problem["rule"], problem["errors"][0]["code"]) == ("USE-1", "ambiguous")
    assert api.get(f"{address}?account={other}")["quantity"] == "100"
    replaced = api.make(f"{address}/replace", {"account": other, "quantity": "7", "reason": "Mistyped"})
    assert (replaced["account"], replaced["quantity"]) == (other, "7")
    cancelled = api.make(f"{address}/cancel", {"account": account, "reason": "A test"})
    assert (cancelled["account"], cancelled["status"]) == (account, "cancelled")
    assert api.get(f"{address}?account={other}")["status"] == "counted"
    unknown = {"account": api.customer("Third")["default_account"], "reason": "Why"}
    assert api.ask("POST", f"{address}/cancel", unknown).status == 404
    nobody = {"account": "acc_999999", "reason": " "}
    for path, body in (("cancel", nobody), ("replace", {**nobody, "quantity": "8"})):
        assert fields_of(api.refused("POST", f"{address}/{path}", body)) == {"account", "reason"}
        assert api.ask("POST", f"/usage-events/no-such/{path}", body).status == 404
    ambiguous = {"quantity": "7", "reason": " "}
    assert fields_of(api.refused("POST", f"{address}/replace", ambiguous, 409)) == {"account", "reason"}
