"""What pages are made of, shown once each."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django import forms
from django.http import HttpResponse

from banyan.accounts.models import AccountStatus
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, show
from banyan.kernel.refusals import Problem, Refusal


class ExampleForm(ActionForm):
    name = forms.CharField(help_text="What people call it.")
    currency = forms.ChoiceField(choices=[("EUR", "Euro"), ("USD", "US dollar")])
    country = forms.ChoiceField(
        choices=[("DE", "Germany"), ("FR", "France"), ("GB", "Great Britain")],
        widget=forms.Select(attrs={"data-searchable": ""}),
    )
    start = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    taxable = forms.BooleanField(required=False)


@page()
def components(request: PageRequest) -> HttpResponse:
    """Each component with the lines that make it."""
    form = ExampleForm({"name": "", "currency": "EUR", "country": "DE"})
    form.refuse(Refusal([Problem("currency", "example", "EUR is not what the bill cycle needs.", "ACC-5")]))
    context = {
        "form": form,
        "statuses": AccountStatus.choices,
        "amounts": [(Decimal("12167.14"), "USD"), (Decimal("-4.5"), "EUR"), (Decimal("0.000123"), "GBP")],
        "day": date(2026, 10, 31),
        "moment": datetime(2026, 10, 31, 17, 45, tzinfo=UTC),
    }
    return show(request, "components.html", context)


@page()
def example_modal(request: PageRequest) -> HttpResponse:
    """A question, as it is asked before something is done."""
    context = {"question": "Close this?", "says": "Nothing is done, whatever you say.", "text": "Close it"}
    return show(request, "confirm.html", context) if request.method == "GET" else done(request, "Closed.", "components")
