"""The columns of an account, alone or as the first account of a customer."""

from functools import partial

from django.db.models import Model, Subquery

from banyan.accounts.fields import ACCOUNT
from banyan.relations.models import AccountParent, ResponsibleAccount
from banyan.transfer.columns import Column, View
from banyan.transfer.declared import columns_of
from banyan.transfer.queries import target_on


def _linked_to(relation: type[Model], target: str, view: View) -> Subquery:
    return target_on(relation, "account", target, "pk", view.day_of_links("start_date"))


def account_columns() -> tuple[Column, ...]:
    """ACC-*: every column but the customer; what a new account can't have yet is in files of changes."""
    return (
        *columns_of(
            ACCOUNT,
            without=("customer", "invoice_rendering_type"),
            later={"status": "account-changes"},
            only_read=("is_default",),
        ),
        Column(
            "parent",
            "Number of the parent account, for reporting and pooling.",
            refers_to="account",
            source=partial(_linked_to, AccountParent, "parent"),
            later="relations",
        ),
        Column(
            "responsible_account",
            "Number of the account that is invoiced instead.",
            refers_to="account",
            source=partial(_linked_to, ResponsibleAccount, "responsible_account"),
            later="relations",
        ),
    )
