"""Files of changes to accounts (ACC-3, BHI-4)."""

from django.db import transaction

from banyan.reorganizations.actions.update_account import update_account
from banyan.subscriptions.actions.change_account_status import change_account_status
from banyan.transfer.cells import DATE, DECIMAL, YES_OR_NO
from banyan.transfer.columns import Column, ImportKind, Record, one_by_one


def _change(record: Record) -> None:
    fields = record.fields()
    account, status = fields.pop("account"), fields.pop("status", None)
    on, reason = fields.pop("date", None), fields.pop("reason", "")
    with transaction.atomic():
        if fields:
            update_account(account, fields)
        if status:
            change_account_status(account, status, on, reason)


ACCOUNT_CHANGES = ImportKind(
    name="account-changes",
    explained="Changes of accounts; a blank cell leaves its field as it is.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("name", "new name"),
        Column("description", "new description"),
        Column("organization", "code of the organization", refers_to="organization"),
        Column("type", "name of the account type", refers_to="account_type"),
        Column("category", "name of the category", refers_to="account_category"),
        Column("payment_term", "name of the payment term", refers_to="payment_term"),
        Column("taxable", "whether its charges are taxed", YES_OR_NO),
        Column("minimum_invoice_amount", "below it nothing is invoiced yet", DECIMAL),
        Column("invoice_type", "`email`, `none`, `paper` or `paper_and_email`, as the tenant offers"),
        Column("invoice_rendering_type", "`aggregated` or `per_account`, of an account that has managed accounts"),
        Column("status", "`active`, `suspended`, `pending_collection` or `inactive`"),
        Column("date", "of an inactive account: the last day that is charged, default today", DATE),
        Column("reason", "why the status changes"),
    ),
    custom_fields={"custom_fields.": "account"},
    write=one_by_one(_change),
)
