"""What is billed when something changes that was billed already: only the difference, and once."""

from dataclasses import replace
from decimal import Decimal

import pytest

from banyan.engine.facts import LineKind, Pause, SubscriptionPayer, TaxRate, Timing, WhoPaysMode
from banyan.engine.result import Bill, Line
from banyan.kernel.calendar import Interval, Unit
from tests.engine.catalog import day, flat, metered, seats, terms
from tests.engine.company import Company

JANUARY, FEBRUARY, MARCH, APRIL = (day(f"2026-0{month}-01") for month in (1, 2, 3, 4))


def lines(bill: Bill) -> list[Line]:
    return [line for invoice in (*bill.invoices, *bill.carried) for line in invoice.lines]


def shown(bill: Bill) -> list[str]:
    return [f"{line.kind} {line.period.start} {line.period.end} {line.gross}" for line in lines(bill)]


def one_plan(amount: str = "31.00", *, timing: Timing = Timing.IN_ADVANCE) -> Company:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", flat(amount, timing=timing)))
    return company


@pytest.mark.rule("RUN-3", "SUB-4")
def test_a_second_run_for_the_same_date_bills_nothing() -> None:
    company = one_plan()
    assert shown(company.run(FEBRUARY)[1]) == [
        "recurring 2026-01-01 2026-02-01 31.00",
        "recurring 2026-02-01 2026-03-01 31.00",
    ]
    again = company.run(FEBRUARY)[1]
    assert (again.invoices, again.carried, again.item_states) == ((), (), ())


@pytest.mark.rule("SUB-5", "SUB-3", "INV-7")
def test_a_cancellation_credits_the_rest_of_the_period_once_a_charge_absorbs_it() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-10", flat("31.00")))
    assert shown(company.run(JANUARY)[1]) == []
    assert company.run(FEBRUARY)[1].invoices[0].total == Decimal("53.00")
    company.cancel(1, day("2026-02-15"))
    march = company.run(MARCH)[1]
    assert march.invoices == ()
    assert shown(march) == ["correction 2026-02-15 2026-03-01 -15.50"]
    company.charge(1, "20.00", day("2026-03-05"))
    assert company.run(APRIL)[1].invoices[0].total == Decimal("4.50")
    assert shown(company.run(APRIL)[1]) == []


@pytest.mark.rule("SUB-5")
def test_a_cancellation_without_proration_credits_nothing() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.cancel(1, day("2026-02-15"), prorate=False)
    assert shown(company.run(APRIL)[1]) == []


@pytest.mark.rule("SUB-5")
def test_a_cancellation_without_proration_on_the_day_a_period_was_billed_keeps_that_period() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.cancel(1, FEBRUARY, prorate=False)
    assert shown(company.run(APRIL)[1]) == []


@pytest.mark.rule("SUB-5", "SUB-3")
def test_more_seats_in_the_middle_of_a_billed_month_cost_the_difference() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", seats("28.00"), "2"))
    company.run(FEBRUARY)
    company.change_terms(1, day("2026-02-15"), seats("28.00"), Decimal(3))
    assert shown(company.run(MARCH)[1]) == [
        "correction 2026-02-15 2026-03-01 14.00",
        "recurring 2026-03-01 2026-04-01 84.00",
    ]
    company.change_terms(1, day("2026-02-22"), seats("28.00"), Decimal(1))
    correction, last = lines(company.run(MARCH)[1])
    assert (correction.period.start, correction.gross) == (day("2026-02-22"), Decimal("-14.00"))
    assert (last.period.start, last.gross) == (MARCH, Decimal("-56.00"))


@pytest.mark.rule("SUB-5")
def test_a_change_that_is_known_before_the_period_is_billed_needs_no_correction() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", seats("28.00"), "2"))
    company.run(JANUARY)
    company.change_terms(1, day("2026-02-15"), seats("28.00"), Decimal(3))
    assert shown(company.run(FEBRUARY)[1]) == [
        "recurring 2026-02-01 2026-02-15 28.00",
        "recurring 2026-02-15 2026-03-01 42.00",
    ]


@pytest.mark.rule("SUB-5")
def test_a_change_that_begins_later_in_a_billed_period_is_not_credited_first_and_charged_later() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-02-01", seats("28.00"), "2"))
    company.run(FEBRUARY)
    company.change_terms(1, day("2026-02-15"), seats("28.00"), Decimal(3))
    assert shown(company.run(day("2026-02-03"))[1]) == ["correction 2026-02-15 2026-03-01 14.00"]
    assert shown(company.run(day("2026-02-15"))[1]) == []


@pytest.mark.rule("SUB-5")
def test_a_backdated_start_charges_the_days_before() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-11", flat("31.00")))
    company.run(JANUARY)
    company.run(FEBRUARY)
    company.start_earlier(1, day("2025-12-31"))
    assert shown(company.run(FEBRUARY)[1]) == [
        "recurring 2025-12-31 2026-01-01 1.00",
        "correction 2026-01-01 2026-01-11 10.00",
    ]


@pytest.mark.rule("SUB-5")
def test_a_price_with_another_interval_credits_the_old_period_and_charges_the_new_one() -> None:
    company = one_plan()
    company.run(JANUARY)
    yearly = flat("365.00", id=9, interval=Interval(Unit.YEAR, 1))
    company.change_terms(1, JANUARY, yearly, Decimal(1))
    found = lines(company.run(JANUARY)[1])
    assert [(line.kind, line.gross, line.correction) for line in found] == [
        (LineKind.CORRECTION, Decimal("-31.00"), 1),
        (LineKind.RECURRING, Decimal("365.00"), 2),
    ]
    assert shown(company.run(APRIL)[1]) == []


@pytest.mark.rule("SUB-5", "SUB-4")
def test_a_billed_period_that_changes_to_arrears_waits_for_its_end() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.change_terms(1, FEBRUARY, flat("33.00", id=9, timing=Timing.IN_ARREARS), Decimal(1))
    assert shown(company.run(day("2026-02-10"))[1]) == []
    assert company.items[1].course.changed_from == FEBRUARY
    assert shown(company.run(MARCH)[1]) == ["correction 2026-02-01 2026-03-01 2.00"]
    assert company.items[1].course.changed_from is None
    assert shown(company.run(APRIL)[1])[-1] == "recurring 2026-03-01 2026-04-01 33.00"


@pytest.mark.rule("SUB-5")
def test_a_change_and_its_opposite_cost_nothing() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.cancel(1, day("2026-02-15"))
    company.resume(1)
    assert shown(company.run(FEBRUARY)[1]) == []
    assert company.items[1].course.changed_from is None


@pytest.mark.rule("SUB-5")
def test_a_credited_item_that_goes_on_is_charged_again() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.cancel(1, day("2026-02-15"))
    company.charge(1, "20.00", FEBRUARY)
    assert company.run(MARCH)[1].invoices[0].total == Decimal("4.50")
    company.resume(1)
    assert shown(company.run(MARCH)[1]) == [
        "correction 2026-02-15 2026-03-01 15.50",
        "recurring 2026-03-01 2026-04-01 31.00",
    ]


@pytest.mark.rule("SUB-6", "DIS-4")
def test_a_correction_takes_the_discounts_and_taxes_of_the_line_it_corrects_and_names_it() -> None:
    company = Company(tax_rates=(TaxRate(1, "VAT", "DE", None, None, Decimal(19)),))
    company.account(1, taxable=True, country="DE")
    company.subscribe(1, terms("2026-02-01", flat("28.00")))
    company.discount(1, percent="10")
    company.discount(1, amount="5.00")
    company.discount(1, percent="50")
    company.run(FEBRUARY)
    company.discounts = {}
    company.discount(1, percent="25")
    company.tax_rates = (TaxRate(1, "VAT", "DE", None, None, Decimal(25)),)
    company.cancel(1, day("2026-02-15"))
    (line,) = lines(company.run(MARCH)[1])
    assert [(off.name, off.amount) for off in line.discounts] == [
        ("10 %", Decimal("-1.40")),
        ("5.00 USD", Decimal("-2.50")),
        ("50 %", Decimal("-5.05")),
    ]
    assert [(tax.percent, tax.amount) for tax in line.taxes] == [(Decimal(19), Decimal("-0.96"))]
    assert (line.net, line.corrects, line.correction) == (Decimal("-5.05"), company.issued[0].id, 1)


@pytest.mark.rule("SUB-6", "BHI-7")
def test_a_correction_goes_to_the_account_that_was_invoiced_and_the_next_period_to_todays() -> None:
    company = Company()
    for account in (1, 2, 3):
        company.account(account)
    company.subscribe(1, terms("2026-01-01", seats("28.00"), "1"))
    company.responsible = {1: 2}
    company.run(FEBRUARY)
    company.responsible = {1: 3}
    company.change_terms(1, day("2026-02-15"), seats("28.00"), Decimal(2))
    bills = company.run(MARCH)
    assert {payer: shown(bill) for payer, bill in bills.items()} == {
        1: [],
        2: ["correction 2026-02-15 2026-03-01 14.00"],
        3: ["recurring 2026-03-01 2026-04-01 56.00"],
    }
    assert lines(bills[2])[0].payer.rule == "SUB-6"
    assert (company.items[1].course.changed_from, company.items[1].course.billed_until) == (None, APRIL)


@pytest.mark.rule("SUB-6")
def test_the_item_stays_changed_until_every_payer_has_got_his_line() -> None:
    company = Company()
    for account in (1, 2):
        company.account(account)
    company.subscribe(2, terms("2026-01-01", seats("28.00"), "1"))
    company.responsible = {2: 1}
    company.run(FEBRUARY)
    company.responsible = {}
    company.change_terms(1, day("2026-02-15"), seats("28.00"), Decimal(2))
    assert company.bill(1, MARCH).item_states == ()
    (state,) = company.bill(2, MARCH).item_states
    assert (state.billed_until, state.changed_from) == (APRIL, day("2026-02-15"))


@pytest.mark.rule("SUB-6")
def test_a_correction_for_an_inactive_account_goes_to_todays_payer() -> None:
    company = Company(inactive={2})
    for account in (1, 2, 3):
        company.account(account)
    company.subscribe(1, terms("2026-01-01", flat("28.00")))
    company.responsible = {1: 2}
    company.run(FEBRUARY)
    company.responsible = {1: 3}
    company.cancel(1, day("2026-02-15"))
    bills = company.run(MARCH)
    assert shown(bills[2]) == []
    assert [(line.gross, line.payer.rule) for line in lines(bills[3])] == [(Decimal("-14.00"), "BHI-1")]


@pytest.mark.rule("SUB-6", "INV-1")
def test_a_correction_for_a_former_payer_is_on_his_plain_invoice() -> None:
    company = Company()
    for account in (1, 2):
        company.account(account)
    item = company.subscribe(1, terms("2026-01-01", seats("28.00"), "1"))
    company.subscription_payers[item] = SubscriptionPayer(WhoPaysMode.PARENT, 2, 7)
    company.run(FEBRUARY)
    company.change_terms(item, day("2026-02-15"), seats("28.00"), Decimal(2))
    assert company.bill(2, FEBRUARY).invoices[0].group_id == 7
    company.subscription_payers[item] = SubscriptionPayer(WhoPaysMode.CUSTOMER_CONSOLIDATED, 1, 8)
    assert company.bill(2, FEBRUARY).invoices[0].group_id is None


@pytest.mark.rule("INV-6", "SUB-5")
def test_the_charges_of_a_void_invoice_are_billed_again() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.void(*company.live_lines())
    assert shown(company.run(FEBRUARY)[1]) == [
        "recurring 2026-01-01 2026-02-01 31.00",
        "recurring 2026-02-01 2026-03-01 31.00",
    ]


@pytest.mark.rule("INV-6", "SUB-5")
def test_a_correction_outlives_the_void_invoice_it_corrects_only_to_be_reversed() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.charge(1, "20.00", FEBRUARY)
    company.cancel(1, day("2026-02-15"))
    company.run(MARCH)
    company.void(*(found for found in company.live_lines(1) if found.line.period.start == FEBRUARY))
    assert shown(company.run(APRIL)[1]) == [
        "recurring 2026-02-01 2026-02-15 15.50",
        "correction 2026-02-15 2026-03-01 15.50",
    ]
    assert sum(found.line.gross for found in company.live_lines(1)) == Decimal("46.50")


@pytest.mark.rule("INV-6", "SUB-5", "SUB-6")
@pytest.mark.parametrize("new_payer", [1, 3])
def test_what_corrected_a_void_line_is_taken_back_from_whoever_got_it_in_whichever_order_payers_come(
    new_payer: int,
) -> None:
    company = Company()
    for account in (1, 2, 3):
        company.account(account)
    company.subscribe(2, terms("2026-01-01", seats("28.00"), "2"))
    company.run(FEBRUARY)
    company.change_terms(1, day("2026-02-15"), seats("28.00"), Decimal(3))
    company.run(MARCH)
    company.responsible = {2: new_payer}
    company.void(*(found for found in company.live_lines(1) if found.billing_date == FEBRUARY))
    april = company.run(APRIL)
    assert shown(april[2]) == ["correction 2026-02-15 2026-03-01 -14.00"]
    assert [line for line in shown(april[new_payer]) if " 2026-02-" in line] == [
        "recurring 2026-01-01 2026-02-01 56.00",
        "recurring 2026-02-01 2026-02-15 28.00",
        "recurring 2026-02-15 2026-03-01 42.00",
    ]


@pytest.mark.rule("ACC-3", "SUB-4")
def test_what_follows_a_pause_in_a_period_that_is_billed_in_part_is_a_first_billing() -> None:
    company = one_plan()
    company.pause(1, day("2026-01-11"), (Pause(day("2026-01-11"), day("2026-01-21")),))
    assert shown(company.run(day("2026-01-15"))[1]) == ["recurring 2026-01-01 2026-01-11 10.00"]
    assert shown(company.run(day("2026-01-31"))[1]) == ["recurring 2026-01-21 2026-02-01 11.00"]
    assert company.items[1].course.changed_from is None


@pytest.mark.rule("ACC-3", "USE-3")
@pytest.mark.parametrize("is_marked", [True, False], ids=["changed", "as it began"])
def test_a_period_that_is_billed_in_part_has_its_allowance_once(is_marked: bool) -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", metered("1.00", included="100")))
    company.pause(1, day("2026-01-11"), (Pause(day("2026-01-11"), day("2026-01-21")),))
    if not is_marked:
        item = company.items[1]
        company.items[1] = replace(item, course=replace(item.course, changed_from=None))
    company.use(1, day("2026-01-05"), "80")
    assert shown(company.run(day("2026-01-15"))[1]) == []
    company.events.append((1, day("2026-01-25"), Decimal(50)))  # in time, so nobody marks the item for it
    assert shown(company.run(FEBRUARY)[1]) == ["usage 2026-01-01 2026-02-01 30.00"]


@pytest.mark.rule("ACC-3", "SUB-5")
def test_an_item_that_is_paused_until_further_notice_stays_as_it_is() -> None:
    company = one_plan()
    company.run(JANUARY)
    company.pause(1, day("2026-02-11"), (Pause(day("2026-02-11"), None),))
    before = company.items[1]
    assert shown(company.run(FEBRUARY)[1]) == shown(company.run(MARCH)[1]) == []
    assert company.items[1] == before
    company.pause(1, day("2026-03-21"), (Pause(day("2026-02-11"), day("2026-03-21")),))
    assert shown(company.run(APRIL)[1]) == [
        "recurring 2026-02-01 2026-02-11 11.07",
        "recurring 2026-03-21 2026-04-01 11.00",
        "recurring 2026-04-01 2026-05-01 31.00",
    ]


@pytest.mark.rule("INV-6", "SUB-5")
def test_a_void_correction_is_made_again() -> None:
    company = one_plan()
    company.run(FEBRUARY)
    company.cancel(1, day("2026-02-15"))
    company.charge(1, "20.00", FEBRUARY)
    company.run(MARCH)
    company.void(*(found for found in company.live_lines(1) if found.line.kind is LineKind.CORRECTION))
    company.charge(1, "20.00", FEBRUARY)
    found = lines(company.run(MARCH)[1])
    assert [(line.gross, line.correction) for line in found if line.item_id] == [(Decimal("-15.50"), 1)]


@pytest.mark.rule("USE-2", "USE-3", "POO-3")
def test_usage_is_charged_in_arrears_beyond_its_allowance() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", metered("0.05", included="100")))
    company.use(1, day("2026-01-31"), "130")
    company.use(1, FEBRUARY, "99")
    assert shown(company.run(JANUARY)[1]) == []
    (line,) = lines(company.run(FEBRUARY)[1])
    assert (line.kind, line.quantity, line.gross) == (LineKind.USAGE, 30, Decimal("1.50"))
    assert line.usage is not None
    assert (line.usage.used, line.usage.own_allowance, line.usage.shared_allowance) == (130, 100, 0)
    assert shown(company.run(MARCH)[1]) == []
    assert company.items[1].course.billed_until == MARCH


@pytest.mark.rule("USE-2", "SUB-5")
def test_a_late_event_is_billed_as_a_difference() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", metered("0.05", included="100")))
    company.use(1, day("2026-01-31"), "130")
    company.run(FEBRUARY)
    company.use(1, day("2026-01-20"), "4")
    (line,) = lines(company.run(FEBRUARY)[1])
    assert (line.quantity, line.gross, line.period.start) == (4, Decimal("0.20"), JANUARY)
    assert company.run(FEBRUARY)[1].invoices == ()


@pytest.mark.rule("USE-2", "SUB-5")
def test_the_first_event_of_a_period_that_was_free_comes_late_and_is_a_first_billing() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", metered("0.05")))
    company.run(FEBRUARY)
    company.use(1, day("2026-01-20"), "4")
    assert shown(company.run(FEBRUARY)[1]) == ["usage 2026-01-01 2026-02-01 0.20"]


@pytest.mark.rule("USE-3", "SUB-10")
def test_a_period_has_its_allowance_once_even_when_the_price_changes_inside() -> None:
    company = Company()
    company.account(1)
    company.subscribe(
        1,
        terms("2026-01-01", metered("0.05", included="100")),
        terms("2026-01-16", metered("0.10", id=4, included="100")),
    )
    company.use(1, day("2026-01-15"), "80")
    company.use(1, day("2026-01-16"), "50")
    first, second = lines(company.run(FEBRUARY)[1])  # 30 units beyond the allowance, 80 : 50
    assert (first.period.start, first.gross) == (day("2026-01-01"), Decimal("0.92"))
    assert (second.period.start, second.gross) == (day("2026-01-16"), Decimal("1.16"))
    assert first.quantity + second.quantity == 30


@pytest.mark.rule("POO-1", "POO-2", "POO-3")
def test_a_tree_is_charged_its_usage_beyond_the_pool_each_account_at_its_price() -> None:
    company = Company(parents={2: 1, 3: 2})
    for account, included, used in ((1, "1000", "200"), (2, "500", "1500"), (3, "500", "700")):
        company.account(account)
        company.subscribe(account, terms("2026-01-01", metered("0.05", id=account, included=included, pooled=True)))
        company.use(account, day("2026-01-06"), used)
    bills = company.run(FEBRUARY)
    assert {payer: [str(line.gross) for line in lines(bill)] for payer, bill in bills.items()} == {
        1: [],
        2: ["16.65"],
        3: ["3.35"],
    }
    usage = lines(bills[2])[0].usage
    assert usage is not None
    assert (usage.used, usage.own_allowance, usage.shared_allowance) == (1500, 500, 667)
    company.use(1, day("2026-01-07"), "300")
    bills = company.run(FEBRUARY)
    assert [str(line.gross) for bill in bills.values() for line in lines(bill)] == ["12.50", "2.50"]
