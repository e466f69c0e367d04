"""Files of customers with their first accounts (CUS-1 to CUS-6)."""

from django.db.models import Subquery

from banyan.accounts.fields import CUSTOMER
from banyan.accounts.models import Account
from banyan.customers.actions.open_customers import open_customers
from banyan.relations.inputs import CustomerPlacement
from banyan.relations.models import CustomerParent
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, View, all_at_once, under
from banyan.transfer.declared import columns_of
from banyan.transfer.kinds.account_columns import account_columns
from banyan.transfer.queries import target_on


def _placement(record: Record) -> CustomerPlacement:
    fields = record.fields()
    account = fields.pop("account", {})
    return CustomerPlacement(
        parent=fields.pop("parent", None),
        account_parent=account.pop("parent", None),
        responsible_account=account.pop("responsible_account", None),
        customer=fields,
        account=account,
    )


def _parent(view: View) -> Subquery:
    return target_on(CustomerParent, "customer", "parent", "customer_id", view.day_of_links("start_date"))


CUSTOMERS = FileKind(
    name="customers",
    explained="Customers, each with its first account. Relations hold from the account's start date.",
    columns=(
        *columns_of(CUSTOMER, at="customer__"),
        Column(
            "parent",
            "Number of the parent customer.",
            refers_to="customer",
            source=_parent,
            later="relations",
        ),
        *under("account.", account_columns()),
    ),
    known_by=KnownBy(("number",), otherwise=("primary_email",)),
    rows=lambda view: [Account.objects.filter(is_default=True).order_by("customer_id")],
    write=all_at_once(lambda records: open_customers([_placement(record) for record in records])),
    custom_fields={"custom_fields.": "customer", "account.custom_fields.": "account"},
    dated=True,
    names={"customer": "number", "account": "account.number"},
)
