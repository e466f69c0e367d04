"""The columns of an account, alone or as the first account of a customer."""

from functools import partial

from django.db.models import Model, Subquery

from banyan.relations.models import AccountParent, ResponsibleAccount
from banyan.transfer.cells import AMOUNT, DATE, JSON, TEXT_OR_JSON, WHOLE_NUMBER, YES_OR_NO
from banyan.transfer.columns import Column, View, address_columns, amount_of
from banyan.transfer.queries import target_on


def _linked_to(relation: type[Model], target: str, view: View) -> Subquery:
    return target_on(relation, "account", target, "pk", view.day_of_links("start_date"))


def account_columns() -> tuple[Column, ...]:
    """ACC-*: every column but the customer."""
    return (
        Column("number", "unique, at most 50 characters; generated when blank"),
        Column("external_number", "unique"),
        Column("name", "default the customer's"),
        Column("description", "free text"),
        Column("currency", "ISO 4217", required=True),
        Column("bill_cycle", "name of the bill cycle", required=True, refers_to="bill_cycle"),
        Column("start_date", "default today", DATE),
        Column("owner", "invoice prefix of the owner; default the first one", refers_to="owner"),
        Column("organization", "code of the organization; default the root", refers_to="organization"),
        Column("type", "name of the account type; default the default type", refers_to="account_type"),
        Column("category", "name of the category, default Standard", refers_to="account_category"),
        Column(
            "status",
            "`active` (default), `suspended`, `pending_collection` or `inactive`",
            later="account-changes",
        ),
        Column("taxable", "default true", YES_OR_NO),
        Column("invoice_currency", "default the currency"),
        Column(
            "minimum_invoice_amount",
            "below it nothing is invoiced yet, default 0",
            AMOUNT,
            source=amount_of("minimum_invoice_amount", "currency"),
        ),
        Column("preferred_language", "default en"),
        Column("invoice_type", "`email` (default), `none`, `paper` or `paper_and_email`, as the tenant offers"),
        Column("payment_term", "name of the payment term, default Net 30", refers_to="payment_term"),
        Column("auto_pay", "default false", YES_OR_NO),
        Column("auto_pay_offset", "days from the due date, -3 is three days before", WHOLE_NUMBER),
        Column("dunning_enabled", "default false", YES_OR_NO),
        Column("primary_contact.name", "primary contact", source="contact_name"),
        Column("primary_contact.email", "default the customer's primary e-mail", source="contact_email"),
        Column("primary_contact.phone", "in international form", source="contact_phone"),
        *address_columns("billing_address", "billing address, default the customer's"),
        *address_columns("shipping_address", "shipping address, default the customer's"),
        Column("billing_details", "text or JSON", TEXT_OR_JSON),
        Column("preferences", "a JSON object", JSON),
        Column("is_default", "the customer's default account", YES_OR_NO, only_read=True),
        Column("is_primary", "the organization's primary account", YES_OR_NO),
        Column(
            "parent",
            "number of the parent account, for reporting and pooling",
            refers_to="account",
            source=partial(_linked_to, AccountParent, "parent"),
            later="relations",
        ),
        Column(
            "responsible_account",
            "number of the account that is invoiced instead",
            refers_to="account",
            source=lambda view: target_on(
                ResponsibleAccount, "account", "responsible_account", "pk", view.day_of_links("start_date")
            ),
            later="relations",
        ),
    )
