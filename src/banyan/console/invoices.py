"""Invoices (CON-9): the list, and an invoice as the customer will see it, with the reason for each line."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse

from banyan.accounts.postal import address_lines
from banyan.accounts.queries import accounts
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.documents import parties_document, simulated_document
from banyan.billruns.models import BillRun, SimulatedInvoice
from banyan.console.choices import day_input, select
from banyan.console.confirming import asked, confirmed
from banyan.console.descriptions import ENTRIES, describe_history, entries_of
from banyan.console.downloads import csv_file
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.invoice_lines import (
    grouped,
    lines_of_document,
    lines_shown,
    subtotals_of_document,
    tax_label,
    taxes_of_document,
)
from banyan.console.invoice_lists import InvoiceTable, status_badge
from banyan.console.page import PageRequest, page, row_at, show, text_in
from banyan.engine.taxes import REVERSE_CHARGE_NOTE
from banyan.invoices import queries
from banyan.invoices.actions.void_invoice import can_be_voided, void_invoice
from banyan.invoices.models import Invoice, InvoiceStatus
from banyan.invoices.parties import NamedAccount, accounts_of, parties_now, parties_of
from banyan.invoices.queries import InvoiceWithAmounts, LineWithAmounts, TaxTotal
from banyan.invoices.trails import stored_payer
from banyan.kernel.decimals import decimal_text
from banyan.kernel.money import amount_text, exact_amount_text
from banyan.kernel.refusals import unknown

LINES_OF_A_PAGE = 200
MOST_ACCOUNTS_FOUND = 1000
LINE_COLUMNS = (
    "account", "account_name", "kind", "description", "period_start", "period_end", "quantity", "unit_amount",
    "currency", "gross", "discount", "net", "tax", "total", "payer_rule",
)  # fmt: skip


class InvoiceFilters(Filters):
    """What the list shows."""

    status = forms.ChoiceField(
        choices=[("", "Any status"), ("overdue", "Overdue"), *InvoiceStatus.choices],
        required=False,
        widget=select(),
    )
    since = forms.DateField(required=False, widget=day_input())


class ReissueForm(ActionForm):
    """INV-10."""

    reason = forms.CharField(
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example a wrong address or purchase-order number. It is kept in the history.",
    )


@page("GET invoices")
def invoices(request: PageRequest) -> HttpResponse:
    """Invoices, newest first; found by number, or by whose they are."""
    filters, q = InvoiceFilters(request.GET), text_in(request, "q")
    rows = _found(q).select_related("owner", "account").order_by("-pk")
    asked = filters.asked()
    if asked.get("status") == "overdue":
        rows = rows.filter(is_overdue=True)
    elif asked.get("status"):
        rows = rows.filter(status=asked["status"])
    if asked.get("since"):
        rows = rows.filter(invoice_date__gte=asked["since"])
    is_filtered = bool(q or asked)
    context = {"q": q, "filters": filters, "table": InvoiceTable(request, rows), "is_filtered": is_filtered}
    return show(request, "invoices/list.html", context)


def _found(q: str) -> Any:
    if not q:
        return queries.invoices()
    numbered = queries.invoices_numbered(q)
    if numbered.exists():
        return numbered
    whose = accounts(q).order_by().values_list("pk", flat=True)[:MOST_ACCOUNTS_FOUND]
    return queries.invoices().filter(account_id__in=list(whose))


@page("GET invoices/*")
def invoice(request: PageRequest, invoice: int) -> HttpResponse:
    """An invoice as the customer will see it; its lines in pages."""
    row = _invoice(invoice)
    subtotals = queries.subtotals_of(row.pk)
    count = sum(each.lines for each in subtotals)
    counted: Any = _Counted(queries.lines_of(row.pk), count)
    lines = Paginator(counted, LINES_OF_A_PAGE).get_page(request.GET.get("page"))
    parties = parties_of(row)
    shown = lines_shown(row, list(lines.object_list), parties)
    parts = {each.account_id: each for each in subtotals}
    context = {
        **_letter(parties_document(parties), row.currency),
        "invoice": row,
        "number": queries.number_of(row),
        "status": status_badge(row),
        "run": BillRun.objects.select_related("bill_cycle").filter(pk=row.bill_run_id).first(),
        "lines": lines,
        "count": count,
        "groups": grouped(shown, parts, row.account_id),
        "shows_accounts": set(parts) != {row.account_id},
        "taxes": _summed(queries.tax_totals_of(row.pk)),
        "notes": [REVERSE_CHARGE_NOTE] if row.reverse_charge else [],
        "replaced": _numbers_of(row.reissue_of, row.reissued_as),
        "can_be_voided": Invoice.objects.filter(can_be_voided(), pk=row.pk).exists(),
        "history": describe_history("invoice", list(entries_of("invoice", row.pk)[:ENTRIES])),
        "crumbs": [("Invoices", reverse("invoice_list"))],
    }
    return show(request, "invoices/one.html", context)


@page("GET bill-runs/*/invoices")
def simulated_invoice(request: PageRequest, bill_run: int, place: int) -> HttpResponse:
    """An invoice that a simulation came to, in the same form."""
    found = SimulatedInvoice.reachable.filter(run=bill_run, pk=place)
    row = found.select_related("run__bill_cycle").first()
    if row is None:
        raise unknown("address", "There is no such invoice.", place)
    written = simulated_document(row)
    lines = Paginator(written["lines"], LINES_OF_A_PAGE).get_page(request.GET.get("page"))
    amounts = {name: Decimal(written[name]) for name in ("gross", "discount", "net", "tax", "total")}
    dates = {name: date.fromisoformat(written[name]) for name in ("invoice_date", "due_date")}
    shown = lines_of_document(row, written, list(lines.object_list))
    run = reverse("bill_run", kwargs={"bill_run": bill_run})
    context = {
        **_letter(written, written["currency"]),
        "invoice": {**amounts, **dates, "currency": written["currency"], "account_id": row.account_id},
        "number": None,
        "run": row.run,
        "is_simulated": True,
        "lines": lines,
        "count": len(written["lines"]),
        "groups": grouped(shown, subtotals_of_document(written["lines"]), row.account_id),
        "shows_accounts": any(line.account != row.account_id for line in shown),
        "taxes": _summed(taxes_of_document(written["lines"])),
        "notes": written["notes"],
        "crumbs": [("Bill runs", reverse("bill_run_list")), (str(row.run.bill_cycle), run)],
    }
    return show(request, "invoices/one.html", context)


@page("GET invoices/*/lines.csv")
def invoice_csv(request: PageRequest, invoice: int) -> StreamingHttpResponse:
    """All lines as CSV, however many."""
    row = _invoice(invoice)

    def cells(lines: Sequence[LineWithAmounts]) -> list[list[object]]:
        named = accounts_of(row, {line.account_id for line in lines})
        return [[*_name(named.get(line.account_id)), *_cells(line, row.currency)] for line in lines]

    return csv_file(f"{queries.number_of(row) or 'draft'}.csv", LINE_COLUMNS, queries.lines_of(row.pk), cells)


@page("POST invoices/*/void")
def void(request: PageRequest, invoice: int) -> HttpResponse:
    """Void it, after saying what that changes."""
    row = _invoice(invoice)
    context = {
        "question": f"Void the invoice {queries.number_of(row) or ''}?",
        "invoice": row,
        "count": sum(each.lines for each in queries.subtotals_of(row.pk)),
        "text": "Void it",
        "danger": True,
        "asks_reason": True,
        "back": reverse("invoice", kwargs={"invoice": invoice}),
    }
    said = "The invoice is void; its charges are billed by the next run."
    return asked(
        request,
        context,
        lambda: void_invoice(invoice, request.POST.get("reason", "")),
        said,
        str(context["back"]),
        "invoices/void.html",
    )


@page("POST invoices/*/reissue")
def reissue(request: PageRequest, invoice: int) -> HttpResponse:
    """Issue it anew with the parties as they are now, for a reason, after showing who these are."""
    row = _invoice(invoice)
    form = ReissueForm(request.POST or None)

    def look() -> dict[str, Any]:
        parties = parties_now([row.account_id])[row.account_id]
        return {"invoice": row, "reissued": True, **_letter(parties_document(parties), row.currency)}

    context = {
        "name": f"Reissue the invoice {queries.number_of(row) or ''}",
        "back": reverse("invoice", kwargs={"invoice": invoice}),
        "confirm": "Reissue it",
    }

    def act() -> object:
        return reissue_invoice(invoice, form.cleaned_data["reason"])

    return confirmed(request, form, context, look, act, "The invoice is void, and another one is issued instead.")


def _summed(taxes: Sequence[TaxTotal]) -> list[tuple[str, Decimal]]:
    return [(tax_label(tax.name, tax.percent), tax.amount) for tax in taxes]


def _letter(document: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """Who invoices whom, and on which terms: as it was when the invoice was issued or the simulation made (INV-9)."""
    seller, buyer = document["seller"], document["buyer"]
    addresses = seller["address"], buyer["billing_address"] or {}
    seller_country, buyer_country = (address.get("country") for address in addresses)
    return {
        "seller": seller,
        "buyer": buyer,
        "seller_address": address_lines(addresses[0], home=buyer_country),
        "registrations": [_registration(each) for each in seller["tax_registrations"]],
        "buyer_address": address_lines(addresses[1], home=seller_country),
        "term": document["payment_term"],
        "currency": currency,
    }


def _numbers_of(reissue_of: int | None, reissued_as: int | None) -> dict[str, Any]:
    """INV-10: the invoices that this one replaces and is replaced by, each with its number."""
    wanted = [each for each in (reissue_of, reissued_as) if each]
    found = queries.invoices().in_bulk(wanted) if wanted else {}
    named = {"before": found.get(reissue_of or 0), "after": found.get(reissued_as or 0)}
    return {which: {"id": row.pk, "number": queries.number_of(row)} for which, row in named.items() if row}


def _registration(registration: Mapping[str, str]) -> str:
    """A tax number with its country, which a VAT ID begins with anyhow."""
    country, number = registration["country"], registration["number"]
    return number if number.startswith(country) else f"{country} {number}"


def _name(account: NamedAccount | None) -> tuple[str | None, str | None]:
    return (None, None) if account is None else (account.number, account.name)


def _cells(line: LineWithAmounts, currency: str) -> list[object]:
    amounts = (line.gross, line.discount, line.net, line.tax, line.total)
    return [
        line.kind,
        line.description,
        line.period_start,
        line.period_end,
        decimal_text(line.quantity),
        None if line.unit_amount is None else exact_amount_text(line.unit_amount, currency),
        currency,
        *(amount_text(amount, currency) for amount in amounts),
        stored_payer(line.payer_trail, line.account_id).rule,
    ]


class _Counted:
    """Lines whose number is known, so that it isn't counted again."""

    def __init__(self, rows: Any, count: int) -> None:
        self._rows, self._count = rows, count
        self.ordered = True

    def count(self) -> int:
        """How many there are."""
        return self._count

    def __getitem__(self, part: slice) -> Any:
        """Some of them."""
        return self._rows[part]


def _invoice(number: int) -> InvoiceWithAmounts:
    return row_at(queries.invoices().select_related("owner", "account"), number)
