"""Files of prices (CAT-1 to CAT-3, USE-3)."""

from django.db.models import Case, F, When
from django.db.models.functions import JSONObject

from banyan.catalog.actions.create_price import create_price
from banyan.catalog.inputs import NewPrice
from banyan.catalog.models import Price
from banyan.transfer.cells import AMOUNT, DECIMAL, TIERS, WHOLE_NUMBER, YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, exact_amount_of, one_by_one
from banyan.transfer.queries import price_code

PRICES = FileKind(
    name="prices",
    explained="What products cost. A price never changes; a new one replaces it.",
    columns=(
        Column("code", "unique; subscriptions refer to it; written is the id of a price without", source=price_code()),
        Column("product", "code of the product", required=True, refers_to="product"),
        Column("currency", "ISO 4217", required=True),
        Column("type", "`recurring`, `one_time` or `usage`", required=True),
        Column("model", "`flat`, `per_unit`, `graduated`, `volume` or `package`", required=True),
        Column("flat_amount", "of a flat price", AMOUNT, source=exact_amount_of("flat_amount", "currency")),
        Column(
            "unit_amount",
            "a unit (per_unit) or package (package)",
            AMOUNT,
            source=exact_amount_of("unit_amount", "currency"),
        ),
        Column(
            "tiers",
            "of a graduated or volume price: up to 100 units at 1.00, up to 500 at 0.80 and 5 once, all beyond at 0.50",
            TIERS,
            source=JSONObject(tiers=F("tiers"), currency=F("currency")),
        ),
        Column("package_size", "units in a package", DECIMAL),
        Column("interval", "`day`, `week`, `month` (default), `quarter` or `year`"),
        Column("interval_count", "every so many intervals, default 1", WHOLE_NUMBER),
        Column("timing", "`in_advance` or `in_arrears`; default in advance, usage in arrears"),
        Column("meter", "key of the meter of a usage price", refers_to="meter"),
        Column("included_quantity", "units of usage a period that cost nothing, default 0", DECIMAL),
        Column("pooled", "whether the account tree shares included units, default false", YES_OR_NO),
        Column(
            "show_covered_usage",
            "whether usage that included units cover whole is a line of 0.00, default true; only for usage",
            YES_OR_NO,
            source=Case(When(type="usage", then=F("show_covered_usage"))),
        ),
    ),
    known_by=KnownBy(("code",), otherwise=("product",)),
    rows=lambda view: [Price.objects.order_by("id")],
    write=one_by_one(lambda record: create_price(NewPrice(**record.fields()))),
)
