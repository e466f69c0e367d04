"""What pages of imports and of exports have in common: what a file holds in words, a row of the list, how far it is."""

from collections.abc import Sequence
from typing import Any

import django_tables2
from django.http import HttpResponse

from banyan.console.choices import Choices
from banyan.console.confirming import asked
from banyan.console.page import PageRequest
from banyan.console.resources.columns import Number
from banyan.console.tables import ListTable
from banyan.transfer.actions.cancel_transfer import cancel_transfer
from banyan.transfer.models import UNDER_WAY, Export, ExportStatus, Import
from banyan.transfer.roles import kinds_to_transfer
from banyan.transfer.states import Of, time_left

Told = tuple[str, str]
"""What has become of it: the status whose colour that has, and the words."""


def label_of(kind: str) -> str:
    """What a kind is called on pages: `bill-cycles` are Bill cycles."""
    return kind.replace("-", " ").capitalize()


def kinds_to_choose() -> Choices:
    """The kinds that the visitor may bring in and take out."""
    return [(kind.name, label_of(kind.name)) for kind in kinds_to_transfer()]


class TransferTable(ListTable):
    """A list; each of its rows has a page."""

    status = django_tables2.TemplateColumn(template_name="console/transfers/status.html")
    rows = Number("Rows", empty_values=())

    def render_rows(self, record: Import | Export) -> str:
        """Of one that is under way, those done so far."""
        return f"{record.progress.rows if record.status in UNDER_WAY else record.rows:,}"

    def look_up(self, records: Sequence[Any]) -> None:
        """What each holds, and what has become of it, in words."""
        for record in records:
            record.label, record.told = label_of(record.kind), self.told(record)

    def told(self, record: Any) -> Told:
        """What has become of it."""
        raise NotImplementedError


def in_words(of: Import | Export, done: str, doing: str) -> Told:
    """What has become of it: in these words if it is `done` or being done."""
    match of.status:
        case ExportStatus.WAITING:
            return "queued", "Waiting"
        case ExportStatus.RUNNING:
            return "running", doing
        case ExportStatus.DONE:
            return "completed", done
        case ExportStatus.CANCELLED:
            return "cancelled", "Cancelled"
        case _:
            return "failed", of.get_status_display()


def cancelled(request: PageRequest, of: Of, name: str, says: str, address: str) -> HttpResponse:
    """Whether it is to be stopped; then, that it is."""
    question = {
        "question": f"Cancel the {name}?",
        "says": says,
        "text": f"Cancel the {name}",
        "danger": True,
        "back": address,
    }
    return asked(request, question, lambda: cancel_transfer(type(of), of.pk), f"The {name} is cancelled.", address)


def watched(of: Import | Export, words: Told, expected: int | None = None) -> dict[str, Any]:
    """What `transfers/one.html` shows; `expected` are the rows that there will be, if that is known."""
    return {
        "of": of,
        "label": label_of(of.kind),
        "told": words,
        "is_under_way": of.status in UNDER_WAY,
        "percent": int(100 * of.share_done),
        "expected": expected,
        "time_left": time_left(of),
    }
