"""Accounts as lists show them: whatever is looked up for a page of them, all at once (FLD-2)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import django_tables2
from django.utils.safestring import SafeString

from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import Account, CustomSubject
from banyan.accounts.queries import custom_fields
from banyan.accounts.today import days_now, each_on_its_day
from banyan.console.declared import list_columns
from banyan.console.tables import ListTable
from banyan.console.templatetags.console import badge, money
from banyan.ledger.queries import balances
from banyan.organizations.access_scope import in_scope
from banyan.relations.queries import parent_accounts_on, responsible_accounts_on, roles_on


class CustomFieldColumn(django_tables2.Column):
    """What the rows hold in one of the tenant's own fields."""

    def __init__(self, key: str, label: str) -> None:
        super().__init__(accessor="custom_fields", verbose_name=label, orderable=False, default="")
        self.key = key

    def render(self, value: dict[str, Any]) -> str:
        """The value; yes and no in words."""
        held = value.get(self.key)
        return {True: "Yes", False: "No", None: ""}.get(held, str(held)) if isinstance(held, bool | None) else str(held)


def custom_columns(subject: CustomSubject) -> dict[str, CustomFieldColumn]:
    """A column for each of the tenant's own fields."""
    rows = custom_fields().filter(subject=subject, active=True).order_by("label")
    return {f"custom_{row.key}": CustomFieldColumn(row.key, row.label) for row in rows}


def further_columns(table: type[ListTable]) -> dict[str, django_tables2.Column]:
    """What a list of accounts can show besides its own columns: all other fields, and those of the tenant."""
    return list_columns(ACCOUNT, without=table.base_columns) | custom_columns(CustomSubject.ACCOUNT)


class AccountsOfCustomer(ListTable):
    """CON-2: the accounts of a customer."""

    caption = "Accounts"
    name = "accounts-of-customer"
    fixed = ("account", "actions")
    at_first = ("currency", "balance", "status", "bill_cycle", "responsible")
    account = django_tables2.TemplateColumn(
        template_name="console/cells/account.html", order_by="number", verbose_name="Account"
    )
    external_number = django_tables2.Column(default="")
    currency = django_tables2.Column()
    balance = django_tables2.Column(
        empty_values=(), orderable=False, attrs={"th": {"class": "amount"}, "td": {"class": "amount"}}
    )
    status = django_tables2.TemplateColumn(template_name="console/cells/status.html")
    bill_cycle = django_tables2.Column(order_by="bill_cycle__name")
    responsible = django_tables2.Column(empty_values=(), orderable=False, verbose_name="Invoiced to")
    parent = django_tables2.Column(empty_values=(), orderable=False, verbose_name="Parent account")
    role = django_tables2.Column(empty_values=(), orderable=False)
    type = django_tables2.Column(default="Unassigned", order_by="type__name")
    category = django_tables2.Column(order_by="category__name")
    organization = django_tables2.Column(order_by="organization__name")
    payment_term = django_tables2.Column(order_by="payment_term__days")
    start_date = django_tables2.TemplateColumn("{{ value|day }}")
    taxable = django_tables2.TemplateColumn("{% if value %}Yes{% else %}No{% endif %}")
    actions = django_tables2.TemplateColumn(
        template_name="console/cells/account_actions.html",
        orderable=False,
        verbose_name="",
        attrs={"td": {"class": "actions"}},
    )

    class Meta:
        sequence = ("...", "actions")

    def look_up(self, records: Sequence[Account]) -> None:
        """Balances, roles and relations of today."""
        ids, days = [row.pk for row in records], days_now()
        day_of = {row.pk: days.of(row.owner_id) for row in records}
        self.owed, self.roles = balances(ids), each_on_its_day(ids, day_of, roles_on)
        self.parents = each_on_its_day(ids, day_of, parent_accounts_on)
        self.payers = each_on_its_day(ids, day_of, responsible_accounts_on)
        related = in_scope(Account, [*self.parents.values(), *self.payers.values()])
        self.numbers = dict(Account.objects.filter(pk__in=related).values_list("pk", "number"))

    def render_balance(self, record: Account) -> SafeString:
        """What the account owes in its own currency."""
        return money(self.owed.get(record.pk, {}).get(record.currency, Decimal(0)), record.currency)

    def render_role(self, record: Account) -> SafeString | str:
        """BHI-1."""
        role = self.roles.get(record.pk)
        return badge(role) if role else ""

    def render_responsible(self, record: Account) -> str:
        """Who is responsible for it, if anybody that is reached."""
        payer = self.payers.get(record.pk)
        return self.numbers.get(payer, "another account") if payer else ""

    def render_parent(self, record: Account) -> str:
        """AHI-1."""
        return self.numbers.get(self.parents.get(record.pk, 0), "")
