"""Delete an organization that nothing needs any more (ORG-4)."""

from collections.abc import Iterator

from django.db import transaction
from django.db.models import PROTECT, ForeignKey

from banyan.foundation.deleting import in_words
from banyan.kernel.refusals import conflict
from banyan.organizations.models import Organization
from banyan.organizations.tree import lock_organization_tree, locked


@transaction.atomic
def delete_organization(organization_id: int) -> None:
    """The organization is gone, and with it the memberships in it; a key that had only it opens nothing any more.

    Refused: with accounts or children (ORG-4), the root (ORG-1).
    """
    lock_organization_tree()
    organization = locked(Organization, organization_id)
    if in_the_way := in_words(_accounts_and_children(organization)):
        message = f"{organization} has {in_the_way}; move or delete them first."
        raise conflict("id", "not_empty", message, "ORG-4", in_the_way)
    if organization.parent_id is None:
        raise conflict("id", "root", f"{organization} is the root, and there is always one.", "ORG-1", organization_id)
    organization.delete()


def _accounts_and_children(organization: Organization) -> Iterator[tuple[int, str]]:
    """What can't be without the organization: how many, of what. The accounts are a table of a package further up."""
    for relation in Organization._meta.related_objects:
        if isinstance(relation.field, ForeignKey) and relation.on_delete is PROTECT:
            words = relation.related_model._meta
            count = relation.related_model._base_manager.filter(**{relation.field.name: organization}).count()
            if count:
                yield count, str(words.verbose_name if count == 1 else words.verbose_name_plural)
