"""Keep in the history what is no change of a row: that somebody signed in, that a link was made."""

from collections.abc import Mapping
from typing import Any

from banyan.foundation.models import HistoryEntry


def note_in_history(kind: str, number: int, action: str, facts: Mapping[str, Any]) -> None:
    """An entry of the history of row `number` of `kind`, by whoever acts now. Facts are told as values that came up;
    a secret is none of them."""
    HistoryEntry.objects.create(
        subject_kind=kind,
        subject_id=number,
        action=action,
        changes={name: [None, value] for name, value in facts.items() if value not in (None, "")},
    )
