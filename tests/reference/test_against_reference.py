"""Two implementations of the billing mathematics give the same invoices to the cent (REL-D)."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.engine.result import Bill, Invoice, Line
from tests.reference.stories import Story, buy, found, happen, run_naively


def shown_line(line: Line) -> tuple[Any, ...]:
    return (
        str(line.kind),
        line.account_id,
        line.item_id or 0,
        line.charge_id or 0,
        str(line.period.start) if line.kind != "correction" else "",
        Fraction(line.gross),
        [(taken.percent is None, Fraction(taken.percent or 0), Fraction(taken.amount)) for taken in line.discounts],
        [(taken.name, Fraction(taken.percent), Fraction(taken.amount)) for taken in line.taxes],
        line.reverse_charge,
    )


def shown_naive_line(line: dict[str, Any]) -> tuple[Any, ...]:
    return (
        line["kind"],
        line["account"],
        line["item"] or 0,
        line["charge"] or 0,
        str(line["start"]) if line["kind"] != "correction" else "",
        line["gross"],
        [(percent is None, percent or Fraction(0), amount) for percent, amount in line["discounts"]],
        [(name, percent, amount) for name, percent, amount in line["taxes"]],
        line["reverse"],
    )


def shown_invoice(invoice: Invoice, held: bool) -> tuple[Any, ...]:
    key = (invoice.for_account_id, invoice.group_id, invoice.subscription_id)
    return (held, repr(key), Fraction(invoice.total), sorted(shown_line(line) for line in invoice.lines))


def shown_bill(bill: Bill) -> list[tuple[Any, ...]]:
    issued = [shown_invoice(invoice, False) for invoice in bill.invoices]
    return sorted(issued + [shown_invoice(invoice, True) for invoice in bill.carried])


def shown_naively(invoices: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return sorted(
        (one["held"], repr(one["key"]), one["total"], sorted(shown_naive_line(line) for line in one["lines"]))
        for one in invoices
    )


def run_both(story: Story) -> None:
    company = {payer: shown_bill(bill) for payer, bill in story.company.run(story.today).items()}
    world = {payer: shown_naively(invoices) for payer, invoices in run_naively(story).items()}
    assert company == world, f"on {story.today}"


@pytest.mark.rule("REL-D", "SUB-5", "SUB-6", "POO-2", "DIS-2", "DIS-4", "TAX-1", "TAX-2", "TAX-3", "WHO-5", "INV-7")
@settings(max_examples=150, deadline=None)
@given(number=st.integers(0, 10**9))
def test_whatever_happens_both_give_the_same_invoices(number: int) -> None:
    dice = Random(number)
    story = found(dice)
    for _ in range(dice.randint(3, 7)):
        for _ in range(dice.randint(1, 4)):
            happen(dice, story)
        story.today += timedelta(days=dice.randint(1, 45))
        if dice.random() < 0.7:
            buy(story, 2000)
        run_both(story)


def test_the_comparison_sees_a_cent() -> None:
    line = {
        "kind": "one_time",
        "account": 1,
        "item": None,
        "charge": 1,
        "start": None,
        "discounts": [],
        "taxes": [],
        "reverse": False,
    }
    one, other = line | {"gross": Fraction("0.01")}, line | {"gross": Fraction("0.02")}
    assert shown_naive_line(one) != shown_naive_line(other)
    assert Fraction(Decimal("0.01")) == Fraction(1, 100)
