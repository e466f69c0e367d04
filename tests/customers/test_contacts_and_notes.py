"""Further contacts of accounts and notes about them, and what the history keeps of both."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from banyan.accounts.actions.create_contact_category import create_contact_category
from banyan.accounts.models import Note
from banyan.accounts.queries import contacts_of, notes_of
from banyan.customers.actions import write_note as notes
from banyan.customers.actions.delete_contact import delete_contact
from banyan.customers.actions.save_contact import create_contact, update_contact
from banyan.customers.actions.write_note import correct_note, delete_note, write_note
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from tests.business import an_account

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("ACC-12")]


@pytest.fixture
def as_ada() -> Iterator[None]:
    with acting_as(Actor.user(1, "Ada")):
        yield


def history_of(account_id: int, field: str) -> list[Any]:
    """What the account's history says about the field, oldest first."""
    entries = HistoryEntry.objects.filter(subject_kind="account", subject_id=account_id).order_by("id")
    return [entry.changes[field] for entry in entries if field in entry.changes]


@pytest.mark.rule("SYS-5")
def test_a_contact_is_in_the_first_category_unless_another_is_given() -> None:
    account, technical = an_account(), create_contact_category("Technical")
    ada = create_contact(account.id, {"name": "Ada", "email": "ada@acme.example", "phone": "+1 415 555 2671"})
    bob = create_contact(account.id, {"email": "bob@acme.example", "category": technical.id})
    assert (ada.category.name, bob.category.name, bob.name) == ("General", "Technical", None)
    assert list(contacts_of(account.id, "bob")) == [bob]


CASES: list[tuple[dict[str, object], set[str]]] = [
    ({}, {"name"}),
    ({"name": " ", "phone": "+1 415 555 2671"}, {"name"}),
    ({"name": "Ada", "email": "nowhere", "phone": "12", "category": 10**9}, {"email", "phone", "category"}),
    ({"name": "Ada", "nickname": "A"}, {"nickname"}),
]


@pytest.mark.parametrize(("given", "fields"), CASES)
def test_everything_that_is_wrong_with_a_contact_is_told_at_once(given: dict[str, object], fields: set[str]) -> None:
    with pytest.raises(Refusal) as refusal:
        create_contact(an_account().id, given)
    assert {problem.field for problem in refusal.value.problems} == fields


@pytest.mark.rule("ACC-16")
def test_the_history_of_an_account_has_its_contacts() -> None:
    account = an_account()
    contact = create_contact(account.id, {"name": "Ada", "email": "ada@acme.example"})
    update_contact(account.id, contact.id, {"email": None})
    delete_contact(account.id, contact.id)
    ada = {"name": "Ada", "phone": None, "category": "General"}
    first, then = {**ada, "email": "ada@acme.example"}, {**ada, "email": None}
    assert history_of(account.id, "contact") == [[None, first], [first, then], [then, None]]


def test_a_contact_of_another_account_is_not_found() -> None:
    contact = create_contact(an_account("One").id, {"name": "Ada"})
    other = an_account("Two").id
    for verb in (lambda: update_contact(other, contact.id, {"name": "Eve"}), lambda: delete_contact(other, contact.id)):
        with pytest.raises(Refusal) as refusal:
            verb()
        assert refusal.value.kind is Kind.UNKNOWN


@pytest.mark.rule("ACC-16")
def test_a_note_has_its_author_and_its_corrections_are_in_the_history(as_ada: None) -> None:
    account = an_account()
    note = write_note(account.id, "Calls back on Monday\nor Tuesday")
    assert note.author == "Ada"
    assert correct_note(account.id, note.id, "Calls back on Friday").text == "Calls back on Friday"
    delete_note(account.id, note.id)
    first, then = "Calls back on Monday\nor Tuesday", "Calls back on Friday"
    assert history_of(account.id, "note") == [[None, first], [first, then], [then, None]]
    assert not notes_of(account.id).exists()


def test_a_note_can_be_corrected_and_removed_by_its_author_only(as_ada: None) -> None:
    account = an_account()
    note = write_note(account.id, "Paid by cheque")
    with acting_as(Actor.user(1, "Bob")):
        for verb in (lambda: correct_note(account.id, note.id, "x"), lambda: delete_note(account.id, note.id)):
            with pytest.raises(Refusal) as refusal:
                verb()
            assert refusal.value.problems[0].code == "another_author"


def test_a_note_stands_a_day_after_it_was_written(as_ada: None, monkeypatch: pytest.MonkeyPatch) -> None:
    account = an_account()
    written = datetime(2026, 3, 1, 9, tzinfo=UTC)
    monkeypatch.setattr(notes, "now", lambda: written)
    note = write_note(account.id, "Paid by cheque")
    monkeypatch.setattr(notes, "now", lambda: written + timedelta(hours=24))
    correct_note(account.id, note.id, "Paid by card")
    monkeypatch.setattr(notes, "now", lambda: written + timedelta(hours=24, seconds=1))
    for verb in (lambda: correct_note(account.id, note.id, "x"), lambda: delete_note(account.id, note.id)):
        with pytest.raises(Refusal) as refusal:
            verb()
        assert refusal.value.problems[0].code == "note_stands"


@pytest.mark.parametrize("text", ["", "  ", "x" * 10_001, "a\x01b"])
def test_a_note_is_a_text(text: str) -> None:
    with pytest.raises(Refusal) as refusal:
        write_note(an_account().id, text)
    assert refusal.value.rule == "ACC-12"


def test_the_database_keeps_the_author_of_a_note(as_ada: None) -> None:
    note = write_note(an_account().id, "Paid by cheque")
    with pytest.raises(IntegrityError), transaction.atomic():
        Note.objects.filter(id=note.id).update(author="Eve")
