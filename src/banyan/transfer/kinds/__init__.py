"""Every kind of file, in the order in which they depend on each other."""

from banyan.kernel.refusals import invalid
from banyan.transfer.columns import FileKind
from banyan.transfer.kinds.account_changes import ACCOUNT_CHANGES
from banyan.transfer.kinds.account_types import ACCOUNT_TYPES
from banyan.transfer.kinds.accounts import ACCOUNTS
from banyan.transfer.kinds.bill_cycles import BILL_CYCLES
from banyan.transfer.kinds.charges import CHARGES
from banyan.transfer.kinds.contacts import CONTACTS
from banyan.transfer.kinds.contracts import CONTRACTS
from banyan.transfer.kinds.custom_fields import CUSTOM_FIELDS
from banyan.transfer.kinds.customers import CUSTOMERS
from banyan.transfer.kinds.discounts import DISCOUNTS
from banyan.transfer.kinds.later_changes import (
    ACCOUNT_TYPE_CHANGES,
    CONTRACT_CHANGES,
    CUSTOM_FIELD_CHANGES,
    PRODUCT_CHANGES,
)
from banyan.transfer.kinds.lists import ACCOUNT_CATEGORIES, CONTACT_CATEGORIES, PAYMENT_TERMS
from banyan.transfer.kinds.meters import METERS
from banyan.transfer.kinds.notes import NOTES
from banyan.transfer.kinds.orders import ORDERS
from banyan.transfer.kinds.organizations import ORGANIZATIONS
from banyan.transfer.kinds.owners import OWNERS
from banyan.transfer.kinds.prices import PRICES
from banyan.transfer.kinds.products import PRODUCTS
from banyan.transfer.kinds.relations import RELATIONS
from banyan.transfer.kinds.settings import SETTING_CHANGES, SETTINGS
from banyan.transfer.kinds.subscription_changes import SUBSCRIPTION_CHANGES
from banyan.transfer.kinds.subscription_groups import SUBSCRIPTION_GROUPS
from banyan.transfer.kinds.subscriptions import SUBSCRIPTIONS
from banyan.transfer.kinds.tax_exemptions import TAX_EXEMPTIONS
from banyan.transfer.kinds.tax_rates import TAX_RATES
from banyan.transfer.kinds.usage import USAGE

KINDS: dict[str, FileKind] = {
    kind.name: kind
    for kind in (
        SETTINGS,
        OWNERS,
        ORGANIZATIONS,
        ACCOUNT_TYPES,
        ACCOUNT_CATEGORIES,
        CONTACT_CATEGORIES,
        PAYMENT_TERMS,
        CUSTOM_FIELDS,
        BILL_CYCLES,
        PRODUCTS,
        METERS,
        TAX_RATES,
        PRICES,
        CUSTOMERS,
        ACCOUNTS,
        CONTACTS,
        NOTES,
        RELATIONS,
        DISCOUNTS,
        TAX_EXEMPTIONS,
        CONTRACTS,
        SUBSCRIPTION_GROUPS,
        ORDERS,
        SUBSCRIPTIONS,
        SUBSCRIPTION_CHANGES,
        CHARGES,
        USAGE,
        ACCOUNT_CHANGES,
        CONTRACT_CHANGES,
        PRODUCT_CHANGES,
        ACCOUNT_TYPE_CHANGES,
        CUSTOM_FIELD_CHANGES,
        SETTING_CHANGES,
    )
}


def kind_named(name: str) -> FileKind:
    """The kind of file of that name; refused when there is none."""
    if name not in KINDS:
        message = f"{name!r} is not a kind of file; it must be one of {', '.join(KINDS)}"
        raise invalid("kind", "unknown_kind", message, "IMP-1", name)
    return KINDS[name]
