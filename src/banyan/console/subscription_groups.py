"""Subscription groups (CON-10): what is billed together to one payer; each change with what it does to who pays."""

from typing import Any

import django_tables2
from django import forms
from django.http import HttpResponse
from django.urls import reverse, reverse_lazy

from banyan.accounts.models import Account, Customer
from banyan.accounts.today import days_now, each_on_its_day, today_of_customer, today_of_customers
from banyan.billruns.actions.preview_change import preview_change
from banyan.console.access import check_named
from banyan.console.confirming import asked, confirmed, filled_in
from banyan.console.descriptions import ENTRIES, describe_history, entries_of
from banyan.console.edited import editing
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.next_invoices import shown
from banyan.console.page import PageRequest, page, show, text_in
from banyan.console.payers import describe_payers
from banyan.console.row_fields import RowField
from banyan.console.subscriptions import status_of
from banyan.console.tables import ListTable
from banyan.customers.actions.preview_payer import preview_member, preview_payer
from banyan.organizations.access_scope import in_scope
from banyan.subscriptions import inputs
from banyan.subscriptions.actions.add_member import add_member as put_in
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.delete_group import delete_group as delete
from banyan.subscriptions.actions.remove_member import remove_member as take_out
from banyan.subscriptions.actions.rename_group import rename_group as rename
from banyan.subscriptions.models import Subscription, SubscriptionGroup
from banyan.subscriptions.queries import groups as groups_in_scope
from banyan.subscriptions.queries import members_by_group, members_since


class GroupTable(ListTable):
    caption = "Subscription groups"
    group = django_tables2.TemplateColumn(
        '<a class="entry" data-entry href="{% url "subscription_group" record.pk %}">{{ record.name }}</a>',
        order_by="name",
    )
    payer = django_tables2.TemplateColumn(
        '<a href="{% url "customer" record.payer_id %}">{{ record.payer }}</a>', order_by="payer__number"
    )
    members = django_tables2.Column(
        empty_values=(), orderable=False, attrs={"th": {"class": "amount"}, "td": {"class": "amount"}}
    )
    kind = django_tables2.TemplateColumn(
        '{% if record.is_default %}{% badge "running" "Default" %}{% endif %}', order_by="is_default"
    )

    def look_up(self, records: Any) -> None:
        """The members in reach, of today and later."""
        days = today_of_customers({row.payer_id for row in records})
        day_of = {row.pk: days[row.payer_id] for row in records}
        members = each_on_its_day([row.pk for row in records], day_of, members_by_group)
        within = in_scope(Subscription, [one for some in members.values() for one in some])
        self.counts = {group: sum(one in within for one in some) for group, some in members.items()}

    def render_members(self, record: SubscriptionGroup) -> int:
        """How many there are."""
        return self.counts.get(record.pk, 0)


class GroupForm(ActionForm):
    payer = RowField(Customer, reverse_lazy("customer_choices"), label="Payer")
    name = forms.CharField(max_length=200, required=False, help_text="Blank: the payer's name.")


class NameForm(ActionForm):
    name = forms.CharField(max_length=200)


class MemberForm(ActionForm):
    effective_date = DayField(label="From", required=False, help_text="Blank: from what is still to be billed.")

    def __init__(self, group: int, **named: Any) -> None:
        address = reverse("member_choices", args=[group])
        self.base_fields = {
            "subscription": RowField(Subscription, address, label="Subscription"),
            **self.base_fields,
        }
        super().__init__(**named)

    def field_for(self, name: str) -> str | None:
        """What speaks against the group speaks against the subscription that was chosen."""
        return super().field_for("subscription" if name.partition(".")[0] in ("group", "who_pays") else name)


class DayForm(ActionForm):
    effective_date = DayField(label="From", required=False, help_text="Blank: from what is still to be billed.")


@page()
def groups(request: PageRequest) -> HttpResponse:
    """All groups, found by a part of the name."""
    q = text_in(request, "q")
    return show(request, "subscription_groups.html", {"q": q, "table": GroupTable(request, groups_in_scope(q))})


@page()
def group(request: PageRequest, subscription_group: int) -> HttpResponse:
    """A group with its members of today and later."""
    row = _row(subscription_group)
    members = list(members_since(row.pk, today_of_customer(row.payer_id)).select_related("account__customer")[:500])
    paying = Account.reachable.filter(customer=row.payer_id, is_default=True).first()
    days = days_now()
    context = {
        "group": row,
        "members": [(each, status_of(each, days.of(each.account.owner_id))) for each in members],
        "paying": paying,
        "history": describe_history("subscription_group", list(entries_of("subscription_group", row.pk)[:ENTRIES])),
        "crumbs": [("Subscription groups", reverse("subscription_groups"))],
    }
    return show(request, "subscription_group.html", context)


@page("POST subscription-groups")
def new_group(request: PageRequest) -> HttpResponse:
    """A group without members yet."""
    form = GroupForm(request.POST or None)

    def act() -> tuple[str, str]:
        payer = form.cleaned_data["payer"]
        check_named("POST subscription-groups", "payer", Customer, payer.pk)
        made = create_group(inputs.NewGroup(payer.pk, form.cleaned_data["name"] or None))
        return f"The group {made.name} is created.", _address(made)

    context = {"name": "New subscription group", "text": "Create", "back": reverse("subscription_groups")}
    return filled_in(request, form, context, act)


@page("PATCH subscription-groups/*")
def rename_group(request: PageRequest, subscription_group: int) -> HttpResponse:
    """Another name."""
    edits = editing(request, "subscription_group", subscription_group)
    row = _row(subscription_group)
    form = NameForm(request.POST or None, initial={"name": row.name}, edits=edits)

    def act() -> tuple[str, str]:
        rename(row.pk, form.cleaned_data["name"])
        return "The group is renamed.", _address(row)

    context = {"name": f"Rename {row.name}", "text": "Rename", "back": _address(row)}
    return filled_in(request, form, context, act)


@page("DELETE subscription-groups/*")
def delete_group(request: PageRequest, subscription_group: int) -> HttpResponse:
    """Asks, then deletes a group that is empty (GRP-3)."""
    row = _row(subscription_group)
    context = {
        "question": f"Delete the group {row.name}?",
        "says": "It has to be empty. Who paid on past days stays known.",
        "text": "Delete",
        "danger": True,
        "back": _address(row),
    }
    return asked(request, context, lambda: delete(row.pk), f"The group {row.name} is deleted.", "subscription_groups")


@page("POST subscription-groups/*/members")
def add_member(request: PageRequest, subscription_group: int) -> HttpResponse:
    """Put an existing subscription in the group: chosen, shown what follows, confirmed."""
    row = _row(subscription_group)
    form = MemberForm(row.pk, data=request.POST or None)

    def act() -> object:
        chosen = form.cleaned_data["subscription"]
        check_named("POST subscription-groups/*/members", "subscription", Subscription, chosen.pk)
        return put_in(row.pk, chosen.pk, form.cleaned_data["effective_date"])

    def look() -> dict[str, Any]:
        chosen = form.cleaned_data["subscription"]
        day, preview = preview_member(row.pk, chosen.pk, form.cleaned_data["effective_date"])
        now, then = describe_payers([preview.now, preview.then], day)
        return {"day": day, "now": now, "then": then, "joins": row} | shown(preview_change(chosen, act))

    context = {"name": f"Add to {row.name}", "back": _address(row), "confirm": "Add"}
    return confirmed(request, form, context, look, act, f"The subscription is in {row.name}.")


@page("DELETE subscription-groups/*/members/*")
def remove_member(request: PageRequest, subscription_group: int, subscription: int) -> HttpResponse:
    """Take a subscription out of the group, after what follows was shown."""
    row = _row(subscription_group)
    member = Subscription.reachable.select_related("account").get(pk=subscription)
    form = DayForm(request.POST or None)

    def act() -> object:
        return take_out(row.pk, member.pk, form.cleaned_data["effective_date"])

    def look() -> dict[str, Any]:
        day, preview = preview_payer(member.pk, None, form.cleaned_data["effective_date"])
        now, then = describe_payers([preview.now, preview.then], day)
        return {"day": day, "now": now, "then": then, "leaves": row} | shown(preview_change(member, act))

    name = f"Take {member.number} out of {row.name}"
    context = {"name": name, "back": _address(row), "confirm": "Take it out", "danger": True}
    return confirmed(request, form, context, look, act, f"{member.number} is not in {row.name} any more.")


def _row(number: int) -> SubscriptionGroup:
    return SubscriptionGroup.reachable.select_related("payer").get(pk=number)


def _address(row: SubscriptionGroup) -> str:
    return reverse("subscription_group", args=[row.pk])
