"""Files of account types (TYP-1)."""

from banyan.accounts.actions.save_account_type import create_account_type
from banyan.accounts.models import AccountType
from banyan.transfer.cells import YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

ACCOUNT_TYPES = FileKind(
    name="account-types",
    explained="The tenant's own kinds of accounts.",
    columns=(
        Column("name", "unique; accounts refer to it", required=True),
        Column("description", "free text"),
        Column(
            "default",
            "takes the flag from the type that had it; default false",
            YES_OR_NO,
            later="account-type-changes",
        ),
        Column("active", "default true", YES_OR_NO, later="account-type-changes"),
    ),
    known_by=KnownBy(("name",)),
    rows=lambda view: [AccountType.objects.order_by("id")],
    write=one_by_one(lambda record: create_account_type(**record.fields())),
)
