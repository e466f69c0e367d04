"""How many statements a page takes does not grow with the rows that it shows."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.inputs import NewDiscount
from banyan.contracts.actions.create_contract import create_contract
from banyan.invoices.models import Invoice
from banyan.kernel.ids import encode_id
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.pause_subscription import pause_subscription
from banyan.subscriptions.inputs import ItemChange, NewCharge, NewGroup, NewItem, WhoPaysChoice
from banyan.subscriptions.models import SubscriptionGroup
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, run_for
from tests.business import a_price, account_of, create_account, subscribed
from tests.console.conftest import Visitor
from tests.console.test_subscription_pages import Visiting
from tests.relations.people import People

pytestmark = pytest.mark.rule("CON-12")
LISTS = ("orders", "services", "invoices", "adjustments", "pending", "unrated", "ledger", "exemptions", "contracts")
DETAILS = ("notes", "contacts", "children", "managed", "history")


class Family:
    """A customer with an account that others are below, are managed by and pay through; `grow` adds one more of all
    that its pages list."""

    def __init__(self) -> None:
        self.people = People()
        self.customer = self.people.customer()
        self.account: Account = account_of(self.customer)
        self.group = create_group(NewGroup(self.customer.pk, "Everyone"))
        self.price = a_price("10")
        self.contract = create_contract({"account": self.account.pk, "start_date": JANUARY})
        self.subscription = subscribed(self.account, self.price)

    def grow(self) -> None:
        """One more customer below, with its account, and one more of everything else."""
        child = self.people.customer(self.customer)
        below = self.people.account(parent=self.account, responsible=self.account)
        create_account(self.people.new_account(customer=self.customer.pk))
        create_contract({"account": self.account.pk, "start_date": JANUARY})
        add_item(self.subscription.pk, NewItem(a_price("3").pk), JANUARY)
        own = subscribed(self.account, self.price, contract=self.contract.pk)
        change_subscription(own.pk, today() + timedelta(40), [ItemChange(own.items.get().pk, Decimal(7))])
        pause_subscription(own.pk, today() + timedelta(50), today() + timedelta(60))
        subscribed(account_of(child), self.price, who_pays=WhoPaysChoice("parent"))
        subscribed(account_of(child), self.price, group=self.group.pk)
        subscribed(below, self.price)
        create_group(NewGroup(self.customer.pk, "Some"))
        create_discount(NewDiscount(self.account.pk, percent=Decimal(1), valid_from=JANUARY))
        for account in (self.account, below):
            create_charge(NewCharge(account.pk, "Visit", Decimal(20), JANUARY))
        create_charge(NewCharge(self.account.pk, "Later", Decimal(20), today() + timedelta(400)))

    def bill(self, on: date) -> None:
        """All of it up to a day."""
        run_for(self.people.cycle, on)

    def pages(self) -> Iterator[str]:
        """The addresses of all that lists."""
        account, customer = encode_id("account", self.account.pk), encode_id("customer", self.customer.pk)
        invoice = Invoice.objects.filter(account=self.account).latest("pk")
        yield from ("/", "/subscriptions", "/orders", "/contracts", "/invoices", "/bill-runs", "/discounts", "/ledger")
        yield from ("/subscription-groups", "/accounts", "/search?q=Company", "/search?in=accounts", "/bill-runs/new")
        yield f"/subscription-groups/{encode_id('subscription_group', self.group.pk)}"
        yield from (f"/accounts/{account}/{tab}" for tab in LISTS)
        yield from (f"/accounts/{account}?detail={detail}" for detail in DETAILS)
        yield from (f"/accounts/{account}/{page}" for page in ("rollup", "hierarchy?as=table", "hierarchy/picture"))
        yield from (f"/customers/{customer}{page}" for page in ("", "/hierarchy?as=table", "/hierarchy/picture"))
        yield from (f"/who-pays?account={self.account.pk}", f"/accounts/{account}/charges/new")
        yield f"/subscriptions/new?account={self.account.pk}"
        yield f"/subscriptions/{encode_id('subscription', self.subscription.pk)}"
        yield f"/contracts/{encode_id('contract', self.contract.pk)}"
        yield f"/invoices/{encode_id('invoice', invoice.pk)}"
        yield f"/bill-runs/{encode_id('bill_run', invoice.bill_run_id)}"


def statements(visitor: Visitor, family: Family) -> dict[str, int]:
    """How many each page took, by its address without the numbers of rows."""
    found = {}
    for address in family.pages():
        answer = visitor.get(address)
        assert answer.status_code == 200, address
        told = re.search(r'desc="(\d+)"', answer["Server-Timing"])
        assert told
        found[re.sub(r"\d+", "*", address)] = int(told[1])
    return found


def test_no_page_takes_more_statements_for_more_rows(tenant: str, visitor: Visiting):
    """Two rows of each first, then six."""
    family, ada = Family(), visitor()
    for _ in range(2):
        family.grow()
    family.bill(JANUARY)
    family.bill(FEBRUARY)
    few = statements(ada, family)
    for _ in range(4):
        family.grow()
    family.bill(MARCH)
    many = statements(ada, family)
    assert SubscriptionGroup.objects.count() == 8  # one that is everybody's, a default one, and six
    assert {page: (few[page], many[page]) for page in few if many[page] > few[page]} == {}
