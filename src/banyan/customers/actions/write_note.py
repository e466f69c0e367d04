"""Write, correct or remove a note about an account (ACC-12)."""

from datetime import UTC, datetime, timedelta

from django.db import transaction

from banyan.accounts.models import Account, Note
from banyan.accounts.named import locked_of_account, locked_or_problem
from banyan.foundation.clock import now
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import is_blank
from banyan.foundation.history import current_actor
from banyan.kernel.refusals import Problems, conflict

CORRECTED_WITHIN = timedelta(hours=24)
LONGEST_NOTE = 10_000
LONGEST_AUTHOR = 200
EARLIEST = datetime(1900, 1, 1, tzinfo=UTC)


@transaction.atomic
def write_note(account_id: int, text: str, *, author: str | None = None, at: datetime | None = None) -> Note:
    """A note by whoever is acting, with the time. One that was written elsewhere comes with its author and time."""
    problems = Problems()
    locked_or_problem(Account, account_id, "account", problems)
    _check_text(text, problems)
    if author is not None:
        checks.text(LONGEST_AUTHOR, "ACC-12")("author", author, problems)
    if at is not None and not EARLIEST <= at <= now():
        message = f"{at} is out of range; give when it was written, between {EARLIEST:%Y} and now."
        problems.add("at", "out_of_range", message, "ACC-12", at)
    problems.raise_if_any()
    return Note.objects.create(account_id=account_id, text=text, author=author or str(current_actor()), at=at or now())


@transaction.atomic
def correct_note(account_id: int, note_id: int, text: str) -> Note:
    """Another text; refused but to its author, and after a day: then write another note."""
    note = locked_of_account(Note, account_id, note_id, "note")
    _check_still_open(note)
    problems = Problems()
    _check_text(text, problems)
    problems.raise_if_any()
    note.text = text
    note.save(update_fields=["text"])
    return note


@transaction.atomic
def delete_note(account_id: int, note_id: int) -> None:
    """The note is gone, and the account's history keeps it; refused but to its author, and after a day."""
    note = locked_of_account(Note, account_id, note_id, "note")
    _check_still_open(note)
    note.delete()


def _check_still_open(note: Note) -> None:
    if note.author != str(current_actor()):
        message = f"The note is by {note.author}; write another one."
        raise conflict("text", "another_author", message, "ACC-12", note.author)
    if now() - note.at > CORRECTED_WITHIN:
        message = f"The note is from {note.at:%Y-%m-%d %H:%M} UTC and stands since a day later; write another one."
        raise conflict("text", "note_stands", message, "ACC-12", note.at)


def _check_text(text: str, problems: Problems) -> None:
    if is_blank(text):
        problems.add("text", "required", "A note needs a text.", "ACC-12", text)
    checks.text(LONGEST_NOTE, "ACC-12", lines=True)("text", text, problems)
