"""A new price, and what it asks for a quantity (CAT-1 to CAT-3)."""

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from django import forms
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse

from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_price import create_price
from banyan.catalog.actions.preview_price import preview_price
from banyan.catalog.models import Price
from banyan.console.choices import NONE, Choices, as_words, currencies, rows_of, searched
from banyan.console.fields import DecimalText, RowsField
from banyan.console.forms import ActionForm, chosen_or_none
from banyan.console.page import PageRequest, done, page, show, text_in
from banyan.console.resources.price_column import interval_in_words
from banyan.engine.facts import PriceModel, PriceType, Timing
from banyan.kernel.calendar import Unit
from banyan.kernel.refusals import Refusal

USUAL = tuple(map(Decimal, (1, 10, 100, 1000)))
TIER = {"up_to": "Up to", "unit_amount": "Per unit", "flat_amount": "Flat amount"}
LONGEST = 30


def _products() -> Choices:
    return rows_of(queries.products(active=True).order_by("name"))


def _meters() -> Choices:
    return [NONE, *rows_of(queries.meters().order_by("key"))]


class PriceForm(ActionForm):
    product = forms.ChoiceField(choices=_products, widget=searched())
    code = forms.CharField(max_length=100, required=False, help_text="What files call it.")
    currency = forms.ChoiceField(choices=currencies(), initial="USD", widget=searched())
    type = forms.ChoiceField(choices=as_words(PriceType))
    model = forms.ChoiceField(choices=as_words(PriceModel), initial=PriceModel.PER_UNIT.value)
    interval = forms.ChoiceField(label="Each", choices=as_words(Unit), initial=Unit.MONTH.value)
    interval_count = forms.IntegerField(label="How many of these", initial=1)
    timing = forms.ChoiceField(
        label="Charged", choices=[("", "As usual for its type"), *as_words(Timing)], required=False
    )
    meter = forms.ChoiceField(choices=_meters, required=False)
    included_quantity = DecimalText(label="Included units a period", required=False)
    pooled = forms.BooleanField(label="Shared in the account tree", required=False)
    show_covered_usage = forms.BooleanField(
        label="Show usage that is covered whole, as a line of 0.00", required=False, initial=True
    )
    flat_amount = DecimalText(label="Amount", required=False)
    unit_amount = DecimalText(label="Amount per unit or package", required=False)
    package_size = DecimalText(label="Units of a package", required=False)
    tiers = RowsField(
        TIER, "Add a tier", decimals=True, required=False,
        help_text="Up to and including so many units; leave the last one's blank.",
    )  # fmt: skip

    def new_price(self) -> inputs.NewPrice:
        """What is filled in, for the action."""
        values = self.values()
        values |= chosen_or_none(values, "product", "meter")
        if values["type"] != PriceType.USAGE:
            values["show_covered_usage"] = None
        values["tiers"] = tuple(inputs.NewTier(**row) for row in values["tiers"]) or None
        return inputs.NewPrice(**values)


@page("POST prices")
def new_price(request: PageRequest) -> HttpResponse:
    """Set a price for a product; what it will ask is shown while it is filled in."""
    form = PriceForm(request.POST or None, initial=request.GET.dict())
    quantities, quotes = _quantities(request.POST.get("quantity", "")), None
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" in request.POST:
                quotes = preview_price(form.new_price(), quantities)
            else:
                with transaction.atomic():
                    price = create_price(form.new_price())
                return done(request, "The price is set.", "price", price=price.pk)
        except Refusal as refusal:
            form.refuse(refusal)
    context = {
        "form": form,
        "rows": _with_quotes(quantities, quotes),
        "currency": form["currency"].value(),
        "quantity": request.POST.get("quantity", ""),
        "back": reverse("price_list"),
    }
    return show(request, "resources/new_price.html", context, status=422 if form.errors and quotes is None else 200)


def price_facts(row: Price, request: PageRequest) -> dict[str, object]:
    """A price with its tiers, and what it asks for the usual quantities and for the one that is asked for."""
    quantities = _quantities(text_in(request, "quantity"))
    return {
        "interval": interval_in_words(row),
        "tiers": [{part: None if text is None else Decimal(text) for part, text in tier.items()} for tier in row.tiers],
        "quantity": text_in(request, "quantity"),
        "rows": _with_quotes(quantities, queries.price_quotes(row.pk, quantities)),
        "currency": row.currency,
    }


def _quantities(text: str) -> Sequence[Decimal]:
    """The usual quantities, with the one that is typed before them if it is one."""
    try:
        typed = Decimal(text[:LONGEST])
    except InvalidOperation:
        return USUAL
    return (typed, *USUAL) if typed.is_finite() and 0 <= typed < Decimal("1e18") else USUAL


def _with_quotes(quantities: Sequence[Decimal], quotes: Sequence[Decimal] | None) -> list[dict[str, Decimal]]:
    return [
        {"quantity": quantity, "amount": amount} for quantity, amount in zip(quantities, quotes or [], strict=False)
    ]
