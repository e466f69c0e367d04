"""Files of organizations (ORG-1)."""

from django.db.models import BooleanField, ExpressionWrapper, IntegerField, Q
from django.db.models.expressions import RawSQL

from banyan.accounts.models import Account
from banyan.kernel.refusals import conflict
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.actions.update_organization import update_organization
from banyan.organizations.models import Organization
from banyan.transfer.cells import YES_OR_NO
from banyan.transfer.columns import Column, FileKind, KnownBy, Record, one_by_one

_DEPTH = RawSQL(
    """(WITH RECURSIVE above(id) AS (
        SELECT organizations_organization.parent_id
        UNION ALL
        SELECT organization.parent_id
        FROM above JOIN organizations_organization organization ON organization.id = above.id
    ) SELECT count(id) FROM above)""",
    (),
    IntegerField(),
)
_IS_ROOT = ExpressionWrapper(Q(parent__isnull=True), BooleanField())


def _create(record: Record) -> None:
    fields = record.fields()
    if fields.pop("root", False):
        _name_root(fields)
    else:
        create_organization(**fields)


def _name_root(fields: dict[str, object]) -> None:
    """Give the root its name and code, while nothing else is there that they could be known from."""
    root = Organization.objects.get(parent=None)
    if Organization.objects.exclude(pk=root.pk).exists() or Account.objects.exists():
        message = f"the tenant works with its root organization {root.code} already; leave this row out"
        raise conflict("root", "root_in_use", message, "ORG-1", fields["code"])
    update_organization(root.pk, fields)


ORGANIZATIONS = FileKind(
    name="organizations",
    explained="The access tree.",
    columns=(
        Column("code", "unique; accounts refer to it", required=True),
        Column("name", "what people call it", required=True),
        Column("parent", "code of the organization above; default the root", refers_to="organization"),
        Column("root", "true: names the root that a new tenant comes with; default false", YES_OR_NO, source=_IS_ROOT),
    ),
    known_by=KnownBy(("code",)),
    rows=lambda view: [Organization.objects.order_by(_DEPTH, "code")],
    write=one_by_one(_create),
    names={"organization": "code"},
)
