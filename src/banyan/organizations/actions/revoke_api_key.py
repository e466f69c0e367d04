"""Revoke an API key (API-1)."""

from django.db import transaction

from banyan.foundation import clock
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import unknown
from banyan.organizations.models import ApiKey


@transaction.atomic
def revoke_api_key(api_key: int) -> ApiKey:
    """From now on the key opens nothing; revoking it again changes nothing."""
    row = ApiKey.objects.select_for_update().filter(id=api_key).first()
    if row is None:
        named = encode_id("api_key", api_key)
        raise unknown("api_key", f"there is no API key with the id {named}", named)
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        row.save(update_fields=["revoked_at"])
    return row
