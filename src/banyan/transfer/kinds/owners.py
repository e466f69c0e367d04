"""Files of owners (OWN-2)."""

from django.db.models import BooleanField, Exists, ExpressionWrapper, OuterRef

from banyan.accounts.actions.save_owner import create_owner, update_owner
from banyan.accounts.models import Account, Owner
from banyan.kernel.refusals import conflict
from banyan.transfer.cells import TAX_REGISTRATIONS, YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, address_columns, one_by_one

_IS_FIRST = ExpressionWrapper(~Exists(Owner.objects.filter(id__lt=OuterRef("pk"))), BooleanField())


def _create(record: Record) -> None:
    fields = record.fields()
    if fields.pop("first", False):
        _replace_first(fields)
    else:
        create_owner(fields)


def _replace_first(fields: dict[str, object]) -> None:
    """Let the owner that a new tenant comes with be this one, while no account belongs to it."""
    first = Owner.objects.order_by("id")[0]
    if Account.objects.filter(owner=first).exists():
        message = f"accounts belong to the first owner {first.invoice_prefix} already; leave first blank"
        raise conflict("first", "owner_in_use", message, "OWN-2", fields["invoice_prefix"])
    update_owner(first.pk, fields)


OWNERS = FileKind(
    name="owners",
    explained="Legal entities that sell and issue invoices.",
    columns=(
        Column("invoice_prefix", "unique, begins the invoice numbers; accounts refer to it", required=True),
        Column("legal_name", "as it stands on invoices", required=True),
        *address_columns("address", "address"),
        Column("tax_registrations", "countries and numbers", TAX_REGISTRATIONS),
        Column("base_currency", "ISO 4217, default USD"),
        Column("time_zone", "as in Europe/Berlin, default UTC"),
        Column("language", "default en"),
        Column("tax_rounding", "document or line; default as is usual in the owner's country"),
        Column("tax_date", "supply or invoice, default supply"),
        Column(
            "first",
            "true: takes the place of the owner that a new tenant comes with, which accounts get by default",
            YES_OR_NO,
            source=_IS_FIRST,
        ),
    ),
    known_by=KnownBy(("invoice_prefix",)),
    rows=lambda view: [Owner.objects.order_by("id")],
    write=one_by_one(_create),
)
