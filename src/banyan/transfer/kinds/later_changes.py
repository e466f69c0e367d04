"""Files of what can hold only once other files are in: what is no longer on offer, required fields, ended contracts.

An export of everything has them, so that what refers to a product, a type, a field or a contract goes in before.
"""

from collections.abc import Callable, Mapping

from django.db.models import F, Q

from banyan.accounts.actions.save_account_type import update_account_type
from banyan.accounts.actions.save_custom_field import update_custom_field
from banyan.accounts.models import AccountType, CustomField
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.models import Product
from banyan.contracts.models import Contract
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import shown
from banyan.subscriptions.actions.terminate_contract import terminate_contract
from banyan.transfer.cells import DATE, YES_OR_NO
from banyan.transfer.columns import SETS_AGAIN, Column, FileKind, Record, one_by_one


def _update(verb: Callable[[int, Mapping[str, object]], object], named: str) -> Callable[[Record], None]:
    """What gives the other columns to a verb that changes what the column `named` names."""

    def update(record: Record) -> None:
        fields = record.fields()
        verb(fields.pop(named), fields)

    return update


def _is_terminated(record: Record) -> bool:
    """Whether the contract ends as the row says."""
    says = {"terminated_on": record.get("terminated_on"), "termination_reason": record.get("reason") or ""}
    return Contract.objects.filter(pk=record.get("contract"), **says).exists()


def _change_field(record: Record) -> None:
    fields = record.fields()
    subject, key = fields.pop("subject"), fields.pop("key")
    field = CustomField.objects.filter(subject=subject, key=key).first()
    if field is None:
        raise invalid("key", "unknown", f"there is no field {shown(key)} of the {subject}", "FLD-1", key)
    update_custom_field(field.pk, fields)


PRODUCT_CHANGES = FileKind(
    name="product-changes",
    explained="Changes of products; a blank cell leaves its field as it is.",
    columns=(
        Column("product", "code of the product", required=True, refers_to="product", source=F("code")),
        Column("name", "new name", only_read=True),
        Column("tax_category", "new tax category", only_read=True),
        Column("active", "false: not sold any more", YES_OR_NO),
    ),
    rows=lambda view: [Product.objects.filter(active=False).order_by("id")],
    repeated=SETS_AGAIN,
    write=one_by_one(_update(update_product, "product")),
)

ACCOUNT_TYPE_CHANGES = FileKind(
    name="account-type-changes",
    explained="Changes of account types; a blank cell leaves its field as it is.",
    columns=(
        Column("type", "name of the account type", required=True, refers_to="account_type", source=F("name")),
        Column("description", "new description", only_read=True),
        Column("default", "true: takes the flag from the type that had it", YES_OR_NO),
        Column("active", "false: can't be assigned any more", YES_OR_NO),
    ),
    rows=lambda view: [AccountType.objects.filter(Q(default=True) | Q(active=False)).order_by("id")],
    repeated=SETS_AGAIN,
    write=one_by_one(_update(update_account_type, "type")),
)

CUSTOM_FIELD_CHANGES = FileKind(
    name="custom-field-changes",
    explained="Changes of the tenant's own fields; a blank cell leaves its field as it is.",
    columns=(
        Column("subject", "`customer` or `account`", required=True),
        Column("key", "of the field", required=True),
        Column("label", "new label", only_read=True),
        Column("required", "whether it has to be given", YES_OR_NO),
        Column("active", "false: not asked for any more", YES_OR_NO),
    ),
    rows=lambda view: [CustomField.objects.filter(Q(required=True) | Q(active=False)).order_by("id")],
    repeated=SETS_AGAIN,
    write=one_by_one(_change_field),
)

CONTRACT_CHANGES = FileKind(
    name="contract-changes",
    explained="Contracts that end before they would, and with them what was subscribed to under them.",
    columns=(
        Column("contract", "number of the contract", required=True, refers_to="contract", source=F("number")),
        Column("terminated_on", "first day that is not covered any more", DATE, required=True),
        Column("reason", "why", source="termination_reason"),
    ),
    rows=lambda view: [Contract.objects.filter(terminated_on__isnull=False).order_by("id")],
    write=one_by_one(
        lambda record: terminate_contract(
            record.get("contract"), record.get("terminated_on"), record.get("reason") or ""
        ),
        _is_terminated,
    ),
    repeated="A contract that was terminated for that day is unchanged.",
)
