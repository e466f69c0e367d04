"""Creating and editing customers and accounts (CON-4)."""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import HttpResponse, JsonResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from banyan.accounts.fields import ACCOUNT, ACCOUNT_ITSELF, CUSTOMER
from banyan.accounts.models import Account, AccountStatus, Customer
from banyan.accounts.queries import account_categories, account_types, owners, payment_terms
from banyan.accounts.today import today
from banyan.console.access import check_named
from banyan.console.actions.save_chosen import save_chosen
from banyan.console.customer_inputs import account_inputs, customer_inputs
from banyan.console.edited import Edited, editing
from banyan.console.localized import language
from banyan.console.page import PageRequest, done, lead_to, page, show
from banyan.console.row_fields import RowField
from banyan.console.sections import PARTS_OF_AN_ADDRESS, Input, SectionedForm, address_or_none
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.open_accounts import open_account
from banyan.customers.actions.open_customers import open_customer
from banyan.customers.actions.propose_account_number import propose_account_number
from banyan.customers.actions.update_account import update_account
from banyan.customers.actions.update_customer import update_customer
from banyan.customers.queries import fixed_fields
from banyan.foundation.declared.fields import Declaration
from banyan.foundation.declared.kinds import Address, Contact, CustomFields
from banyan.foundation.queries import read_settings
from banyan.kernel.ids import decode_id
from banyan.kernel.refusals import all_or_nothing
from banyan.organizations.models import Organization
from banyan.organizations.queries import home_organization
from banyan.relations.inputs import AccountPlacement, CustomerPlacement

ADDRESSES = ("billing_address", "service_address", "shipping_address")
NAMED = {"organization": Organization, "parent": Account, "responsible_account": Account}


@page("POST customers")
def new_customer(request: PageRequest) -> HttpResponse:
    """A customer with its first account; below a parent where the address names one (`?parent=cus_1`)."""
    settings = read_settings()
    inputs = customer_inputs(settings, is_new=True) | account_inputs(settings, is_new=True, prefix="account.")
    initial = {"kind": "company", "service_address.same": True, "shipping_address.same": True}
    initial |= _prefixed(_new_account_defaults(), "account.")
    parent = _customer_named(request, "parent")
    if parent is not None and "parent" in inputs:
        inputs["parent"] = _always(inputs["parent"])
        initial["parent"] = parent
    form = _filled_in(request, inputs, "fields:customer", initial)
    made: list[Customer] = []
    if form.does(lambda: made.append(_open_customer(form.values())), takes_blanks=True):
        again = reverse("new_customer") if "another" in request.POST else None
        return _created(request, f"{made[0].name} is created.", again, "customer", customer=made[0].pk)
    crumbs = [("Search", reverse("search"))]
    return _form(request, form, "New customer", "Create customer", crumbs, can_repeat=True)


@page("PATCH customers/*")
def edit_customer(request: PageRequest, customer: int) -> HttpResponse:
    """A customer's fields; only what is different is changed."""
    edits = editing(request, "customer", customer)
    row = Customer.reachable.get(pk=customer)
    inputs = customer_inputs(read_settings(), is_new=False)
    initial = dict.fromkeys(inputs) | _held(CUSTOMER, row)
    form = _filled_in(request, inputs, "fields:edit-customer", initial, edits)
    if form.does(lambda: update_customer(customer, _readable(form.changed_values())), takes_blanks=True):
        row.refresh_from_db()  # it may have another name now
        return done(request, f"{row.name} is saved.", "customer", customer=customer)
    crumbs = [(row.name, reverse("customer", kwargs={"customer": customer}))]
    return _form(request, form, f"Edit {row.name}", "Save changes", crumbs)


@page("POST accounts")
def new_account(request: PageRequest) -> HttpResponse:
    """Another account of a customer, which is chosen, or named by the address (`?customer=cus_1`).

    Where each customer has one account, a new account comes with a new customer (CUS-7).
    """
    settings = read_settings()
    if not settings.allow_multi_customer_accounts:
        return lead_to(request, reverse("new_customer"))
    customer = _customer_named(request, "customer")
    inputs = account_inputs(settings, is_new=True)
    whose = RowField(Customer, "/look-up/customers", label="Customer")
    inputs = {"customer": Input(whose, ACCOUNT_ITSELF), **inputs}
    initial = _new_account_defaults()
    if customer is not None:
        initial["customer"] = customer
    form = _filled_in(request, inputs, "fields:account", initial)
    made: list[Account] = []
    if form.does(lambda: made.append(_open_account(form.values())), takes_blanks=True):
        again = request.get_full_path() if "another" in request.POST else None
        return _created(request, f"Account {made[0].number} is opened.", again, "account", account=made[0].pk)
    crumbs = [("Customer accounts", reverse("accounts"))]
    if customer is not None:
        crumbs = [(customer.name, reverse("customer", kwargs={"customer": customer.pk}))]
    return _form(request, form, "New account", "Create account", crumbs, can_repeat=True)


@page("PATCH accounts/*")
def edit_account(request: PageRequest, account: int) -> HttpResponse:
    """An account's fields; only what is different is changed."""
    edits = editing(request, "account", account)
    row = Account.reachable.select_related("customer", "type").get(pk=account)
    inputs = account_inputs(read_settings(), is_new=False, currency=row.currency)
    initial = dict.fromkeys(inputs) | _held(ACCOUNT, row)
    for name, why in fixed_fields(row).items():
        if name in inputs:
            inputs[name].field.disabled, inputs[name].field.help_text = True, why
    form = _filled_in(request, inputs, "fields:edit-account", initial, edits)
    form.keep_held(
        type=f"{row.type} (inactive)",
        invoice_type=row.get_invoice_type_display(),
        invoice_currency=row.invoice_currency,
        preferred_language=language(row.preferred_language),
    )

    def change() -> None:
        changes = _readable(form.changed_values())
        check_named("PATCH accounts/*", "organization", Organization, changes.get("organization"))
        status, why = changes.pop("status", None), changes.pop("status_reason", None)
        parts: list[Callable[[], object]] = [lambda: update_account(account, changes)]
        if status is not None or why is not None:
            parts.append(lambda: change_account_status(account, status, None, why or ""))
        all_or_nothing(parts)

    if form.does(change, takes_blanks=True):
        return done(request, f"Account {row.number} is saved.", "account", account=account)
    crumbs = [
        (row.customer.name, reverse("customer", kwargs={"customer": row.customer_id})),
        (row.number, reverse("account", kwargs={"account": account})),
    ]
    return _form(request, form, f"Edit account {row.number}", "Save changes", crumbs)


@page("POST accounts")
@require_POST
def propose_number(request: PageRequest) -> HttpResponse:
    """A number that is free (ACC-1)."""
    return JsonResponse({"number": propose_account_number()})


def _open_customer(values: dict[str, Any]) -> Customer:
    account = _readable(values.pop("account"))
    parent = values.pop("parent", None)
    check_named("POST customers", "parent", Customer, parent)
    placed = _placed(account, "account.")
    return open_customer(
        CustomerPlacement(
            customer=_readable(values),
            account=account,
            parent=parent,
            account_parent=placed["parent"],
            responsible_account=placed["responsible_account"],
        )
    )


def _open_account(values: dict[str, Any]) -> Account:
    check_named("POST accounts", "customer", Customer, values["customer"])
    given = _readable(values)
    placed = _placed(given, "")
    return open_account(
        AccountPlacement(account=given, parent=placed["parent"], responsible_account=placed["responsible_account"])
    )


def _placed(account: dict[str, Any], prefix: str) -> dict[str, int | None]:
    """Takes the relations out of what was given for an account; refused what the visitor may not name."""
    for name, model in NAMED.items():
        check_named("POST accounts", f"{prefix}{name}", model, account.get(name))
    return {name: account.pop(name, None) for name in ("parent", "responsible_account")}


def _readable(values: Mapping[str, Any]) -> dict[str, Any]:
    """As the actions take it: addresses without blanks, values of custom fields as texts."""
    found = dict(values)
    for name in ADDRESSES:
        if name in found:
            found[name] = address_or_none(found[name])
    if found.get("custom_fields"):
        found["custom_fields"] = {
            key: str(value) if isinstance(value, Decimal | date) else value
            for key, value in found["custom_fields"].items()
        }
    return found


def _new_account_defaults() -> dict[str, Any]:
    """What a form for a new account is filled with; the rest has its default in the action."""
    category, owner = account_categories().order_by("pk").first(), owners().order_by("pk").first()
    default_type = account_types().filter(default=True).first()
    term = payment_terms().filter(name="Net 30").first() or payment_terms().order_by("days").first()
    return {
        "start_date": today(),
        "organization": home_organization(),
        "category": category and category.pk,
        "owner": owner and owner.pk,
        "type": default_type and default_type.pk,
        "payment_term": term and term.pk,
        "taxable": True,
        "status": AccountStatus.ACTIVE,
        "currency": owner.base_currency if owner else None,
        "preferred_language": owner.language[:2] if owner else "en",
        "invoice_type": "email",
        "billing_address.same": True,
        "shipping_address.same": True,
    }


def _prefixed(values: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    return {f"{prefix}{name}": value for name, value in values.items()}


def _held(declaration: Declaration, row: Customer | Account) -> dict[str, Any]:
    """What a row holds, as the fields of a form are called: parts of what it is made of, each by itself."""
    found: dict[str, Any] = {}
    for name, value in declaration.held(row).items():
        kind = declaration.fields[name].kind
        if isinstance(kind, Address):
            found |= {f"{name}.{part}": (value or {}).get(part) for part in PARTS_OF_AN_ADDRESS}
            found[f"{name}.same"] = not value
        elif isinstance(kind, Contact | CustomFields):
            found |= {f"{name}.{part}": each for part, each in value.items()}
        else:
            found[name] = value
    return found


def _customer_named(request: PageRequest, name: str) -> Customer | None:
    """The customer that the address names, if it is reached."""
    number = decode_id("customer", request.GET.get(name, ""))
    return Customer.reachable.filter(pk=number).first() if number else None


def _created(request: PageRequest, message: str, again: str | None, to: str, **named: int) -> HttpResponse:
    return done(request, message, again) if again else done(request, message, to, **named)


def _always(given: Input) -> Input:
    """The input that shows in any case."""
    return Input(given.field, given.section)


def _filled_in(
    request: PageRequest,
    inputs: Mapping[str, Input],
    kept_as: str,
    initial: Mapping[str, Any],
    edits: Edited | None = None,
) -> SectionedForm:
    """The form with what was sent. Where other fields were configured, it shows these, and keeps what was typed."""
    sent = request.POST or None
    form = SectionedForm(inputs, kept_as, request.preferences, data=sent, initial=initial, edits=edits)
    if "configure" not in request.POST:
        return form
    ticked = request.POST.getlist("chosen")
    chosen = [name for name, _, _ in form.to_choose if name in ticked]
    save_chosen(request.user.pk, kept_as, chosen)
    request.preferences.chosen[kept_as] = chosen
    kept = {name: form.shown(name) for name in form.changed_data} if edits else {}
    filled = {**initial, **{name: value for name, value in form.typed().items() if not form.is_untouched(name)}}
    held = {name: initial[name] for name in filled if edits and name not in kept}
    return SectionedForm(inputs, kept_as, request.preferences, held | kept, initial=filled, edits=edits)


def _form(
    request: PageRequest,
    form: SectionedForm,
    name: str,
    text: str,
    crumbs: list[tuple[str, str]],
    can_repeat: bool = False,
) -> HttpResponse:
    context = {"form": form, "name": name, "text": text, "crumbs": crumbs, "can_repeat": can_repeat}
    context["back"] = crumbs[-1][1]
    return show(request, "sections.html", context, status=422 if form.errors else 200)
