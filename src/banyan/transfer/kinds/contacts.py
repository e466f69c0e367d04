"""Files of further contacts of accounts (ACC-12)."""

from banyan.accounts.models import Contact
from banyan.customers.actions.save_contact import create_contact
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, one_by_one


def _create(record: Record) -> None:
    fields = record.fields()
    create_contact(fields.pop("account"), fields)


CONTACTS = FileKind(
    name="contacts",
    explained="Further contacts of accounts, each with a name or an e-mail; the primary one is the account's own.",
    columns=(
        Column("account", "number of the account", required=True, refers_to="account"),
        Column("name", "who it is"),
        Column("email", "e-mail address"),
        Column("phone", "in international form"),
        Column("category", "name of the contact category, default the first one", refers_to="contact_category"),
    ),
    known_by=KnownBy(("account", "name", "email"), is_unique=False, made_up=("category",)),
    rows=lambda view: [Contact.objects.order_by("id")],
    write=one_by_one(_create),
)
