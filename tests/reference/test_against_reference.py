"""The engine and the second opinion give the same invoices to the cent (REL-D)."""

import os
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from banyan.engine.facts import DiscountTaken
from banyan.engine.result import Bill, Invoice, Line
from banyan.verification.second_opinion import facts
from tests.reference.stories import Place, Story, buy, found, happen, run_second

FAMILIES = os.environ.get("BANYAN_FAMILIES")


def shown_line(line: Line) -> tuple[Any, ...]:
    return (
        str(line.kind),
        line.account_id,
        line.item_id or 0,
        line.charge_id or 0,
        *((str(line.period.start), str(line.period.end)) if line.kind != "correction" else ("", "")),
        Fraction(line.gross),
        _summed((_percent(taken), taken.amount) for taken in line.discounts),
        _summed(((taken.name, Fraction(taken.percent)), taken.amount) for taken in line.taxes),
        line.reverse_charge,
        tuple((step.rule, step.from_account, step.to_account) for step in line.payer.trail if step.rule != "WHO-5"),
    )


def _percent(taken: DiscountTaken) -> tuple[Any, ...]:
    return ("fixed", taken.discount_id) if taken.percent is None else ("percent", Fraction(taken.percent))


def shown_second_line(line: facts.Line) -> tuple[Any, ...]:
    return (
        line.kind,
        line.account,
        line.item or 0,
        line.charge or 0,
        *((str(line.start), str(line.end)) if line.kind != "correction" else ("", "")),
        line.gross,
        _summed(
            (("fixed", taken.discount) if taken.percent is None else ("percent", taken.percent), taken.amount)
            for taken in line.discounts
        ),
        _summed(((levied.name, levied.percent), levied.amount) for levied in line.taxes),
        line.reverse,
        line.trail,
    )


def _summed(taken: Any) -> list[Any]:
    """What each discount or tax comes to, without those that come to nothing."""
    sums: dict[Any, Fraction] = {}
    for what, amount in taken:
        sums[what] = sums.get(what, Fraction(0)) + Fraction(amount)
    return sorted((what, amount) for what, amount in sums.items() if amount)


def shown_invoice(invoice: Invoice, held: bool) -> tuple[Any, ...]:
    key = (invoice.for_account_id, invoice.group_id, invoice.subscription_id, invoice.charge_id)
    return (held, repr(key), Fraction(invoice.total), sorted(shown_line(line) for line in invoice.lines))


def shown_bill(bill: Bill) -> list[tuple[Any, ...]]:
    issued = [shown_invoice(invoice, False) for invoice in bill.invoices]
    return sorted(issued + [shown_invoice(invoice, True) for invoice in bill.carried])


def shown_second(invoices: list[facts.Invoice]) -> list[tuple[Any, ...]]:
    return sorted(
        (one.held, repr(one.key), one.total, sorted(shown_second_line(line) for line in one.lines))
        for one in invoices
        if not one.says_nothing
    )


def run_both(story: Story, before: date) -> None:
    bills = story.company.run(story.today)
    for payer, invoices in run_second(story, before, places_of(bills.values())).items():
        assert shown_bill(bills[payer]) == shown_second(invoices), f"payer {payer} on {story.today}"


def places_of(bills: Iterable[Bill]) -> set[Place]:
    return {
        (line.item_id, line.period.start)
        for bill in bills
        for made in (*bill.invoices, *bill.carried)
        for line in made.lines
    }


def tell(number: int) -> None:
    """The story of that number; what happened until it failed is in the notes of the failure."""
    dice = Random(number)
    story = found(dice)
    try:
        for _ in range(dice.randint(3, 7)):
            for _ in range(dice.randint(1, 4)):
                happen(dice, story)
            before = story.today
            story.today += timedelta(days=0 if dice.random() < 0.15 else dice.randint(1, 45))
            if dice.random() < 0.7:
                buy(story, 2000)
            run_both(story, before)
    except Exception as failure:
        failure.add_note("\n".join(story.told))
        raise


@pytest.mark.rule(
    *("REL-D", "REL-E", "SUB-5", "SUB-6", "SUB-10", "MON-3", "DAT-3", "POO-2", "POO-3", "DIS-1", "DIS-2", "DIS-4"),
    *("TAX-1", "TAX-2", "TAX-3", "TAX-4", "WHO-5", "INV-7"),
)
@settings(
    max_examples=int(FAMILIES or 150), deadline=None, phases=[Phase.generate] if FAMILIES else list(settings().phases)
)
@given(number=st.integers(0, 10**9))
def test_whatever_happens_both_give_the_same_invoices(number: int) -> None:
    tell(number)


def test_the_comparison_sees_a_cent() -> None:
    def line(gross: str) -> facts.Line:
        day = story.today
        return facts.Line("one_time", 1, None, None, 1, None, None, None, day, day, Fraction(gross), None, "", 1)

    story = found(Random(1))
    assert shown_second_line(line("0.01")) != shown_second_line(line("0.02"))
    assert Fraction(Decimal("0.01")) == Fraction(1, 100)
