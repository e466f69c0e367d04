"""What must hold whatever happens: nothing twice, nothing lost, every line on the one account that has to pay it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.engine.bill import NoExchangeRate
from banyan.engine.difference import owed_for
from banyan.engine.facts import PriceModel
from banyan.engine.payer import who_pays
from banyan.engine.pooling import allowances
from banyan.engine.postings import postings, sums_by_account
from banyan.engine.rating import rate
from banyan.engine.result import Bill, Line
from tests.engine.catalog import day, flat, price, seats, terms
from tests.engine.company import Company
from tests.reference.stories import FIRST_DAY, Story, buy, found, happen

numbers = st.integers(0, 10**9)


def told(number: int) -> Story:
    """A story, up to its last run."""
    dice = Random(number)
    story = found(dice)
    for _ in range(dice.randint(2, 5)):
        for _ in range(dice.randint(1, 4)):
            happen(dice, story)
        story.today += timedelta(days=dice.randint(1, 45))
        if dice.random() < 0.7:
            buy(story, 2000)
        story.company.run(story.today)
    return story


def held_items(bills: dict[int, Bill]) -> set[int | None]:
    return {line.item_id for bill in bills.values() for invoice in bill.carried for line in invoice.lines}


@pytest.mark.rule("RUN-3", "SUB-5")
@settings(max_examples=50, deadline=None)
@given(number=numbers)
def test_running_again_bills_nothing_new(number: int) -> None:
    story = told(number)
    again = story.company.run(story.today)
    assert all(bill.invoices == () for bill in again.values())


@pytest.mark.rule("SUB-5", "REL-B")
@settings(max_examples=50, deadline=None)
@given(number=numbers)
def test_no_two_live_lines_of_an_item_share_start_and_correction_number(number: int) -> None:
    live = [found.line for found in told(number).company.live_lines() if found.line.item_id is not None]
    keys = [(line.item_id, line.period.start, line.correction) for line in live]
    assert len(keys) == len(set(keys))


@pytest.mark.rule("SUB-5")
@settings(max_examples=50, deadline=None)
@given(number=numbers)
def test_what_was_billed_is_what_it_should_have_cost(number: int) -> None:
    """Everything is looked at again from the first day on: no difference is left (but lines of 0.00 that alone made no
    invoice).
    """
    story = told(number)
    company = story.company
    company.minimum = {}
    buy(story, 10_000)
    company.run(story.today)
    held = held_items(company.run(story.today))
    for id, item in company.items.items():
        company.items[id] = replace(item, course=replace(item.course, changed_from=FIRST_DAY))
    family = company.family(1, story.today)
    pooled = allowances(family.pools)
    for item in family.items:
        payer = who_pays(item.account_id, family.subscription_payers.get(item.subscription_id), family.responsible)
        rate_of = partial(rate, usage=family.usage, pooled=pooled)
        owed = owed_for(item, payer, story.today, rate_of, family.billed[item.id])
        assert item.id in held or [draft for draft in owed.drafts if not draft.charged.is_covered] == []


def paid_by(story: Story, bill: Bill, line: Line) -> bool:
    """Whether the payer of a line is who WHO-5 gives, or was invoiced for what the line corrects. A one-time charge may
    have a choice of its own (SUB-7).
    """
    company = story.company
    of_charge = company.charge_payers.get(line.charge_id or 0)
    chosen = of_charge or company.subscription_payers.get(line.subscription_id or 0)
    payer = who_pays(line.account_id, chosen, company.responsible)
    if line.payer.rule == "SUB-6":
        return any(found.id == line.corrects and found.account_id == bill.payer.id for found in company.issued)
    return line.payer == payer and payer.account_id == bill.payer.id


@pytest.mark.rule("WHO-5", "WHO-6", "SUB-6", "BHI-7")
@settings(max_examples=50, deadline=None)
@given(number=numbers)
def test_every_line_is_on_the_one_account_that_has_to_pay_it(number: int) -> None:
    story = told(number)
    story.today += timedelta(days=31)
    bills = story.company.run(story.today)
    lines = [
        (bill, line) for bill in bills.values() for invoice in (*bill.invoices, *bill.carried) for line in invoice.lines
    ]
    assert all(paid_by(story, bill, line) for bill, line in lines)
    keys = [(line.item_id, line.charge_id, line.period.start, line.correction) for _, line in lines]
    assert len(keys) == len(set(keys))


@pytest.mark.rule("INV-1", "LED-1", "MON-1")
@settings(max_examples=50, deadline=None)
@given(number=numbers)
def test_invoices_and_postings_add_up_to_their_lines(number: int) -> None:
    story = told(number)
    invoices = {id(found.invoice): (found.account_id, found.invoice) for found in story.company.issued}
    for payer, invoice in invoices.values():
        assert invoice.total == sum(line.total for line in invoice.lines)
        assert invoice.discount == sum(line.discount for line in invoice.lines)
        receivable = Decimal(0)
        for posting in postings(payer, sums_by_account(invoice.lines)):
            assert posting.amount > 0
            receivable += posting.amount if posting.debit_kind == "receivable" else -posting.amount
        assert receivable == invoice.total


@pytest.mark.rule("PERF-2", "SUB-5")
def test_an_unchanged_item_needs_no_billed_lines_and_no_look_at_the_past() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", flat("31.00")))
    company.subscribe(1, terms("2026-01-01", seats("10.00"), "2"))
    for month in ("01", "02", "03"):
        bill = company.run(day(f"2026-{month}-01"))[1]
        assert [str(line.gross) for line in bill.invoices[0].lines] == ["31.00", "20.00"]
        assert company.family(1, day("2026-03-01")).billed == {}


@pytest.mark.rule("RUN-4", "WHO-4")
def test_what_is_charged_in_another_currency_than_its_payer_s_is_not_invoiced() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", price(PriceModel.FLAT, flat="10", currency="JPY")))
    company.subscribe(1, terms("2026-01-01", flat("10.00")))
    with pytest.raises(NoExchangeRate, match=r"pays in USD, .* in JPY"):
        company.bill(1, day("2026-01-01"))
    assert company.bill(1, day("2025-12-01")).invoices == ()
