"""Customers and accounts are found by the beginnings of words, and long lists are read only as far as needed."""

from itertools import product
from typing import Any

import pytest
from django.db import connection
from django.db.models import Q, QuerySet

from banyan.accounts.actions.index_middles_of_words import SEARCHED, index_middles_of_words
from banyan.accounts.models import Account, BillCycle, Customer
from banyan.accounts.queries import accounts, customers
from banyan.accounts.searching import first, middles
from banyan.accounts.searching.first import first_rows
from banyan.accounts.searching.numbers import first_rows_by_number, first_with_numbers_in_front
from banyan.accounts.searching.words import Words, found_by
from banyan.customers.actions.update_account import update_account
from banyan.customers.actions.update_customer import update_customer
from banyan.foundation.models import HistoryEntry
from tests.business import NEW_YEAR, a_bill_cycle, create_customer


@pytest.fixture
def cycle(tenant: str) -> BillCycle:
    return a_bill_cycle()


def a_company(cycle: BillCycle, name: str, number: str | None = None, **given: str) -> Customer:
    account = {"currency": "USD", "bill_cycle": cycle.id, "start_date": NEW_YEAR, "number": number and f"A{number}"}
    fields = {"kind": "company", "company_name": name, "primary_email": "ap@example.com", "number": number} | given
    return create_customer(dict(**fields, account=account))


@pytest.mark.rule("API-4")
@pytest.mark.parametrize(
    "typed",
    [
        "Müller", "muller", "MÜLLER", "mül", "Müller-Lüdenscheidt", "lüdens", "mül gmb", "gmbh mül", "(holding",
        "holding", "X-0042", "0042", "x-00", "crm77", "AP@muel", "muel", "muelhaus.example", "example", "at&", "at&t",
        "o'b", "brien", "o'brien\\", "a\\b", "100%", "100% cotton", "ﬁn", "fin", "łódź", "lodz", "weiss", "ОЛЬГА",
        "ольга", " \t muller \n", "x" * 200,
    ],
)  # fmt: skip
def test_words_are_found_by_their_beginnings_whatever_case_accents_and_signs(cycle: BillCycle, typed: str) -> None:
    found = a_company(
        cycle,
        "Müller-Lüdenscheidt (Holding) AT&T O'Brien\\ a\\b 100% cotton ﬁne Łódź Weiß Ольга gmbh " + "x" * 110,
        "X-0042",
        external_number="CRM77",
        primary_email="ap@muelhaus.example",
    )
    a_company(cycle, "Another", primary_email="info@another.test")
    assert list(customers(typed)) == [found]


@pytest.mark.rule("API-4")
@pytest.mark.parametrize(
    "typed", ["%", "_", "üller", "mul mulx", "042", "mull_r", "m%", "*", "mul:*", "mul | no", "--", "'"]
)
def test_nothing_is_found_by_the_middle_of_a_word_or_by_what_means_something_elsewhere(
    cycle: BillCycle, typed: str
) -> None:
    a_company(cycle, "Müller", "X-0042")
    assert list(customers(typed)) == list(accounts(typed)) == []


@pytest.mark.rule("API-4")
def test_a_sign_by_itself_finds_a_sign_by_itself_and_blanks_find_everything(cycle: BillCycle) -> None:
    two, one = a_company(cycle, "Smith & Sons"), a_company(cycle, "Smith")
    assert list(customers("smith &")) == [two]
    assert set(customers("  ")) == set(customers()) == {one, two}


@pytest.mark.rule("API-4")
def test_accounts_are_found_by_number_external_number_name_and_email(cycle: BillCycle) -> None:
    customer = a_company(cycle, "Acme", "1-7")
    account = customer.accounts.get()
    Account.objects.filter(id=account.id).update(external_number="ERP-5", contact_email="ann.lee@acme.example")
    a_company(cycle, "Other")
    for typed in ("A1-7", "erp-5", "5", "acm", "ann.lee@", "lee", "acme.ex"):
        assert list(accounts(typed)) == [account], typed
    Account.objects.filter(id=account.id).update(name="Main", contact_email="x@y.example")
    Customer.objects.filter(id=customer.id).update(company_name="Rossi Glass")
    assert list(accounts("rossi gl")) == list(accounts("main")) == list(accounts("rossi main")) == [account]
    assert list(accounts("acme")) == []
    update_customer(customer.id, {"external_number": "CRM-9", "primary_email": "desk@rossi.example"})
    update_account(account.id, {"name": "Second"})
    assert list(accounts("rossi second 9 desk")) == [account]
    assert list(accounts("main")) == list(accounts("acme.example")) == []


@pytest.mark.rule("API-4", "ACC-16")
def test_a_new_name_is_found_and_the_old_one_is_not_and_words_are_no_history(cycle: BillCycle) -> None:
    customer = a_company(cycle, "Before")
    update_customer(customer.id, {"company_name": "After"})
    assert (list(customers("before")), list(customers("after"))) == ([], [customer])
    entries = HistoryEntry.objects.filter(subject_kind__in=("customer", "account"))
    assert not [entry for entry in entries if "search" in entry.changes]


@pytest.mark.rule("API-4", "PERF-5")
def test_to_choose_from_there_are_numbers_that_begin_so_if_there_are_enough(cycle: BillCycle) -> None:
    last, first = a_company(cycle, "Company", "K7-2"), a_company(cycle, "K7 Company", "A-1")
    middle = a_company(cycle, "Company", "K7-1")

    def found(typed: str, count: int) -> list[Customer]:
        return first_rows_by_number(Customer.objects.all(), Customer.objects.all(), count, typed)

    assert found("k7", 2) == found("K7", 2) == [middle, last]
    assert found("K7", 1) == [middle]
    assert found("K7", 3) == found("K7", 9) == [first, middle, last]
    assert found("company", 2) == found("", 2) == [first, middle]
    assert found("k7 company", 2) == [first, middle]
    assert found("K7%", 2) == []


@pytest.mark.rule("CON-1", "PERF-5")
@pytest.mark.parametrize("typed", ["K7", "k7", "K7-1", "often", "often k7", "zzz", "7"])
def test_numbers_that_begin_so_stand_in_front_and_pages_hold_each_row_once(cycle: BillCycle, typed: str) -> None:
    for n in range(8):
        a_company(cycle, "Often K7" if n % 3 else "Often", f"K7-{n}" if n % 2 else f"A-{n}")
    for model in (Customer, Account):
        rows = model.objects.all()

        def first(count: int, rows: QuerySet[Any] = rows) -> list[Any]:
            return first_with_numbers_in_front(rows, rows.model.objects.all(), count, typed)

        everything = first(100)
        assert set(everything) == set(found_by(rows, typed))
        assert len(everything) == len(set(everything))
        assert all(first(count) == everything[:count] for count in range(1, 9))
        begin_so = [row.number.startswith(typed.upper()) for row in everything]
        if typed.upper().startswith("K7") and model is Customer:
            assert begin_so == sorted(begin_so, reverse=True)
            assert sum(begin_so) == (4 if len(typed) == 2 else 1)


@pytest.mark.rule("PERF-5")
def test_of_several_words_those_are_looked_up_that_few_have(cycle: BillCycle) -> None:
    for n in range(20):
        a_company(cycle, f"Often {'rare' if n == 7 else 'other'}")
    assert first._common_words(Customer, Words("often ra")).looked_up is None
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_customer")
    counted = first._common_words(Customer, Words("OFTEN Ra"))
    assert (counted.rows, counted.looked_up) == (20, "ra")
    assert counted.share == pytest.approx(0.05)
    assert first._common_words(Customer, Words("often never")) == first._CommonWords(20, 0, "never")


ORDERS = (("id",), ("name", "id"), ("-name", "-id"), ("number",), ("-created_at", "-id"))
TYPED = ("", "rare", "often", "oft ra ap@", "often 3", "often never")


@pytest.mark.rule("API-4", "PERF-5")
@pytest.mark.parametrize(("near", "far"), [(1, 1), (1, 4), (3, 9), (100, 100)])
def test_whether_few_or_many_match_the_first_rows_are_the_first(
    cycle: BillCycle, monkeypatch: pytest.MonkeyPatch, near: int, far: int
) -> None:
    for n in range(9):
        a_company(cycle, f"{'Rare' if n == 7 else 'Often'} {n % 4}{' rare' if n == 3 else ''}", f"{n * 5 % 9}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_customer")  # so that the words of customers are counted, those of accounts not
    monkeypatch.setattr(first, "NEAR", near)
    monkeypatch.setattr(first, "FAR", far)
    for typed, order, count, model in product(TYPED, ORDERS, (2, 9), (Customer, Account)):
        for rows in (model.objects.all(), model.objects.filter(Q(name__contains="e"))):
            expected = list(found_by(rows, typed).order_by(*order)[:count])
            assert first_rows(rows, model.objects.all(), order, count, typed) == expected
            if not typed:
                assert first_rows(rows, model.objects.all(), order, count, few=False) == expected


@pytest.fixture
def finding_middles(cycle: BillCycle, monkeypatch: pytest.MonkeyPatch) -> BillCycle:
    """A tenant that looks for the middle of words as one with pg_trgm does, if need be without the index of it."""
    monkeypatch.setattr(middles, "are_indexed", lambda model: True)
    with connection.cursor() as cursor:
        cursor.execute(SEARCHED)
    return cycle


@pytest.mark.rule("API-4", "CON-1")
def test_where_no_word_begins_so_it_may_be_the_middle_of_one(finding_middles: BillCycle) -> None:
    bergstrom = a_company(finding_middles, "Bergström Dynamics", "X-0042")
    stromberg = a_company(finding_middles, "Strömberg 100%", "X-0420")
    everybody = Customer.objects.all()
    for typed, found in (
        ("ström", [stromberg]),  # it begins so, so that nothing else is looked for
        ("gström", [bergstrom]),
        ("GSTROM ynam", [bergstrom]),
        ("rom dyn", [bergstrom]),
        ("042", [stromberg]),  # 0420 does, 0042 does not
        ("erg", [bergstrom, stromberg]),
        ("er", []),  # too short for the index
        ("%", []),
        ("b%m", []),
        ("e_gstr", []),
        ("00%", [stromberg]),
    ):
        assert first_rows_by_number(everybody, everybody, 9, typed) == found, typed
        assert first_with_numbers_in_front(everybody, everybody, 9, typed) == found, typed
        assert list(customers(typed).order_by("number")) == found, typed


@pytest.mark.rule("API-4")
@pytest.mark.parametrize(("near", "far"), [(1, 1), (1, 4), (100, 100)])
def test_middles_are_found_in_every_order_whether_few_or_many_hold_them(
    finding_middles: BillCycle, monkeypatch: pytest.MonkeyPatch, near: int, far: int
) -> None:
    for n in range(9):
        a_company(finding_middles, f"{'Xrarex' if n == 7 else 'Xoftenx'} {n % 4}", f"{n * 5 % 9}")
    monkeypatch.setattr(first, "NEAR", near)
    monkeypatch.setattr(first, "FAR", far)
    for order, typed in product(ORDERS, ("rare", "often", "often never")):
        held = [row for row in Customer.objects.order_by(*order) if typed in row.name.casefold()]
        assert first_rows(Customer.objects.all(), Customer.objects.all(), order, 4, typed) == held[:4]


@pytest.mark.rule("SCA-2")
def test_without_the_extension_there_is_no_index_of_middles_and_with_it_there_is(cycle: BillCycle) -> None:
    customer = a_company(cycle, "Bergström")
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_trgm')")
        (can_be,) = cursor.fetchone()
        if can_be:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public")
    middles.has_extension.cache_clear()
    try:
        assert index_middles_of_words() == can_be
        assert not index_middles_of_words()
        assert list(customers("gstr")) == ([customer] if can_be else [])
    finally:
        middles.has_extension.cache_clear()
