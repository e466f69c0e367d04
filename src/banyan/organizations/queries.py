"""Reads of the access tree and its keys."""

from django.db.models import Q, QuerySet

from banyan.organizations.keys import hash_of
from banyan.organizations.models import ApiKey, Organization


def organizations(q: str | None = None) -> QuerySet[Organization]:
    """All organizations; with `q` those whose code begins with it or whose name holds it."""
    rows = Organization.objects.all()
    return rows.filter(Q(code__istartswith=q) | Q(name__icontains=q)) if q else rows


def api_keys() -> list[ApiKey]:
    """Every key, oldest first, also those that are revoked."""
    return list(ApiKey.objects.order_by("id"))


def find_api_key(key: str) -> ApiKey | None:
    """API-1: the row of a key given in plain text, None when there is none or it is revoked."""
    return ApiKey.objects.filter(key_hash=hash_of(key), revoked_at__isnull=True).first()
