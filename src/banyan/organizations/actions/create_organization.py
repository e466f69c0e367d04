"""Create an organization (ORG-1)."""

from django.db import transaction

from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.models import Organization

_LENGTHS = {"name": 200, "code": 50}


@transaction.atomic
def create_organization(name: str, code: str, parent: int | None = None) -> Organization:
    """A new organization under `parent`, the root organization if none is given; codes are unique."""
    problems = Problems()
    for field, value in (("name", name), ("code", code)):
        if not value.strip() or len(value) > _LENGTHS[field] or not value.isprintable():
            message = f"Give a {field} of 1 to {_LENGTHS[field]} characters, without control characters."
            problems.add(field, "not_a_name", message, "ORG-1", value[:80])
        elif field == "code" and Organization.objects.filter(code=value).exists():
            problems.add("code", "taken", f"The code {value!r} is taken.", "ORG-1", value, Kind.CONFLICT)
    above = Organization.objects.filter(parent=None) if parent is None else Organization.objects.filter(id=parent)
    root_or_parent = above.first()
    if parent is not None and root_or_parent is None:
        problems.add("parent", "unknown", f"There is no such organization: {parent}.", "ORG-1", parent)
    problems.raise_if_any()
    return Organization.objects.create(name=name, code=code, parent=root_or_parent)
