"""Discounts and taxes as the second opinion works them out; to be checked by hand."""

from fractions import Fraction

import pytest

from banyan.verification.second_opinion.facts import Choice
from tests.second_opinion.books import Books, day, totals


@pytest.mark.rule("DIS-1", "DAT-3")
def test_half_price_in_january_is_half_price_of_what_was_used_in_january() -> None:
    books = Books()
    books.item(books.price("usage", unit=1), start=day(1))
    books.discount(percent=50, valid_from=day(1), valid_to=day(1, 31))
    books.use(100, day(1, 15))
    books.use(60, day(2, 15))
    assert totals(books.run(day(2))) == ["50.00"]
    assert totals(books.run(day(3))) == ["60.00"]


@pytest.mark.rule("DIS-1")
def test_three_months_at_half_price_are_so_when_they_are_billed_in_the_fourth() -> None:
    books = Books()
    books.item(books.price(flat=100))
    books.discount(percent=50, valid_from=day(1), valid_to=day(3, 31))
    assert totals(books.run(day(4))) == ["50.00", "50.00", "50.00", "100.00"]


@pytest.mark.rule("DIS-4")
def test_a_fixed_amount_is_taken_once_a_billing_date_over_all_invoices() -> None:
    books = Books()
    books.discount(amount=10)
    for number in (1, 2):
        books.item(books.price(flat=30 * number))
        books.world.subscription_payers[number] = Choice("customer_separate", 1, None)
    # 10.00 in proportion to 30.00 and 60.00
    assert totals(books.run(day(1))) == ["26.67", "53.33"]
    assert len(books.invoices) == 2
    books.charge(7, day(1))
    assert totals(books.run(day(1))) == ["7.00"]
    books.void(*books.lines)
    assert sum(Fraction(total) for total in totals(books.run(day(1)))) == 87
    assert sum(Fraction(total) for total in totals(books.run(day(2)))) == 80


@pytest.mark.rule("DIS-4")
def test_a_credit_takes_no_discount() -> None:
    books = Books()
    books.discount(percent=10)
    books.charge(100, day(1))
    books.charge(-50, day(1))
    assert totals(books.run(day(1))) == ["90.00", "-50.00"]


@pytest.mark.rule("DIS-2")
def test_a_discount_of_the_payer_overrides_where_it_holds_for_the_line() -> None:
    books = Books()
    books.account(2)
    books.world.responsible[2] = 1
    books.discount(account=1, percent=50, valid_to=day(1, 31))
    books.discount(account=2, percent=10)
    books.item(books.price(flat=100), account=2)
    # February is not covered by the payer's
    assert totals(books.run(day(2))) == ["50.00", "90.00"]


@pytest.mark.rule("TAX-4")
def test_by_document_the_sum_is_rounded_and_by_line_each_line() -> None:
    for by_document, expected in ((True, ["0.36", "0.36", "0.37"]), (False, ["0.36", "0.36", "0.36"])):
        books = Books()
        books.account(1, taxable=True, country="DE", rounds_documents=by_document)
        books.rate(10)
        for amount in ("0.33", "0.33", "0.334"):
            books.charge(amount, day(1))
        books.charge("0.33", day(1), account=1)
        books.world.charges[4].amount = Fraction("0.34")
        lines = books.run(day(1))
        # 1.33 x 10 % = 0.133 = 0.13: 0.03 each and 0.01 for the largest remainder, that of 0.34
        taxes = [float(sum(one.amount for one in line.taxes)) for line in lines]
        assert taxes == ([0.03, 0.03, 0.03, 0.04] if by_document else [0.03] * 4), expected


@pytest.mark.rule("TAX-1", "DAT-3")
def test_the_service_day_decides_about_the_rate_or_the_billing_date_where_the_owner_says_so() -> None:
    for on_supply, expected in ((True, ["20.00", "11.00"]), (False, ["22.00", "11.00"])):
        books = Books()
        books.account(1, taxable=True, country="DE", taxed_on_supply=on_supply)
        books.rate(20, valid_to=day(6, 30))
        books.rate(22, valid_from=day(7))
        books.item(books.price("usage", unit=1), start=day(6))
        books.item(books.price(flat=50), start=day(7))
        books.use(100, day(6, 10))
        taxes = [f"{float(line.total - line.net):.2f}" for line in books.run(day(7))]
        assert taxes == expected


@pytest.mark.rule("POO-3")
def test_what_an_allowance_covers_whole_is_a_line_of_nothing_but_no_invoice() -> None:
    books = Books()
    books.item(books.price("usage", unit=1, included=100))
    books.use(40, day(1, 10))
    assert books.run(day(2)) == []
    books.charge(5, day(2))
    assert totals(books.run(day(2))) == ["0.00", "5.00"]
