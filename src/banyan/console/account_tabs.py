"""The tabs and details of an account's page (CON-3): what each one lists, in pages, each row leading to its page."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import django_tables2
from django.utils.safestring import SafeString

from banyan.accounts.models import Account
from banyan.accounts.queries import contacts_of, notes_of
from banyan.accounts.today import today
from banyan.billruns.queries import next_invoice_dates, pending_charges
from banyan.billruns.unrated import WhyUnrated, unrated_usage
from banyan.catalog.models import Meter
from banyan.catalog.queries import tax_exemptions
from banyan.console.contract_pages import ContractTable
from banyan.console.descriptions import ENTRIES, describe_history, entries_of
from banyan.console.invoice_lists import InvoiceTable
from banyan.console.ledger_pages import ledger_of
from banyan.console.page import PageRequest
from banyan.console.resources.columns import AMOUNT, Amount, Day, Number, Text
from banyan.console.resources.deductions import TAX_EXEMPTIONS
from banyan.console.resources.pages import table_of
from banyan.console.subscription_lists import OrderTable, SubscriptionTable, orders_of, subscriptions_of
from banyan.console.tables import ListTable, page_of
from banyan.console.templatetags.console import money
from banyan.contracts.queries import contracts
from banyan.invoices.queries import invoices, invoices_of_charges, number_of
from banyan.ledger.queries import balances
from banyan.organizations.access_scope import in_scope
from banyan.relations.queries import managed_accounts_on, responsible_accounts_on, with_parent
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.queries import charges, deleted_charges

Shown = dict[str, Any]


class RelatedAccounts(ListTable):
    caption = "Accounts"
    account = django_tables2.TemplateColumn(
        template_name="console/cells/account.html", order_by="number", verbose_name="Account"
    )
    customer = django_tables2.TemplateColumn(
        '<a href="{% url "customer" record.customer_id %}">{{ record.customer }}</a>', order_by="customer__number"
    )
    status = django_tables2.TemplateColumn(template_name="console/cells/status.html")
    balance = django_tables2.Column(empty_values=(), orderable=False, attrs=AMOUNT)

    def look_up(self, records: Sequence[Account]) -> None:
        """Balances."""
        self.owed = balances([row.pk for row in records])

    def render_balance(self, record: Account) -> SafeString:
        """What the account owes in its own currency."""
        return money(self.owed.get(record.pk, {}).get(record.currency, Decimal(0)), record.currency)


class ChargeTable(ListTable):
    caption = "Adjustments"
    date = Day("Date")
    description = django_tables2.TemplateColumn(
        '<a class="entry" data-entry href="{% url "who_pays_for_charge" record.pk %}">{{ value }}</a>'
    )
    product = Text("Product", default="–", orderable=False)
    kind = django_tables2.TemplateColumn(
        "{% if record.amount < 0 %}Credit{% else %}Debit{% endif %}", orderable=False, empty_values=()
    )
    amount = Amount("Amount")
    billed = django_tables2.TemplateColumn(template_name="console/cells/billed.html", verbose_name="Invoiced")
    actions = django_tables2.TemplateColumn(
        template_name="console/cells/charge_actions.html", verbose_name="", orderable=False, empty_values=()
    )

    def look_up(self, records: Sequence[Any]) -> None:
        """The invoices that they are on, as far as they are reached."""
        on = invoices_of_charges([row.pk for row in records])
        named = {one.pk: one for one in invoices().filter(pk__in=on.values())}
        for row in records:
            row.currency = row.account.currency
            row.invoice = named.get(on.get(row.pk, 0))
            row.invoice_number = number_of(row.invoice) if row.invoice else None


class UnratedTable(ListTable):
    caption = "Unrated usage"
    day = Day("Day", orderable=False)
    meter = Text("Meter", orderable=False)
    events = Number("Events", orderable=False)
    quantity = Number("Quantity", orderable=False)
    reason = Text("Why", orderable=False)


_WHY_UNRATED = {
    WhyUnrated.NO_ITEM: "No item charges it",
    WhyUnrated.PAUSED: "The subscription is paused",
    WhyUnrated.ACCOUNT_INACTIVE: "The account is inactive",
}


def _orders(request: PageRequest, row: Account) -> Shown:
    table = OrderTable(request, orders_of(account=row.pk), exclude=["account"])
    return _listed(table, "package", "No orders", "Each subscription of this account has its order here.")


def _services(request: PageRequest, row: Account) -> Shown:
    table = SubscriptionTable(request, subscriptions_of(account=row.pk), exclude=["account"])
    return _listed(table, "repeat", "No services", "What this account subscribes to is here, with who pays for it.")


def _invoices(request: PageRequest, row: Account) -> Shown:
    rows = invoices().filter(account=row.pk).select_related("account").order_by("-invoice_date", "-id")
    table = InvoiceTable(request, rows, exclude=["account"])
    if responsible_accounts_on([row.pk], today(row.owner_id)):
        return _listed(table, "file-invoice", "Not invoiced", "Another account is invoiced for this one: look there.")
    says = "The next bill run makes one when there is something to charge."
    return _listed(table, "file-invoice", "No invoices", says)


def _adjustments(request: PageRequest, row: Account) -> Shown:
    table = ChargeTable(request, charges().filter(account=row.pk).order_by("-date", "-id"))
    says = "Add a one-time charge or credit in the Account menu; the next bill run invoices it."
    deleted = deleted_charges(row.pk, ENTRIES)
    return _listed(table, "coins", "No adjustments", says) | {"deleted": deleted}


def _exemptions(request: PageRequest, row: Account) -> Shown:
    rows = tax_exemptions().filter(account=row.pk).select_related("account").order_by("-id")
    table = table_of(TAX_EXEMPTIONS, request, rows, without=["account"])
    says = "With a certificate of exemption this account's charges are not taxed while it is valid."
    return _listed(table, "receipt-tax", "No tax exemptions", says)


def _contracts(request: PageRequest, row: Account) -> Shown:
    rows = contracts().filter(account=row.pk).order_by("-start_date")
    table = ContractTable(request, rows, exclude=["account"])
    return _listed(table, "file-text", "No contracts", "A contract says from when until when subscriptions may run.")


def _pending(request: PageRequest, row: Account) -> Shown:
    """INV-8, on the next billing date; of an account that isn't billed any more, today."""
    day = next_invoice_dates([row])[row.pk] or today(row.owner_id)
    found = pending_charges(row.pk, day)
    page = page_of(request, [each.line for each in found])
    within = in_scope(Account, {line.account_id for line in page.object_list})
    return {
        "billing_date": day,
        "page": page,
        "total": sum((each.line.total for each in found), Decimal(0)),
        "names": Account.objects.in_bulk(within),
        "subscriptions": in_scope(Subscription, {line.subscription_id for line in page.object_list}),
    }


def _unrated(request: PageRequest, row: Account) -> Shown:
    """USE-4: by meter and day, the events that no price covers."""
    meters = Meter.objects.in_bulk()
    days = unrated_usage((0, 0), max(1, len(meters)), row.pk).days
    rows = [
        {
            "day": one.day,
            "meter": meters[one.meter_id].key,
            "events": one.events,
            "quantity": one.quantity,
            "reason": _WHY_UNRATED[one.reason],
        }
        for one in days
    ]
    says = "Usage that no price covers is listed here by meter and day, until an item of the account charges it."
    return _listed(UnratedTable(request, rows), "list-details", "No unrated usage", says)


def _notes(request: PageRequest, row: Account) -> Shown:
    return {"page": page_of(request, notes_of(row.pk).order_by("-id"))}


def _contacts(request: PageRequest, row: Account) -> Shown:
    return {"page": page_of(request, contacts_of(row.pk).select_related("category").order_by("id"))}


def _children(request: PageRequest, row: Account) -> Shown:
    rows = with_parent(Account.reachable.select_related("customer"), row.pk, today(row.owner_id)).order_by("number")
    says = "Choose this account as the parent of others to report on them together."
    return _listed(RelatedAccounts(request, rows), "hierarchy-2", "No child accounts", says)


def _managed(request: PageRequest, row: Account) -> Shown:
    rows = managed_accounts_on(row.pk, today(row.owner_id)).select_related("customer").order_by("number")
    says = "Choose this account as the responsible account of others to invoice it for their charges."
    return _listed(RelatedAccounts(request, rows), "hierarchy-2", "No managed accounts", says)


def _history(request: PageRequest, row: Account) -> Shown:
    page = page_of(request, entries_of("account", row.pk))
    return {"page": page, "history": describe_history("account", list(page.object_list), row.currency)}


def _listed(table: ListTable, icon: str, title: str, says: str) -> Shown:
    return {"table": table, "empty": {"icon": icon, "title": title, "says": says}}


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab: its text, what it shows of an account, and the template that shows it."""

    text: str
    read: Callable[[PageRequest, Account], Shown]
    template: str


TABS = {
    "orders": Tab("Orders", _orders, "account/list.html"),
    "services": Tab("Services", _services, "account/list.html"),
    "invoices": Tab("Invoices", _invoices, "account/list.html"),
    "adjustments": Tab("Adjustments", _adjustments, "account/adjustments.html"),
    "pending": Tab("Pending charges", _pending, "account/pending.html"),
    "unrated": Tab("Unrated usage", _unrated, "account/list.html"),
    "ledger": Tab("Ledger", ledger_of, "account/ledger.html"),
    "exemptions": Tab("Tax exemptions", _exemptions, "account/list.html"),
    "contracts": Tab("Contracts", _contracts, "account/list.html"),
}
DETAILS = {
    "notes": Tab("Notes", _notes, "account/details/notes.html"),
    "contacts": Tab("Contacts", _contacts, "account/details/contacts.html"),
    "children": Tab("Child accounts", _children, "account/details/accounts.html"),
    "managed": Tab("Managed accounts", _managed, "account/details/accounts.html"),
    "history": Tab("History", _history, "account/details/history.html"),
}
