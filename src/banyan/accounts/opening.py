"""How new accounts and customers come about: all are checked, then those without a problem are inserted, in a fixed
number of queries for any number of them. Who places them into hierarchies adds problems between the two steps."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from banyan.accounts import numbers
from banyan.accounts.checks import check_choices, check_customer
from banyan.accounts.choices import Choices, load_choices
from banyan.accounts.copying import copy_in
from banyan.accounts.custom_fields import Fields, locked_custom_fields, with_values
from banyan.accounts.fields import ACCOUNT, CUSTOMER
from banyan.accounts.models import Account, Customer, CustomSubject, RenderingType
from banyan.accounts.rows import account_values, unsaved_account, unsaved_customer
from banyan.foundation.declared.checks import is_blank
from banyan.foundation.declared.fields import Declaration, Values
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Kind, Problems, Refusal
from banyan.kernel.texts import control_character_in
from banyan.organizations.models import Organization

Given = ParamSpec("Given")
Answer = TypeVar("Answer")

_ATTEMPTS = 5
_RELATING = {"owner": "owner_id", "bill_cycle": "bill_cycle_id", "currency": "currency", "start_date": "start_date"}


@dataclass(slots=True)
class AccountOpening:
    """An account to open and what is wrong with it, be it found while it was read or later. `account` is the unsaved
    row, None if its own values are wrong; `known` is as much of it as is right, for what it has to have in common with
    others.

    `managed`: who opens it gives it a responsible account without end. Its row says so from the beginning, where the
    link would have to change it otherwise.
    """

    new: Values
    problems: Problems = field(default_factory=Problems)
    path: str = ""
    account: Account | None = None
    known: Account | None = None
    managed: bool = False


@dataclass(slots=True)
class CustomerOpening:
    """A customer to create with its first account. All problems of both are in `problems`; `customer` is the unsaved
    row, as much of it as is right."""

    new: Values
    first: AccountOpening
    customer: Customer

    @property
    def problems(self) -> Problems:
        return self.first.problems


def retry_on_unique_violation(verb: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """Do the verb in a transaction, and once more when another connection took a number or a flag meanwhile.

    The second time the checks see what the other one did.
    """

    @wraps(verb)
    def do(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        for _ in range(_ATTEMPTS - 1):
            try:
                with transaction.atomic():
                    return verb(*args, **kwargs)
            except IntegrityError as error:
                if not isinstance(error.__cause__, UniqueViolation):
                    raise
        with transaction.atomic():
            return verb(*args, **kwargs)

    return do


def check_new_accounts(openings: Sequence[AccountOpening]) -> None:
    """Check new accounts of customers that exist. The customers are locked until the transaction ends."""
    customers = _lock_customers({number for each in openings if (number := each.new.get("customer")) is not None})
    choices, settings, fields = _load_choices(openings), read_settings(), locked_custom_fields()
    for opening in openings:
        customer = customers.get(opening.new.get("customer") or 0)
        _check_customer_of(opening, customer, settings)
        _check_account(opening, customer, choices, settings)
        _set_custom_fields(opening, fields[CustomSubject.ACCOUNT])
    _check_taken(ACCOUNT, [(opening.new, opening.problems, "") for opening in openings])


def check_new_customers(new: Sequence[tuple[Values, Values, Problems]]) -> list[CustomerOpening]:
    """New customers (CUS-6), checked: each with the values of its first account, and with what was wrong with both when
    they were read."""
    firsts = [AccountOpening(account, problems, "account.") for _, account, problems in new]
    choices, settings, fields = _load_choices(firsts), read_settings(), locked_custom_fields()
    openings = []
    for (customer, _, problems), first in zip(new, firsts, strict=True):
        CUSTOMER.check(customer, problems)
        CUSTOMER.check_required(customer, problems)
        check_customer(customer, choices.days.first, problems)
        opening = CustomerOpening(customer, first, unsaved_customer(_right(customer, problems)))
        opening.customer.custom_fields = with_values(
            fields[CustomSubject.CUSTOMER], {}, customer.get("custom_fields") or {}, problems
        )
        _check_account(first, opening.customer, choices, settings)
        _set_custom_fields(first, fields[CustomSubject.ACCOUNT])
        openings.append(opening)
    _check_taken(CUSTOMER, [(opening.new, opening.problems, "") for opening in openings])
    _check_taken(ACCOUNT, [(first.new, first.problems, "account.") for first in firsts])
    return openings


def _right(values: Values, problems: Problems, path: str = "") -> dict[str, Any]:
    """The values with which nothing is wrong."""
    return {name: value for name, value in values.items() if not problems.about(f"{path}{name}")}


def insert_accounts(openings: Sequence[AccountOpening]) -> list[Account | Refusal]:
    """Insert what has no problem; each result stands where its opening does."""
    _refuse_repeated(ACCOUNT, [(opening.new, opening.problems, "") for opening in openings])
    _save_accounts(openings)
    return [_result(opening.account, opening.problems) for opening in openings]


def insert_customers(openings: Sequence[CustomerOpening]) -> list[Customer | Refusal]:
    """Insert what has no problem, each customer with its first account as its default account (CUS-6)."""
    _refuse_repeated(CUSTOMER, [(opening.new, opening.problems, "") for opening in openings])
    _refuse_repeated(ACCOUNT, [(opening.first.new, opening.problems, "account.") for opening in openings])
    good = [opening for opening in openings if not opening.problems.found]
    customers = [opening.customer for opening in good]
    _number(Customer, customers)
    copy_in(customers)
    for opening in good:
        if account := opening.first.account:
            account.customer_id = account.customer.id
            account.is_default = True
    _save_accounts([opening.first for opening in good])
    return [_result(opening.customer, opening.problems) for opening in openings]


def single(results: Sequence[Answer | Refusal]) -> Answer:
    """The only result; raised when it is a refusal."""
    (result,) = results
    if isinstance(result, Refusal):
        raise result
    return result


def _result(row: Answer | None, problems: Problems) -> Answer | Refusal:
    if problems.found or row is None:
        return Refusal(problems.found, problems.kind)
    return row


def _lock_customers(customer_ids: Collection[int]) -> dict[int, Customer]:
    rows = Customer.objects.filter(id__in=customer_ids).order_by("id").select_for_update(no_key=True)
    return {customer.id: customer for customer in rows}


def _load_choices(openings: Sequence[AccountOpening]) -> Choices:
    return load_choices(
        {
            name: {number for each in openings if isinstance(number := each.new.get(name), int)}
            for name in ACCOUNT.references
        }
    )


def _check_customer_of(opening: AccountOpening, customer: Customer | None, settings: Settings) -> None:
    number, problems = opening.new.get("customer"), opening.problems
    if problems.about("customer"):
        return
    if number is None:
        problems.add("customer", "required", "An account needs a customer.", "CUS-6")
    elif customer is None:
        problems.add("customer", "unknown", f"There is no such customer: {number}.", None, number)
    elif not settings.allow_multi_customer_accounts:
        message = f"The customer {customer.number} has an account, and a second one is not allowed."
        problems.add("customer", "second_account", message, "CUS-7", customer.number, Kind.CONFLICT)


def _check_account(opening: AccountOpening, customer: Customer | None, choices: Choices, settings: Settings) -> None:
    problems, path = opening.problems, opening.path
    unread = [name for name in ACCOUNT.fields if problems.about(f"{path}{name}")]
    values = account_values(opening.new, unread, choices, settings)
    ACCOUNT.check(values, problems, path)
    check_choices(values, choices, settings.overall_invoice_distribution, problems, path)
    if values["invoice_rendering_type"] == RenderingType.PER_ACCOUNT:
        message = "A new account has no managed account; per_account can be chosen once it has one."
        problems.add(f"{path}invoice_rendering_type", "no_managed_account", message, "BHI-4", "per_account")
    if customer is not None and not problems.found:
        opening.account = unsaved_account(values, customer, choices.days)
    opening.known = opening.account or _known_account(values, problems, path)


def _known_account(values: Mapping[str, Any], problems: Problems, path: str) -> Account:
    """What relations look at, without what is wrong."""
    right = {name: None if problems.about(f"{path}{name}") else values.get(name) for name in _RELATING}
    return Account(**{column: right[name] for name, column in _RELATING.items()})


def _set_custom_fields(opening: AccountOpening, fields: Fields) -> None:
    """FLD-1; what is wrong with the values is told together with everything else."""
    held = with_values(
        fields, {}, opening.new.get("custom_fields") or {}, opening.problems, f"{opening.path}custom_fields"
    )
    if opening.account is not None:
        opening.account.custom_fields = held


Numbered = tuple[Values, Problems, str]
_UNIQUE = ("number", "external_number")


def _check_taken(declaration: Declaration, inputs: Sequence[Numbered]) -> None:
    """Refuse the numbers that rows have already (ACC-1, ACC-2, CUS-2)."""
    for name in _UNIQUE:
        given_numbers = {number for new, _, _ in inputs if isinstance(number := new.get(name), str)}
        storable = {number for number in given_numbers if not control_character_in(number)}
        taken = numbers.taken(declaration.model, name, storable)
        for new, problems, path in inputs:
            if new.get(name) in taken:
                _refuse_taken(problems, f"{path}{name}", declaration.rules[name], new[name])


def _refuse_repeated(declaration: Declaration, inputs: Sequence[Numbered]) -> None:
    """Refuse the numbers that an earlier input without a problem takes (ACC-1, ACC-2, CUS-2)."""
    for name in _UNIQUE:
        seen: set[str] = set()
        for new, problems, path in inputs:
            number = new.get(name)
            if problems.found or is_blank(number):
                continue
            if number in seen:
                _refuse_taken(problems, f"{path}{name}", declaration.rules[name], str(number))
            seen.add(str(number))


def _refuse_taken(problems: Problems, name: str, rule: str, number: str) -> None:
    problems.add(name, "taken", f"The number {number!r} is taken; choose another.", rule, number, Kind.CONFLICT)


def _number(model: type[Account] | type[Customer], rows: Sequence[Any]) -> None:
    """Generate numbers for the rows without one."""
    for row, number in zip(rows, numbers.fill_in(model, [row.number for row in rows]), strict=True):
        row.number = number


def _save_accounts(openings: Sequence[AccountOpening]) -> None:
    """Insert the accounts without a problem.

    Of several default accounts of a customer (or primary ones of an organization) the last is it.
    """
    good = [
        (opening.account, opening.managed) for opening in openings if opening.account and not opening.problems.found
    ]
    accounts = [account for account, _ in good]
    defaults = {account.customer_id: account for account in accounts if account.is_default}
    primaries = {account.organization_id: account for account in accounts if account.is_primary}
    for account in accounts:
        account.is_default = account is defaults.get(account.customer_id)
        account.is_primary = account is primaries.get(account.organization_id)
    take_default_flag(defaults)
    take_primary_flag(primaries)
    _number(Account, accounts)
    copy_in(accounts, {"managed_without_end": [managed for _, managed in good]})


def take_default_flag(customer_ids: Collection[int]) -> None:
    """CUS-6: another account becomes the default one of these customers, which the caller has locked."""
    if customer_ids:
        Account.objects.filter(customer_id__in=customer_ids, is_default=True).update(is_default=False)


def take_primary_flag(organization_ids: Collection[int]) -> None:
    """ORG-5: another account becomes the primary one of these organizations."""
    if organization_ids:
        locked = Organization.objects.filter(id__in=organization_ids).order_by("id").select_for_update(no_key=True)
        ids = [organization.id for organization in locked]
        Account.objects.filter(organization_id__in=ids, is_primary=True).update(is_primary=False)
