"""Further contacts of accounts, and notes about them."""

from datetime import datetime
from typing import Annotated

from banyan.api.bodies import Body
from banyan.api.fields import Answer, ContactCategoryId, not_named, text


class NewContactCategory(Body):
    """ACC-12."""

    name: Annotated[str, text(200, 1)]


class ContactCategoryChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(200, 1)] = not_named()


class ContactCategoryAnswer(Answer):
    """ACC-12."""

    id: str
    name: str


class NewContact(Body):
    """ACC-12: with a name or an e-mail; without a category it is in the first one."""

    name: Annotated[str, text(200)] | None = None
    email: Annotated[str, text(254)] | None = None
    phone: Annotated[str, text(50)] | None = None
    category: ContactCategoryId | None = None


class ContactChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(200)] | None = None
    email: Annotated[str, text(254)] | None = None
    phone: Annotated[str, text(50)] | None = None
    category: ContactCategoryId = not_named()


class ContactAnswer(Answer):
    """ACC-12."""

    id: str
    account: str
    category: str
    name: str | None
    email: str | None
    phone: str | None
    created_at: datetime


class NoteText(Body):
    """ACC-12: what is to be remembered about an account."""

    text: Annotated[str, text(20_000)]


class NoteAnswer(Answer):
    """ACC-12: a note with who wrote it, and when."""

    id: str
    account: str
    text: str
    author: str
    at: datetime
