"""What is told of customers, accounts and subscriptions in words: own fields, the history."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from banyan.accounts.history_descriptions import AMOUNTS, describe_changes, referred
from banyan.accounts.models import CustomSubject
from banyan.accounts.postal import address_lines
from banyan.accounts.queries import custom_fields
from banyan.catalog.models import Price
from banyan.console import localized
from banyan.console.payer_options import MODES
from banyan.console.price_texts import price_text
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import encode_id
from banyan.organizations.access_scope import in_scope
from banyan.organizations.kinds import MODEL_OF_KIND, SCOPED_MODELS

AS_A_WHOLE = ("created", "deleted")
"""What is done with a thing as a whole: its fields are not told one by one."""
USER, ROLE = "user", "membership"
ENTRIES = 50
"""Of a history that is a part of a page so many are shown."""
MOST_MEMBERS = 10
"""Of those who join a group or leave it so many are named."""


CODES = ("status", "step", "mode")
"""Fields that hold a word of the program, such as `awaiting_approval`."""


@dataclass(frozen=True, slots=True)
class DescribedEntry:
    """An entry of the history: what was changed from what to what."""

    entry: HistoryEntry
    changes: Sequence[tuple[str, Any, Any]]

    @property
    def action(self) -> str:
        """What was done, in words."""
        done = self.entry.action.replace("_", " ")
        return f"role {done}" if self.entry.subject_kind == ROLE else done


def custom_values(subject: CustomSubject, held: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """FLD-2: what the tenant's own fields hold, with their labels."""
    if not held:
        return []
    labels = dict(custom_fields().filter(subject=subject, active=True).order_by("label").values_list("key", "label"))
    return [(label, held[key]) for key, label in labels.items() if key in held]


def entries_of(kind: str, number: int) -> QuerySet[HistoryEntry]:
    """ACC-16: what happened to something, newest first."""
    return HistoryEntry.objects.filter(subject_kind=kind, subject_id=number).order_by("-id")


def describe_history(kind: str, rows: Sequence[HistoryEntry], currency: str = "") -> list[DescribedEntry]:
    """The entries, what was changed in words, with the names of what that refers to; what isn't reached is blank.
    Amounts are in the currency."""
    changed = {row.pk: row.changes for row in rows if kind == ROLE or row.action not in AS_A_WHOLE}
    named = referred(kind, changed.values())
    hidden = {
        to: numbers - set(in_scope(SCOPED_MODELS[to], numbers)) for to, numbers in named.items() if to in SCOPED_MODELS
    }
    names = {
        encode_id(to, number): name
        for to, numbers in named.items()
        for number, name in _names(to, numbers - hidden.get(to, set()))
    }
    words = _Words(names, currency)
    return [
        DescribedEntry(
            row, list(_in_words(describe_changes(kind, changed.get(row.pk, {}), hidden, currency or None), words))
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class _Words:
    """What the parts of a history are called, by public id, and the currency of its amounts."""

    names: Mapping[str, str]
    currency: str


def describe_history_of_user(number: int) -> list[DescribedEntry]:
    """The latest of what happened to a user: changes, sign-ins and links, and roles given and taken away."""
    user = list(entries_of(USER, number)[:ENTRIES])
    roles = HistoryEntry.objects.filter(subject_kind=ROLE, changes__user_id__contains=number).order_by("-id")
    told = [*describe_history(USER, user), *describe_history(ROLE, list(roles[:ENTRIES]))]
    return sorted(told, key=lambda each: each.entry.pk, reverse=True)[:ENTRIES]


_CALLED_BY = {"subscription_item": ("price__product",)}
"""Whose names are part of what rows of a kind are called."""


def _names(kind: str, numbers: Collection[int]) -> Iterator[tuple[int, str]]:
    if kind == "price":
        rows = Price.objects.select_related("product").filter(pk__in=numbers)
        yield from ((row.pk, price_text(row)) for row in rows)
    else:
        manager = MODEL_OF_KIND[kind]._default_manager
        called = manager.select_related(*_CALLED_BY.get(kind, ())).filter(pk__in=numbers)
        yield from ((row.pk, str(row)) for row in called)


def _in_words(changes: Mapping[str, Sequence[Any]], words: "_Words") -> Iterator[tuple[str, Any, Any]]:
    for field, (before, after) in sorted(changes.items()):
        if field == "members":
            sides = (("left", before), ("joined", after))
            yield from ((verb, None, _listed(some, words.names)) for verb, some in sides if some)
        else:
            yield field.replace("_", " "), _worded(field, before, words), _worded(field, after, words)


def _listed(some: Sequence[str], names: Mapping[str, str]) -> str:
    first = ", ".join(names.get(one, one) for one in some[:MOST_MEMBERS])
    return first if len(some) <= MOST_MEMBERS else f"{first} and {localized.number(len(some) - MOST_MEMBERS)} more"


def _worded(field: str, value: Any, words: "_Words") -> Any:
    names = words.names
    if value is None or value == "":
        return None
    if field.endswith("address") and isinstance(value, Mapping):
        return ", ".join(address_lines(value))
    if field in CODES:
        return str(value).replace("_", " ")
    if field in AMOUNTS and words.currency:
        return localized.money(Decimal(str(value)), words.currency)
    if field == "who_pays":
        payer = names.get(value["customer"], value["customer"] or "somebody else")
        group = f", in the group {names.get(value['group'], value['group'])}" if value["group"] else ""
        until = f", until {value['until']}" if "until" in value else ""
        return localized.sentence(f"{MODES[value['mode']]}: {payer}{group}{until}")
    if field == "pause":
        return localized.sentence(f"{value['from']} – {value['until'] or 'open'}")
    if field == "item":
        return f"{localized.number(Decimal(value['quantity']))} × {names.get(value['price'], value['price'])}"
    if field.endswith("_at") and (moment := _moment(value)):
        return localized.moment(moment)
    return localized.sentence(names.get(value, value)) if isinstance(value, str) else value


def _moment(value: Any) -> datetime | None:
    """A moment as the history keeps it, None for what is none."""
    try:
        return datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
