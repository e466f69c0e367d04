"""Files of owners (OWN-2)."""

from banyan.accounts.actions.save_owner import create_owner
from banyan.transfer.cells import TAX_REGISTRATIONS
from banyan.transfer.columns import Column, ImportKind, address_columns, one_by_one

OWNERS = ImportKind(
    name="owners",
    explained="Legal entities that sell and issue invoices.",
    columns=(
        Column("invoice_prefix", "unique, begins the invoice numbers; accounts refer to it", required=True),
        Column("legal_name", "as it stands on invoices", required=True),
        *address_columns("address", "address"),
        Column("tax_registrations", "countries and numbers", TAX_REGISTRATIONS),
        Column("base_currency", "ISO 4217, default USD"),
        Column("time_zone", "as in Europe/Berlin, default UTC"),
        Column("language", "default en"),
    ),
    write=one_by_one(lambda record: create_owner(record.fields())),
)
