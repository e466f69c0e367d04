"""Files of organizations (ORG-1)."""

from banyan.organizations.actions.create_organization import create_organization
from banyan.transfer.columns import Column, ImportKind, one_by_one

ORGANIZATIONS = ImportKind(
    name="organizations",
    explained="The access tree.",
    columns=(
        Column("code", "unique; accounts refer to it", required=True),
        Column("name", "what people call it", required=True),
        Column("parent", "code of the organization above; default the root", refers_to="organization"),
    ),
    write=one_by_one(lambda record: create_organization(**record.fields())),
    names={"organization": "code"},
)
