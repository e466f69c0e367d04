"""Create or change an owner (OWN-2)."""

from collections.abc import Mapping
from typing import Any

from banyan.accounts.models import Owner, TaxDateChoice, TaxRoundingChoice
from banyan.accounts.named import check_known, locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import check_fields, is_blank
from banyan.foundation.declared.fields import without_blanks
from banyan.kernel.refusals import Kind, Problems


def _tax_registrations(field: str, value: object, problems: Problems) -> None:
    if not isinstance(value, list | tuple):
        problems.add(field, "not_a_list", "Give a list of objects with country and number.", "OWN-2", value)
        return
    for index, entry in enumerate(value):
        place = f"{field}.{index}"
        if not isinstance(entry, Mapping) or set(entry) != {"country", "number"}:
            message = "Give a tax registration as an object with a country and a number."
            problems.add(place, "not_a_registration", message, "OWN-2", entry)
            continue
        checks.country("OWN-2")(f"{place}.country", entry["country"], problems)
        checks.text(50, "OWN-2")(f"{place}.number", entry["number"], problems)


_CHECKS = {
    "legal_name": checks.text(200, "OWN-2"),
    "address": checks.address("OWN-2"),
    "tax_registrations": _tax_registrations,
    "base_currency": checks.currency("OWN-2"),
    "time_zone": checks.time_zone("OWN-2"),
    "language": checks.language("OWN-2"),
    "invoice_prefix": checks.text(20, "OWN-2"),
    "tax_rounding": checks.choice(TaxRoundingChoice.values, "TAX-4"),
    "tax_date": checks.choice(TaxDateChoice.values, "TAX-1"),
}
_MAY_BE_EMPTY = {"address", "tax_registrations", "tax_rounding"}


def create_owner(given: Mapping[str, object]) -> Owner:
    """Required: legal_name and invoice_prefix, which no other owner has: invoice numbers begin with it (INV-3)."""
    return _save(None, {"legal_name": None, "invoice_prefix": None, **given})


def update_owner(owner_id: int, changes: Mapping[str, object]) -> Owner:
    """Change only what is named."""
    return _save(owner_id, changes)


@retry_on_unique_violation
def _save(owner_id: int | None, given: Mapping[str, object]) -> Owner:
    row = Owner() if owner_id is None else locked(Owner, owner_id, "owner")
    problems = Problems()
    check_known(given, _CHECKS, problems)
    check_fields(_CHECKS, given, problems)
    for name in given.keys() & _CHECKS.keys() - _MAY_BE_EMPTY:
        if is_blank(given[name]):
            problems.add(name, "required", f"Give the owner's {name.replace('_', ' ')}.", "OWN-2")
    prefix = given.get("invoice_prefix")
    others = Owner.objects.exclude(pk=row.pk).values_list("invoice_prefix", flat=True)
    if prefix in set(others):
        message = f"Another owner's invoice numbers begin with {prefix!r}; choose another prefix."
        problems.add("invoice_prefix", "taken", message, "OWN-2", prefix, Kind.CONFLICT)
    problems.raise_if_any()
    for name, value in given.items():
        setattr(row, name, _stored(name, value))
    row.save()
    return row


def _stored(name: str, value: Any) -> object:
    """What is kept of a field: nothing given is an empty address, an empty list, the usual rounding."""
    if name == "address":
        return without_blanks(value) or {}
    if name == "tax_rounding":
        return value or None
    return value or [] if name == "tax_registrations" else value
