"""The columns of an account, alone or as the first account of a customer."""

from banyan.transfer.cells import DATE, DECIMAL, JSON, WHOLE_NUMBER, YES_OR_NO
from banyan.transfer.columns import Column, address_columns


def account_columns(prefix: str = "") -> tuple[Column, ...]:
    """ACC-*: every column but the customer, each under `prefix`."""
    return (
        Column(f"{prefix}number", "unique, at most 50 characters; generated when blank"),
        Column(f"{prefix}external_number", "unique"),
        Column(f"{prefix}name", "default the customer's"),
        Column(f"{prefix}description", "free text"),
        Column(f"{prefix}currency", "ISO 4217", required=True),
        Column(f"{prefix}bill_cycle", "name of the bill cycle", required=True, refers_to="bill_cycle"),
        Column(f"{prefix}start_date", "default today", DATE),
        Column(f"{prefix}owner", "invoice prefix of the owner; default the first one", refers_to="owner"),
        Column(f"{prefix}organization", "code of the organization; default the root", refers_to="organization"),
        Column(f"{prefix}type", "name of the account type; default the default type", refers_to="account_type"),
        Column(f"{prefix}category", "name of the category, default Standard", refers_to="account_category"),
        Column(f"{prefix}status", "`active` (default), `suspended`, `pending_collection` or `inactive`"),
        Column(f"{prefix}taxable", "default true", YES_OR_NO),
        Column(f"{prefix}invoice_currency", "default the currency"),
        Column(f"{prefix}minimum_invoice_amount", "below it nothing is invoiced yet, default 0", DECIMAL),
        Column(f"{prefix}preferred_language", "default en"),
        Column(
            f"{prefix}invoice_type", "`email` (default), `none`, `paper` or `paper_and_email`, as the tenant offers"
        ),
        Column(f"{prefix}payment_term", "name of the payment term, default Net 30", refers_to="payment_term"),
        Column(f"{prefix}auto_pay", "default false", YES_OR_NO),
        Column(f"{prefix}auto_pay_offset", "days from the due date, -3 is three days before", WHOLE_NUMBER),
        Column(f"{prefix}dunning_enabled", "default false", YES_OR_NO),
        Column(f"{prefix}primary_contact.name", "primary contact"),
        Column(f"{prefix}primary_contact.email", "default the customer's primary e-mail"),
        Column(f"{prefix}primary_contact.phone", "in international form"),
        *address_columns(f"{prefix}billing_address", "billing address, default the customer's"),
        *address_columns(f"{prefix}shipping_address", "shipping address, default the customer's"),
        Column(f"{prefix}billing_details", "text or JSON"),
        Column(f"{prefix}preferences", "a JSON object", JSON),
        Column(f"{prefix}is_default", "the customer's default account", YES_OR_NO),
        Column(f"{prefix}is_primary", "the organization's primary account", YES_OR_NO),
        Column(f"{prefix}parent", "number of the parent account, for reporting and pooling", refers_to="account"),
        Column(f"{prefix}responsible_account", "number of the account that is invoiced instead", refers_to="account"),
    )
