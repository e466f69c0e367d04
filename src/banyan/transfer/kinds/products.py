"""Files of products (CAT-1)."""

from banyan.catalog.actions.create_product import create_product
from banyan.catalog.inputs import NewProduct
from banyan.catalog.models import Product
from banyan.transfer.cells import YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

PRODUCTS = FileKind(
    name="products",
    explained="What is sold.",
    columns=(
        Column("code", "unique; prices and charges refer to it", required=True),
        Column("name", "as it stands on invoices", required=True),
        Column("tax_category", "chooses among tax rates"),
        Column("active", "default true", YES_OR_NO, later="product-changes"),
    ),
    known_by=KnownBy(("code",)),
    rows=lambda view: [Product.objects.order_by("id")],
    write=one_by_one(lambda record: create_product(NewProduct(**record.fields()))),
)
