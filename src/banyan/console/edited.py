"""What a form that changes something showed when it was opened (API-7): only what its user changed is written, and
nothing that somebody else changed since then."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core import signing
from django.db.models import Model
from django.http import HttpRequest

from banyan.accounts.history_descriptions import describe_changes
from banyan.console.choices import NONE
from banyan.console.row_fields import RowField
from banyan.foundation.actors import Actor, ActorKind
from banyan.foundation.holding import hold
from banyan.foundation.models import HistoryEntry, Setting
from banyan.organizations.models import User

NAME = "as_opened"
"""The hidden input that holds it."""
SETTINGS = "setting"
NOTHING = "nothing"
_SALT = "banyan.console.as_opened"
_RECENT = 100
"""So many entries of a history are searched for who changed something."""


@dataclass(frozen=True, slots=True)
class Edited:
    """What a form changes: by its kind and row number, as its history names it; settings have no number."""

    kind: str
    number: int | None = None

    def sealed(self, held: Mapping[str, Any]) -> str:
        """What the form shows, by field, to be sent back with it: nobody makes it say anything else."""
        packed = {name: _packed(value) for name, value in held.items()}
        return signing.dumps([self.kind, self.number, packed], salt=_SALT, compress=True)

    def opened(self, text: str) -> dict[str, Any] | None:
        """What the form showed, by field. None where that isn't known: for a form of something else, or of before the
        server's secret was changed."""
        try:
            kind, number, packed = signing.loads(text, salt=_SALT)
        except (signing.BadSignature, ValueError):
            return None
        if (kind, number) != (self.kind, self.number):
            return None
        return {name: _unpacked(value) for name, value in packed.items()}

    def changed_by(self, field: str) -> str | None:
        """The name of whoever changed the field last, as far as the history tells."""
        entries = HistoryEntry.objects.filter(subject_kind=self.kind).order_by("-id")
        if self.kind == SETTINGS:
            entries = entries.filter(subject_id__in=Setting.objects.filter(key=field).values("pk"))
            actors = [entry.by for entry in entries[:1]]
        else:
            of_it = entries.filter(subject_id=self.number or 0)[:_RECENT]
            actors = [entry.by for entry in of_it if _concerns(entry, field)]
        return _called(actors[0]) if actors else None


def editing(request: HttpRequest, kind: str, number: int | None = None) -> Edited:
    """What a form changes, asked for before it is read: whoever sends the form waits for others that do so now."""
    if request.method == "POST":
        hold(kind, number)
    return Edited(kind, number)


def read_by(field: forms.Field, value: Any) -> Any:
    """A value as the field understands it, so that two of them can be compared: what is blank is None, line ends don't
    matter, and a text that can't be read is itself."""
    if isinstance(value, Model):
        value = value.pk
    if isinstance(value, str):
        value = value.replace("\r\n", "\n")
    if isinstance(field, forms.BooleanField):
        return bool(field.to_python(value))
    if value is None or value in ("", [], {}, ()):
        return None
    if isinstance(field, RowField):
        return str(value)
    try:
        read = field.to_python(value)
        if isinstance(field, forms.TypedChoiceField):
            read = field.coerce(read)
    except (forms.ValidationError, ValueError, TypeError):
        return value
    if isinstance(field, forms.MultipleChoiceField):
        return sorted(map(str, read or ()))
    return None if not isinstance(read, int | Decimal) and read in (None, "", [], {}) else read


def describe_value(field: forms.Field, value: Any) -> str:
    """A value in the words that the form has for it."""
    read = read_by(field, value)
    if isinstance(field, forms.BooleanField):
        return "yes" if read else "no"
    if isinstance(field, forms.MultipleChoiceField):
        return ", ".join(_choice(field, one) for one in read or ()) or NOTHING
    if isinstance(field, forms.ChoiceField):
        return _choice(field, value)
    if read is None:
        return NOTHING
    if isinstance(read, Decimal):
        return str(field.prepare_value(read))
    if isinstance(read, list | dict):
        return json.dumps(read, ensure_ascii=False, default=str) if _is_nested(read) else ", ".join(map(str, read))
    return str(read)


def _choice(field: forms.ChoiceField, value: Any) -> str:
    offered: Any = field.choices
    texts = {str(key): str(text) for key, text in offered}
    prepared = field.prepare_value(value)
    name = "" if prepared is None else str(prepared)
    text = texts.get(name, name)
    return NOTHING if text in NONE else text


def _is_nested(read: Any) -> bool:
    return isinstance(read, dict) or any(isinstance(one, list | dict) for one in read)


def _packed(value: Any) -> list[Any]:
    if isinstance(value, Model):
        value = value.pk
    if isinstance(value, Decimal):
        return ["decimal", str(value)]
    if isinstance(value, date):
        return ["day", value.isoformat()]
    return ["", value]


def _unpacked(packed: list[Any]) -> Any:
    kind, value = packed
    if kind == "decimal":
        return Decimal(value)
    return date.fromisoformat(value) if kind == "day" else value


def _concerns(entry: HistoryEntry, field: str) -> bool:
    """`item.12.quantity` is a part of the item 12 that an entry tells of, `primary_contact.name` a field of its own."""
    changed = describe_changes(entry.subject_kind, entry.changes, {})
    first, *rest = field.split(".")
    if rest and rest[0].isdigit():
        return any(side and str(side.get("id")) == rest[0] for side in entry.changes.get(first, ()))
    return field in changed or first in changed


def _called(actor: Actor) -> str:
    user = User.objects.filter(pk=actor.number or 0).first() if actor.kind is ActorKind.USER else None
    return user.name if user else str(actor)
