"""Files of tax rates (TAX-1)."""

from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.inputs import NewTaxRate
from banyan.catalog.models import TaxRate
from banyan.transfer.cells import DATE, DECIMAL
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

TAX_RATES = FileKind(
    name="tax-rates",
    explained="Taxes by place. All that match a charge's account apply.",
    columns=(
        Column("name", "as it stands on invoices", required=True),
        Column("country", "ISO 3166-1 alpha-2", required=True),
        Column("state", "default everywhere in the country"),
        Column("tax_category", "only products of this category, default all"),
        Column("percent", "0 to 100", DECIMAL, required=True),
        Column("valid_from", "first day, default since ever", DATE),
        Column("valid_to", "last day, default open", DATE),
    ),
    known_by=KnownBy(("name", "country", "state", "tax_category", "valid_from"), is_unique=False),
    rows=lambda view: [TaxRate.objects.order_by("id")],
    write=one_by_one(lambda record: create_tax_rate(NewTaxRate(**record.fields()))),
)
