"""The history of customers, accounts and contracts as clients see it (ACC-16): API field names, public ids."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Any

from banyan.api.access import IN_REACH, reached_ids
from banyan.api.fields import decimal_text, id_or_null
from banyan.api.pages import Page, Unsorted, page_of
from banyan.api.schemas.accounts import HistoryEntryAnswer
from banyan.foundation.models import HistoryEntry

_REFERENCES = {
    "account_id": "account",
    "customer_id": "customer",
    "owner_id": "owner",
    "organization_id": "organization",
    "bill_cycle_id": "bill_cycle",
    "category_id": "account_category",
    "type_id": "account_type",
    "payment_term_id": "payment_term",
    "responsible_account": "account",
}
_CONTACT = {"contact_name": "name", "contact_email": "email", "contact_phone": "phone"}
_DECIMALS = frozenset(("minimum_invoice_amount",))


def history_of(kind: str, number: int, paging: Unsorted) -> Page[HistoryEntryAnswer]:
    """Everything that happened to a customer, an account or a contract, newest first."""
    rows = HistoryEntry.objects.filter(subject_kind=kind, subject_id=number)
    return page_of(Page[HistoryEntryAnswer], rows, paging, {}, partial(_answers, kind=kind), default="-id")


def _answers(rows: Sequence[HistoryEntry], kind: str) -> list[HistoryEntryAnswer]:
    references = {**_REFERENCES, "parent": kind}
    within = _referred_in_reach([row.changes for row in rows], references)
    return [
        HistoryEntryAnswer(
            at=row.at, actor=row.actor, action=row.action, changes=_changes(row.changes, references, within)
        )
        for row in rows
    ]


def _referred_in_reach(
    entries: Sequence[Mapping[str, Sequence[Any]]], references: Mapping[str, str]
) -> dict[str, Collection[int]]:
    """What the changes refer to as far as the caller reaches it, by kind; of other kinds everything is."""
    referred: dict[str, set[int]] = {}
    for changes in entries:
        for column, pair in changes.items():
            if (kind := references.get(column)) in IN_REACH:
                referred.setdefault(kind, set()).update(value for value in pair if value is not None)
    return {kind: reached_ids(kind, numbers) for kind, numbers in referred.items()}


def _changes(
    changes: Mapping[str, Sequence[Any]], references: Mapping[str, str], within: Mapping[str, Collection[int]]
) -> dict[str, list[Any]]:
    return {
        _field(column): [_value(references.get(column), column, value, within) for value in pair]
        for column, pair in changes.items()
    }


def _field(column: str) -> str:
    if column in _CONTACT:
        return f"primary_contact.{_CONTACT[column]}"
    return column.removesuffix("_id") if column in _REFERENCES else column


def _value(reference: str | None, column: str, value: Any, within: Mapping[str, Collection[int]]) -> Any:
    if reference in within and value not in within[reference]:
        return None
    if reference is not None:
        return id_or_null(reference, value)
    if column in _DECIMALS and value is not None:
        return decimal_text(Decimal(str(value)))
    return value
