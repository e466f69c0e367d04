"""Files of further accounts of customers (ACC-*)."""

from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import Account
from banyan.customers.actions.open_accounts import open_accounts
from banyan.relations.inputs import AccountPlacement
from banyan.transfer.columns import FileKind, KnownBy, Record, all_at_once
from banyan.transfer.declared import columns_of
from banyan.transfer.kinds.account_columns import account_columns


def _placement(record: Record) -> AccountPlacement:
    fields = record.fields()
    parent, responsible = fields.pop("parent", None), fields.pop("responsible_account", None)
    return AccountPlacement(account=fields, parent=parent, responsible_account=responsible)


ACCOUNTS = FileKind(
    name="accounts",
    explained="Further accounts of customers. Relations hold from the account's start date.",
    columns=(*columns_of(ACCOUNT, only=("customer",)), *account_columns()),
    known_by=KnownBy(("number",), otherwise=("customer",)),
    rows=lambda view: [Account.objects.filter(is_default=False).order_by("id")],
    write=all_at_once(lambda records: open_accounts([_placement(record) for record in records])),
    custom_fields={"custom_fields.": "account"},
    dated=True,
    names={"account": "number"},
)
