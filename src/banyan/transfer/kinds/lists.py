"""Files of the short lists: account categories, contact categories, payment terms (ACC-7, ACC-11, ACC-12)."""

from banyan.accounts.actions.create_account_category import create_account_category
from banyan.accounts.actions.create_contact_category import create_contact_category
from banyan.accounts.actions.create_payment_term import create_payment_term
from banyan.accounts.models import AccountCategory, ContactCategory, PaymentTerm
from banyan.transfer.cells import WHOLE_NUMBER
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

ACCOUNT_CATEGORIES = FileKind(
    name="account-categories",
    explained="Categories of accounts; a new tenant has Standard.",
    columns=(Column("name", "unique; accounts refer to it", required=True),),
    known_by=KnownBy(("name",)),
    rows=lambda view: [AccountCategory.objects.order_by("name")],
    write=one_by_one(lambda record: create_account_category(**record.fields())),
)

CONTACT_CATEGORIES = FileKind(
    name="contact-categories",
    explained="What contacts are there for; a new tenant has General.",
    columns=(Column("name", "unique; contacts refer to it", required=True),),
    known_by=KnownBy(("name",)),
    rows=lambda view: [ContactCategory.objects.order_by("name")],
    write=one_by_one(lambda record: create_contact_category(**record.fields())),
)

PAYMENT_TERMS = FileKind(
    name="payment-terms",
    explained="When invoices are due; a new tenant has Due on receipt, Net 15, Net 30 and Net 60.",
    columns=(
        Column("name", "unique; accounts refer to it", required=True),
        Column("days", "from the invoice date to the due date", WHOLE_NUMBER, required=True),
    ),
    known_by=KnownBy(("name",)),
    rows=lambda view: [PaymentTerm.objects.order_by("days", "name")],
    write=one_by_one(lambda record: create_payment_term(**record.fields())),
)
