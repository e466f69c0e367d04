"""The ledger on pages: what an account owed when and why, the trial balance (LED-2), the roll-up of a tree (AHI-5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import django_tables2
from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from banyan.accounts.models import Account, AccountStatus
from banyan.accounts.queries import owners
from banyan.accounts.today import today
from banyan.catalog.queries import meters
from banyan.console.choices import day_input, rows_of, select
from banyan.console.fields import DayField
from banyan.console.filters import Filters
from banyan.console.page import PageRequest, day_in, page, show
from banyan.console.resources.columns import AMOUNT, Day
from banyan.console.subscriptions import crumbs_of
from banyan.console.tables import ListTable
from banyan.console.templatetags.console import badge, money
from banyan.customers.rollups import rollup
from banyan.invoices.queries import invoices, number_of
from banyan.ledger.models import Posting
from banyan.ledger.queries import RECEIVABLE, TrialBalanceRow, balances, movements_of_account, trial_balance
from banyan.organizations.access_scope import in_scope
from banyan.relations.queries import account_tree_in_scope

NOTHING = Decimal(0)
KINDS = {"receivable": "Receivables", "revenue": "Revenue", "tax_payable": "Tax payable"}


class DaysForm(Filters):
    """From when until when."""

    since = DayField(required=False, widget=day_input())
    until = DayField(required=False, widget=day_input())


class BalanceForm(Filters):
    """On which day, and whose."""

    on = DayField(label="At the end of", required=False)
    owner = forms.ChoiceField(
        choices=lambda: [("", "All owners"), *rows_of(owners().order_by("legal_name"))],
        required=False,
        widget=select(),
    )


class MovementTable(ListTable):
    """The movements of what one account owes; `opening` is what it owed before them."""

    caption = "Ledger"
    posted_on = Day("Date", orderable=False)
    source = django_tables2.TemplateColumn(
        template_name="console/cells/source.html", orderable=False, verbose_name="Why", empty_values=()
    )
    other = django_tables2.TemplateColumn(
        template_name="console/cells/other_side.html", orderable=False, verbose_name="Against", empty_values=()
    )
    debit = django_tables2.Column(empty_values=(), orderable=False, attrs=AMOUNT)
    credit = django_tables2.Column(empty_values=(), orderable=False, attrs=AMOUNT)
    balance = django_tables2.Column(empty_values=(), orderable=False, attrs=AMOUNT)

    def __init__(self, request: PageRequest, account: int, since: date | None, until: date | None) -> None:
        before = balances([account], since - timedelta(days=1)) if since else {}
        self.account, self.opening = account, before.get(account, {})
        super().__init__(request, movements_of_account(account, since, until))

    def look_up(self, records: Sequence[Any]) -> None:
        """The invoices behind them and the accounts on the other side, as far as they are reached."""
        found = {row.pk: row for row in invoices().filter(pk__in={row.source_id for row in records})}
        for row in records:
            row.side_kind, row.side = self._other_side(row)
        named = Account.objects.in_bulk(in_scope(Account, {row.side for row in records} - {self.account}))
        for row in records:
            row.invoice = found.get(row.source_id)
            row.invoice_number = number_of(row.invoice) if row.invoice else None
            row.other_account = named.get(row.side)
            row.is_elsewhere = row.side != self.account and row.other_account is None

    def render_debit(self, record: Any) -> SafeString | str:
        """What it owes more."""
        return money(record.moved, record.currency) if record.moved > 0 else ""

    def render_credit(self, record: Any) -> SafeString | str:
        """What it owes less."""
        return money(-record.moved, record.currency) if record.moved < 0 else ""

    def render_balance(self, record: Any) -> SafeString:
        """What it owed after it."""
        return money(self.opening.get(record.currency, NOTHING) + record.running, record.currency)

    def _other_side(self, row: Posting) -> tuple[str, int]:
        if row.debit_kind == RECEIVABLE and row.debit_account_id == self.account:
            return KINDS[row.credit_kind], row.credit_account_id
        return KINDS[row.debit_kind], row.debit_account_id


class TreeTable(ListTable):
    """The accounts of a tree, root first, with what each owed by itself at the end of a day."""

    caption = "Accounts"
    account = django_tables2.TemplateColumn(
        template_name="console/cells/account_in_tree.html", orderable=False, empty_values=()
    )
    status = django_tables2.Column(empty_values=(), orderable=False)
    balance = django_tables2.Column(empty_values=(), orderable=False, attrs=AMOUNT)

    def __init__(self, request: PageRequest, rows: Sequence[Any], on: date) -> None:
        self.on = on
        super().__init__(request, rows)

    def look_up(self, records: Sequence[Any]) -> None:
        """Balances, and what the accounts are."""
        self.owed = balances([row.account for row in records], self.on)
        self.rows_by_id = Account.objects.in_bulk([row.account for row in records])

    def render_status(self, record: Any) -> SafeString:
        """As it is now."""
        status = AccountStatus(self.rows_by_id[record.account].status)
        return badge(status.value, str(status.label))

    def render_balance(self, record: Any) -> SafeString:
        """In each currency."""
        currency = self.rows_by_id[record.account].currency
        return _amounts(self.owed.get(record.account) or {currency: NOTHING})


@dataclass(frozen=True, slots=True)
class Section:
    """The part of the trial balance in one currency, with its sums."""

    currency: str
    rows: Sequence[tuple[str, TrialBalanceRow]]
    debit: Decimal
    credit: Decimal

    @property
    def balance(self) -> Decimal:
        """The debits less the credits: nothing."""
        return self.debit - self.credit


def ledger_of(request: PageRequest, row: Account) -> dict[str, Any]:
    """LED-1, LED-2: the movements of what the account owes, with what it owed after each."""
    form = DaysForm(request.GET)
    asked = form.asked()
    since, until = asked.get("since"), asked.get("until")
    closing = balances([row.pk], until or today(row.owner_id)).get(row.pk) or {row.currency: NOTHING}
    table = MovementTable(request, row.pk, since, until)
    return {
        "form": form,
        "table": table,
        "since": since,
        "until": until,
        "opening": _amounts(table.opening or {row.currency: NOTHING}) if since else "",
        "closing": _amounts(closing),
    }


@page("GET trial-balance")
def trial_balance_page(request: PageRequest) -> HttpResponse:
    """LED-2: all debits and credits up to a day, of all owners or one."""
    form = BalanceForm(request.GET)
    asked = form.asked()
    owner = int(asked.get("owner", 0)) or None
    on = asked.get("on") or today(owner)
    sections = _sections(trial_balance(on, owner))
    return show(request, "trial_balance.html", {"form": form, "on": on, "by_currency": sections})


@page("GET accounts/*/rollup")
def rollup_page(request: PageRequest, account: int) -> HttpResponse:
    """AHI-5: an account and everything below it added up, as at the end of a day."""
    row = Account.reachable.get(pk=account)
    on = day_in(request, "on") or today(row.owner_id)
    total = rollup(account, on)
    names = {meter.key: meter for meter in meters().filter(key__in=total.usage)}
    context = {
        "row": row,
        "on": on,
        "total": total,
        "currencies": [
            (currency, total.balances.get(currency, NOTHING), total.invoiced.get(currency, NOTHING))
            for currency in sorted({*total.balances, *total.invoiced})
        ],
        "usage": [(names.get(key), key, used) for key, used in sorted(total.usage.items())],
        "table": TreeTable(request, account_tree_in_scope(account, on), on),
        "crumbs": [*crumbs_of(row), ("Hierarchy", reverse("account_hierarchy", args=[account]))],
    }
    return show(request, "rollup.html", context)


def _sections(rows: Iterable[TrialBalanceRow]) -> list[Section]:
    by_currency: dict[str, list[TrialBalanceRow]] = {}
    for row in rows:
        by_currency.setdefault(row.currency, []).append(row)
    return [
        Section(
            currency,
            [(KINDS.get(row.kind, row.kind), row) for row in those],
            sum((row.debit for row in those), NOTHING),
            sum((row.credit for row in those), NOTHING),
        )
        for currency, those in by_currency.items()
    ]


def _amounts(by_currency: Mapping[str, Decimal]) -> SafeString:
    return SafeString("<br>".join(money(by_currency[currency], currency) for currency in sorted(by_currency)))
