"""What is told of a customer or an account in words: addresses, own fields, the history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django_countries import countries

from banyan.accounts.models import CustomSubject
from banyan.accounts.queries import custom_fields
from banyan.accounts.told_history import reference_of, told_changes
from banyan.console import localized
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import encode_id
from banyan.organizations.kinds import IN_REACH, MODEL_OF_KIND
from banyan.organizations.reach import reached

CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry of the history: what was changed from what to what."""

    entry: HistoryEntry
    changes: Sequence[tuple[str, Any, Any]]


def lines_of_address(address: Mapping[str, str] | None) -> list[str]:
    """An address as it is written on a letter; nothing where there is none."""
    if not address:
        return []
    town = " ".join(address[part] for part in ("postal_code", "city", "state") if address.get(part))
    country = dict(countries).get(address.get("country") or "", "")
    return [line for line in (address.get("line1"), address.get("line2"), town, str(country)) if line]


def custom_values(subject: CustomSubject, held: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """FLD-2: what the tenant's own fields hold, with their labels."""
    if not held:
        return []
    labels = dict(custom_fields().filter(subject=subject, active=True).order_by("label").values_list("key", "label"))
    return [(label, held[key]) for key, label in labels.items() if key in held]


def entries_of(kind: str, number: int) -> QuerySet[HistoryEntry]:
    """ACC-16: what happened to something, newest first."""
    return HistoryEntry.objects.filter(subject_kind=kind, subject_id=number).order_by("-id")


def told_history(kind: str, rows: Sequence[HistoryEntry]) -> list[Told]:
    """The entries, what was changed in words, with the names of what that refers to; what isn't reached is blank."""
    changed = {row.pk: row.changes for row in rows if row.action == CHANGED}
    referred = _referred(kind, changed.values())
    hidden = {to: numbers - set(reached(IN_REACH[to], numbers)) for to, numbers in referred.items() if to in IN_REACH}
    names = {
        encode_id(to, row.pk): str(row)
        for to, numbers in referred.items()
        for row in MODEL_OF_KIND[to]._default_manager.filter(pk__in=numbers - hidden.get(to, set()))
    }
    return [Told(row, _in_words(told_changes(kind, changed.get(row.pk, {}), hidden), names)) for row in rows]


def _in_words(changes: Mapping[str, Sequence[Any]], names: Mapping[str, str]) -> list[tuple[str, Any, Any]]:
    def named(value: Any) -> Any:
        return localized.sentence(names.get(value, value)) if isinstance(value, str) else value

    return [
        (field.replace("_", " "), named(before), named(after)) for field, (before, after) in sorted(changes.items())
    ]


def _referred(kind: str, every: Iterable[Mapping[str, Sequence[Any]]]) -> dict[str, set[int]]:
    """The numbers of what the changes refer to, by kind."""
    found: dict[str, set[int]] = {}
    for changes in every:
        for column, pair in changes.items():
            if to := reference_of(kind, column):
                found.setdefault(to, set()).update(value for value in pair if value is not None)
    return found
