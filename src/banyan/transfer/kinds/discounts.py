"""Files of account discounts (DIS-1)."""

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q

from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.inputs import NewDiscount
from banyan.catalog.models import Discount
from banyan.transfer.cells import AMOUNT, DATE, DECIMAL, LIST
from banyan.transfer.columns import Column, FileKind, KnownBy, amount_of, one_by_one

_PRODUCTS = ArrayAgg("products__code", filter=Q(products__isnull=False), order_by="products__code")

DISCOUNTS = FileKind(
    name="discounts",
    explained="Discounts of accounts: in percent, or a fixed amount an invoice. They apply in the order of the file.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("percent", "above 0, up to 100; or else an amount", DECIMAL),
        Column(
            "amount",
            "in the account's currency; or else a percent",
            AMOUNT,
            source=amount_of("amount", "account__currency"),
        ),
        Column("valid_from", "first day, default since ever", DATE),
        Column("valid_to", "last day, default open", DATE),
        Column("products", "codes of the products it is for, default all", LIST, refers_to="product", source=_PRODUCTS),
    ),
    known_by=KnownBy(("account", "percent", "amount", "valid_from", "products"), is_unique=False),
    rows=lambda view: [Discount.objects.order_by("id")],
    write=one_by_one(lambda record: create_discount(NewDiscount(**record.fields()))),
)
