"""Balances, reversal, an account's ledger and the trial balance (LED-1, LED-2)."""

from datetime import date
from decimal import Decimal

import pytest

from banyan.engine.postings import AccountSum, postings
from banyan.ledger.actions.reverse_postings import reverse_postings
from banyan.ledger.queries import TrialBalanceRow, balances, entries_of_account, movements_of_account, trial_balance
from tests.business import an_account
from tests.posting import post

pytestmark = pytest.mark.usefixtures("tenant")

PAYER, MANAGED = 901, 902
JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)


def invoiced(source: int, on: date, net: str, tax: str = "0", currency: str = "USD") -> None:
    """The payer is invoiced for what the managed account was charged."""
    sums = [AccountSum(MANAGED, Decimal(net), Decimal(tax))]
    post("invoice", source, on, currency, postings(PAYER, sums))


@pytest.mark.rule("LED-2")
def test_an_accounts_balance_is_what_it_was_invoiced_on_any_day() -> None:
    invoiced(1, JANUARY, "100", "19")
    invoiced(2, FEBRUARY, "50")
    invoiced(3, FEBRUARY, "7", currency="EUR")
    assert balances([PAYER, MANAGED]) == {PAYER: {"USD": Decimal(169), "EUR": Decimal(7)}}
    assert balances([PAYER], on=date(2026, 1, 31)) == {PAYER: {"USD": Decimal(119)}}
    assert balances([PAYER], on=date(2025, 12, 31)) == {}


@pytest.mark.rule("LED-1")
def test_the_reverse_takes_the_balance_back_from_its_day_on() -> None:
    invoiced(1, JANUARY, "100", "19")
    invoiced(2, JANUARY, "50")
    assert reverse_postings("invoice", [1], "void", MARCH) == 2
    assert balances([PAYER], on=FEBRUARY)[PAYER]["USD"] == 169
    assert balances([PAYER])[PAYER]["USD"] == 50


@pytest.mark.rule("LED-2")
def test_the_trial_balance_adds_up_to_the_same_on_both_sides() -> None:
    invoiced(1, JANUARY, "100", "19")
    invoiced(2, FEBRUARY, "-30", "-5.70")
    reverse_postings("invoice", [1], "void", MARCH)
    rows = trial_balance(FEBRUARY)
    assert rows == [
        TrialBalanceRow("USD", "receivable", Decimal(119), Decimal("35.70")),
        TrialBalanceRow("USD", "revenue", Decimal(30), Decimal(100)),
        TrialBalanceRow("USD", "tax_payable", Decimal("5.70"), Decimal(19)),
    ]
    assert sum(row.debit - row.credit for row in rows) == 0
    assert sum(row.debit - row.credit for row in trial_balance(MARCH)) == 0
    assert trial_balance(date(2025, 12, 31)) == []


@pytest.mark.rule("LED-2")
def test_an_accounts_ledger_comes_in_pages_with_both_sides_of_each_posting() -> None:
    invoiced(1, JANUARY, "100", "19")
    reverse_postings("invoice", [1], "void", MARCH)
    first = entries_of_account(PAYER, limit=3)
    last = entries_of_account(PAYER, after=first[-1].posting_id, limit=3)
    seen = [(e.posted_on, e.source_kind, e.debit, e.credit, e.other_kind, e.other_account_id) for e in first + last]
    assert seen == [
        (JANUARY, "invoice", 100, 0, "revenue", MANAGED),
        (JANUARY, "invoice", 19, 0, "tax_payable", MANAGED),
        (MARCH, "void", 0, 100, "revenue", MANAGED),
        (MARCH, "void", 0, 19, "tax_payable", MANAGED),
    ]
    assert entries_of_account(MANAGED) == []


@pytest.mark.rule("LED-2", "API-4")
def test_each_entry_of_an_accounts_ledger_tells_the_balance_in_its_currency_whatever_days_are_asked_for() -> None:
    invoiced(1, JANUARY, "100", "19")
    invoiced(2, FEBRUARY, "-30", "-5.70")
    reverse_postings("invoice", [1], "void", MARCH)
    every_balance = [119 - 19, 119, Decimal(89), Decimal("83.30"), Decimal("-16.70"), Decimal("-35.70")]
    assert [entry.balance for entry in entries_of_account(PAYER)] == every_balance
    after = entries_of_account(PAYER)[0].posting_id
    assert [entry.balance for entry in entries_of_account(PAYER, after, 2)] == every_balance[1:3]
    assert [entry.balance for entry in entries_of_account(PAYER, since=FEBRUARY)] == every_balance[2:]
    assert [entry.balance for entry in entries_of_account(PAYER, until=FEBRUARY)] == every_balance[:4]
    assert [entry.balance for entry in entries_of_account(PAYER, since=FEBRUARY, until=FEBRUARY)] == every_balance[2:4]
    assert entries_of_account(PAYER, after, since=date(2027, 1, 1)) == []


@pytest.mark.rule("LED-2")
def test_movements_say_what_they_came_to_newest_first_by_currency() -> None:
    invoiced(1, JANUARY, "100", "19")
    invoiced(2, MARCH, "-30")
    invoiced(3, FEBRUARY, "7", currency="EUR")
    told = [(row.posted_on, row.currency, row.moved, row.running) for row in movements_of_account(PAYER)]
    assert told == [
        (MARCH, "USD", -30, 89),
        (FEBRUARY, "EUR", 7, 7),
        (JANUARY, "USD", 19, 119),
        (JANUARY, "USD", 100, 100),
    ]
    assert [row.running for row in movements_of_account(PAYER, since=MARCH)] == [-30]
    assert [row.moved for row in movements_of_account(PAYER, until=JANUARY)] == [19, 100]


@pytest.mark.rule("LED-2")
def test_the_trial_balance_of_an_owner_is_that_of_its_accounts() -> None:
    mine = an_account()
    post("invoice", 1, JANUARY, "USD", postings(mine.pk, [AccountSum(mine.pk, Decimal(100), Decimal(0))]))
    invoiced(2, JANUARY, "7")
    assert [row.balance for row in trial_balance(JANUARY, mine.owner_id)] == [100, -100]
    assert [row.balance for row in trial_balance(JANUARY)] == [107, -107]
    assert trial_balance(JANUARY, mine.owner_id + 1) == []
