"""Files of customers with their first accounts (CUS-1 to CUS-6)."""

from django.db.models import Subquery

from banyan.accounts.inputs import NewAccount, NewCustomer
from banyan.accounts.models import Account
from banyan.customers.actions.open_customers import open_customers
from banyan.relations.inputs import CustomerPlacement
from banyan.relations.models import CustomerParent
from banyan.transfer.cells import DATE, LIST, PHONES, YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, View, address_columns, all_at_once, under
from banyan.transfer.kinds.account_columns import account_columns
from banyan.transfer.queries import target_on


def _placement(record: Record) -> CustomerPlacement:
    fields = record.fields()
    account = fields.pop("account")
    return CustomerPlacement(
        parent=fields.pop("parent", None),
        account_parent=account.pop("parent", None),
        responsible_account=account.pop("responsible_account", None),
        customer=NewCustomer(account=NewAccount(**account), **fields),
    )


def _parent(view: View) -> Subquery:
    return target_on(CustomerParent, "customer", "parent", "customer_id", view.day_of_links("start_date"))


CUSTOMERS = FileKind(
    name="customers",
    explained="Customers, each with its first account. Relations hold from the account's start date.",
    columns=(
        Column("number", "unique; generated when blank", source="customer__number"),
        Column("external_number", "unique", source="customer__external_number"),
        Column("kind", "`company` or `person`", required=True, source="customer__kind"),
        Column("company_name", "of a company", source="customer__company_name"),
        Column("first_name", "of a person", source="customer__first_name"),
        Column("last_name", "of a person", source="customer__last_name"),
        Column("date_of_birth", "of a person", DATE, source="customer__date_of_birth"),
        Column("primary_email", "e-mail address", required=True, source="customer__primary_email"),
        Column("secondary_emails", "more e-mail addresses", LIST, source="customer__secondary_emails"),
        Column("phones", "with their types, in international form", PHONES, source="customer__phones"),
        Column("tax_number", "TIN or VAT ID", source="customer__tax_number"),
        Column(
            "tax_id_validated",
            "true: a business for VAT; default false",
            YES_OR_NO,
            source="customer__tax_id_validated",
        ),
        *address_columns("billing_address", "billing address", "customer__billing_address"),
        *address_columns(
            "service_address",
            "service address, the place for taxes; default the billing address",
            "customer__service_address",
        ),
        *address_columns(
            "shipping_address", "shipping address, default the billing address", "customer__shipping_address"
        ),
        Column(
            "parent",
            "number of the parent customer",
            refers_to="customer",
            source=lambda view: target_on(
                CustomerParent, "customer", "parent", "customer_id", view.day_of_links("start_date")
            ),
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
