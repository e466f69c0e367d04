"""Exact to the cent: a change that changes nothing, its opposite, a cut where nothing differs, another day."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from banyan.engine.facts import (
    Aggregation,
    Course,
    Meter,
    Pause,
    Price,
    TaxDate,
    TaxRate,
    TaxRounding,
    Terms,
    Timing,
    Validity,
)
from banyan.engine.periods import due_segments
from banyan.engine.result import Bill, Line
from banyan.kernel.calendar import Interval, Unit
from banyan.kernel.splitting import round_together
from tests.engine.catalog import day, flat, metered, seats, terms
from tests.engine.company import Company

CENT = Decimal("0.01")
APRIL, MAY, JUNE = date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)
PEAK = Meter(2, "peak", "user", 0, Aggregation.MAX)


def lines(bill: Bill) -> list[Line]:
    return [line for invoice in (*bill.invoices, *bill.carried) for line in invoice.lines]


def amounts(bill: Bill) -> list[tuple[str, str, str]]:
    return [(line.kind.value, f"{line.period.start:%m-%d}", str(line.gross)) for line in lines(bill)]


def company_with(*own: Terms, **course: object) -> Company:
    company = Company(anchor=APRIL)
    company.account(1, taxable=True, country="DE")
    company.subscribe(1, *own)
    item = company.items[1]
    company.items[1] = replace(item, course=replace(item.course, **course))  # type: ignore[arg-type]
    return company


def billed(company: Company, *dates: date) -> Decimal:
    """What the lines of these runs come to, issued or carried."""
    return sum((line.total for on in dates for line in lines(company.run(on)[1])), Decimal(0))


# parts that are rounded together (MON-3, SUB-10)


@pytest.mark.rule("MON-3")
def test_parts_of_a_period_are_rounded_together() -> None:
    company = company_with(*(terms(f"2026-04-{number:02}", seats("0.10", id=number)) for number in (1, 2, 3)))
    assert amounts(company.run(APRIL)[1]) == [  # 0.0033 + 0.0033 + 0.0933
        ("recurring", "04-01", "0.01"),
        ("recurring", "04-03", "0.09"),
    ]


@pytest.mark.rule("SUB-8", "SUB-10", "MON-3")
def test_seats_that_go_up_and_down_on_one_day_leave_no_trace() -> None:
    company = company_with(terms("2026-04-01", seats("10.00"), "3"))
    company.run(APRIL)
    for quantity in ("4", "5", "3"):
        company.change_terms(1, day("2026-04-11"), seats("10.00"), Decimal(quantity))
    assert lines(company.run(MAY)[1])[0].gross == Decimal("30.00")
    assert [line.kind.value for line in lines(company.run(JUNE)[1])] == ["recurring"]


prices = st.decimals("0.01", "99.99", places=2).map(lambda amount: seats(str(amount), id=int(amount * 100)))
quantities = st.integers(0, 50).map(Decimal)
days_of_april = st.integers(0, 29).map(lambda number: APRIL + timedelta(days=number))


@pytest.mark.rule("SUB-8", "SUB-10")
@given(price=prices, quantity=quantities, cuts=st.sets(days_of_april, max_size=5))
def test_terms_that_repeat_what_holds_leave_no_cut(price: Price, quantity: Decimal, cuts: set[date]) -> None:
    repeated = tuple(Terms(on, price, quantity) for on in sorted(cuts | {APRIL}))
    assert due_segments(Course(APRIL, APRIL, None, repeated), MAY) == due_segments(
        Course(APRIL, APRIL, None, repeated[:1]), MAY
    )


@pytest.mark.rule("MON-3", "SUB-5")
@settings(max_examples=100, deadline=None)
@given(
    price=prices,
    quantity=quantities,
    changes=st.lists(st.tuples(days_of_april, quantities), min_size=1, max_size=4),
    billed_between=st.booleans(),
    timing=st.sampled_from(Timing),
)
def test_what_is_changed_and_changed_back_comes_to_nothing(
    price: Price, quantity: Decimal, changes: list[tuple[date, Decimal]], billed_between: bool, timing: Timing
) -> None:
    price = replace(price, timing=timing)
    company = company_with(Terms(APRIL, price, quantity))
    untouched = company_with(Terms(APRIL, price, quantity))
    for one in (company, untouched):
        one.discount(1, percent="7")
        one.run(APRIL)
        one.run(MAY)
    for on, other in changes:
        company.change_terms(1, on, price, other)
        if billed_between:
            company.charge(1, "10000.00", on)  # a charge that absorbs credits, so that they are issued
            company.run(MAY)
    company.change_terms(1, APRIL, price, quantity)
    company.charge(1, "10000.00", MAY)
    company.run(MAY)
    standing = [found.line for found in company.live_lines(1)]
    expected = [found.line for found in untouched.live_lines(1)]
    assert sum(line.gross for line in standing) == sum(line.gross for line in expected)
    assert sum(line.discount for line in standing) == sum(line.discount for line in expected)
    assert amounts(company.run(JUNE)[1]) == amounts(untouched.run(JUNE)[1])


@pytest.mark.rule("MON-3", "SUB-5")
@settings(max_examples=100, deadline=None)
@given(price=prices, changes=st.lists(st.tuples(days_of_april, quantities), min_size=1, max_size=4))
def test_a_period_changed_after_it_was_billed_costs_what_it_would_have_cost_had_it_been_known(
    price: Price, changes: list[tuple[date, Decimal]]
) -> None:
    late = company_with(Terms(APRIL, price, Decimal(10)))
    late.charge(1, "10000.00", APRIL)
    late.run(APRIL)
    known = company_with(Terms(APRIL, price, Decimal(10)))
    for company in (late, known):
        for on, quantity in sorted(changes, key=lambda change: change[0]):
            company.change_terms(1, on, price, quantity)
            if company is late:
                company.charge(1, "10000.00", APRIL)
                company.run(APRIL)
    known.run(APRIL)
    late.run(APRIL)
    assert sum(found.line.gross for found in late.live_lines(1)) == sum(
        found.line.gross for found in known.live_lines(1)
    )


@pytest.mark.rule("SUB-10")
def test_a_peak_with_a_new_price_in_the_middle_of_the_month_is_billed_for_one_month() -> None:
    company = company_with(
        terms("2026-04-01", metered("5.00", id=3, meter=PEAK)), terms("2026-04-16", metered("6.00", id=4, meter=PEAK))
    )
    company.use(1, day("2026-04-05"), "40")
    company.use(1, day("2026-04-25"), "40")
    assert [(str(line.gross), line.quantity) for line in lines(company.run(MAY)[1])] == [
        ("100.00", 20),  # 40 x 5.00 x 15 / 30
        ("120.00", 20),
    ]


@pytest.mark.rule("SUB-10", "USE-4")
def test_units_that_were_taken_back_in_one_part_leave_the_other_price_its_share() -> None:
    company = company_with(terms("2026-04-01", metered("1.00", id=3)), terms("2026-04-16", metered("2.00", id=4)))
    company.use(1, day("2026-04-05"), "-40")
    company.use(1, day("2026-04-25"), "100")
    assert amounts(company.run(MAY)[1]) == [("usage", "04-16", "120.00")]


@pytest.mark.rule("USE-4")
def test_usage_below_nothing_costs_nothing() -> None:
    company = company_with(terms("2026-04-01", metered("1.00")))
    company.use(1, day("2026-04-05"), "-40")
    assert amounts(company.run(MAY)[1]) == []


@pytest.mark.rule("SUB-10", "USE-3")
@settings(max_examples=100, deadline=None)
@given(
    used=st.lists(st.tuples(days_of_april, st.integers(0, 60)), max_size=6),
    cut=st.integers(1, 29).map(lambda number: APRIL + timedelta(days=number)),
    aggregation=st.sampled_from([Aggregation.SUM, Aggregation.MAX]),
    pause=st.none() | st.tuples(st.integers(2, 12), st.integers(13, 28)),
)
def test_a_usage_price_that_is_replaced_by_its_equal_changes_no_amount(
    used: list[tuple[date, int]], cut: date, aggregation: Aggregation, pause: tuple[int, int] | None
) -> None:
    meter = Meter(9, "m", "u", 0, aggregation)
    first, equal = (metered("0.07", id=id, included="20", meter=meter) for id in (3, 4))
    pauses = () if pause is None else (Pause(*(APRIL + timedelta(days=number) for number in pause)),)
    whole = company_with(Terms(APRIL, first, Decimal(1)), pauses=pauses)
    parted = company_with(Terms(APRIL, first, Decimal(1)), Terms(cut, equal, Decimal(1)), pauses=pauses)
    for company in (whole, parted):
        for on, quantity in used:
            company.use(1, on, str(quantity))
    assert billed(whole, MAY) == billed(parted, MAY)
    assert sum((found.line.quantity for found in whole.issued), Decimal(0)) == sum(
        (found.line.quantity for found in parted.issued), Decimal(0)
    )


@pytest.mark.rule("POO-3", "INV-1")
def test_usage_that_its_allowance_covers_whole_is_a_line_of_nothing_beside_others_and_no_invoice_by_itself() -> None:
    company = company_with(terms("2026-04-01", metered("1.00", included="100")))
    company.use(1, day("2026-04-05"), "40")
    alone = company.bill(1, MAY)
    assert (alone.invoices, alone.carried) == ((), ())
    company.charge(1, "9.00", MAY)
    assert amounts(company.run(MAY)[1]) == [("usage", "04-01", "0.00"), ("one_time", "05-01", "9.00")]
    hidden = company_with(terms("2026-04-01", replace(metered("1.00", included="100"), show_covered_usage=False)))
    hidden.use(1, day("2026-04-05"), "40")
    hidden.charge(1, "9.00", MAY)
    assert amounts(hidden.run(MAY)[1]) == [("one_time", "05-01", "9.00")]


# rounding together


exact_amounts = st.lists(st.fractions(-1000, 1000, max_denominator=60), min_size=1, max_size=6)


@pytest.mark.rule("MON-3", "MON-2")
@given(exact=exact_amounts)
def test_amounts_that_are_rounded_together_add_up_to_their_rounded_sum_and_each_is_rounded_down_or_up(
    exact: list[Fraction],
) -> None:
    parts = round_together(exact, CENT)
    whole = sum(exact)
    assert abs(Fraction(sum(parts)) - whole) <= Fraction(1, 200)
    assert all(abs(Fraction(part) - amount) < Fraction(1, 100) for part, amount in zip(parts, exact, strict=True))
    assert round_together([Fraction(part) for part in parts], CENT) == parts


@pytest.mark.rule("MON-3", "SUB-5")
@given(exact=exact_amounts)
def test_what_stands_rightly_rounded_keeps_its_cent(exact: list[Fraction]) -> None:
    parts = round_together(exact, CENT)
    assert round_together(exact, CENT, parts) == parts


@pytest.mark.rule("MON-3")
@given(exact=exact_amounts, data=st.data())
def test_rounding_together_adds_up_whatever_stands(exact: list[Fraction], data: st.DataObject) -> None:
    standing = [data.draw(st.none() | st.sampled_from(round_together([amount], CENT))) for amount in exact]
    assert sum(round_together(exact, CENT, standing)) == round_together([sum(exact, Fraction(0))], CENT)[0]


# taking back (SUB-6)


@pytest.mark.rule("SUB-6", "DIS-4", "TAX-4")
@settings(max_examples=150, deadline=None)
@given(
    amount=st.decimals("0.05", "300.00", places=2),
    fixed=st.decimals("0.01", "400.00", places=2),
    percent=st.sampled_from(["3", "33.333", "50"]),
    fixed_first=st.booleans(),
    rounding=st.sampled_from(TaxRounding),
    ends=st.lists(st.integers(0, 29), min_size=1, max_size=5),
)
def test_taking_a_line_back_in_any_steps_comes_to_exactly_minus_what_was_billed(
    amount: Decimal, fixed: Decimal, percent: str, fixed_first: bool, rounding: TaxRounding, ends: list[int]
) -> None:
    company = company_with(terms("2026-04-01", flat(str(amount))))
    company.subscribe(1, terms("2026-04-01", flat("7.77", id=9)))  # shares the discount and the rounding of taxes
    company.tax_rounding = rounding
    company.tax_rates = (TaxRate(1, "VAT", "DE", None, None, Decimal(19)), TaxRate(2, "City", "DE", None, None, CENT))
    for is_fixed in (True, False) if fixed_first else (False, True):
        company.discount(1, **{"amount": str(fixed)} if is_fixed else {"percent": percent})
    company.run(APRIL)
    company.discounts = {}
    for end in (*sorted(ends, reverse=True), 0):
        company.cancel(1, APRIL + timedelta(days=end))
        company.charge(1, "10000.00", APRIL)
        company.run(APRIL)
    standing = [found.line for found in company.live_lines(1)]
    assert sum(line.gross for line in standing) == 0
    assert sum(line.discount for line in standing) == 0
    assert sum(line.tax for line in standing) == 0


@pytest.mark.rule("SUB-6", "DIS-4")
def test_half_of_what_was_paid_comes_back_and_not_half_of_the_list_price() -> None:
    company = company_with(terms("2026-04-01", flat("100.00")))
    company.discount(1, amount="40.00")
    assert company.run(APRIL)[1].invoices[0].total == Decimal("60.00")
    company.cancel(1, day("2026-04-16"))
    company.charge(1, "80.00", day("2026-04-20"))
    company.discounts = {}
    (invoice,) = company.run(MAY)[1].invoices
    assert (invoice.total, [str(line.total) for line in invoice.lines]) == (Decimal("50.00"), ["-30.00", "80.00"])


@pytest.mark.rule("SUB-6", "DIS-4")
def test_a_fixed_discount_does_not_grow_when_more_is_charged() -> None:
    company = company_with(terms("2026-04-01", seats("10.00"), "10"))
    company.discount(1, amount="40.00")
    company.run(APRIL)
    company.change_terms(1, APRIL, seats("10.00"), Decimal(15))
    (line,) = lines(company.run(APRIL)[1])
    assert (line.gross, line.discount, line.net) == (Decimal("50.00"), Decimal("0.00"), Decimal("50.00"))


@pytest.mark.rule("SUB-5", "SUB-6")
def test_each_billed_line_of_a_period_is_corrected_by_itself() -> None:
    company = company_with(terms("2026-04-01", seats("30.00")), terms("2026-04-11", seats("60.00", id=5)))
    company.run(APRIL)
    company.cancel(1, APRIL)
    assert [(str(line.gross), line.corrects) for line in lines(company.run(MAY)[1])] == [("-10.00", 1), ("-40.00", 2)]


# which day decides (DAT-3)


@pytest.mark.rule("DAT-3", "TAX-1")
@pytest.mark.parametrize(
    ("tax_date", "expected"), [(TaxDate.SUPPLY, ["10.00", "20.00"]), (TaxDate.INVOICE, ["20.00", "20.00"])]
)
def test_the_tax_rate_of_the_service_day_holds_unless_the_owner_takes_that_of_the_invoice(
    tax_date: TaxDate, expected: list[str]
) -> None:
    company = company_with(terms("2026-04-01", flat("100.00", timing=Timing.IN_ARREARS)))
    company.subscribe(1, terms("2026-05-01", flat("100.00")))
    company.tax_date = tax_date
    company.tax_rates = (
        TaxRate(1, "Old", "DE", None, None, Decimal(10), Validity(None, day("2026-04-30"))),
        TaxRate(2, "New", "DE", None, None, Decimal(20), Validity(MAY, None)),
    )
    assert [str(line.tax) for line in lines(company.run(MAY)[1])] == expected


@pytest.mark.rule("DAT-3", "TAX-2")
def test_an_exemption_holds_for_the_services_of_its_days() -> None:
    company = company_with(terms("2026-04-01", flat("100.00")))
    company.accounts[1] = replace(company.accounts[1], exempt=(Validity(MAY, day("2026-05-31")),))
    company.tax_rates = (TaxRate(1, "VAT", "DE", None, None, Decimal(10)),)
    assert [str(line.tax) for line in lines(company.run(JUNE)[1])] == ["10.00", "0", "10.00"]


@pytest.mark.rule("DAT-3", "DIS-1")
@settings(max_examples=50, deadline=None)
@given(first=days_of_april, last=days_of_april, late=st.integers(0, 3))
def test_however_late_a_month_is_billed_its_discount_is_the_same(first: date, last: date, late: int) -> None:
    assume(first <= last)
    on_time, later = (company_with(terms("2026-04-01", flat("100.00"))) for _ in range(2))
    for company in (on_time, later):
        company.discount(1, percent="50", valid=Validity(first, last))
    for on in (APRIL, MAY, JUNE):
        on_time.run(on)
    later.run(JUNE + timedelta(days=late))
    assert [found.line.net for found in later.issued] == [found.line.net for found in on_time.issued]


# taxes of a document (TAX-4)


@pytest.mark.rule("TAX-4", "MON-2")
def test_taxes_of_a_document_are_rounded_on_the_sum_and_split_over_its_lines() -> None:
    company = Company(anchor=APRIL, tax_rates=(TaxRate(1, "VAT", "DE", None, None, Decimal(19)),))
    company.account(1, taxable=True, country="DE")
    for amount in ("0.13", "0.13", "0.13"):
        company.charge(1, amount, APRIL)
    assert company.bill(1, APRIL).invoices[0].tax == Decimal("0.06")  # each 0.0247, rounded 0.02
    company.tax_rounding = TaxRounding.DOCUMENT
    (invoice,) = company.bill(1, APRIL).invoices
    assert invoice.tax == Decimal("0.07")  # 0.39 x 19 % = 0.0741
    assert [str(line.tax) for line in invoice.lines] == ["0.03", "0.02", "0.02"]


@pytest.mark.rule("TAX-4")
@settings(max_examples=100, deadline=None)
@given(nets=st.lists(st.decimals("-50.00", "200.00", places=2), min_size=1, max_size=12))
def test_the_tax_of_a_document_is_the_percentage_of_its_net(nets: list[Decimal]) -> None:
    assume(sum(nets) > 0)
    company = Company(anchor=APRIL, tax_rates=(TaxRate(1, "VAT", "DE", None, None, Decimal("7.7")),))
    company.account(1, taxable=True, country="DE")
    company.tax_rounding = TaxRounding.DOCUMENT
    for amount in nets:
        company.charge(1, str(amount), APRIL)
    (invoice,) = company.bill(1, APRIL).invoices
    assert abs(Fraction(invoice.tax) - Fraction(sum(nets)) * Fraction(77, 1000)) <= Fraction(1, 200)
    assert sum(line.tax for line in invoice.lines) == invoice.tax


@pytest.mark.rule("SUB-10", "USE-3")
def test_usage_that_comes_back_to_a_period_after_another_interval_is_one_with_what_was_before() -> None:
    weekly = replace(metered("1.00", id=8), interval=Interval(Unit.WEEK, 1))
    monthly = metered("1.00", id=3, included="100")
    company = company_with(terms("2026-04-01", monthly), terms("2026-04-08", weekly), terms("2026-04-15", monthly))
    company.use(1, day("2026-04-02"), "90")
    company.use(1, day("2026-04-20"), "60")
    assert lines(company.run(day("2026-04-16"))[1]) == []
    assert sum(line.gross for line in lines(company.run(MAY)[1])) == Decimal("50.00")
