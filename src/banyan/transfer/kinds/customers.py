"""Files of customers with their first accounts (CUS-1 to CUS-6)."""

from banyan.accounts.inputs import NewAccount, NewCustomer
from banyan.relations.actions.open_customers import open_customers
from banyan.relations.inputs import CustomerPlacement
from banyan.transfer.cells import DATE, LIST, PHONES, YES_OR_NO
from banyan.transfer.columns import Column, ImportKind, Record, address_columns, all_at_once
from banyan.transfer.kinds.account_columns import account_columns


def _placement(record: Record) -> CustomerPlacement:
    fields = record.fields()
    account = fields.pop("account")
    return CustomerPlacement(
        parent=fields.pop("parent", None),
        account_parent=account.pop("parent", None),
        responsible_account=account.pop("responsible_account", None),
        customer=NewCustomer(account=NewAccount(**account), **fields),
    )


CUSTOMERS = ImportKind(
    name="customers",
    explained="Customers, each with its first account. Relations hold from the account's start date.",
    columns=(
        Column("number", "unique; generated when blank"),
        Column("external_number", "unique"),
        Column("kind", "`company` or `person`", required=True),
        Column("company_name", "of a company"),
        Column("first_name", "of a person"),
        Column("last_name", "of a person"),
        Column("date_of_birth", "of a person", DATE),
        Column("primary_email", "e-mail address", required=True),
        Column("secondary_emails", "more e-mail addresses", LIST),
        Column("phones", "with their types, in international form", PHONES),
        Column("tax_number", "TIN or VAT ID"),
        Column("tax_id_validated", "true: a business for VAT; default false", YES_OR_NO),
        *address_columns("billing_address", "billing address"),
        *address_columns("service_address", "service address, the place for taxes; default the billing address"),
        *address_columns("shipping_address", "shipping address, default the billing address"),
        Column("parent", "number of the parent customer", refers_to="customer"),
        *account_columns("account."),
    ),
    write=all_at_once(lambda records: open_customers([_placement(record) for record in records])),
    custom_fields={"custom_fields.": "customer", "account.custom_fields.": "account"},
    names={"customer": "number", "account": "account.number"},
)
