"""Files of the tenant's own fields (FLD-1)."""

from banyan.accounts.actions.save_custom_field import create_custom_field
from banyan.accounts.models import CustomField
from banyan.transfer.cells import LIST, YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

CUSTOM_FIELDS = FileKind(
    name="custom-fields",
    explained="The tenant's own fields; files of customers and accounts have a column `custom_fields.KEY` for each.",
    columns=(
        Column("subject", "`customer` or `account`", required=True),
        Column("key", "small letters, digits and `_`; unique for its subject", required=True),
        Column("label", "default the key"),
        Column("type", "`text` (default), `number`, `date`, `yes_no` or `choice`"),
        Column("options", "what to choose from, for a choice", LIST),
        Column("required", "default false", YES_OR_NO, later="custom-field-changes"),
        Column("active", "default true", YES_OR_NO, later="custom-field-changes"),
    ),
    known_by=KnownBy(("subject", "key")),
    rows=lambda view: [CustomField.objects.order_by("id")],
    write=one_by_one(lambda record: create_custom_field(record.fields())),
)
