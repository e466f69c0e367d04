"""Invoices and their lines, as people see them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, TypedDict

from django.db import connection
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from banyan.accounts.models import Owner
from banyan.accounts.today import today_of_rows
from banyan.invoices.models import Invoice, InvoiceLine, InvoiceStatus
from banyan.invoices.numbers import invoice_number
from banyan.subscriptions.models import SubscriptionItem

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

_COUNTER = re.compile(r"[0-9]{6,18}")


class LineAmounts(TypedDict):
    """What is read with a line besides its columns."""

    net: Decimal
    total: Decimal


class InvoiceAmounts(LineAmounts):
    """What is read with an invoice besides its columns."""

    reverse_charge: bool
    balance: Decimal
    is_overdue: bool
    reissued_as: int | None


if TYPE_CHECKING:
    InvoiceWithAmounts = WithAnnotations[Invoice, InvoiceAmounts]
    LineWithAmounts = WithAnnotations[InvoiceLine, LineAmounts]
else:
    InvoiceWithAmounts = Invoice
    LineWithAmounts = InvoiceLine


def number_of(invoice: Invoice) -> str | None:
    """The number of an issued invoice that was read with its owner; a draft has none."""
    if invoice.sequence_number is None:
        return None
    return invoice_number(invoice.owner.invoice_prefix, invoice.sequence_number)


def invoices() -> QuerySet[InvoiceWithAmounts]:
    """Invoices with owner, `net`, `total`, `reverse_charge` (TAX-3: of some line), `balance`: what is to be paid,
    nothing unless the invoice is open; `is_overdue`: open after its due date; and `reissued_as`: the invoice that was
    issued instead (INV-10).
    """
    total = F("gross") - F("discount") + F("tax")
    return (
        Invoice.reachable.select_related("owner")
        .defer("account_versions")
        .annotate(
            net=F("gross") - F("discount"),
            total=total,
            reverse_charge=Exists(InvoiceLine.objects.filter(invoice_id=OuterRef("id"), reverse_charge=True)),
            reissued_as=Subquery(Invoice.objects.filter(reissue_of=OuterRef("id")).values("id")),
            balance=Case(When(status=InvoiceStatus.OPEN, then=total), default=Value(Decimal(0))),
            is_overdue=Q(status=InvoiceStatus.OPEN) & Q(due_date__lt=today_of_rows()),
        )
        .order_by("id")
    )


def invoices_numbered(number: str) -> QuerySet[InvoiceWithAmounts]:
    """The invoice with this number, if there is one. Prefixes may end in digits, so each owner's is tried."""
    wanted = Q(pk__in=[])
    for owner in Owner.objects.all():
        digits = number.removeprefix(owner.invoice_prefix)
        if _COUNTER.fullmatch(digits) and invoice_number(owner.invoice_prefix, int(digits)) == number:
            wanted |= Q(owner=owner, sequence_number=int(digits))
    return invoices().filter(wanted)


def billing_subscription(rows: QuerySet[InvoiceWithAmounts], subscription_id: int) -> QuerySet[InvoiceWithAmounts]:
    """Those of the invoices, none of them void, that have a line for an item of the subscription."""
    items = SubscriptionItem.objects.filter(subscription=subscription_id).values_list("pk", flat=True)
    lines = InvoiceLine.objects.filter(live=True, item_id__in=list(items))
    return rows.filter(pk__in=lines.values("invoice_id"))


def invoices_of_charges(charge_ids: Iterable[int]) -> dict[int, int]:
    """SUB-7: the invoice, not void, that each one-time charge is on; none where it isn't billed."""
    lines = InvoiceLine.objects.filter(live=True, charge_id__in=list(charge_ids))
    return {charge: invoice for charge, invoice in lines.values_list("charge_id", "invoice_id") if charge is not None}


def lines_of(invoice_id: int) -> QuerySet[LineWithAmounts]:
    """INV-4: an invoice's lines in the order they are shown, with `net` and `total`; the id is the key for pages."""
    return (
        InvoiceLine.objects.filter(invoice_id=invoice_id)
        .annotate(net=F("gross") - F("discount"), total=F("gross") - F("discount") + F("tax"))
        .order_by("id")
    )


@dataclass(frozen=True, slots=True)
class Subtotal:
    """INV-5: what the lines of one account come to on an invoice."""

    account_id: int
    lines: int
    gross: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal


SUBTOTALS = """
SELECT account_id, count(*), sum(gross), sum(discount), sum(gross - discount), sum(tax), sum(gross - discount + tax)
FROM invoices_invoiceline WHERE invoice_id = %(invoice)s GROUP BY account_id ORDER BY min(id)
"""


def subtotals_of(invoice_id: int) -> list[Subtotal]:
    """What each account's lines come to, in the order of the lines: the payer's own first, then by account number."""
    with connection.cursor() as cursor:
        cursor.execute(SUBTOTALS, {"invoice": invoice_id})
        return [Subtotal(*row) for row in cursor.fetchall()]


@dataclass(frozen=True, slots=True)
class Issued:
    """The invoices of some accounts in one currency as at the end of a day: how many are open, how many of these are
    overdue, and what all together come to; void ones count until the day they were voided.
    """

    open: int
    overdue: int
    total: Decimal


ISSUED_UNTIL = """
SELECT currency, count(*) FILTER (WHERE is_open), count(*) FILTER (WHERE is_open AND due_date < %(on)s), sum(total)
FROM (
    SELECT currency, due_date, gross - discount + tax AS total, status IN ('open', 'void') AS is_open
    FROM invoices_invoice invoice
    WHERE account_id = ANY(%(accounts)s) AND status <> 'draft' AND invoice_date <= %(on)s
        AND (status <> 'void' OR EXISTS (
            SELECT 1 FROM ledger_posting posting
            WHERE posting.source_id = invoice.id AND posting.source_kind = 'void' AND posting.posted_on > %(on)s))
) issued
GROUP BY currency
"""


def issued_until(account_ids: Iterable[int], on: date) -> dict[str, Issued]:
    """What the accounts were invoiced up to the end of the day, by currency."""
    with connection.cursor() as cursor:
        cursor.execute(ISSUED_UNTIL, {"accounts": list(account_ids), "on": on})
        return {currency: Issued(*row) for currency, *row in cursor.fetchall()}


@dataclass(frozen=True, slots=True)
class TaxTotal:
    """What a tax comes to on an invoice."""

    name: str
    percent: Decimal
    amount: Decimal


TAX_TOTALS = """
SELECT entry ->> 0, (entry ->> 1)::numeric, sum((entry ->> 2)::numeric)
FROM invoices_invoiceline line, jsonb_array_elements(line.taxes) AS taken(entry)
WHERE line.invoice_id = %(invoice)s GROUP BY 1, 2 ORDER BY 1, 2
"""


def tax_totals_of(invoice_id: int) -> list[TaxTotal]:
    """TAX-1: each tax of an invoice with what it comes to."""
    with connection.cursor() as cursor:
        cursor.execute(TAX_TOTALS, {"invoice": invoice_id})
        return [TaxTotal(*row) for row in cursor.fetchall()]
