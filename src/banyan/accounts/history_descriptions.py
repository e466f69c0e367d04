"""The history as people are told it (ACC-16): fields as clients name them, public ids instead of row numbers."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.foundation.models import HistoryEntry
from banyan.kernel.calendar import last_day
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import PREFIXES, encode_id
from banyan.kernel.money import amount_text

SETTING = "setting"
_REFERENCES = {
    "account_id": "account",
    "customer_id": "customer",
    "owner_id": "owner",
    "organization_id": "organization",
    "bill_cycle_id": "bill_cycle",
    "category_id": "account_category",
    "type_id": "account_type",
    "payment_term_id": "payment_term",
    "product_id": "product",
    "meter_id": "meter",
    "user_id": "user",
    "apikey_id": "api_key",
    "contract_id": "contract",
    "payer_id": "customer",
    "subscription_id": "subscription",
    "responsible_account": "account",
}
_WITHIN = {
    "who_pays": {"customer": "customer", "group": "subscription_group"},
    "item": {"id": "subscription_item", "price": "price"},
}
"""What the parts of a value refer to that has several: {field: {part: kind}}."""
_SEVERAL = {"members": "subscription"}
"""What each element of a value refers to that is a list."""
_NAMED_BY = {SETTING: "key", "usage_event": "event_id"}
"""What is known by a name instead of an id, and the field that has it."""
_PARENTS = ("parent", "parent_id")
_CONTACT = {"contact_name": "name", "contact_email": "email", "contact_phone": "phone"}
_FIRST_DAYS_AFTER = {"ends_before": "end_date", "end_date": "end_date"}
"""Columns that hold the first day of what follows, and the field that tells the last day (DAT-1). One was called by the
name of the field once."""
AMOUNTS = frozenset(("minimum_invoice_amount", "amount"))
"""Fields that are money, in the currency of the account that they are about (MON-1)."""


def referred(kind: str, every: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, set[int]]:
    """The row numbers of what changes of something of `kind` refer to, by kind."""
    found: dict[str, set[int]] = {}
    for changes in every:
        for column, pair in changes.items():
            for value in pair:
                for to, number in _references(kind, column, value):
                    found.setdefault(to, set()).add(number)
    return found


def describe_changes(
    kind: str, changes: Mapping[str, Sequence[Any]], hidden: Mapping[str, Iterable[int]], currency: str | None = None
) -> dict[str, list[Any]]:
    """{field: [old, new]} of an entry; what refers to something `hidden` (row numbers by kind) is null, and left out of
    lists. Amounts are in `currency` (see currencies_of), with its decimals."""
    return {
        _field(column): [
            _amount(value, currency) if column in AMOUNTS else _value(kind, column, value, hidden) for value in pair
        ]
        for column, pair in changes.items()
    }


def _amount(value: Any, currency: str | None) -> str | None:
    if value is None:
        return None
    amount = Decimal(str(value))
    return decimal_text(amount) if currency is None else amount_text(amount, currency)


def describe_subjects(entries: Iterable[HistoryEntry]) -> dict[tuple[str, int], str | None]:
    """What entries are about, by kind and row number: a public id, the key of a setting, None where there is none."""
    about = {(entry.subject_kind, entry.subject_id) for entry in entries}
    names: dict[tuple[str, int], str] = {}
    for kind, field in _NAMED_BY.items():
        numbers = {number for other, number in about if other == kind}
        made = HistoryEntry.objects.filter(subject_kind=kind, subject_id__in=numbers, action="created")
        found = made.values_list("subject_id", f"changes__{field}__1") if numbers else ()
        names |= {(kind, number): name for number, name in found}
    return {
        (kind, number): encode_id(kind, number) if kind in PREFIXES else names.get((kind, number))
        for kind, number in about
    }


def _references(kind: str, column: str, value: Any) -> Iterator[tuple[str, int]]:
    if value is None:
        return
    if column in _SEVERAL:
        yield from ((_SEVERAL[column], number) for number in value)
    elif column in _WITHIN:
        yield from ((to, value[part]) for part, to in _WITHIN[column].items() if value[part] is not None)
    elif to := _reference_of(kind, column):
        yield to, value


def _reference_of(kind: str, column: str) -> str | None:
    return kind if column in _PARENTS else _REFERENCES.get(column)


def _field(column: str) -> str:
    if column in _CONTACT:
        return f"primary_contact.{_CONTACT[column]}"
    if column in _FIRST_DAYS_AFTER:
        return _FIRST_DAYS_AFTER[column]
    return column.removesuffix("_id") if column in _REFERENCES or column in _PARENTS else column


def _value(kind: str, column: str, value: Any, hidden: Mapping[str, Iterable[int]]) -> Any:
    if value is None:
        return None
    if column in _FIRST_DAYS_AFTER:
        return last_day(date.fromisoformat(value)).isoformat()
    if column in _SEVERAL:
        told = (_told(_SEVERAL[column], column, number, hidden) for number in value)
        return [one for one in told if one is not None]
    if column in _WITHIN:
        return {part: _told(_WITHIN[column].get(part), part, each, hidden) for part, each in value.items()}
    return _told(_reference_of(kind, column), column, value, hidden)


def _told(reference: str | None, name: str, value: Any, hidden: Mapping[str, Iterable[int]]) -> Any:
    if value is None or (reference is not None and value in hidden.get(reference, ())):
        return None
    if reference is not None:
        return encode_id(reference, value)
    return decimal_text(Decimal(value)) if name == "quantity" or isinstance(value, Decimal) else value
