"""Files of notes about accounts (ACC-12)."""

from banyan.accounts.models import Note
from banyan.customers.actions.write_note import write_note
from banyan.transfer.cells import TIMESTAMP
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

NOTES = FileKind(
    name="notes",
    explained="Notes about accounts. The history tells who brought them in.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("text", "what it says", required=True),
        Column("author", "who wrote it, default who brings it in"),
        Column("at", "when it was written, default now", TIMESTAMP),
    ),
    known_by=KnownBy(("account", "text"), is_unique=False, made_up=("author", "at"), may_differ=True),
    rows=lambda view: [Note.objects.order_by("id")],
    write=one_by_one(
        lambda record: write_note(
            record.get("account"), record.get("text"), author=record.get("author"), at=record.get("at")
        )
    ),
)
