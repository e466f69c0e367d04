"""Who sells and who buys on an invoice, and on which terms: as on issue (INV-9), of a draft as now."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connection

from banyan.accounts.models import Account, AccountVersion, CustomerVersion, OwnerVersion, PaymentTermVersion
from banyan.accounts.versions import current_versions
from banyan.invoices.models import Invoice
from banyan.organizations.access_scope import in_scope

ACCOUNTS_NAMED_ON = """
SELECT id, account_id FROM invoices_invoice WHERE id = ANY(%(invoices)s)
UNION
SELECT invoice_id, account_id FROM invoices_invoiceline WHERE invoice_id = ANY(%(invoices)s)
UNION
SELECT line.invoice_id, unnest(ARRAY[(step ->> 1)::bigint, (step ->> 2)::bigint])
FROM invoices_invoiceline line, jsonb_array_elements(line.payer_trail) AS step
WHERE line.invoice_id = ANY(%(invoices)s)
"""

AS_ISSUED = """
SELECT * FROM accounts_accountversion
WHERE account_id = ANY(%(accounts)s)
    AND id = ANY((SELECT account_versions FROM invoices_invoice WHERE id = %(invoice)s)::bigint[])
"""

PAYERS_AS_ISSUED = """
SELECT invoice.id, version.number, version.name
FROM invoices_invoice invoice
JOIN accounts_accountversion version
    ON version.account_id = invoice.account_id AND version.id = ANY(invoice.account_versions)
WHERE invoice.id = ANY(%(invoices)s)
"""


@dataclass(frozen=True, slots=True)
class Parties:
    """The seller, the buyer (a customer and the account of it that pays), and the payment term."""

    seller: OwnerVersion
    buyer: CustomerVersion
    account: AccountVersion
    term: PaymentTermVersion

    @property
    def billing_address(self) -> Mapping[str, Any] | None:
        """The account's, else the customer's (ACC-13)."""
        return self.account.billing_address or self.buyer.billing_address

    @property
    def shipping_address(self) -> Mapping[str, Any] | None:
        """The account's, else the customer's (ACC-13)."""
        return self.account.shipping_address or self.buyer.shipping_address

    @property
    def language(self) -> str:
        """The account's, else the seller's (DOC-2)."""
        return self.account.preferred_language or self.seller.language


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """What an account is called on an invoice."""

    number: str
    name: str

    @property
    def label(self) -> str:
        """For sentences."""
        return f"{self.name} ({self.number})"


def parties_of(invoice: Invoice) -> Parties:
    """Of a draft: what holds now, since it is not issued yet."""
    seller, buyer, term = invoice.seller_version, invoice.buyer_version, invoice.term_version
    if seller is None or buyer is None or term is None:
        return parties_now([invoice.account_id])[invoice.account_id]
    (account,) = AccountVersion.objects.raw(AS_ISSUED, {"accounts": [invoice.account_id], "invoice": invoice.pk})
    return Parties(
        OwnerVersion.objects.get(pk=seller),
        CustomerVersion.objects.get(pk=buyer),
        account,
        PaymentTermVersion.objects.get(pk=term),
    )


def parties_now(payers: Collection[int]) -> dict[int, Parties]:
    """What an invoice to each of these accounts would show if it were issued now."""
    versions = current_versions(payers, payers)
    kept = versions.parties.values()
    sellers = OwnerVersion.objects.in_bulk({each.seller for each in kept})
    buyers = CustomerVersion.objects.in_bulk({each.buyer for each in kept})
    terms = PaymentTermVersion.objects.in_bulk({each.term for each in kept})
    accounts = AccountVersion.objects.in_bulk(set(versions.accounts.values()))
    return {
        payer: Parties(sellers[each.seller], buyers[each.buyer], accounts[versions.accounts[payer]], terms[each.term])
        for payer, each in versions.parties.items()
    }


def accounts_of(invoice: Invoice, account_ids: Iterable[int]) -> dict[int, NamedAccount]:
    """What these accounts are called on the invoice; those out of the caller's reach are not named (ORG-3)."""
    wanted = list(in_scope(Account, account_ids))
    if invoice.seller_version is None:
        return accounts_now(wanted)
    found = AccountVersion.objects.raw(AS_ISSUED, {"accounts": wanted, "invoice": invoice.pk})
    return {version.account_id: NamedAccount(version.number, version.name) for version in found}


def payers_of(invoices: Iterable[Invoice]) -> dict[int, NamedAccount]:
    """What the account that pays was called on each issued invoice, by the invoice's id."""
    with connection.cursor() as cursor:
        cursor.execute(PAYERS_AS_ISSUED, {"invoices": [invoice.pk for invoice in invoices]})
        return {invoice: NamedAccount(number, name) for invoice, number, name in cursor.fetchall()}


def accounts_now(account_ids: Iterable[int]) -> dict[int, NamedAccount]:
    """What those of these accounts that are in reach are called now."""
    found = Account.reachable.filter(pk__in=list(account_ids)).values_list("id", "number", "name")
    return {account: NamedAccount(number, name) for account, number, name in found}


def labels(accounts: Mapping[int, NamedAccount]) -> dict[int, str]:
    """What to call the accounts in sentences."""
    return {account: named.label for account, named in accounts.items()}


def accounts_named_on(invoice_ids: Collection[int]) -> dict[int, set[int]]:
    """The accounts that each of these invoices names: who pays, those of the lines, those on the way to who pays."""
    named: dict[int, set[int]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(ACCOUNTS_NAMED_ON, {"invoices": list(invoice_ids)})
        for invoice, account in cursor.fetchall():
            named[invoice].add(account)
    return named
