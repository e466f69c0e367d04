"""Reads of the access tree."""

from collections.abc import Collection

from django.db.models import Q, QuerySet

from banyan.organizations.models import Organization


def organizations(q: str | None = None) -> QuerySet[Organization]:
    """All organizations; with `q` those whose code begins with it or whose name holds it."""
    rows = Organization.objects.all()
    return rows.filter(Q(code__istartswith=q) | Q(name__icontains=q)) if q else rows


def organizations_by_code(codes: Collection[str]) -> dict[str, int]:
    """Row numbers of organizations by their codes."""
    return dict(Organization.objects.filter(code__in=codes).values_list("code", "id"))
