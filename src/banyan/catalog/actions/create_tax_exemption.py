"""Exempt an account from taxes for some time (TAX-2)."""

from django.db import transaction

from banyan.accounts.models import Account
from banyan.catalog.checks import check_text, check_validity
from banyan.catalog.inputs import NewTaxExemption
from banyan.catalog.models import TaxExemption
from banyan.kernel.refusals import Problems


@transaction.atomic
def create_tax_exemption(new: NewTaxExemption) -> TaxExemption:
    """While it holds on the billing date, no charge of the account is taxed, whoever pays for it."""
    problems = Problems()
    if not Account.objects.filter(pk=new.account).exists():
        problems.add("account", "unknown", "there is no such account", "TAX-2", new.account)
    check_text(problems, "certificate", new.certificate, 100, "TAX-2")
    check_validity(problems, new.valid_from, new.valid_to, "TAX-2")
    problems.raise_if_any()
    return TaxExemption.objects.create(
        account_id=new.account, certificate=new.certificate, valid_from=new.valid_from, valid_to=new.valid_to
    )
