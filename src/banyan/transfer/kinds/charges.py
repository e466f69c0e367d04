"""Files of one-time charges and credits (SUB-7)."""

from banyan.subscriptions.actions.create_charges import create_charges
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import Charge
from banyan.transfer.cells import DATE, DECIMAL
from banyan.transfer.columns import Column, FileKind, KnownBy, all_at_once

CHARGES = FileKind(
    name="charges",
    explained="One-time charges; a negative amount is a credit.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("description", "as it stands on the invoice", required=True),
        Column("amount", "in the account's currency", DECIMAL, required=True),
        Column("date", "billed by the first run on or after it", DATE, required=True),
        Column("product", "code of the product, chooses taxes and discounts", refers_to="product"),
    ),
    known_by=KnownBy(("account", "description", "amount", "date", "product"), is_unique=False),
    rows=lambda view: [Charge.objects.order_by("id")],
    write=all_at_once(lambda records: create_charges([NewCharge(**record.fields()) for record in records])),
)
