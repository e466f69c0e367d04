"""Change a customer (CUS-*)."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Q

from banyan.accounts.checks import CUSTOMER_FIELDS, check_customer, check_fields, is_blank
from banyan.accounts.custom_fields import held_fields, with_values
from banyan.accounts.models import Customer, CustomSubject
from banyan.accounts.named import check_known, locked
from banyan.accounts.opening import again_when_taken
from banyan.accounts.rows import without_blanks
from banyan.accounts.today import today
from banyan.kernel.refusals import Kind, Problems
from banyan.kernel.texts import control_character_in

_ADDRESSES = ("billing_address", "service_address", "shipping_address")
_EMPTY: Mapping[str, object] = {
    "tax_id_validated": False,
    "phones": [],
    "secondary_emails": [],
}


@again_when_taken
def update_customer(customer_id: int, changes: Mapping[str, object]) -> Customer:
    """Change only what is named, by API field; null empties a field that is optional. The number is fixed (CUS-2)."""
    customer = locked(Customer, customer_id, "customer")
    problems = Problems()
    check_known(changes, CUSTOMER_FIELDS, problems)
    check_fields(CUSTOMER_FIELDS, changes, problems)
    check_customer({name: getattr(customer, name) for name in CUSTOMER_FIELDS} | dict(changes), today(), problems)
    _check_numbers(customer, changes, problems)
    changes = dict(changes)
    if "custom_fields" in changes:
        fields = held_fields()[CustomSubject.CUSTOMER]
        changes["custom_fields"] = with_values(fields, customer.custom_fields, changes["custom_fields"], problems)
    problems.raise_if_any()
    for name, value in changes.items():
        setattr(customer, name, _stored(name, value))
    customer.save(update_fields=list(changes))
    customer.refresh_from_db(fields=["name"])
    return customer


def _stored(name: str, value: Any) -> object:
    if name in _ADDRESSES:
        return without_blanks(value)
    return _EMPTY.get(name) if is_blank(value) else value


def _check_numbers(customer: Customer, changes: Mapping[str, object], problems: Problems) -> None:
    if "number" in changes and changes["number"] != customer.number:
        message = f"The customer's number {customer.number} never changes."
        problems.add("number", "fixed", message, "CUS-2", changes["number"], Kind.CONFLICT)
    external = changes.get("external_number")
    if not isinstance(external, str) or is_blank(external) or control_character_in(external):
        return
    if Customer.objects.filter(~Q(id=customer.id), external_number=external).exists():
        message = f"The number {external!r} is taken; choose another."
        problems.add("external_number", "taken", message, "CUS-2", external, Kind.CONFLICT)
