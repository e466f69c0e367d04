"""How the lines of a payer are laid out on invoices, and which are held back."""

from decimal import Decimal

import pytest

from banyan.engine.facts import SubscriptionPayer, WhoPaysMode
from banyan.engine.result import Bill
from tests.engine.catalog import day, flat, seats, terms
from tests.engine.company import Company

HQ, EAST, WEST = 1, 2, 3
NEW_YEAR, FEBRUARY, MARCH = day("2026-01-01"), day("2026-02-01"), day("2026-03-01")


def totals(bill: Bill) -> list[tuple[int | None, int | None, int | None, str]]:
    return [
        (invoice.for_account_id, invoice.group_id, invoice.subscription_id, str(invoice.total))
        for invoice in bill.invoices
    ]


def apart(bill: Bill) -> list[tuple[int | None, int | None, int | None, int | None, str]]:
    return [
        (invoice.for_account_id, invoice.group_id, invoice.subscription_id, invoice.charge_id, str(invoice.total))
        for invoice in bill.invoices
    ]


def chain() -> Company:
    company = Company()
    for account, quantity in ((HQ, "1"), (EAST, "2"), (WEST, "3")):
        company.account(account)
        company.subscribe(account, terms("2026-01-01", seats("19.99"), quantity))
    company.responsible = {EAST: HQ, WEST: HQ}
    return company


@pytest.mark.rule("INV-1", "BHI-1", "BHI-4", "INV-5")
def test_an_aggregated_invoice_has_everyones_lines_the_payers_own_first() -> None:
    company = chain()
    company.responsible = {HQ: WEST, EAST: WEST}
    (invoice,) = company.bill(WEST, NEW_YEAR).invoices
    assert [line.account_id for line in invoice.lines] == [WEST, HQ, EAST]
    assert invoice.total == Decimal("119.94")


@pytest.mark.rule("BHI-1")
def test_a_managed_account_is_not_invoiced() -> None:
    bill = chain().bill(EAST, NEW_YEAR)
    assert (bill.invoices, bill.carried, bill.item_states) == ((), (), ())


@pytest.mark.rule("BHI-4", "INV-1")
def test_per_account_rendering_gives_an_invoice_for_each_managed_account() -> None:
    company = chain()
    company.per_account = {HQ}
    assert totals(company.bill(HQ, NEW_YEAR)) == [
        (None, None, None, "19.99"),
        (EAST, None, None, "39.98"),
        (WEST, None, None, "59.97"),
    ]


@pytest.mark.rule("WHO-1", "GRP-2", "INV-1")
def test_a_separate_subscription_and_every_group_have_their_own_invoice() -> None:
    leaf, mid, root = 1, 2, 3
    company = Company()
    for account in (leaf, mid, root):
        company.account(account)
    for quantity, mode, payer, group in (
        ("10", WhoPaysMode.CUSTOMER_SEPARATE, leaf, None),
        ("20", WhoPaysMode.CUSTOMER_CONSOLIDATED, leaf, 1),
        ("5", WhoPaysMode.CUSTOMER_CONSOLIDATED, leaf, 1),
        ("30", WhoPaysMode.PARENT, mid, 2),
        ("40", WhoPaysMode.ELDEST_ANCESTOR, root, 3),
        ("7", WhoPaysMode.ANCESTOR, root, 3),
    ):
        item = company.subscribe(leaf, terms("2026-01-01", seats("1.00"), quantity))
        company.subscription_payers[item] = SubscriptionPayer(mode, payer, group)
    company.subscribe(leaf, terms("2026-01-01", flat("2.00")))
    assert totals(company.bill(leaf, NEW_YEAR)) == [
        (None, None, None, "2.00"),
        (None, None, 1, "10.00"),
        (None, 1, None, "25.00"),
    ]
    assert totals(company.bill(mid, NEW_YEAR)) == [(None, 2, None, "30.00")]
    assert totals(company.bill(root, NEW_YEAR)) == [(None, 3, None, "47.00")]


@pytest.mark.rule("WHO-1", "SUB-7", "INV-1")
def test_a_charge_that_is_separate_has_an_invoice_of_its_own_unless_it_is_of_a_subscription() -> None:
    company = Company()
    company.account(HQ)
    item = company.subscribe(HQ, terms("2026-01-01", seats("1.00"), "10"))
    company.subscription_payers[item] = SubscriptionPayer(WhoPaysMode.CUSTOMER_SEPARATE, HQ, None)
    company.charge(HQ, "1.00", NEW_YEAR)
    for amount in ("2.00", "3.00"):
        alone = company.charge(HQ, amount, NEW_YEAR)
        company.charge_payers[alone] = SubscriptionPayer(WhoPaysMode.CUSTOMER_SEPARATE, HQ, None)
    company.charge(HQ, "4.00", NEW_YEAR, item)
    assert apart(company.bill(HQ, NEW_YEAR)) == [
        (None, None, None, None, "1.00"),
        (None, None, None, 2, "2.00"),
        (None, None, None, 3, "3.00"),
        (None, None, item, None, "14.00"),
    ]


@pytest.mark.rule("SUB-7", "BHI-4", "INV-1")
def test_a_separate_charge_of_a_managed_account_is_apart_from_the_invoice_for_that_account() -> None:
    company = chain()
    company.per_account = {HQ}
    fee = company.charge(EAST, "5.00", NEW_YEAR)
    company.charge_payers[fee] = SubscriptionPayer(WhoPaysMode.CUSTOMER_SEPARATE, EAST, None)
    assert apart(company.bill(HQ, NEW_YEAR)) == [
        (None, None, None, None, "19.99"),
        (EAST, None, None, None, "39.98"),
        (EAST, None, None, fee, "5.00"),
        (WEST, None, None, None, "59.97"),
    ]


@pytest.mark.rule("WHO-5", "BHI-4", "GRP-2")
def test_a_group_whose_payer_is_managed_is_an_invoice_of_the_responsible_account() -> None:
    company = chain()
    company.per_account = {HQ}
    company.subscription_payers[3] = SubscriptionPayer(WhoPaysMode.PARENT, EAST, 8)
    assert totals(company.bill(HQ, NEW_YEAR)) == [
        (None, None, None, "19.99"),
        (EAST, None, None, "39.98"),
        (EAST, 8, None, "59.97"),
    ]


@pytest.mark.rule("INV-1")
def test_no_lines_no_invoice() -> None:
    company = Company()
    company.account(1)
    company.subscribe(1, terms("2026-01-01", flat("0.00")))
    bill = company.bill(1, NEW_YEAR)
    assert bill.invoices == ()
    assert [(state.item_id, state.billed_until) for state in bill.item_states] == [(1, FEBRUARY)]


@pytest.mark.rule("INV-2")
def test_the_due_date_is_the_billing_date_plus_the_payment_term() -> None:
    assert chain().bill(HQ, NEW_YEAR).due_date == day("2026-01-31")


@pytest.mark.rule("INV-7")
def test_an_invoice_below_the_minimum_is_held_back_until_the_minimum_is_reached() -> None:
    company = Company(minimum={1: Decimal("50.00")})
    company.account(1)
    company.subscribe(1, terms("2026-01-01", flat("20.00")))
    january, february, march = (company.run(day)[1] for day in (NEW_YEAR, FEBRUARY, MARCH))
    assert [[str(held.total) for held in bill.carried] for bill in (january, february, march)] == [
        ["20.00"],
        ["40.00"],
        [],
    ]
    assert january.item_states == february.item_states == ()
    assert [line.period.start for line in march.invoices[0].lines] == [NEW_YEAR, FEBRUARY, MARCH]


@pytest.mark.rule("INV-7")
def test_exactly_the_minimum_is_issued_and_a_credit_is_not() -> None:
    company = Company(minimum={1: Decimal("20.00")})
    company.account(1)
    company.charge(1, "20.00", NEW_YEAR)
    assert company.run(NEW_YEAR)[1].invoices[0].total == 20
    company.minimum = {}
    company.charge(1, "-5.00", FEBRUARY)
    held = company.run(FEBRUARY)[1]
    assert (held.invoices, held.carried[0].total) == ((), -5)
    company.charge(1, "8.00", MARCH)
    assert company.run(MARCH)[1].invoices[0].total == 3


@pytest.mark.rule("SUB-7", "BHI-7")
def test_a_one_time_charge_goes_to_the_account_responsible_on_the_billing_date() -> None:
    company = chain()
    company.items.clear()
    company.charge(EAST, "12.345", day("2026-01-15"))
    assert company.bill(HQ, day("2026-01-14")).invoices == ()
    (line,) = company.bill(HQ, day("2026-01-15")).invoices[0].lines
    assert (line.charge_id, line.gross, line.payer.rule) == (1, Decimal("12.35"), "BHI-1")
    company.responsible = {}
    assert company.bill(HQ, FEBRUARY).invoices == ()
    assert company.bill(EAST, FEBRUARY).invoices[0].lines[0].payer.rule == "WHO-5"
