"""Parts of periods, changes and what is taken back, as the second opinion works them out; to be checked by hand."""

from datetime import UTC, date, datetime
from fractions import Fraction

import pytest

from banyan.verification.second_opinion.reading import Midnights
from banyan.verification.second_opinion.rounding import half_up, settled, together
from tests.second_opinion.books import Books, day, gross, totals

CENT = Fraction(1, 100)


def cents(*amounts: str) -> list[Fraction]:
    return [Fraction(amount) for amount in amounts]


@pytest.mark.rule("MON-1", "MON-3")
def test_parts_are_rounded_together_and_the_largest_remainders_are_rounded_up() -> None:
    assert half_up(Fraction("-0.125"), CENT) == Fraction("-0.13")
    # 33.333… three times is 100.00; of equal remainders the earlier one
    assert together([Fraction(100, 3)] * 3, CENT) == cents("33.34", "33.33", "33.33")
    assert together(cents("0.335", "0.334", "0.331"), CENT) == cents("0.34", "0.33", "0.33")


@pytest.mark.rule("MON-3")
def test_who_has_been_rounded_rightly_keeps_its_cent() -> None:
    thirds = [Fraction(100, 3)] * 3
    assert settled(thirds, cents("33.33", "33.34", "33.33"), CENT) == cents("33.33", "33.34", "33.33")
    # the third is new: the two others have what makes 66.67, so it gets 33.33
    assert settled(thirds, [*cents("33.33", "33.34"), None], CENT) == cents("33.33", "33.34", "33.33")
    # 0.004 more makes 100.00 of it no more: one that was rounded up gives its cent away
    assert settled(cents("0.003", "0.001"), cents("0.01", "0.00"), CENT) == cents("0.00", "0.00")


@pytest.mark.rule("MON-3", "SUB-3")
def test_the_parts_of_a_month_add_up_to_its_rounded_sum() -> None:
    books = Books()
    item = books.item(books.price(unit=100, advance=False))
    item.quantities += [(day(1, 11), Fraction(2)), (day(1, 21), Fraction(1))]
    # 10, 10 and 11 of 31 days: 32.2581 + 64.5161 + 35.4839 = 132.2581
    assert gross(books.run(day(2))) == ["32.26", "64.52", "35.48"]


@pytest.mark.rule("MON-3", "SUB-10")
def test_seats_up_and_down_on_one_day_leave_no_trace() -> None:
    books = Books()
    item = books.item(books.price(unit="9.99"), quantity=7)
    assert gross(books.run(day(1))) == ["69.93"]
    item.quantities += [(day(1, 10), Fraction(9)), (day(1, 10), Fraction(7))]
    assert gross(books.run(day(2))) == ["69.93"]
    assert not [line for line in books.lines if line.kind == "correction"]


@pytest.mark.rule("MON-3", "SUB-5")
def test_what_is_changed_and_changed_back_comes_to_nothing() -> None:
    books = Books()
    item = books.item(books.price(unit="9.99"), quantity=7)
    books.run(day(1))
    item.quantities.append((day(1, 10), Fraction(8)))
    # 22 of 31 days of 9.99: 7.0897
    assert gross(books.run(day(1, 15))) == ["7.09"]
    item.quantities.pop()
    books.charge("50", day(1, 20))
    assert gross(books.run(day(1, 20))) == ["-7.09", "50.00"]


def test_seats_added_beside_an_agreed_price_stay() -> None:
    books = Books()
    now, later = books.price(unit=10), books.price(unit=12)
    item = books.item(now, quantity=10, start=day(2))
    assert gross(books.run(day(2))) == ["100.00"]
    item.prices.append((day(3), later))
    item.quantities.append((day(2, 10), Fraction(15)))
    # February: 32.14 + 101.79 = 133.93 instead of 100.00; March 15 x 12.00
    assert sorted(gross(books.run(day(3)))) == ["180.00", "33.93"]


@pytest.mark.rule("SUB-10")
def test_peak_users_and_a_new_price_are_one_month() -> None:
    books = Books()
    books.world.meters[1].aggregation = "max"
    item = books.item(books.price("usage", unit=5), start=day(4))
    item.prices.append((day(4, 16), books.price("usage", unit=6)))
    books.use(40, day(4, 5))
    books.use(40, day(4, 25))
    assert gross(books.run(day(5))) == ["100.00", "120.00"]


@pytest.mark.rule("SUB-10", "USE-3")
def test_of_a_sum_each_price_takes_its_share_by_units_with_one_allowance() -> None:
    books = Books()
    item = books.item(books.price("usage", unit=1, included=100))
    item.prices.append((day(1, 16), books.price("usage", unit=2, included=100)))
    books.use(30, day(1, 5))
    books.use(170, day(1, 20))
    books.use(-50, day(1, 25))
    # 150 used: 50 above the allowance; 50.00 x 30/150 = 10.00 and 100.00 x 120/150 = 80.00
    assert gross(books.run(day(2))) == ["10.00", "80.00"]


@pytest.mark.rule("SUB-10")
def test_usage_below_zero_is_none_and_a_pause_is_no_cut() -> None:
    books = Books()
    item = books.item(books.price("usage", unit=1))
    item.pauses = [(day(1, 10), day(1, 20))]
    books.use(-5, day(1, 3))
    assert books.run(day(2)) == []
    books.use(25, day(1, 25))
    books.use(100, day(1, 15))
    (line,) = books.run(day(2))
    assert (line.start, line.end, line.gross) == (day(1), day(2), 20)


@pytest.mark.rule("SUB-6")
def test_half_of_what_was_paid_comes_back_not_half_of_the_list_price() -> None:
    books = Books()
    books.discount(amount=40, valid_from=day(4), valid_to=day(4, 30))
    item = books.item(books.price(flat=100), start=day(4))
    assert totals(books.run(day(4))) == ["60.00"]
    item.end = day(4, 16)
    books.charge(80, day(4, 20))
    assert sorted(totals(books.run(day(5)))) == ["-30.00", "80.00"]


@pytest.mark.rule("SUB-6", "TAX-1")
def test_any_way_down_to_nothing_ends_at_exactly_nothing() -> None:
    books = Books()
    books.account(1, taxable=True, country="DE")
    books.rate(19)
    books.discount(percent="33.33")
    books.discount(amount="0.07")
    item = books.item(books.price(unit="0.97"), quantity=5)
    books.run(day(1))
    for of_month, quantity in ((3, 4), (9, 1), (12, 3), (20, 0)):
        item.quantities.append((day(1, of_month), Fraction(quantity)))
        books.charge(9, day(1, of_month))
        books.run(day(1, of_month))
    item.end = item.start
    books.charge(9, day(1, 25))
    books.run(day(1, 25))
    of_item = [line for line in books.lines if line.item]
    assert len(of_item) == 6
    assert [sum(line.gross for line in of_item), sum(line.net for line in of_item)] == [0, 0]
    assert sum(line.total for line in of_item) == 0


@pytest.mark.rule("SUB-6", "INV-6")
def test_the_corrections_of_a_void_line_are_taken_back_whole() -> None:
    books = Books()
    item = books.item(books.price(flat=31))
    (line,) = books.run(day(1))
    item.end = day(1, 16)
    books.charge(50, day(1, 16))
    correction, _ = books.run(day(1, 16))
    assert correction.gross == -16
    books.void(line)
    assert gross(books.run(day(2))) == ["16.00", "15.00"]
    assert sum(line.gross for line in books.lines if line.item and line.live) == 15


@pytest.mark.rule("SUB-6")
def test_a_correction_goes_to_who_was_invoiced() -> None:
    books = Books()
    books.account(2)
    item = books.item(books.price(flat=31))
    books.run(day(1))
    books.world.responsible[1] = 2
    item.end = day(1, 11)
    books.charge(50, day(1, 16), account=1)
    assert gross(books.run(day(2), payer=2)) == ["50.00"]
    (credit,) = books.run(day(2), payer=1) or [books.invoices[0].lines[0]]
    assert (credit.gross, credit.trail, books.invoices[0].held) == (-21, (("SUB-6", 1, 1),), True)


@pytest.mark.rule("USE-2")
def test_the_cut_between_two_zones_is_one_moment() -> None:
    west = Midnights([(date(2026, 2, 1), "UTC"), (None, "America/Los_Angeles")])
    # 1 February begins at midnight in UTC, 2 February at midnight in Los Angeles
    assert [west.day_of(datetime(2026, 1, 31, 23, tzinfo=UTC)), west.day_of(datetime(2026, 2, 1, 3, tzinfo=UTC))] == [
        date(2026, 1, 31),
        date(2026, 2, 1),
    ]
    assert west.day_of(datetime(2026, 2, 2, 7, 59, tzinfo=UTC)) == date(2026, 2, 1)
    east = Midnights([(date(2026, 2, 1), "America/Los_Angeles"), (None, "UTC")])
    assert east.day_of(datetime(2026, 2, 1, 7, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert east.day_of(datetime(2026, 2, 1, 8, tzinfo=UTC)) == date(2026, 2, 1)
    # a whole day is skipped where the new midnight of the next day is before the cut
    far = Midnights([(date(2026, 2, 1), "Pacific/Pago_Pago"), (None, "Pacific/Kiritimati")])
    assert far.day_of(datetime(2026, 2, 1, 10, 59, tzinfo=UTC)) == date(2026, 1, 31)
    assert far.day_of(datetime(2026, 2, 1, 11, tzinfo=UTC)) == date(2026, 2, 2)
