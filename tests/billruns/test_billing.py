"""What a bill run puts on whose invoice: payers, rendering, groups, discounts, taxes, one-time charges, the ledger."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.db.models import Sum

from banyan.accounts.models import Account, Customer, PaymentTerm
from banyan.billruns.models import BillRun, HeldBack, RunStatus
from banyan.billruns.queries import run_progress
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.inputs import NewDiscount, NewTaxRate
from banyan.catalog.models import Discount
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.invoices.queries import invoices
from banyan.ledger.models import Posting
from banyan.ledger.queries import balances
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.inputs import NewCharge, NewGroup, WhoPaysChoice
from banyan.subscriptions.models import SubscriptionGroup
from tests.billruns.running import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    invoices_of,
    lines_by,
    lines_on,
    only_invoice,
    run_for,
    totals,
)
from tests.business import a_price, a_product, account_of, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")


def shown(run: BillRun, account: Account) -> list[tuple[int, Decimal]]:
    """Of the account's one invoice each line: the account it comes from, and its total."""
    return [(line.account_id, line.total) for line in lines_on(only_invoice(run, account))]


def discounted(account: Account, **given: object) -> Discount:
    return create_discount(NewDiscount(account=account.id, valid_from=JANUARY, **given))


# Who is invoiced


@pytest.mark.rule("BHI-1", "INV-1", "INV-5", "BHI-4")
def test_a_managed_account_is_not_invoiced_and_its_charges_are_on_the_responsible_accounts_invoice() -> None:
    people = People()
    responsible = people.account()
    first, second = (people.account(responsible=responsible) for _ in range(2))
    subscribed(second, a_price("30"))
    subscribed(first, a_price("20"))
    subscribed(responsible, a_price("10"))
    run = run_for(people.cycle, JANUARY)
    assert totals(run) == {responsible.id: 60}
    assert shown(run, responsible) == [(responsible.id, 10), (first.id, 20), (second.id, 30)]
    assert (run.status, run.payers_total) == (RunStatus.COMPLETED, 1)


@pytest.mark.rule("INV-1", "BHI-1")
def test_an_account_in_no_role_is_invoiced_for_itself_and_one_without_charges_is_not_invoiced() -> None:
    people = People()
    charged, _uncharged = people.account(), people.account()
    subscribed(charged, a_price("10"))
    run = run_for(people.cycle, JANUARY)
    assert totals(run) == {charged.id: 10}
    assert run.payers_total == 2


@pytest.mark.rule("BHI-4", "INV-1")
def test_per_account_rendering_gives_an_invoice_for_each_managed_account_and_one_for_its_own_charges() -> None:
    people = People()
    responsible = people.account()
    first, second = (people.account(responsible=responsible) for _ in range(2))
    for account, amount in ((responsible, "10"), (first, "20"), (second, "30")):
        subscribed(account, a_price(amount))
    Account.objects.filter(pk=responsible.id).update(invoice_rendering_type="per_account")
    run = run_for(people.cycle, JANUARY)
    assert {(invoice.account_id, invoice.for_account_id, invoice.total) for invoice in invoices_of(run)} == {
        (responsible.id, None, 10),
        (responsible.id, first.id, 20),
        (responsible.id, second.id, 30),
    }


@pytest.mark.rule("BHI-7")
def test_the_account_that_is_responsible_on_the_billing_date_is_invoiced() -> None:
    people = People()
    before, after, managed = (people.account() for _ in range(3))
    subscribed(managed, a_price("10"))
    assign_responsible_account(managed.id, before.id, JANUARY)
    assign_responsible_account(managed.id, after.id, FEBRUARY)
    remove_responsible_account(managed.id, MARCH)
    for on, payer in ((JANUARY, before), (FEBRUARY, after), (MARCH, managed)):
        assert totals(run_for(people.cycle, on)) == {payer.id: 10}


class Family:
    """A parent with a child, each with an account on one bill cycle."""

    def __init__(self) -> None:
        self.people = People()
        self.parent: Customer = self.people.customer()
        self.child: Customer = self.people.customer(self.parent)
        self.of_parent, self.of_child = account_of(self.parent), account_of(self.child)

    def subscribed(self, amount: str, mode: str | None) -> int:
        """A subscription of the child that `mode` pays for."""
        choice = None if mode is None else WhoPaysChoice(mode)
        return subscribed(self.of_child, a_price(amount), who_pays=choice).id


@pytest.mark.rule("WHO-1", "INV-1", "GRP-2")
def test_invoices_are_split_by_group_and_by_separate_subscription() -> None:
    family = Family()
    child, parent = family.of_child, family.of_parent
    separate, other_separate = (family.subscribed(amount, "customer_separate") for amount in ("1", "2"))
    for amount in ("4", "8"):
        family.subscribed(amount, "customer_consolidated")
    family.subscribed("16", "parent")
    project = create_group(NewGroup(family.parent.id, "Project"))
    add_member(project.id, family.subscribed("32", None), JANUARY)
    subscribed(child, a_price("64"))
    subscribed(parent, a_price("128"))
    defaults = dict(SubscriptionGroup.objects.filter(is_default=True).values_list("payer_id", "id"))
    run = run_for(family.people.cycle, JANUARY)
    assert {(i.account_id, i.group_id, i.subscription_id, i.total) for i in invoices_of(run)} == {
        (child.id, None, separate, 1),
        (child.id, None, other_separate, 2),
        (child.id, defaults[family.child.id], None, 12),
        (parent.id, defaults[family.parent.id], None, 16),
        (parent.id, project.id, None, 32),
        (child.id, None, None, 64),
        (parent.id, None, None, 128),
    }


@pytest.mark.rule("WHO-5", "WHO-6", "BHI-1", "WHO-4")
def test_who_pays_takes_two_steps_from_the_subscription_to_its_payer_to_the_one_responsible_for_that() -> None:
    family = Family()
    people = family.people
    of_parents_account, of_childs_account = people.account(), people.account()
    assign_responsible_account(family.of_parent.id, of_parents_account.id, JANUARY)
    assign_responsible_account(family.of_child.id, of_childs_account.id, JANUARY)
    paid_by_parent = family.subscribed("10", "parent")
    paid_by_account = family.subscribed("20", None)
    run = run_for(people.cycle, JANUARY)
    assert totals(run) == {of_parents_account.id: 10, of_childs_account.id: 20}
    trails = {line.subscription_id: line.payer_trail for line in lines_by(run)}
    assert trails[paid_by_parent] == [
        ["WHO-1", family.of_child.id, family.of_parent.id],
        ["BHI-1", family.of_parent.id, of_parents_account.id],
    ]
    assert trails[paid_by_account] == [["BHI-1", family.of_child.id, of_childs_account.id]]


@pytest.mark.rule("WHO-4")
def test_a_payer_is_invoiced_by_the_run_of_its_own_bill_cycle() -> None:
    child, parent = People(), People()
    customer = parent.customer()
    account = account_of(child.customer(customer))
    subscribed(account, a_price("10"), who_pays=WhoPaysChoice("parent"))
    assert totals(run_for(child.cycle, JANUARY)) == {}
    assert totals(run_for(parent.cycle, JANUARY)) == {account_of(customer).id: 10}
    assert totals(run_for(child.cycle, FEBRUARY)) == {}


@pytest.mark.rule("WHO-6", "INV-4")
def test_a_line_that_its_own_account_pays_has_no_further_trail_and_says_what_it_is_for() -> None:
    people = People()
    account = people.account()
    price = a_price("2.50")
    subscription = subscribed(account, price)
    (line,) = lines_by(run_for(people.cycle, JANUARY))
    assert (line.kind, line.payer_trail, line.account_id) == ("recurring", None, account.id)
    assert (line.subscription_id, line.product_id, line.price_id) == (subscription.id, price.product_id, price.id)
    assert (line.period_start, line.period_end) == (JANUARY, FEBRUARY)
    assert (line.quantity, line.unit_amount, line.gross, line.net, line.total) == (1, *[Decimal("2.50")] * 4)


# Discounts and taxes


@pytest.mark.rule("DIS-2")
def test_the_discount_of_the_paying_account_overrides_those_of_the_accounts_that_the_charges_come_from() -> None:
    people = People()
    responsible = people.account()
    managed = people.account(responsible=responsible)
    discounted(responsible, percent=Decimal(10))
    discounted(managed, percent=Decimal(50))
    subscribed(responsible, a_price("100"))
    subscribed(managed, a_price("200"))
    assert shown(run_for(people.cycle, JANUARY), responsible) == [(responsible.id, 90), (managed.id, 180)]


@pytest.mark.rule("DIS-3")
def test_without_one_the_discount_of_an_account_holds_for_its_own_lines_on_the_payers_invoice() -> None:
    people = People()
    responsible = people.account()
    managed, other = (people.account(responsible=responsible) for _ in range(2))
    discounted(managed, percent=Decimal(50))
    for account in (responsible, managed, other):
        subscribed(account, a_price("100"))
    run = run_for(people.cycle, JANUARY)
    assert shown(run, responsible) == [(responsible.id, 100), (managed.id, 50), (other.id, 100)]


@pytest.mark.rule("DIS-1", "DIS-4")
def test_a_fixed_discount_is_split_over_the_lines_it_covers() -> None:
    people = People()
    account = people.account()
    discounted(account, percent=Decimal(50))
    covered, uncovered = a_product(), a_product()
    fixed = discounted(account, amount=Decimal(10), products=(covered.id,))
    for amount, product in (("60", covered), ("20", covered), ("40", uncovered)):
        subscribed(account, a_price(amount, product=product.id))
    run = run_for(people.cycle, JANUARY)
    lines = lines_on(only_invoice(run))
    assert [line.total for line in lines] == [Decimal("22.50"), Decimal("7.50"), 20]
    assert lines[0].discounts == [["50 %", "50", "30.00"], ["10.00 USD", None, "7.50", fixed.id]]
    assert (only_invoice(run).discount, only_invoice(run).total) == (70, 50)


@pytest.mark.rule("DIS-1", "DIS-2")
def test_a_discount_that_is_not_valid_on_the_service_day_is_not_taken() -> None:
    people = People()
    account = people.account()
    create_discount(NewDiscount(account=account.id, percent=Decimal(10), valid_from=JANUARY, valid_to=FEBRUARY))
    subscribed(account, a_price("100"))
    found = [totals(run_for(people.cycle, on))[account.id] for on in (JANUARY, FEBRUARY, MARCH)]
    assert found == [90, 90, 100]


def taxed(people: People, customer_addresses: dict[str, dict[str, str]], **account: object) -> Account:
    """An account with 100 a month, whose customer has these addresses."""
    made = people.account(**account)
    Customer.objects.filter(pk=made.customer_id).update(**customer_addresses)
    subscribed(made, a_price("100"))
    return made


@pytest.mark.rule("TAX-1", "TAX-2")
def test_all_rates_that_match_the_service_address_apply_each_kept_separately() -> None:
    create_tax_rate(NewTaxRate("State", "US", Decimal("6.25"), state="TX"))
    create_tax_rate(NewTaxRate("City", "US", Decimal(2), state="TX"))
    create_tax_rate(NewTaxRate("Other state", "US", Decimal(50), state="NY"))
    create_tax_rate(NewTaxRate("Later", "US", Decimal(50), state="TX", valid_from=FEBRUARY))
    create_tax_rate(NewTaxRate("Books", "US", Decimal(50), state="TX", tax_category="books"))
    people = People()
    texas, new_york = {"country": "US", "state": "TX"}, {"country": "US", "state": "NY"}
    account = taxed(people, {"service_address": texas, "billing_address": new_york})
    (line,) = lines_by(run_for(people.cycle, JANUARY))
    assert line.account_id == account.id
    assert line.taxes == [["State", "6.25", "6.25"], ["City", "2", "2.00"]]
    assert (line.net, line.tax, line.total) == (100, Decimal("8.25"), Decimal("108.25"))


@pytest.mark.rule("TAX-2")
def test_the_billing_address_decides_without_a_service_address_and_who_is_not_taxable_is_not_taxed() -> None:
    create_tax_rate(NewTaxRate("VAT", "DE", Decimal(19)))
    people = People()
    germany = {"billing_address": {"country": "DE"}}
    with_tax, untaxed = taxed(people, germany), taxed(people, germany, taxable=False)
    elsewhere = taxed(people, {"billing_address": {"country": "FR"}})
    assert totals(run_for(people.cycle, JANUARY)) == {with_tax.id: 119, untaxed.id: 100, elsewhere.id: 100}


@pytest.mark.rule("TAX-2", "BHI-1")
def test_the_place_of_the_account_that_a_charge_comes_from_decides_not_that_of_the_payer() -> None:
    create_tax_rate(NewTaxRate("VAT", "DE", Decimal(19)))
    people = People()
    responsible = taxed(people, {"billing_address": {"country": "FR"}})
    managed = taxed(people, {"billing_address": {"country": "DE"}})
    assign_responsible_account(managed.id, responsible.id, JANUARY)
    assert shown(run_for(people.cycle, JANUARY), responsible) == [(responsible.id, 100), (managed.id, 119)]


# One-time charges, minimum, dates


def charged(account: Account, amount: str, on: date) -> None:
    create_charge(NewCharge(account.id, "Visit", Decimal(amount), on))


@pytest.mark.rule("SUB-7", "SUB-4")
def test_a_one_time_charge_is_billed_once_by_the_first_run_on_or_after_its_date() -> None:
    people = People()
    responsible = people.account()
    managed = people.account(responsible=responsible)
    charged(managed, "100", JANUARY)
    charged(managed, "-30", date(2026, 1, 2))
    charged(managed, "40", FEBRUARY)
    assert [totals(run_for(people.cycle, on)) for on in (JANUARY, FEBRUARY, MARCH)] == [
        {responsible.id: 100},
        {responsible.id: 10},
        {},
    ]


@pytest.mark.rule("INV-7")
def test_below_the_minimum_nothing_is_issued_until_what_was_held_back_reaches_it() -> None:
    people = People()
    account = people.account(minimum_invoice_amount=Decimal(25))
    subscribed(account, a_price("10"))
    runs = [run_for(people.cycle, on) for on in (JANUARY, FEBRUARY, MARCH, APRIL)]
    assert [totals(run) for run in runs] == [{}, {}, {account.id: 30}, {}]
    assert [line.period_start for line in lines_by(runs[2])] == [JANUARY, FEBRUARY, MARCH]
    assert {run.status for run in runs} == {RunStatus.COMPLETED}
    assert [run_progress([run])[run.pk].payers_held_back for run in runs] == [1, 1, 0, 1]
    assert [(each.run, each.account_id, each.total, each.minimum) for each in HeldBack.objects.order_by("pk")] == [
        (runs[0], account.id, 10, 25),
        (runs[1], account.id, 20, 25),
        (runs[3], account.id, 10, 25),
    ]


@pytest.mark.rule("INV-7")
def test_what_reaches_the_minimum_is_never_kept_as_held_back() -> None:
    people = People()
    account = people.account()
    run = run_for(people.cycle, JANUARY)
    with pytest.raises(IntegrityError, match="held_back_below_the_minimum"), transaction.atomic():
        HeldBack.objects.create(run=run, account=account, total=25, minimum=25)


@pytest.mark.rule("INV-7", "SUB-7")
def test_a_credit_is_carried_forward_until_charges_outweigh_it() -> None:
    people = People()
    account = people.account()
    subscribed(account, a_price("10"))
    charged(account, "-25", JANUARY)
    assert [totals(run_for(people.cycle, on)) for on in (JANUARY, FEBRUARY, MARCH)] == [{}, {}, {account.id: 5}]


@pytest.mark.rule("INV-7", "INV-1")
def test_one_invoice_of_a_payer_is_held_back_and_its_other_one_issued() -> None:
    family = Family()
    Account.objects.filter(pk=family.of_child.id).update(minimum_invoice_amount=15)
    small = family.subscribed("10", "customer_separate")
    large = family.subscribed("20", "customer_separate")
    issued = [
        {(invoice.subscription_id, invoice.total) for invoice in invoices_of(run_for(family.people.cycle, on))}
        for on in (JANUARY, FEBRUARY)
    ]
    assert issued == [{(large, 20)}, {(large, 20), (small, 20)}]


@pytest.mark.rule("INV-2", "ACC-11")
def test_an_invoice_is_dated_on_the_billing_date_and_due_after_the_payment_term() -> None:
    people = People()
    net_30, at_once = (PaymentTerm.objects.get(name=name) for name in ("Net 30", "Due on receipt"))
    later, now = people.account(payment_term=net_30.id), people.account(payment_term=at_once.id)
    for account in (later, now):
        subscribed(account, a_price("10"))
    run = run_for(people.cycle, FEBRUARY)
    assert [only_invoice(run, account).invoice_date for account in (later, now)] == [FEBRUARY] * 2
    assert [only_invoice(run, account).due_date for account in (later, now)] == [date(2026, 3, 3), FEBRUARY]


@pytest.mark.rule("INV-2")
def test_an_invoice_over_nothing_is_paid_when_it_is_issued() -> None:
    people = People()
    account = people.account()
    charged(account, "10", JANUARY)
    charged(account, "-10", JANUARY)
    assert only_invoice(run_for(people.cycle, JANUARY)).status == "paid"


@pytest.mark.rule("RUN-3", "SUB-4")
def test_running_again_for_the_same_date_bills_only_what_is_new() -> None:
    people = People()
    account = people.account()
    subscribed(account, a_price("10"))
    assert totals(run_for(people.cycle, JANUARY)) == {account.id: 10}
    assert totals(run_for(people.cycle, JANUARY)) == {}
    subscribed(account, a_price("7"))
    assert totals(run_for(people.cycle, JANUARY)) == {account.id: 7}
    assert invoices().filter(account=account).count() == 2


@pytest.mark.rule("RUN-1", "SUB-5")
def test_missed_dates_are_caught_up() -> None:
    people = People()
    account = people.account()
    subscribed(account, a_price("10"), a_price("5", timing="in_arrears"))
    run = run_for(people.cycle, MARCH)
    assert totals(run) == {account.id: 40}
    assert sorted((line.period_start, line.total) for line in lines_by(run)) == [
        (JANUARY, 5),
        (JANUARY, 10),
        (FEBRUARY, 5),
        (FEBRUARY, 10),
        (MARCH, 10),
    ]


# The ledger


@pytest.mark.rule("LED-1", "LED-2")
def test_receivables_are_the_payers_and_revenue_and_tax_those_of_the_accounts_the_charges_come_from() -> None:
    create_tax_rate(NewTaxRate("VAT", "DE", Decimal(20)))
    people = People()
    germany = {"billing_address": {"country": "DE"}}
    responsible, managed = taxed(people, germany), taxed(people, germany)
    assign_responsible_account(managed.id, responsible.id, JANUARY)
    discounted(managed, percent=Decimal(10))
    for on in (JANUARY, FEBRUARY):
        run_for(people.cycle, on)
    assert balances([responsible.id, managed.id]) == {responsible.id: {"USD": Decimal(456)}}
    assert balances([responsible.id], on=JANUARY) == {responsible.id: {"USD": Decimal(228)}}
    posted = Posting.objects.values_list("debit_kind", "credit_kind").annotate(Sum("amount")).order_by("credit_kind")
    assert list(posted) == [("receivable", "revenue", 380), ("receivable", "tax_payable", 76)]
