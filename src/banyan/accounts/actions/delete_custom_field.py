"""Delete a field of the tenant's own (FLD-1)."""

from django.db import transaction

from banyan.accounts.models import CustomField
from banyan.accounts.queries import rows_with_custom_field
from banyan.foundation.deleting import locked_for_deletion
from banyan.kernel.refusals import conflict


@transaction.atomic
def delete_custom_field(custom_field_id: int) -> None:
    """The field is gone; refused while a row has a value: deactivate it, or take the values away first."""
    row = locked_for_deletion(CustomField, custom_field_id)
    if count := rows_with_custom_field(row).count():
        message = f"{count:,} {row.subject}s have a value of {row.label}; deactivate it, or empty it there first."
        raise conflict("id", "in_use", message, "FLD-1", count)
    row.delete()
