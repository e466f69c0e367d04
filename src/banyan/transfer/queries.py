"""What cells refer to: ids by the number, code, name or key that people write in files, read in sets."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Model

from banyan.accounts.models import (
    Account,
    AccountCategory,
    AccountType,
    BillCycle,
    ContactCategory,
    Customer,
    Owner,
    PaymentTerm,
)
from banyan.catalog.models import Meter, Price, Product
from banyan.contracts.models import Contract
from banyan.organizations.models import Organization
from banyan.subscriptions.models import Subscription, SubscriptionItem
from banyan.subscriptions.terms import prices_in_force


@dataclass(frozen=True, slots=True)
class Reference:
    """What a column can refer to: the words for it, its model and the unique field that files name it by."""

    words: str
    model: type[Model]
    field: str


REFERENCES = {
    "owner": Reference("owner with the invoice prefix", Owner, "invoice_prefix"),
    "organization": Reference("organization with the code", Organization, "code"),
    "account_type": Reference("account type named", AccountType, "name"),
    "account_category": Reference("account category named", AccountCategory, "name"),
    "contact_category": Reference("contact category named", ContactCategory, "name"),
    "bill_cycle": Reference("bill cycle named", BillCycle, "name"),
    "payment_term": Reference("payment term named", PaymentTerm, "name"),
    "customer": Reference("customer with the number", Customer, "number"),
    "account": Reference("account with the number", Account, "number"),
    "contract": Reference("contract with the number", Contract, "number"),
    "product": Reference("product with the code", Product, "code"),
    "price": Reference("price with the code", Price, "code"),
    "meter": Reference("meter with the key", Meter, "key"),
    "subscription": Reference("subscription with the number", Subscription, "number"),
}


def ids_by_text(refers_to: str, texts: Collection[str]) -> dict[str, int]:
    """The ids behind numbers, codes, names or keys; those that name nothing are left out."""
    reference = REFERENCES[refers_to]
    found = reference.model._default_manager.filter(**{f"{reference.field}__in": list(texts)})
    return dict(found.values_list(reference.field, "pk"))


def items_by_price(subscription_id: int, on: date) -> dict[int, list[int]]:
    """The items of a subscription by the price that they have on a day."""
    items = SubscriptionItem.objects.filter(subscription=subscription_id).order_by("id")
    found: dict[int, list[int]] = defaultdict(list)
    for item, price in prices_in_force(list(items), on).items():
        found[price].append(item)
    return found
