"""Delete an organization that nothing needs any more (ORG-4)."""

from django.db import transaction
from django.db.models import PROTECT, ForeignKey

from banyan.kernel.refusals import conflict
from banyan.organizations.models import Organization
from banyan.organizations.tree import keep_tree_still, locked


@transaction.atomic
def delete_organization(organization_id: int) -> None:
    """The organization is gone, and with it the memberships in it; a key that had only it opens nothing any more.

    Refused: with accounts or children (ORG-4), the root (ORG-1).
    """
    keep_tree_still()
    organization = locked(Organization, organization_id)
    if in_the_way := _in_the_way(organization):
        message = f"{organization} has {in_the_way}; move or delete them first."
        raise conflict("id", "not_empty", message, "ORG-4", in_the_way)
    if organization.parent_id is None:
        raise conflict("id", "root", f"{organization} is the root, and there is always one.", "ORG-1", organization_id)
    organization.delete()


def _in_the_way(organization: Organization) -> str:
    """What refers to the organization: 3 accounts, 1 organization. Accounts are a table of a package that comes later."""
    counts = []
    for relation in Organization._meta.related_objects:
        if isinstance(relation.field, ForeignKey) and relation.on_delete is PROTECT:
            words = relation.related_model._meta
            count = relation.related_model._base_manager.filter(**{relation.field.name: organization}).count()
            if count:
                counts.append(f"{count:,} {words.verbose_name if count == 1 else words.verbose_name_plural}")
    return ", ".join(counts)
