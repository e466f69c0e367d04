"""Files of accounts' exemptions from taxes (TAX-2)."""

from banyan.catalog.actions.create_tax_exemption import create_tax_exemption
from banyan.catalog.inputs import NewTaxExemption
from banyan.catalog.models import TaxExemption
from banyan.transfer.cells import DATE
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

TAX_EXEMPTIONS = FileKind(
    name="tax-exemptions",
    explained="Exemptions of accounts from taxes.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("certificate", "number of the certificate", required=True),
        Column("valid_from", "first day, default since ever", DATE),
        Column("valid_to", "last day, default open", DATE),
    ),
    known_by=KnownBy(("account", "certificate", "valid_from"), is_unique=False),
    rows=lambda view: [TaxExemption.objects.order_by("id")],
    write=one_by_one(lambda record: create_tax_exemption(NewTaxExemption(**record.fields()))),
)
