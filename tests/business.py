"""A small business for tests with a database: bill cycles, customers with their accounts, products and prices."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import count
from typing import Any

from django.db import connection

from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.models import Account, BillCycle, Customer
from banyan.accounts.versions import current_versions
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.actions.create_price import create_price
from banyan.catalog.actions.create_product import create_product
from banyan.catalog.inputs import NewMeter, NewPrice, NewProduct
from banyan.catalog.models import Meter, Price, Product
from banyan.customers.actions.open_accounts import open_account, open_accounts
from banyan.customers.actions.open_customers import open_customer, open_customers
from banyan.kernel.refusals import Refusal
from banyan.relations.edges import CUSTOMER_PARENT, open_edges
from banyan.relations.inputs import AccountPlacement, CustomerPlacement
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.inputs import NewItem, NewSubscription
from banyan.subscriptions.models import Subscription

NEW_YEAR = date(2026, 1, 1)
_numbers = count(1)


def a_bill_cycle(time_zone: str = "UTC") -> BillCycle:
    """Monthly, on the first, for any currency."""
    return create_bill_cycle(f"Monthly {next(_numbers)}", "monthly", NEW_YEAR, None, time_zone)


def _placement(new: dict[str, Any]) -> CustomerPlacement:
    customer = dict(new)
    return CustomerPlacement(account=customer.pop("account"), customer=customer)


def create_customers(new: Sequence[dict[str, Any]]) -> list[Customer | Refusal]:
    """Customers that are placed nowhere."""
    return open_customers([_placement(each) for each in new])


def create_customer(new: dict[str, Any]) -> Customer:
    """One customer that is placed nowhere."""
    return open_customer(_placement(new))


def create_accounts(new: Sequence[dict[str, Any]]) -> list[Account | Refusal]:
    """Accounts that are placed nowhere."""
    return open_accounts([AccountPlacement(account=each) for each in new])


def create_account(new: dict[str, Any]) -> Account:
    """One account that is placed nowhere."""
    return open_account(AccountPlacement(account=new))


def a_customer(name: str, currency: str = "USD", parent: Customer | None = None) -> Customer:
    """A company with one account, both from New Year 2026 on."""
    account = {"currency": currency, "bill_cycle": a_bill_cycle().id, "start_date": NEW_YEAR}
    new = {"kind": "company", "company_name": name, "primary_email": "ap@example.com", "account": account}
    customer = create_customer(new)
    if parent is not None:
        open_edges(CUSTOMER_PARENT, [(customer.id, parent.id, NEW_YEAR)])
    return customer


def account_of(customer: Customer) -> Account:
    """The customer's default account."""
    return Account.objects.get(customer=customer, is_default=True)


def an_account(name: str = "Acme", currency: str = "USD") -> Account:
    """The account of a new customer."""
    return account_of(a_customer(name, currency))


def a_product(active: bool = True) -> Product:
    """A product with a code of its own."""
    number = next(_numbers)
    return create_product(NewProduct(name=f"Product {number}", code=f"product-{number}", active=active))


def a_meter(aggregation: str = "sum", precision: int = 0) -> Meter:
    """A meter with a key of its own."""
    return create_meter(NewMeter(key=f"meter-{next(_numbers)}", aggregation=aggregation, precision=precision))


def a_price(amount: str = "10", currency: str = "USD", **given: Any) -> Price:
    """So much a month per unit, in advance, unless given otherwise."""
    terms: dict[str, Any] = {
        "product": a_product().id,
        "currency": currency,
        "type": "recurring",
        "model": "per_unit",
        "unit_amount": Decimal(amount),
    }
    return create_price(NewPrice(**(terms | given)))


def subscribed(account: Account, *prices: Price, **given: Any) -> Subscription:
    """One of each price from New Year 2026 on, unless given otherwise."""
    items = tuple(NewItem(price.id, Decimal(1)) for price in prices or (a_price(currency=account.currency),))
    return create_subscription(
        NewSubscription(**({"account": account.id, "items": items, "start_date": NEW_YEAR} | given))
    )


def billed_so_far(subscription: Subscription, until: date) -> None:
    """As if bill runs had billed the subscription until then."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('banyan.billing', 'on', true)")
        subscription.items.update(billed_until=until)
        cursor.execute("SELECT set_config('banyan.billing', '', true)")


def as_issued(account: Account) -> dict[str, Any]:
    """The versions that an invoice to the account keeps (INV-9)."""
    versions = current_versions([account.id], [account.id])
    parties = versions.parties[account.id]
    return {
        "seller_version": parties.seller,
        "buyer_version": parties.buyer,
        "term_version": parties.term,
        "account_versions": [versions.accounts[account.id]],
    }
