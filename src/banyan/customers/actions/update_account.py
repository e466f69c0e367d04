"""Change an account (ACC-*), as far as its links, charges and payers allow."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Min, Q

from banyan.accounts.checks import check_choices
from banyan.accounts.choices import Choices, load_choices
from banyan.accounts.custom_fields import locked_custom_fields, with_values
from banyan.accounts.fields import ACCOUNT
from banyan.accounts.models import Account, Customer, CustomSubject, RenderingType
from banyan.accounts.named import locked
from banyan.accounts.opening import retry_on_unique_violation, take_default_flag, take_primary_flag
from banyan.accounts.today import today
from banyan.customers.new_defaults import NewDefault, check_new_defaults, linked_customers
from banyan.customers.queries import has_charges
from banyan.foundation.declared.checks import is_blank
from banyan.foundation.declared.fields import Values
from banyan.foundation.queries import read_settings
from banyan.kernel.money import CURRENCIES
from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import control_character_in
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, lock
from banyan.relations.models import AccountParent, CustomerParent, ResponsibleAccount
from banyan.relations.queries import managed_links_from
from banyan.subscriptions.changed_cycles import follow_bill_cycle
from banyan.subscriptions.models import Subscription

_IDENTITY = ("currency", "owner", "bill_cycle")


@retry_on_unique_violation
def update_account(account_id: int, changes: Values, wrong: Problems | None = None) -> Account:
    """Change only what is named, by API field; null empties a field that is optional.

    The number is fixed (ACC-1), currency and owner are once there is a charge (ACC-4, OWN-3), currency and bill
    cycle while the account is linked (BHI-6). Status is change_account_status's. `wrong`: what was found wrong while
    the changes were read; nothing else is said of those fields.
    """
    for relation in (CUSTOMER_PARENT, ACCOUNT_PARENT, RESPONSIBLE_ACCOUNT):
        if changes.keys() & {*_IDENTITY, "is_default"}:
            lock(relation)
    list(Customer.objects.select_for_update(no_key=True).filter(accounts=account_id))
    account = locked(Account, account_id, "account")
    if changes.get("currency") in CURRENCIES and "invoice_currency" not in changes:
        changes = {**changes, "invoice_currency": changes["currency"]}
    changes = ACCOUNT.merged(account, changes)
    problems = wrong.copy() if wrong else Problems()
    ACCOUNT.check_changes(account, changes, problems)
    _check_given(account, changes, problems)
    now = ACCOUNT.held(account)
    then = {**now, **{name: value for name, value in changes.items() if name in now}}
    if "invoice_currency" not in changes:
        del then["invoice_currency"]  # one that it has from before stays
    choices = load_choices({name: [then[name]] if then[name] is not None else [] for name in ACCOUNT.references})
    _check_type(account, then, choices, problems)
    _check_bonds(account, {name for name in now if then.get(name, now[name]) != now[name]}, then, problems)
    _check_whole(now, then, choices, problems)
    if "custom_fields" in changes:
        fields = locked_custom_fields()[CustomSubject.ACCOUNT]
        held = with_values(fields, account.custom_fields, changes["custom_fields"], problems)
        changes = {**changes, "custom_fields": held}
    problems.raise_if_any()
    _write(account, changes)
    if account.bill_cycle_id != now["bill_cycle"]:
        follow_bill_cycle(account, now["bill_cycle"], today(account.owner_id))
    return account


def _check_given(account: Account, changes: Values, problems: Problems) -> None:
    """ACC-2, ACC-3 and CUS-6."""
    if "status" in changes:
        message = "Another status needs a verb of its own: it has a date and a reason."
        problems.add("status", "unknown_field", message, "ACC-3", changes["status"])
    external = changes.get("external_number")
    if external != account.external_number and _is_taken(external):
        message = f"The number {external!r} is taken; choose another."
        problems.add("external_number", "taken", message, "ACC-2", external, Kind.CONFLICT)
    if account.is_default and changes.get("is_default") is False:
        message = "A customer always has a default account; make another account the default one instead."
        problems.add("is_default", "only_default_account", message, "CUS-6", False, Kind.CONFLICT)
    if changes.get("is_default") is True and not account.is_default:
        check_new_defaults([NewDefault(account, problems)])


def _is_taken(external: object) -> bool:
    is_number = isinstance(external, str) and not control_character_in(external) and not is_blank(external)
    return is_number and Account.objects.filter(external_number=external).exists()


def _check_type(account: Account, then: dict[str, Any], choices: Choices, problems: Problems) -> None:
    """TYP-3: an account that still holds an inactive type can't be saved."""
    held = choices.types.get(then["type"])
    if held is not None and not held.active and held.id == account.type_id:
        message = f"The account's type {held.name} is inactive; give the account another type."
        problems.add("type", "inactive_type", message, "TYP-3", held.name, Kind.CONFLICT)
        then["type"] = None


def _check_whole(now: Mapping[str, Any], then: Mapping[str, Any], choices: Choices, problems: Problems) -> None:
    """ACC-5 to ACC-11; an invoice type that was on offer when it was chosen may stay."""
    offered = read_settings().overall_invoice_distribution
    if then["invoice_type"] == now["invoice_type"]:
        offered = (*offered, now["invoice_type"])
    check_choices(then, choices, offered, problems)


def _check_bonds(account: Account, changed: set[str], then: Mapping[str, Any], problems: Problems) -> None:
    if changed & {"currency", "owner"} and has_charges(account):
        rules = {"currency": "ACC-4", "owner": "OWN-3"}
        for name in sorted(changed & rules.keys()):
            message = f"The account has charges, so its {name} can't change."
            problems.add(name, "has_charges", message, rules[name], then[name], Kind.CONFLICT)
    if changed & set(_IDENTITY):
        _check_links(account, changed, then, problems)
    if "start_date" in changed:
        _check_start(account, then["start_date"], problems)
    per_account = "invoice_rendering_type" in changed and then["invoice_rendering_type"] == RenderingType.PER_ACCOUNT
    if per_account and not managed_links_from([account.id], today(account.owner_id)):
        message = "The account has no managed account; per_account can be chosen once it has one."
        problems.add("invoice_rendering_type", "no_managed_account", message, "BHI-4", "per_account", Kind.CONFLICT)


def _check_links(account: Account, changed: set[str], then: Mapping[str, Any], problems: Problems) -> None:
    """BHI-6 and AHI-3, for the links that hold today or later; OWN-3, for those of any day."""
    onwards = Q(during__overlap=DateRange(today(account.owner_id), None))
    either = Q(account=account) | Q(responsible_account=account)
    if changed & {"currency", "bill_cycle"} and ResponsibleAccount.objects.filter(onwards, either).exists():
        for name in sorted(changed & {"currency", "bill_cycle"}):
            message = f"The account is linked to a responsible or managed account, so its {name} can't change."
            problems.add(name, "linked", message, "BHI-6", then[name], Kind.CONFLICT)
    related = AccountParent.objects.filter(Q(account=account) | Q(parent=account))
    if "owner" in changed and (
        related.exists()
        or ResponsibleAccount.objects.filter(either).exists()
        or (account.is_default and linked_customers([account.customer_id]))
    ):
        message = "The account is or was related to others of its owner, so its owner can't change."
        problems.add("owner", "related", message, "OWN-3", then["owner"], Kind.CONFLICT)
    same_cycle = read_settings().require_same_bill_cycle_for_account_hierarchy
    cycle = then["bill_cycle"]
    others = (Q(account=account) & ~Q(parent__bill_cycle=cycle)) | (Q(parent=account) & ~Q(account__bill_cycle=cycle))
    if "bill_cycle" in changed and same_cycle and AccountParent.objects.filter(onwards, others).exists():
        message = "The account's parent or a child has another bill cycle; a hierarchy must have one."
        problems.add("bill_cycle", "in_hierarchy", message, "AHI-3", cycle, Kind.CONFLICT)


def _check_start(account: Account, start: object, problems: Problems) -> None:
    """ACC-6, REL-1: nothing of the account begins before it starts, nor of the customer before its first account."""
    if not isinstance(start, date):
        return
    others = Account.objects.filter(customer=account.customer_id).exclude(pk=account.pk)
    first_of_others = others.aggregate(first=Min("start_date"))["first"]
    customer_starts = min(start, first_of_others or start)
    edges = [
        edge.during.lower
        for model in (AccountParent, ResponsibleAccount)
        for edge in model._default_manager.filter(account=account)
    ]
    parents = [edge.during.lower for edge in CustomerParent.objects.filter(customer=account.customer_id)]
    subscribed = Subscription.objects.filter(account=account).aggregate(first=Min("start_date"))["first"]
    for rule, first, begins, what in (
        ("REL-1", min(edges, default=None), start, "something of the account began"),
        ("REL-1", min(parents, default=None), customer_starts, "its customer got a parent"),
        ("ACC-6", subscribed, start, "something of the account began"),
    ):
        if first is not None and begins > first:
            message = f"{start} is after {first}, when {what}."
            problems.add("start_date", "too_late", message, rule, start, Kind.CONFLICT)


def _write(account: Account, changes: Values) -> None:
    if changes.get("is_default") is True and not account.is_default:
        take_default_flag([account.customer_id])
    if changes.get("is_primary") is True or (account.is_primary and "organization" in changes):
        take_primary_flag([changes.get("organization") or account.organization_id])
    for name, value in ACCOUNT.columns(changes).items():
        setattr(account, name, value)
    account.name = account.name or account.customer.name
    account.contact_email = account.contact_email or account.customer.primary_email
    account.save()
