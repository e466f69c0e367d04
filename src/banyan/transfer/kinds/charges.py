"""Files of one-time charges and credits (SUB-7)."""

from banyan.subscriptions.actions.create_charges import create_charges
from banyan.subscriptions.inputs import NewCharge, WhoPaysChoice
from banyan.subscriptions.models import Charge
from banyan.transfer.cells import AMOUNT, DATE
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, all_at_once, amount_of


def _charge(record: Record) -> NewCharge:
    fields = record.fields()
    who_pays = fields.pop("who_pays", None) or {}
    choice = WhoPaysChoice(who_pays["mode"], who_pays.get("customer")) if who_pays.get("mode") else None
    return NewCharge(who_pays=choice, **fields)


CHARGES = FileKind(
    name="charges",
    explained="One-time charges; a negative amount is a credit.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("description", "as it stands on the invoice", required=True),
        Column(
            "amount",
            "in the account's currency",
            AMOUNT,
            required=True,
            source=amount_of("amount", "account__currency"),
        ),
        Column("date", "billed by the first run on or after it", DATE, required=True),
        Column("product", "code of the product, chooses taxes and discounts", refers_to="product"),
        Column(
            "subscription",
            "number of the subscription like which it is paid",
            refers_to="subscription",
        ),
        Column(
            "who_pays.mode",
            "or who pays, as in subscriptions; default by the setting Default Payer & Consolidation",
            source="who_pays_mode",
        ),
        Column("who_pays.customer", "number of the ancestor that pays", refers_to="customer", source="payer"),
    ),
    known_by=KnownBy(("account", "description", "amount", "date", "product"), is_unique=False),
    rows=lambda view: [Charge.objects.order_by("id")],
    write=all_at_once(lambda records: create_charges([_charge(record) for record in records])),
)
