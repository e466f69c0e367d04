"""Lists of invoices, on screen and as CSV."""

from collections.abc import Sequence
from typing import Any

import django_tables2
from django.utils.safestring import SafeString

from banyan.accounts.models import Account
from banyan.billruns.documents import simulated_document
from banyan.billruns.models import SimulatedInvoice
from banyan.console.resources.columns import AMOUNT, Amount, Day, Text
from banyan.console.tables import ListTable
from banyan.console.templatetags.console import badge
from banyan.invoices.models import Invoice
from banyan.invoices.parties import NamedAccount, payers_of
from banyan.invoices.queries import InvoiceWithAmounts, number_of
from banyan.kernel.money import amount_text

INVOICE_COLUMNS = (
    "number", "account", "account_name", "status", "invoice_date", "due_date", "currency", "gross", "discount", "net",
    "tax", "total",
)  # fmt: skip


class Status(Text):
    """The status of an invoice; what is open after its due date is overdue."""

    def render(self, record: InvoiceWithAmounts) -> SafeString:
        """As a badge."""
        return status_badge(record)


def status_badge(invoice: InvoiceWithAmounts) -> SafeString:
    """Open, paid, …; overdue where it is open after its due date."""
    return badge("overdue") if invoice.is_overdue else badge(invoice.status, invoice.get_status_display())


class InvoiceTable(ListTable):
    caption = "Invoices"
    number = django_tables2.TemplateColumn(
        template_name="console/invoices/number.html", order_by=("owner_id", "sequence_number"), verbose_name="Number"
    )
    account = django_tables2.TemplateColumn(
        template_name="console/invoices/account.html", order_by="account__number", verbose_name="Account"
    )
    invoice_date = Day("Date")
    due_date = Day("Due")
    status = Status("Status")
    total = Amount("Total", orderable=False)

    def look_up(self, records: Sequence[Invoice]) -> None:
        """Their numbers."""
        for record in records:
            record.shown_number = number_of(record) or "Draft"  # type: ignore[attr-defined]


class SimulatedTable(ListTable):
    caption = "Invoices of the simulation"
    account = django_tables2.TemplateColumn(
        template_name="console/invoices/simulated.html", order_by="account__number", verbose_name="Account"
    )
    due = django_tables2.TemplateColumn("{{ record.document.due_date|sentence }}", orderable=False, verbose_name="Due")
    lines = django_tables2.TemplateColumn(
        "{{ record.document.lines|length|number }}", orderable=False, attrs=AMOUNT, verbose_name="Lines"
    )
    total = django_tables2.TemplateColumn(
        "{% money record.document.total|decimal record.document.currency %}", orderable=False, attrs=AMOUNT
    )


def invoice_cells(rows: Sequence[Any]) -> list[list[object]]:
    """The lines of a CSV file; accounts are called as on issue (INV-9)."""
    payers = payers_of(row for row in rows if isinstance(row, Invoice))
    return [
        _simulated(row) if isinstance(row, SimulatedInvoice) else _issued(row, payers.get(row.pk, row.account))
        for row in rows
    ]


def _issued(row: InvoiceWithAmounts, payer: NamedAccount | Account) -> list[object]:
    amounts = (row.gross, row.discount, row.net, row.tax, row.total)
    return [number_of(row), payer.number, payer.name, row.status, row.invoice_date, row.due_date,
            row.currency, *(amount_text(amount, row.currency) for amount in amounts)]  # fmt: skip


def _simulated(row: SimulatedInvoice) -> list[object]:
    written = simulated_document(row)
    buyer = written["buyer"]
    return [
        None,
        buyer["account_number"],
        buyer["account_name"],
        "simulated",
        *(written[name] for name in INVOICE_COLUMNS[4:]),
    ]
