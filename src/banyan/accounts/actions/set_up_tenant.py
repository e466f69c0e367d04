"""Make a new tenant usable at once (SYS-5)."""

from django.db import transaction

from banyan.accounts.actions.index_middles_of_words import index_middles_of_words
from banyan.accounts.models import AccountCategory, ContactCategory, Owner, PaymentTerm
from banyan.organizations.models import Organization

PAYMENT_TERMS = {"Due on receipt": 0, "Net 15": 15, "Net 30": 30, "Net 60": 60}


@transaction.atomic
def set_up_tenant() -> None:
    """One owner, one root organization, the categories Standard and General, payment terms; what is there stays."""
    index_middles_of_words()
    if not Owner.objects.exists():
        Owner.objects.create(legal_name="My company", invoice_prefix="INV-")
    if not Organization.objects.exists():
        Organization.objects.create(name="All", code="ROOT")
    if not AccountCategory.objects.exists():
        AccountCategory.objects.create(name="Standard")
    if not ContactCategory.objects.exists():
        ContactCategory.objects.create(name="General")
    if not PaymentTerm.objects.exists():
        PaymentTerm.objects.bulk_create(PaymentTerm(name=name, days=days) for name, days in PAYMENT_TERMS.items())
