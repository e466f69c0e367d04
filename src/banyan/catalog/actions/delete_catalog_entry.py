"""Delete what the catalogue holds and nothing uses (CAT-1, USE-1)."""

from banyan.catalog.models import Meter, Price, Product
from banyan.foundation.deleting import delete_unused

CatalogEntry = Meter | Price | Product
_RULES: dict[type[CatalogEntry], str] = {Meter: "USE-1", Price: "CAT-1", Product: "CAT-1"}


def delete_catalog_entry(model: type[CatalogEntry], entry_id: int) -> None:
    """The entry is gone; refused while anything uses it, with what and how often. A used product is deactivated."""
    delete_unused(model, entry_id, _RULES[model])
