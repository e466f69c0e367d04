"""Which discount holds, and what it takes."""

from decimal import Decimal

import pytest

from banyan.engine.discounts import percents_off
from banyan.engine.facts import Discount, Timing, Validity
from banyan.engine.result import Bill, Line
from tests.engine.catalog import day, flat, seats, terms
from tests.engine.company import Company

HQ, NORTH, SOUTH = 1, 2, 3
NEW_YEAR = day("2026-01-01")


def group() -> Company:
    """Headquarters pays 100.00 for itself, 59.97 for North and 139.93 for South."""
    company = Company()
    for account in (HQ, NORTH, SOUTH):
        company.account(account)
    company.subscribe(HQ, terms("2026-01-01", flat("100.00")))
    company.subscribe(NORTH, terms("2026-01-01", seats("19.99"), "3"))
    company.subscribe(SOUTH, terms("2026-01-01", seats("19.99"), "7"))
    company.responsible = {NORTH: HQ, SOUTH: HQ}
    return company


def lines(bill: Bill) -> list[Line]:
    return [line for invoice in (*bill.invoices, *bill.carried) for line in invoice.lines]


def taken(bill: Bill) -> list[list[tuple[str, str]]]:
    return [[(off.name, str(off.amount)) for off in line.discounts] for line in lines(bill)]


@pytest.mark.rule("DIS-3")
def test_the_discount_of_a_managed_account_shows_on_the_payers_invoice() -> None:
    company = group()
    company.discount(NORTH, percent="20")
    bill = company.bill(HQ, NEW_YEAR)
    assert taken(bill) == [[], [("20 %", "11.99")], []]
    assert bill.invoices[0].total == Decimal("287.91")


@pytest.mark.rule("DIS-2")
def test_the_discount_of_the_payer_overrides_those_of_its_managed_accounts() -> None:
    company = group()
    company.discount(NORTH, percent="20")
    company.discount(HQ, percent="10")
    bill = company.bill(HQ, NEW_YEAR)
    assert taken(bill) == [[("10 %", "10.00")], [("10 %", "6.00")], [("10 %", "13.99")]]
    assert bill.invoices[0].total == Decimal("269.91")


@pytest.mark.rule("DIS-1")
def test_discounts_apply_in_order_each_on_what_is_left() -> None:
    company = group()
    company.discount(SOUTH, percent="10")
    company.discount(SOUTH, amount="5.00")
    company.discount(SOUTH, percent="50")
    assert taken(company.bill(HQ, NEW_YEAR))[2] == [("10 %", "13.99"), ("5.00 USD", "5.00"), ("50 %", "60.47")]


@pytest.mark.rule("DIS-1", "DIS-4")
def test_a_fixed_discount_never_takes_more_than_there_is() -> None:
    company = group()
    company.discount(NORTH, amount="1000.00")
    bill = company.bill(HQ, NEW_YEAR)
    assert taken(bill) == [[], [("1000.00 USD", "59.97")], []]
    assert lines(bill)[1].net == 0


@pytest.mark.rule("DIS-4", "MON-2")
def test_a_fixed_discount_of_the_payer_is_split_by_amount() -> None:
    company = group()
    company.discount(HQ, amount="30.00")
    bill = company.bill(HQ, NEW_YEAR)
    assert taken(bill) == [[("30.00 USD", "10.00")], [("30.00 USD", "6.00")], [("30.00 USD", "14.00")]]


@pytest.mark.rule("DIS-4", "BHI-4")
def test_a_fixed_discount_is_taken_once_over_all_invoices_of_a_payer_and_billing_date() -> None:
    company = group()
    company.per_account = {HQ}
    company.discount(HQ, amount="30.00")
    assert [str(invoice.discount) for invoice in company.bill(HQ, NEW_YEAR).invoices] == ["10.00", "6.00", "14.00"]


@pytest.mark.rule("DIS-4", "RUN-3")
def test_a_fixed_discount_is_not_taken_again_when_the_date_is_run_again_and_its_rest_is() -> None:
    company = Company()
    company.account(HQ)
    company.charge(HQ, "20.00", NEW_YEAR)
    company.discount(HQ, amount="30.00")
    assert taken(company.run(NEW_YEAR)[HQ]) == [[("30.00 USD", "20.00")]]
    company.charge(HQ, "50.00", NEW_YEAR)
    assert taken(company.run(NEW_YEAR)[HQ]) == [[("30.00 USD", "10.00")]]
    company.charge(HQ, "50.00", NEW_YEAR)
    assert taken(company.run(NEW_YEAR)[HQ]) == [[]]
    company.charge(HQ, "50.00", NEW_YEAR)
    assert taken(company.run(day("2026-02-01"))[HQ]) == [[("30.00 USD", "30.00")]]


@pytest.mark.rule("DIS-4")
def test_a_void_invoice_gives_its_fixed_discount_back() -> None:
    company = Company()
    company.account(HQ)
    company.charge(HQ, "20.00", NEW_YEAR)
    company.discount(HQ, amount="30.00")
    company.run(NEW_YEAR)
    company.void(*company.issued)
    assert taken(company.run(NEW_YEAR)[HQ]) == [[("30.00 USD", "20.00")]]


@pytest.mark.rule("DIS-1", "DAT-3")
def test_a_percentage_has_to_be_valid_on_the_service_day_a_fixed_amount_on_the_billing_date() -> None:
    company = Company()
    company.account(HQ)
    company.subscribe(HQ, terms("2026-01-01", flat("100.00", timing=Timing.IN_ARREARS)))
    january = Validity(NEW_YEAR, day("2026-01-31"))
    company.discount(HQ, percent="50", valid=january)
    company.discount(HQ, amount="5.00", valid=january)
    assert taken(company.run(day("2026-02-01"))[HQ]) == [[("50 %", "50.00")]]
    assert taken(company.run(day("2026-03-01"))[HQ]) == [[]]


@pytest.mark.rule("DIS-2")
def test_a_discount_of_the_payer_that_does_not_hold_for_a_line_overrides_nothing() -> None:
    company = group()
    company.discount(NORTH, percent="20")
    company.discount(HQ, percent="10", valid=Validity(None, day("2025-12-31")))
    assert taken(company.bill(HQ, NEW_YEAR)) == [[], [("20 %", "11.99")], []]


@pytest.mark.rule("DIS-4", "MON-2")
def test_a_cent_that_can_not_be_split_goes_to_the_lower_account_number() -> None:
    company = Company()
    for account in (3, 2, 1):
        company.account(account)
        company.subscribe(account, terms("2026-01-01", flat("10.00")))
    company.responsible = {1: 3, 2: 3}
    company.discount(3, amount="0.01")
    shares = {line.account_id: line.discount for line in lines(company.bill(3, NEW_YEAR))}
    assert shares == {1: Decimal("0.01"), 2: 0, 3: 0}


@pytest.mark.rule("DIS-4")
def test_a_credit_takes_no_discount() -> None:
    company = group()
    company.charge(HQ, "-20.00", NEW_YEAR)
    company.discount(HQ, percent="10")
    company.discount(HQ, amount="30.00")
    credit = next(line for line in lines(company.bill(HQ, NEW_YEAR)) if line.gross < 0)
    assert (credit.discounts, credit.net) == ((), Decimal("-20.00"))


@pytest.mark.rule("DIS-1")
def test_a_discount_for_some_products_leaves_the_other_lines_alone() -> None:
    company = group()
    company.charge(HQ, "40.00", NEW_YEAR)
    company.discounts = {HQ: (Discount(1, HQ, Decimal("12.5"), None, frozenset({1})),)}
    assert taken(company.bill(HQ, NEW_YEAR)) == [
        [("12.5 %", "12.50")],
        [],
        [("12.5 %", "7.50")],
        [("12.5 %", "17.49")],
    ]
    company.discounts = {HQ: (Discount(1, HQ, Decimal("12.5"), None, frozenset({2})),)}
    company.discount(NORTH, percent="20")
    assert taken(company.bill(HQ, NEW_YEAR)) == [[], [], [("20 %", "11.99")], []]


@pytest.mark.rule("MON-1")
def test_an_amount_is_written_alike_however_an_equal_one_was_written_before() -> None:
    """What is worked out once for equal amounts must not keep the decimals of whichever came first."""
    amounts = [percents_off(Decimal(text), (), "USD").net for text in ("64.2300", "64.23", "64.23000")]
    assert [str(amount) for amount in amounts] == ["64.23"] * 3
