"""Parent and children of a customer: chosen, previewed, confirmed (CHI-3, REL-3)."""

from typing import Any

from django.db.models import Model
from django.http import HttpResponse
from django.urls import reverse

from banyan.accounts.models import Customer
from banyan.accounts.today import today, today_of_customer
from banyan.console.access import check_named
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show
from banyan.console.previews import describe_preview, look_at_customers
from banyan.console.row_fields import RowField
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.preview_move import preview_customer_parent
from banyan.kernel.refusals import Refusal
from banyan.relations.queries import parent_customers_on


class DayForm(ActionForm):
    effective_date = DayField(label="From", initial=today)


class ChoiceForm(DayForm):
    """Somebody to be linked to, and from which day on."""

    def __init__(self, field: str, model: type[Model], label: str, address: str, **named: Any) -> None:
        self.base_fields = {field: RowField(model, address, label=label), **self.base_fields}
        super().__init__(**named)


@page("PUT customers/*/parent")
def choose_parent(request: PageRequest, customer: int) -> HttpResponse:
    """Choose a parent, see what follows, confirm."""
    row = Customer.reachable.get(pk=customer)
    address = reverse("customer_parent_candidates", kwargs={"customer": customer})
    form = ChoiceForm("parent", Customer, "Parent", address, data=request.POST or None)
    chosen = {"name": f"Parent of {row.name}", "back": reverse("customer", kwargs={"customer": customer})}
    return _confirmed(request, form, "parent", lambda other: (customer, other), chosen, customer)


@page("PUT customers/*/parent")
def add_child(request: PageRequest, customer: int) -> HttpResponse:
    """Choose a customer to be the child, see what follows, confirm; or create a new one below this."""
    row = Customer.reachable.get(pk=customer)
    address = reverse("customer_child_candidates", kwargs={"customer": customer})
    form = ChoiceForm("child", Customer, "Existing customer", address, data=request.POST or None)
    chosen = {"name": f"Child of {row.name}", "back": reverse("customer", kwargs={"customer": customer}), "parent": row}
    return _confirmed(request, form, "child", lambda other: (other, customer), chosen, customer)


@page("DELETE customers/*/parent")
def remove_parent(request: PageRequest, customer: int) -> HttpResponse:
    """See what it means that the customer has no parent any more, confirm."""
    row = Customer.reachable.get(pk=customer)
    form = DayForm(request.POST or None, initial={"effective_date": today_of_customer(row.pk)})
    day = form.cleaned_data["effective_date"] if form.is_valid() else today_of_customer(row.pk)
    context: dict[str, Any] = {"name": f"Remove {row.name} from its parent", "form": form, "text": "Remove"}
    parent = parent_customers_on([customer], day).get(customer)
    back = parent if parent and Customer.reachable.filter(pk=parent).exists() else customer
    context |= {"danger": True, "back": reverse("customer", kwargs={"customer": back})}
    try:
        if form.is_valid() and request.POST.get("confirmed") == str(day):
            detach_customer(customer, day)
            return done(request, f"{row.name} has no parent any more.", "customer", customer=back)
        preview = preview_customer_parent(customer, None, day, look_at_customers(customer, None, day))
        context |= describe_preview(preview, row, day) | {"confirms": str(day)}
    except Refusal as refusal:
        context["problems"] = refusal.problems
    return show(request, "preview.html", context, status=409 if "problems" in context else 200)


def _confirmed(
    request: PageRequest, form: ChoiceForm, field: str, who: Any, context: dict[str, Any], back_to: int
) -> HttpResponse:
    """The form; once it is filled in, what would follow; once that is confirmed, the page of the customer."""
    context |= {"form": form, "text": "Preview"}
    if not form.is_valid():
        return show(request, "preview.html", context, status=422 if form.errors else 200)
    number, day = form.cleaned_data[field].pk, form.cleaned_data["effective_date"]
    try:
        check_named("PUT customers/*/parent", field, Customer, number)
        child, parent = who(number)
        if request.POST.get("confirmed") == f"{number} {day}":
            move_customer(child, parent, day)
            return done(request, "The hierarchy is changed.", "customer", customer=back_to)
        preview = preview_customer_parent(child, parent, day, look_at_customers(child, parent, day))
        told = describe_preview(preview, Customer.reachable.get(pk=child), day)
        context |= {**told, "confirms": f"{number} {day}", "text": "Confirm"}
    except Refusal as refusal:
        form.refuse(refusal)
        return show(request, "preview.html", context, status=422)
    return show(request, "preview.html", context)
