"""Rename an organization, or move it with everything below it (ORG-1)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.models import Organization
from banyan.organizations.tree import (
    check_code,
    check_name,
    lock_organization_tree,
    locked,
    organization_or_problem,
    with_all_above,
)


@transaction.atomic
def update_organization(organization_id: int, changes: Mapping[str, Any]) -> Organization:
    """Change `name`, `code` or `parent`. Refused (ORG-1): below itself, a second root, another place for the root."""
    lock_organization_tree()
    organization = locked(Organization, organization_id)
    problems = Problems()
    if "name" in changes:
        check_name(changes["name"], problems)
    if "code" in changes:
        check_code(changes["code"], problems, organization_id)
    if "parent" in changes:
        _check_parent(organization, changes["parent"], problems)
    problems.raise_if_any()
    for field in ("name", "code"):
        setattr(organization, field, changes.get(field, getattr(organization, field)))
    organization.parent_id = changes.get("parent", organization.parent_id)
    organization.save(update_fields=["name", "code", "parent"])
    return organization


def _check_parent(organization: Organization, parent: int | None, problems: Problems) -> None:
    if parent == organization.parent_id:
        return
    if organization.parent_id is None:
        message = f"{organization} is the root: everything else is below it, so it can't be moved."
        problems.add("parent", "root", message, "ORG-1", parent, Kind.CONFLICT)
    elif parent is None:
        message = "There is one root already; give the organization that this one is to be below."
        problems.add("parent", "required", message, "ORG-1")
    elif organization_or_problem(parent, "parent", "ORG-1", problems) and organization.pk in with_all_above(parent):
        message = f"That is {organization} itself or below it; choose an organization elsewhere in the tree."
        problems.add("parent", "cycle", message, "ORG-1", parent, Kind.CONFLICT)
