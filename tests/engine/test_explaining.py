"""Why a line costs what it does (INV-11)."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from banyan.engine.explaining import AddsTo, Basis, Said, Why, why
from banyan.engine.facts import (
    Course,
    DiscountTaken,
    LineKind,
    Price,
    PriceModel,
    PriceType,
    TaxRounding,
    TaxTaken,
    Terms,
    Tier,
)
from banyan.engine.periods import Segment, segments
from banyan.engine.rating import RatedSegment, rate
from banyan.engine.result import UsageTaken
from banyan.kernel.calendar import Period
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import minor_unit, percent_of
from tests.engine.catalog import TIERS, price

pytestmark = pytest.mark.rule("INV-11")
JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))
NOTHING = Decimal(0)


class Plain:
    """Amounts, numbers and days as the API writes them."""

    def money(self, amount: Decimal) -> str:
        return decimal_text(amount)

    def number(self, number: Decimal) -> str:
        return decimal_text(number)

    def day(self, day: date) -> str:
        return day.isoformat()


def said(gross: str, quantity: str = "1", **given: object) -> Said:
    values: dict[str, object] = {
        "kind": LineKind.RECURRING,
        "period": JANUARY,
        "quantity": Decimal(quantity),
        "gross": Decimal(gross),
        "discounts": (),
        "taxes": (),
        "usage": None,
        "reverse_charge": False,
        "currency": "USD",
    }
    return Said(**(values | given))  # type: ignore[arg-type]


def told(line: Said, basis: Basis) -> list[str]:
    return [step.says for step in why(line, basis, Plain())]


def sums(steps: Sequence[Why]) -> dict[AddsTo, Decimal]:
    return {to: sum((step.amount or NOTHING for step in steps if step.adds_to is to), NOTHING) for to in AddsTo}


def test_twenty_seats_less_a_discount_and_with_tax() -> None:
    """20 × 15.00 = 300.00, less 20 % = 240.00, plus 8.25 % = 19.80: 259.80."""
    line = said(
        "300.00",
        "20",
        discounts=(DiscountTaken("20 %", Decimal(20), Decimal("60.00")),),
        taxes=(TaxTaken("Sales tax", Decimal("8.25"), Decimal("19.80")),),
    )
    assert told(line, Basis(price(PriceModel.PER_UNIT, unit="15.00"), date(2026, 1, 1), JANUARY)) == [
        "The price of Plan: an amount per unit, every month in advance, agreed from 2026-01-01 on.",
        "20 × 15 = 300.",
        "Discount: 20 % of 300 = 60.",
        "Sales tax 8.25 % of 240, rounded for this line: 19.8.",
    ]


def test_part_of_a_month_is_its_share_by_days() -> None:
    line = said("12.00", period=Period(date(2026, 1, 20), date(2026, 2, 1)))
    steps = why(line, Basis(price(PriceModel.FLAT, flat="31"), None, JANUARY), Plain())
    assert [(step.what, step.amount) for step in steps[1:3]] == [("flat", 31), ("days", -19)]
    assert steps[2].says == "It is for 12 of the 31 days from 2026-01-01 to 2026-01-31: 12."


def test_the_tiers_entered_with_units_and_amounts_and_what_an_allowance_covers() -> None:
    """800 used, 50 own: 750 cost 100 × 1.00 + 400 × 0.80 + 250 × 0.50 = 545.00."""
    line = said("545.00", "750", kind=LineKind.USAGE, usage=UsageTaken(Decimal(800), Decimal(50), NOTHING))
    graduated = price(PriceModel.GRADUATED, type=PriceType.USAGE, tiers=TIERS, included="50")
    assert told(line, Basis(graduated, None, JANUARY))[1:] == [
        "800 call were used.",
        "50 of them are covered by its own allowance.",
        "750 are left to be charged.",
        "Tier 1, up to 100: 100 × 1 = 100.",
        "Tier 2, up to 500: 400 × 0.8 = 320.",
        "Tier 3, no upper limit: 250 × 0.5 = 125.",
        "No tax applies.",
    ]


def test_a_correction_tells_what_stood_what_stands_and_the_difference() -> None:
    steps = why(said("-40.00", kind=LineKind.CORRECTION), Basis(stood=Decimal("100.00")), Plain())
    assert [(step.what, step.amount) for step in steps[:2]] == [("stands", 60), ("stood", -100)]
    assert steps[1].says == "100 was billed for it so far; only the difference, -40, is billed."


def test_a_correction_of_a_void_line_is_taken_back() -> None:
    steps = why(said("-25.00", kind=LineKind.CORRECTION), Basis(stood=Decimal(25), takes_back=True), Plain())
    assert [(step.what, step.amount) for step in steps[:1]] == [("stood", -25)]


def test_rounding_by_document_and_reverse_charge_are_said() -> None:
    line = said("10.00", taxes=(TaxTaken("VAT", Decimal(19), Decimal("1.91")),))
    flat = price(PriceModel.FLAT, flat="10")
    by_document = Basis(flat, None, JANUARY, rounding=TaxRounding.DOCUMENT)
    assert "rounded on the sum of the invoice's lines" in told(line, by_document)[-1]
    reverse = said("10.00", reverse_charge=True)
    assert told(reverse, by_document)[-1] == "No VAT: the customer accounts for it."


amounts = st.decimals(0, 1000, places=4)
quantities = st.decimals(0, 2000, places=2)


@st.composite
def prices(draw: st.DrawFn, type: PriceType, id: int) -> Price:
    """A price of any model."""
    model = draw(st.sampled_from(list(PriceModel)))
    bounds = sorted(draw(st.sets(st.integers(1, 1000), max_size=3)))
    tiers = tuple(Tier(up and Decimal(up), draw(amounts), draw(amounts)) for up in (*bounds, None))
    return price(
        model,
        id=id,
        type=type,
        unit=str(draw(amounts)),
        flat=str(draw(amounts)),
        tiers=tiers if model in (PriceModel.GRADUATED, PriceModel.VOLUME) else (),
        package=str(draw(st.integers(1, 100))),
        included=str(draw(st.integers(0, 500))) if type is PriceType.USAGE else "0",
        currency=draw(st.sampled_from(["USD", "JPY", "BHD"])),
    )


@st.composite
def billed(draw: st.DrawFn) -> tuple[list[RatedSegment], Decimal]:
    """What is charged of January for an item whose terms change within it, and what was used in all of it."""
    type_ = draw(st.sampled_from([PriceType.RECURRING, PriceType.USAGE]))
    first = draw(prices(type_, 1))
    days = sorted(draw(st.sets(st.integers(1, 30), max_size=2)))
    others = [draw(prices(type_, 2 + number)) for number, _ in enumerate(days)]
    terms = [Terms(JANUARY.start, first, draw(quantities))]
    for after, other in zip(days, others, strict=True):
        same_money = price_in(other, first.currency)
        terms.append(Terms(JANUARY.start + timedelta(days=after), same_money, draw(quantities)))
    end = draw(st.none() | st.dates(date(2026, 1, 2), date(2026, 2, 1)))
    course = Course(JANUARY.start, JANUARY.start, end, tuple(terms))
    parts = segments_of_january(course)
    used = {(1, 1, part.part): Decimal(draw(st.integers(0, 900))) for part in parts}
    whole = sum(used.values(), NOTHING)
    return rate(1, parts, {**used, (1, 1, JANUARY): whole}, {}), whole


def price_in(other: Price, currency: str) -> Price:
    return price(
        other.model, id=other.id, type=other.type, unit=str(other.unit_amount), flat=str(other.flat_amount),
        tiers=other.tiers, package=str(other.package_size), included=str(other.included_quantity), currency=currency,
    )  # fmt: skip


def segments_of_january(course: Course) -> list[Segment]:
    found = []
    for segment in segments(course, JANUARY.start, JANUARY.start):
        if segment.period != JANUARY:
            break
        found.append(segment)
    return found


@settings(max_examples=400, deadline=None)
@given(
    billed(), st.lists(st.decimals(0, 100, places=2), max_size=2), st.lists(st.decimals(0, 30, places=3), max_size=2)
)
def test_the_steps_of_any_line_add_up_to_its_gross_net_tax_and_total(
    found: tuple[list[RatedSegment], Decimal], percents: list[Decimal], rates: list[Decimal]
) -> None:
    rated, used = found
    for one in rated:
        charged, currency = one.charged, one.segment.terms.price.currency
        left, discounts = charged.gross, []
        for percent in percents:
            amount = percent_of(left, percent, currency)
            discounts.append(DiscountTaken(f"{percent} %", percent, amount))
            left -= amount
        taxes = tuple(
            TaxTaken(f"T{number}", each, percent_of(left, each, currency)) for number, each in enumerate(rates)
        )
        kept = charged.kind, charged.period, charged.quantity, charged.gross, tuple(discounts), taxes, charged.usage
        days = sum(each.segment.part.days for each in rated)
        basis = Basis(one.segment.terms.price, None, one.segment.period, used, days)
        steps = why(Said(*kept, False, currency), basis, Plain())
        tax = sum((each.amount for each in taxes), NOTHING)
        assert sums(steps) == {AddsTo.GROSS: charged.gross, AddsTo.DISCOUNT: left - charged.gross, AddsTo.TAX: tax}
        assert sum((step.amount or NOTHING for step in steps), NOTHING) == left + tax
        rounding = sum((step.amount or NOTHING for step in steps if step.what == "rounding"), NOTHING)
        assert abs(Fraction(rounding)) < Fraction(minor_unit(currency)) + Fraction(1, 10_000)
