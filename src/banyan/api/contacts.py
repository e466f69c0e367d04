"""/contact-categories, /accounts/{id}/contacts, /accounts/{id}/notes."""

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts import queries
from banyan.accounts.actions.create_contact_category import create_contact_category
from banyan.accounts.actions.delete_list_entry import delete_list_entry
from banyan.accounts.actions.update_list_entry import update_list_entry
from banyan.accounts.models import Contact, ContactCategory, Note
from banyan.api.fields import AccountId, ContactCategoryId, ContactId, NoteId
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.contacts import (
    ContactAnswer,
    ContactCategoryAnswer,
    ContactCategoryChanges,
    ContactChanges,
    NewContact,
    NewContactCategory,
    NoteAnswer,
    NoteText,
)
from banyan.api.writes import created, done
from banyan.customers.actions.delete_contact import delete_contact
from banyan.customers.actions.save_contact import create_contact, update_contact
from banyan.customers.actions.write_note import correct_note, delete_note, write_note
from banyan.kernel.ids import encode_id

router = Router()


class ContactCategoryFilters(Paging):
    """ACC-12."""

    q: Search = None
    name: str | None = None


class ContactFilters(Paging):
    """ACC-12."""

    q: Search = None
    category: ContactCategoryId | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None


class NoteFilters(Paging):
    """ACC-12."""

    q: Search = None
    author: str | None = None


@router.get("/contact-categories", response=Page[ContactCategoryAnswer])
def list_contact_categories(request: HttpRequest, query: Query[ContactCategoryFilters]) -> Page[ContactCategoryAnswer]:
    """What contacts are there for."""
    rows = matching(queries.contact_categories(), name=query.name, name__icontains=query.q)
    return page_of(Page[ContactCategoryAnswer], rows, query, {"name": "name"}, each(contact_category_answer))


@router.post("/contact-categories", response={201: ContactCategoryAnswer})
def post_contact_category(request: HttpRequest, body: NewContactCategory) -> Status[ContactCategoryAnswer]:
    """Add a contact category."""
    return created(contact_category_answer(create_contact_category(body.name)))


@router.get("/contact-categories/{contact_category_id}", response=ContactCategoryAnswer)
def get_contact_category(request: HttpRequest, contact_category_id: ContactCategoryId) -> ContactCategoryAnswer:
    """One contact category."""
    return contact_category_answer(found(queries.contact_categories(), contact_category_id))


@router.patch("/contact-categories/{contact_category_id}", response=ContactCategoryAnswer)
def patch_contact_category(
    request: HttpRequest, contact_category_id: ContactCategoryId, body: ContactCategoryChanges
) -> ContactCategoryAnswer:
    """Rename it."""
    return contact_category_answer(update_list_entry(ContactCategory, contact_category_id, body.given()))


@router.delete("/contact-categories/{contact_category_id}", response={204: None})
def delete_contact_category(request: HttpRequest, contact_category_id: ContactCategoryId) -> Status[None]:
    """Delete it; refused while a contact is in it."""
    delete_list_entry(ContactCategory, contact_category_id)
    return done()


@router.get("/accounts/{account_id}/contacts", response=Page[ContactAnswer])
def list_contacts(request: HttpRequest, account_id: AccountId, query: Query[ContactFilters]) -> Page[ContactAnswer]:
    """The account's further contacts; the primary one is the account's own."""
    found(queries.accounts(), account_id)
    rows = matching(
        queries.contacts_of(account_id, query.q),
        category=query.category,
        name=query.name,
        email=query.email,
        phone=query.phone,
    )
    return page_of(Page[ContactAnswer], rows, query, {"created_at": "created_at"}, each(contact_answer))


@router.post("/accounts/{account_id}/contacts", response={201: ContactAnswer})
def post_contact(request: HttpRequest, account_id: AccountId, body: NewContact) -> Status[ContactAnswer]:
    """Add a contact."""
    found(queries.accounts(), account_id)
    return created(contact_answer(create_contact(account_id, body.given())))


@router.get("/accounts/{account_id}/contacts/{contact_id}", response=ContactAnswer)
def get_contact(request: HttpRequest, account_id: AccountId, contact_id: ContactId) -> ContactAnswer:
    """One contact."""
    found(queries.accounts(), account_id)
    return contact_answer(found(queries.contacts_of(account_id), contact_id))


@router.patch("/accounts/{account_id}/contacts/{contact_id}", response=ContactAnswer)
def patch_contact(
    request: HttpRequest, account_id: AccountId, contact_id: ContactId, body: ContactChanges
) -> ContactAnswer:
    """Change what is named."""
    found(queries.accounts(), account_id)
    return contact_answer(update_contact(account_id, contact_id, body.given()))


@router.delete("/accounts/{account_id}/contacts/{contact_id}", response={204: None})
def remove_contact(request: HttpRequest, account_id: AccountId, contact_id: ContactId) -> Status[None]:
    """Remove a contact; the account's history keeps it."""
    found(queries.accounts(), account_id)
    delete_contact(account_id, contact_id)
    return done()


@router.get("/accounts/{account_id}/notes", response=Page[NoteAnswer])
def list_notes(request: HttpRequest, account_id: AccountId, query: Query[NoteFilters]) -> Page[NoteAnswer]:
    """Notes about the account, newest first."""
    found(queries.accounts(), account_id)
    rows = matching(queries.notes_of(account_id, query.q), author=query.author)
    return page_of(Page[NoteAnswer], rows, query, {"at": "at"}, each(note_answer), default="-id")


@router.post("/accounts/{account_id}/notes", response={201: NoteAnswer})
def post_note(request: HttpRequest, account_id: AccountId, body: NoteText) -> Status[NoteAnswer]:
    """Write a note."""
    found(queries.accounts(), account_id)
    return created(note_answer(write_note(account_id, body.text)))


@router.get("/accounts/{account_id}/notes/{note_id}", response=NoteAnswer)
def get_note(request: HttpRequest, account_id: AccountId, note_id: NoteId) -> NoteAnswer:
    """One note."""
    found(queries.accounts(), account_id)
    return note_answer(found(queries.notes_of(account_id), note_id))


@router.patch("/accounts/{account_id}/notes/{note_id}", response=NoteAnswer)
def patch_note(request: HttpRequest, account_id: AccountId, note_id: NoteId, body: NoteText) -> NoteAnswer:
    """Correct a note of one's own, for a day."""
    found(queries.accounts(), account_id)
    return note_answer(correct_note(account_id, note_id, body.text))


@router.delete("/accounts/{account_id}/notes/{note_id}", response={204: None})
def remove_note(request: HttpRequest, account_id: AccountId, note_id: NoteId) -> Status[None]:
    """Remove a note of one's own, for a day; the account's history keeps it."""
    found(queries.accounts(), account_id)
    delete_note(account_id, note_id)
    return done()


def contact_category_answer(row: ContactCategory) -> ContactCategoryAnswer:
    """A contact category as clients see it."""
    return ContactCategoryAnswer(id=encode_id("contact_category", row.id), name=row.name)


def contact_answer(row: Contact) -> ContactAnswer:
    """A contact as clients see it."""
    return ContactAnswer(
        id=encode_id("contact", row.id),
        account=encode_id("account", row.account_id),
        category=encode_id("contact_category", row.category_id),
        name=row.name,
        email=row.email,
        phone=row.phone,
        created_at=row.created_at,
    )


def note_answer(row: Note) -> NoteAnswer:
    """A note as clients see it."""
    return NoteAnswer(
        id=encode_id("note", row.id),
        account=encode_id("account", row.account_id),
        text=row.text,
        author=row.author,
        at=row.at,
    )
