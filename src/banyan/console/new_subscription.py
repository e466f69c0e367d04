"""A new subscription (CON-10): for whom, of what, paid by whom, under which contract."""

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django import forms
from django.db import transaction
from django.forms import BoundField
from django.http import HttpResponse
from django.urls import reverse_lazy

from banyan.accounts.models import Account, Customer, CustomerKind
from banyan.accounts.queries import bill_cycles
from banyan.accounts.today import today
from banyan.console import localized
from banyan.console.access import check_named
from banyan.console.choices import currencies
from banyan.console.customer_inputs import required_custom_fields
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, number_of, page, show
from banyan.console.payer_options import WAYS, Option, choice_of, payer_options
from banyan.console.price_texts import price_choices
from banyan.console.row_fields import RowField
from banyan.contracts.models import Contract
from banyan.customers.actions.open_customers import open_customer
from banyan.foundation.numbering import taken_back
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Refusal
from banyan.relations.inputs import CustomerPlacement
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.inputs import NewItem, NewOrder, NewSubscription
from banyan.subscriptions.models import Order, SubscriptionGroup

TAKES = "POST subscriptions"
EXISTING, NEW = "existing", "new"
DRAFT = "draft"
"""The button that saves an order instead of subscribing at once (SUB-1)."""
NAMES = {CustomerKind.COMPANY: ("company_name",), CustomerKind.PERSON: ("first_name", "last_name")}
OF_NEW = ("primary_email", "account.currency", "account.bill_cycle")


class ItemsWidget(forms.Widget):
    """A row for each item: its price and how many; the browser adds rows."""

    template_name = "console/widgets/items.html"
    use_fieldset = True
    prices: Sequence[tuple[str, str]] = ()

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[tuple[str, str]]:
        """The rows in which a price is chosen, or another quantity than the one that is proposed is typed."""
        rows = zip(data.getlist(f"{name}.price"), map(str.strip, data.getlist(f"{name}.quantity")), strict=False)
        return [(price, quantity) for price, quantity in rows if price or quantity not in ("", "1")]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """No row is no item."""
        return False

    def format_value(self, value: Any) -> Any:
        """The rows, or an empty one."""
        return value or [("", "1")]

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With the prices to choose from."""
        return {**super().get_context(name, value, attrs), "prices": self.prices}


class ItemsField(forms.Field):
    """Prices and how many of each."""

    widget = ItemsWidget

    def clean(self, value: Any) -> tuple[NewItem, ...]:
        """The items; at least one."""
        if not value:
            raise forms.ValidationError("Choose at least one price.")
        return tuple(NewItem(_number_of(price), _quantity(quantity)) for price, quantity in value)


class SubscriptionForm(ActionForm):
    """For an account that there is, or for a new customer with its first account."""

    whose = forms.ChoiceField(
        label="For", choices=[(EXISTING, "An existing account"), (NEW, "A new customer")], widget=forms.RadioSelect
    )
    account = RowField(
        Account,
        reverse_lazy("subscriber_choices"),
        sent_with="group start_date",
        none="No active account fits: in a group it belongs to the payer or to a customer below it, with the payer's "
        "currency and owner.",
        label="Account",
        required=False,
    )
    kind = forms.ChoiceField(
        label="The customer is a",
        choices=CustomerKind.choices,
        widget=forms.RadioSelect,
        required=False,
        initial=CustomerKind.COMPANY.value,
    )
    company_name = forms.CharField(label="Company name", max_length=200, required=False)
    first_name = forms.CharField(label="First name", max_length=200, required=False)
    last_name = forms.CharField(label="Last name", max_length=200, required=False)
    primary_email = forms.EmailField(label="E-mail", required=False)
    parent = RowField(
        Customer,
        reverse_lazy("customer_choices"),
        label="Parent",
        required=False,
        help_text="The customer that the new one is to be below, if any.",
    )
    items = ItemsField(label="Items")
    start_date = DayField(label="Starts on", initial=today)
    end_date = DayField(label="Last day", required=False, help_text="The last day that is served; blank: open.")
    anchor = forms.ChoiceField(
        label="Periods begin with", choices=[("cycle", "The bill cycle"), ("start_date", "Its own start")]
    )
    contract = RowField(
        Contract,
        reverse_lazy("contract_choices"),
        sent_with="account",
        none="The account has no contract that is in force.",
        label="Contract",
        required=False,
    )
    who_pays = forms.CharField(label="Who pays", required=False)
    group = RowField(
        SubscriptionGroup,
        reverse_lazy("group_choices"),
        sent_with="whose account parent account.currency start_date",
        none="No group fits: its payer has to be the customer or one above it, with the account's currency and owner.",
        label="Subscription group",
        required=False,
        help_text="Its payer pays for all of the group, on one invoice.",
    )

    def __init__(self, **named: Any) -> None:
        settings = read_settings()
        cycles = [("", "–"), *((str(row.pk), row.name) for row in bill_cycles().order_by("name"))]
        self.base_fields = {
            **self.base_fields,
            "account.currency": forms.ChoiceField(
                label="Currency",
                choices=[("", "–"), *currencies()],
                required=False,
                widget=forms.Select(attrs={"data-searchable": ""}),
            ),
            "account.bill_cycle": forms.ChoiceField(label="Bill cycle", choices=cycles, required=False),
        }
        asked_of_new = required_custom_fields()
        for asked in asked_of_new.values():
            asked.required = False  # only where they are shown; the action asks for them
        self.base_fields |= asked_of_new
        self.custom = tuple(asked_of_new)
        if not settings.enable_customer_hierarchies:
            del self.base_fields["parent"]
        if not settings.enable_who_pays:
            del self.base_fields["group"], self.base_fields["who_pays"]
        super().__init__(**named)
        for name in ("account", *OF_NEW, *sum(NAMES.values(), ()), *self.custom):  # needed where they are shown
            field: Any = self.fields[name]
            field.is_marked = True

    def clean(self) -> dict[str, Any]:
        """What belongs to the one that was chosen has to be there."""
        cleaned = super().clean() or {}
        for name in self.needed(cleaned):
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, "This field is required.")
        if cleaned.get("who_pays", "").partition(":")[0] not in (*WAYS, "ancestor"):
            self.add_error("who_pays", "Choose one of these.")
        return cleaned

    def needed(self, given: Mapping[str, Any]) -> Sequence[str]:
        """What has to be there, by what was chosen."""
        if given.get("whose") != NEW:
            return ("account",)
        return (*NAMES[given.get("kind") or CustomerKind.COMPANY], *OF_NEW)

    def offer_prices(self, given: Mapping[str, Any]) -> None:
        """Prices in the currency of the account that was chosen, or that the new one is to have (SUB-1)."""
        account, items = given.get("account"), self.fields["items"]
        currency = given.get("account.currency") if given.get("whose") == NEW else account and account.currency
        items.widget.prices = price_choices(currency) if currency else []
        if not currency:
            what = "the new customer's currency" if given.get("whose") == NEW else "an account"
            items.help_text = f"Choose {what} to see the prices."
        elif not items.widget.prices:
            items.help_text = f"There is no price in {currency} yet: add one to the catalogue first."

    @property
    def of_new(self) -> list[tuple[BoundField, str]]:
        """The fields of a new customer, each with the condition that it is shown under."""
        when = {name: f"kind={kind}" for kind, names in NAMES.items() for name in names}
        names = ("kind", *when, *OF_NEW, "parent", *self.custom)
        return [(self[name], when.get(name, "")) for name in names if name in self.fields]

    def field_for(self, name: str) -> str | None:
        """A currency that is wrong is that of the new customer's account."""
        if name.partition(".")[0] == "account" and name not in self.fields and self.cleaned_data.get("whose") == NEW:
            return None
        return super().field_for(name)


@page(TAKES)
def new_subscription(request: PageRequest) -> HttpResponse:
    """The form; while it is filled in (`looks`), it names who would pay by each choice, and offers what fits."""
    looks, is_draft = "looks" in request.POST, DRAFT in request.POST
    sent = request.POST if request.method == "POST" and not looks else None
    initial = _typed(request) if looks else _initial(request)
    form = SubscriptionForm(data=sent, initial=initial)
    if form.is_valid():
        try:
            with transaction.atomic():
                terms = _terms(form.cleaned_data)
                made = create_order(NewOrder(**terms)) if is_draft else create_subscription(NewSubscription(**terms))
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if isinstance(made, Order):
                return done(request, f"Order {made.number} is a draft.", "order", order=made.pk)
            return done(request, f"Subscription {made.number} is created.", "subscription", subscription=made.pk)
    asked = form if sent else SubscriptionForm(data=request.POST) if looks else _as_asked(request, initial)
    options, problem = _options(asked)
    form.offer_prices(asked.cleaned_data)
    chosen = request.POST.get("who_pays", request.GET.get("who_pays", ""))
    context = {
        "form": form,
        "options": options,
        "options_problem": problem,
        "chosen": chosen if chosen in [option.value for option in options if option.possible] else "",
    }
    return show(request, "new_subscription.html", context, status=422 if form.errors else 200)


def _initial(request: PageRequest) -> dict[str, Any]:
    """What the address says the form is to begin with: `?account=12&group=3`."""
    given = SubscriptionForm(data=request.GET)
    given.is_valid()
    rows = {name: given.cleaned_data.get(name) for name in ("account", "group", "contract", "parent")}
    whose = NEW if request.GET.get("whose") == NEW or (rows["parent"] and not rows["account"]) else EXISTING
    return {"whose": whose, "start_date": today().isoformat(), **{name: row for name, row in rows.items() if row}}


def _typed(request: PageRequest) -> dict[str, Any]:
    """The items as they stand there so far."""
    rows = ItemsWidget().value_from_datadict(request.POST, request.FILES, "items")
    return {"items": rows, "whose": request.POST.get("whose", EXISTING)}


def _as_asked(request: PageRequest, initial: Mapping[str, Any]) -> SubscriptionForm:
    """The form as the address fills it in."""
    asked = request.GET.copy()
    for name, value in initial.items():
        asked.setdefault(name, str(getattr(value, "pk", value)))
    return SubscriptionForm(data=asked)


def _options(form: SubscriptionForm) -> tuple[list[Option], str]:
    """Who would pay by each choice, for the account or the customer to be; or what is missing to say so."""
    form.is_valid()
    given: dict[str, Any] = form.cleaned_data
    day = given.get("start_date") or today()
    if not read_settings().enable_who_pays:
        return [], ""
    if given.get("whose") != NEW:
        account = given.get("account")
        if account is None:
            return [], "Choose an account to see who can pay."
        return payer_options(account, day, group=given.get("group")), ""
    if not all(given.get(name) for name in form.needed(given)):
        return [], "Fill in the new customer to see who can pay."
    try:
        with taken_back():
            options = payer_options(_open_customer(given), day, group=given.get("group"))
    except Refusal as refusal:
        return [], localized.sentence(str(refusal))
    return options, ""


def _terms(given: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked for, as the verbs take it; a customer that is described is opened."""
    parent, group = given.get("parent"), given.get("group")
    if given["whose"] == NEW:
        if parent:
            check_named("POST customers", "parent", Customer, parent.pk)
        account = _open_customer(given)
    else:
        account = given["account"]
        check_named(TAKES, "account", Account, account.pk)
    choice = choice_of(given.get("who_pays", ""))
    if choice is not None and choice.customer is not None:
        check_named(TAKES, "who_pays.customer", Customer, choice.customer)
    if group:
        check_named(TAKES, "group", SubscriptionGroup, group.pk)
    contract = given.get("contract")
    return {
        "account": account.pk,
        "items": given["items"],
        "start_date": given["start_date"],
        "end_date": given["end_date"],
        "anchor": given["anchor"],
        "who_pays": choice,
        "group": group.pk if group else None,
        "contract": contract.pk if contract else None,
    }


def _open_customer(given: Mapping[str, Any]) -> Account:
    """The first account of the customer that the form describes, from the subscription's start on."""
    parent, kind = given.get("parent"), given.get("kind") or CustomerKind.COMPANY
    account = {
        "currency": given["account.currency"],
        "bill_cycle": int(given["account.bill_cycle"]),
        "start_date": given.get("start_date"),
        "custom_fields": _custom(given, "account.custom_fields."),
    }
    new = {
        "kind": kind,
        **{name: given[name] for name in NAMES[kind]},
        "primary_email": given["primary_email"],
        "custom_fields": _custom(given, "custom_fields."),
    }
    customer = open_customer(CustomerPlacement(customer=new, account=account, parent=parent.pk if parent else None))
    return Account.objects.select_related("customer").get(customer=customer, is_default=True)


def _custom(given: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """FLD-1: what was filled in, as the action takes it."""
    held = {name.removeprefix(prefix): value for name, value in given.items() if name.startswith(prefix)}
    return {
        key: str(value) if isinstance(value, Decimal | date) else value
        for key, value in held.items()
        if value not in (None, "")
    }


def _number_of(text: str) -> int:
    number = number_of(text)
    if number is None:
        raise forms.ValidationError("Choose one of the prices.")
    return number


def _quantity(text: str) -> Decimal | None:
    try:
        quantity = Decimal(text) if text else None
    except InvalidOperation:
        raise forms.ValidationError(f"{text!r:.40} is not a quantity.") from None
    if quantity is not None and not quantity.is_finite():
        raise forms.ValidationError(f"{text!r:.40} is not a quantity.")
    return quantity
