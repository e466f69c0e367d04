"""Tenants live in the public schema; everything else of a tenant lives in its own."""

from django.db import models
from django.db.models.functions import Now
from django_tenants.models import DomainMixin, TenantMixin


class Tenant(TenantMixin):
    """A business that operates Banyan. A row here means that its schema is complete and usable (SYS-5)."""

    auto_create_schema = False

    name = models.CharField(max_length=200)
    created_on = models.DateField(db_default=Now())

    def __str__(self) -> str:
        return self.name


class Domain(DomainMixin):
    """A host name that leads to a tenant's pages (SYS-4)."""
