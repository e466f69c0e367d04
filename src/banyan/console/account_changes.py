"""What the menu of an account does: status, notes, contacts, charges, parent, responsible account, deleting."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.models import Account, AccountStatus, Contact
from banyan.accounts.queries import contact_categories
from banyan.accounts.today import today
from banyan.console.access import check_named
from banyan.console.choices import offer
from banyan.console.confirming import asked, filled_in
from banyan.console.customer_hierarchy import ChoiceForm, DayForm
from banyan.console.edited import editing
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show
from banyan.console.previews import describe_preview, look_at_billing, look_at_tree
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.delete_account import delete_account as delete
from banyan.customers.actions.delete_contact import delete_contact as remove_contact
from banyan.customers.actions.preview_move import (
    Preview,
    preview_account_parent,
    preview_responsible_account,
)
from banyan.customers.actions.remove_account_parent import remove_account_parent
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.save_contact import create_contact, update_contact
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.actions.write_note import write_note
from banyan.kernel.refusals import Refusal, unknown
from banyan.relations.queries import parent_accounts_on, responsible_accounts_on


class StatusForm(ActionForm):
    decisive = ("status",)
    status = forms.ChoiceField(choices=AccountStatus.choices)
    on = DayField(label="Since", help_text="The last day that an inactive account is charged.")
    reason = forms.CharField(required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def field_for(self, name: str) -> str | None:
        """As the API calls them: `status_date`, `status_reason`."""
        return super().field_for({"status_date": "on", "status_reason": "reason"}.get(name, name))


class NoteForm(ActionForm):
    text = forms.CharField(label="Note", max_length=10_000, widget=forms.Textarea(attrs={"rows": 5}))


class ContactForm(ActionForm):
    name = forms.CharField(required=False, max_length=200)
    email = forms.CharField(label="E-mail", required=False, max_length=254, widget=forms.EmailInput())
    phone = forms.CharField(required=False, max_length=50)
    category = forms.TypedChoiceField(coerce=int)

    def __init__(self, **named: Any) -> None:
        super().__init__(**named)
        offer(self, "category", contact_categories().order_by("name").values_list("pk", "name"))


class ParentForm(ChoiceForm):
    """A parent, and whether the subtree comes along (AHI-4)."""

    children = forms.ChoiceField(
        label="Child accounts of this one",
        choices=[("move", "Move along"), ("stay", "Stay with the old parent")],
        initial="move",
        widget=forms.RadioSelect,
    )


@page("PATCH accounts/*")
def change_status(request: PageRequest, account: int) -> HttpResponse:
    """Another status, from a day on and for a reason (ACC-3)."""
    edits = editing(request, "account", account)
    row = Account.reachable.get(pk=account)
    form = StatusForm(request.POST or None, initial={"status": row.status}, edits=edits)
    form.fields["on"].initial = today(row.owner_id)

    def change() -> None:
        values = form.values()
        change_account_status(account, values["status"], values["on"], values["reason"] or "")

    return _filled(request, row, form, f"Status of {row.number}", "Change status", "The status is changed.", change)


@page("PATCH accounts/*")
def new_note(request: PageRequest, account: int) -> HttpResponse:
    """A note about the account, by the visitor (ACC-12)."""
    row, form = Account.reachable.get(pk=account), NoteForm(request.POST or None)
    return _filled(
        request,
        row,
        form,
        f"Note about {row.number}",
        "Write note",
        "The note is written.",
        lambda: write_note(account, form.values()["text"]),
    )


@page("PATCH accounts/*")
def new_contact(request: PageRequest, account: int) -> HttpResponse:
    """A further contact (ACC-12)."""
    row, form = Account.reachable.get(pk=account), ContactForm(data=request.POST or None)
    return _filled(
        request,
        row,
        form,
        f"New contact of {row.number}",
        "Add contact",
        "The contact is added.",
        lambda: create_contact(account, form.values()),
        detail="contacts",
    )


@page("PATCH accounts/*")
def edit_contact(request: PageRequest, account: int, contact: int) -> HttpResponse:
    """A contact's fields."""
    edits = editing(request, "contact", contact)
    row, known = Account.reachable.get(pk=account), _contact(account, contact)
    initial = {"name": known.name, "email": known.email, "phone": known.phone, "category": known.category_id}
    form = ContactForm(data=request.POST or None, initial=initial, edits=edits)
    return _filled(
        request,
        row,
        form,
        f"Contact of {row.number}",
        "Save changes",
        "The contact is saved.",
        lambda: update_contact(account, contact, form.changed_values()),
        detail="contacts",
    )


@page("PATCH accounts/*")
def delete_contact(request: PageRequest, account: int, contact: int) -> HttpResponse:
    """Asks, then takes the contact away."""
    row, known = Account.reachable.get(pk=account), _contact(account, contact)
    back = _page_of(row, "contacts")
    says = "The contact is gone; the history of the account keeps it."
    context = {"question": f"Delete {known}?", "says": says, "text": "Delete", "danger": True, "back": back}
    return asked(request, context, lambda: remove_contact(account, contact), "The contact is deleted.", back)


@page("DELETE accounts/*")
def delete_account(request: PageRequest, account: int) -> HttpResponse:
    """Asks, then deletes for good what nothing was ever charged to (ACC-15)."""
    row = Account.reachable.get(pk=account)
    context = {
        "question": f"Delete {row.number} {row.name}?",
        "says": "The account is deleted for good, with its contacts, notes and discounts. This can't be undone: to "
        "keep it for the record, change its status to Inactive instead.",
        "text": "Delete",
        "danger": True,
        "back": _page_of(row),
    }
    return asked(request, context, lambda: delete(account), f"Account {row.number} is deleted.", "accounts")


@page("PUT accounts/*/parent")
def choose_parent(request: PageRequest, account: int) -> HttpResponse:
    """Choose a parent account, see what follows, confirm."""
    row = Account.reachable.get(pk=account)
    address = reverse("account_parent_candidates", kwargs={"account": account})
    form = ParentForm("parent", Account, "Parent account", address, data=request.POST or None)
    children = request.POST.get("children", "move")
    return _linked(
        request,
        row,
        form,
        "parent",
        lambda other, day: preview_account_parent(account, other, day, children, look_at_tree(account, other, day)),
        lambda other, day: set_account_parent(account, other, day, children),
        {"name": f"Parent of {row.number}", "remove": _removal(row, parent_accounts_on, "remove_account_parent")},
    )


@page("PUT accounts/*/responsible-account")
def choose_responsible(request: PageRequest, account: int) -> HttpResponse:
    """Choose who is invoiced for the account, see what follows, confirm."""
    row = Account.reachable.get(pk=account)
    address = reverse("responsible_account_candidates", kwargs={"account": account})
    form = ChoiceForm("responsible_account", Account, "Responsible account", address, data=request.POST or None)
    return _linked(
        request,
        row,
        form,
        "responsible_account",
        lambda other, day: preview_responsible_account(account, other, day, look_at_billing(account, other, day)),
        lambda other, day: assign_responsible_account(account, other, day),
        {
            "name": f"Who is invoiced for {row.number}",
            "remove": _removal(row, responsible_accounts_on, "remove_responsible_account"),
        },
    )


@page("DELETE accounts/*/parent")
def remove_parent(request: PageRequest, account: int) -> HttpResponse:
    """See what it means that the account has no parent any more, confirm."""
    return _unlinked(
        request,
        Account.reachable.get(pk=account),
        "Remove {} from its parent",
        lambda day: preview_account_parent(account, None, day, snapshot=look_at_tree(account, None, day)),
        lambda day: remove_account_parent(account, day),
    )


@page("DELETE accounts/*/responsible-account")
def remove_responsible(request: PageRequest, account: int) -> HttpResponse:
    """See what it means that the account is invoiced itself, confirm."""
    return _unlinked(
        request,
        Account.reachable.get(pk=account),
        "Invoice {} itself",
        lambda day: preview_responsible_account(account, None, day, look_at_billing(account, None, day)),
        lambda day: remove_responsible_account(account, day),
    )


def _contact(account: int, contact: int) -> Contact:
    row = Contact.reachable.filter(pk=contact, account=account).first()
    if row is None:
        raise unknown("contact", "The account has no such contact.", contact)
    return row


def _page_of(row: Account, detail: str = "") -> str:
    address = reverse("account", kwargs={"account": row.pk})
    return f"{address}?detail={detail}" if detail else address


def _filled(
    request: PageRequest,
    row: Account,
    form: ActionForm,
    name: str,
    text: str,
    message: str,
    action: Callable[[], object],
    detail: str = "",
) -> HttpResponse:
    """The form; once it is filled in and the action did it, the page of the account."""

    def act() -> tuple[str, str]:
        action()
        return message, _page_of(row, detail)

    return filled_in(request, form, {"name": name, "text": text, "back": _page_of(row)}, act)


def _removal(row: Account, targets_on: Callable[[list[int], Any], dict[int, int]], to: str) -> str | None:
    """Where the link that there is today is removed."""
    return reverse(to, kwargs={"account": row.pk}) if row.pk in targets_on([row.pk], today(row.owner_id)) else None


def _linked(
    request: PageRequest,
    row: Account,
    form: ChoiceForm,
    field: str,
    preview: Callable[[int, Any], Preview],
    action: Callable[[int, Any], object],
    context: dict[str, Any],
) -> HttpResponse:
    """The form; once it is filled in, what would follow; once that is confirmed, the page of the account."""
    context |= {"form": form, "text": "Preview", "back": _page_of(row)}
    if not form.is_valid():
        return show(request, "preview.html", context, status=422 if form.errors else 200)
    number, day = form.cleaned_data[field].pk, form.cleaned_data["effective_date"]
    confirms = f"{number} {day} {request.POST.get('children', '')}"
    try:
        check_named("PUT accounts/*/parent", field, Account, number)
        if request.POST.get("confirmed") == confirms:
            action(number, day)
            return done(request, "The account is linked.", _page_of(row))
        context |= {**describe_preview(preview(number, day), row, day), "confirms": confirms, "text": "Confirm"}
    except Refusal as refusal:
        form.refuse(refusal)
        return show(request, "preview.html", context, status=422)
    return show(request, "preview.html", context)


def _unlinked(
    request: PageRequest,
    row: Account,
    name: str,
    preview: Callable[[Any], Preview],
    action: Callable[[Any], object],
) -> HttpResponse:
    form = DayForm(request.POST or None, initial={"effective_date": today(row.owner_id)})
    day = form.cleaned_data["effective_date"] if form.is_valid() else today(row.owner_id)
    context: dict[str, Any] = {"name": name.format(row.number), "form": form, "text": "Confirm", "danger": True}
    context["back"] = _page_of(row)
    try:
        if form.is_valid() and request.POST.get("confirmed") == str(day):
            action(day)
            return done(request, "The link is removed.", _page_of(row))
        context |= {**describe_preview(preview(day), row, day), "confirms": str(day)}
    except Refusal as refusal:
        context["problems"] = refusal.problems
    return show(request, "preview.html", context, status=409 if "problems" in context else 200)
