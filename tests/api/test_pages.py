"""Lists come in pages that neither repeat nor leave out anything."""

import pytest

from banyan.api.pages import read_cursor, write_cursor
from tests.api.asking import Api


def walk(api: Api, path: str) -> list[str]:
    """The ids of every page, one after the other."""
    ids: list[str] = []
    page = api.get(path)
    while True:
        ids += [entry["id"] for entry in page["data"]]
        if page["next_cursor"] is None:
            return ids
        page = api.get(f"{path}&cursor={page['next_cursor']}")


@pytest.mark.rule("API-4")
def test_every_list_of_the_document_gives_a_hundred_entries_where_no_limit_is_named(api: Api):
    document = api.get("/openapi.json")
    forms = document["components"]["schemas"].items()
    pages = {name for name, form in forms if {"data", "next_cursor"} <= form.get("properties", {}).keys()}
    limits: dict[str, object] = {}
    for path, operations in document["paths"].items():
        if "get" in operations:
            named = {each["name"]: each["schema"] for each in operations["get"].get("parameters", ())}
            answer = str(operations["get"]["responses"]["200"])
            if "limit" in named or any(f"schemas/{page}'" in answer for page in pages):
                form = named.get("limit", {})
                limits[path] = form.get("default"), form.get("minimum"), form.get("maximum")
    assert len(limits) > 45
    assert {path: found for path, found in limits.items() if found != (100, 1, 1000)} == {}


@pytest.fixture
def five_products(api: Api) -> list[str]:
    """Five products, made in another order than that of their names; two have the same name."""
    names = ("Desk", "Chair", "Lamp", "Chair", "Board")
    return [api.make("/products", {"name": name, "code": f"code-{n}"})["id"] for n, name in enumerate(names)]


@pytest.mark.rule("API-4")
def test_pages_follow_each_other_in_the_order_of_making(api: Api, five_products: list[str]):
    assert walk(api, "/products?limit=2") == five_products


@pytest.mark.rule("API-4")
def test_a_list_sorted_by_name_breaks_no_tie_twice(api: Api, five_products: list[str]):
    desk, chair, lamp, other_chair, board = five_products
    assert walk(api, "/products?limit=1&sort=name") == [board, chair, other_chair, desk, lamp]
    assert walk(api, "/products?limit=2&sort=-name") == [lamp, desk, other_chair, chair, board]


@pytest.mark.rule("API-4")
def test_a_list_is_filtered_by_what_identifies_and_searched_by_parts(api: Api, five_products: list[str]):
    assert walk(api, "/products?code=code-4") == [five_products[4]]
    assert walk(api, "/products?q=hai") == [five_products[1], five_products[3]]


@pytest.mark.rule("API-4", "PERF-5")
@pytest.mark.parametrize("limit", [1, 2, 3, 50])
def test_without_an_order_numbers_that_begin_so_come_first_and_nothing_comes_twice(api: Api, limit: int):
    cycle = api.bill_cycle()

    def made(customer: str, account: str, **fields: str) -> tuple[str, str]:
        customer_fields = {"number": customer, "company_name": "Company", **fields}
        made = api.customer(cycle=cycle, account={"number": account}, **customer_fields)
        return made["id"], made["default_account"]

    by_words = made("X-1", "Y-1", external_number="K7-9")
    later, sooner = made("K7-3", "L-3"), made("k7-2", "K7-5")
    between, other = made("K7-1", "k7-4"), made("X-2", "Y-2")
    assert walk(api, f"/customers?limit={limit}&q=K7") == [one[0] for one in (between, later, by_words, sooner)]
    assert walk(api, f"/customers?limit={limit}&q=k7") == [one[0] for one in (sooner, between, later, by_words)]
    assert walk(api, f"/accounts?limit={limit}&q=k7-") == [one[1] for one in (between, sooner, later, by_words)]
    assert walk(api, f"/accounts?limit={limit}&q=K7&sort=number") == [
        one[1] for one in (sooner, later, by_words, between)
    ]
    assert walk(api, f"/accounts?limit={limit}&q=y-2") == [other[1]]


@pytest.mark.rule("API-4")
def test_a_cursor_among_numbers_that_begin_so_is_refused_where_it_is_changed(api: Api):
    cycle = api.bill_cycle()
    for n in range(2):
        api.customer(cycle=cycle, number=f"K7-{n}")
    cursor = api.get("/customers?q=K7&limit=1")["next_cursor"]
    assert read_cursor(cursor, 4)[:3] == [0, False, "K7-0"]
    for part, value, row in (
        (-1, "K7-0", 1),
        (10**9, "K7-0", 1),
        (0, None, 1),
        (0, "K7", "1"),
        (0, "\0", 1),
        ([], "", 1),
    ):
        bad = write_cursor([part, False, value, row])
        assert api.refused("GET", f"/customers?q=K7&cursor={bad}")["errors"][0]["field"] == "cursor"
    api.refused("GET", f"/customers?q=company&cursor={cursor}")


@pytest.mark.rule("API-4")
@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "limit=x", "sort=colour", "cursor=nonsense", "cursor=WzFd"])
def test_a_list_refuses_what_it_cannot_do(api: Api, query: str):
    assert api.refused("GET", f"/products?{query}")["errors"][0]["field"] == query.split("=")[0]


@pytest.mark.rule("API-4")
def test_a_cursor_is_good_for_its_own_order_only(api: Api, five_products: list[str]):
    cursor = api.get("/products?limit=2&sort=name")["next_cursor"]
    api.refused("GET", f"/products?limit=2&cursor={cursor}")


@pytest.mark.rule("CYC-1", "API-4")
def test_billing_dates_step_from_the_start_and_come_in_pages_too(api: Api):
    cycle = api.bill_cycle(start_date="2026-01-31")
    first = api.get(f"/bill-cycles/{cycle}/dates?until=2026-04-30&limit=3")
    assert first["data"] == ["2026-01-31", "2026-02-28", "2026-03-31"]
    last = api.get(f"/bill-cycles/{cycle}/dates?until=2026-04-30&limit=3&cursor={first['next_cursor']}")
    assert last == {"data": ["2026-04-30"], "next_cursor": None}


@pytest.mark.rule("CYC-1", "ERR-1")
def test_the_dates_of_a_cycle_are_told_for_up_to_ten_years(api: Api) -> None:
    cycle = api.bill_cycle(start_date="2026-01-31")
    problem = api.refused("GET", f"/bill-cycles/{cycle}/dates?until=2100-01-01", status=422)
    (error,) = problem["errors"]
    assert (error["field"], error["code"]) == ("until", "out_of_sight")
    assert "2100-01-01 is more than ten years ahead; give a day until" in error["message"]
