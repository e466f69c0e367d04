"""The access tree (ORG-1): what its organizations must be like, and who is above whom."""

from typing import TypeVar

from django.db import connection
from django.db.models import Model

from banyan.kernel.refusals import Kind, Problems, unknown
from banyan.organizations.models import Organization

LONGEST_NAME, LONGEST_CODE = 200, 50
Row = TypeVar("Row", bound=Model)

ABOVE = """
WITH RECURSIVE above(id) AS (
    SELECT %s::bigint
    UNION
    SELECT organization.parent_id
    FROM above JOIN organizations_organization organization ON organization.id = above.id
    WHERE organization.parent_id IS NOT NULL
)
SELECT id FROM above
"""


def lock_organization_tree() -> None:
    """Let no other transaction change the tree until this one ends: what is checked stays true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT banyan_lock_organizations()")


def root() -> Organization:
    """The organization that all others are below."""
    return Organization.objects.get(parent=None)


def with_all_above(organization: int) -> set[int]:
    """The organization itself and those above it, up to the root."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [organization])
        return {row[0] for row in cursor.fetchall()}


def locked(model: type[Row], row_id: int) -> Row:
    """The row, locked until the transaction ends; refused when there is none."""
    row = model._default_manager.select_for_update().filter(pk=row_id).first()
    if row is None:
        raise unknown("id", f"There is no such {model._meta.verbose_name}.", row_id)
    return row


def organization_or_problem(number: int, field: str, rule: str, problems: Problems) -> Organization | None:
    """The organization of that number; a problem of the field when there is none."""
    organization = Organization.objects.filter(pk=number).first()
    if organization is None:
        problems.add(field, "unknown", f"There is no such organization: {number}.", rule, number)
    return organization


def check_name(name: object, problems: Problems, rule: str = "ORG-1", longest: int = LONGEST_NAME) -> None:
    """Refuse a name that nobody could read."""
    _check_text("name", name, longest, rule, problems)


def check_code(code: object, problems: Problems, own_id: int = 0) -> None:
    """Refuse a code that is blank, too long or taken."""
    readable = _check_text("code", code, LONGEST_CODE, "ORG-1", problems)
    if readable and Organization.objects.filter(code=code).exclude(pk=own_id).exists():
        problems.add("code", "taken", f"The code {code!r} is taken.", "ORG-1", code, Kind.CONFLICT)


def _check_text(field: str, text: object, longest: int, rule: str, problems: Problems) -> bool:
    if isinstance(text, str) and text.strip() and len(text) <= longest and text.isprintable():
        return True
    message = f"Give a {field} of 1 to {longest} characters, without control characters."
    problems.add(field, "not_a_name", message, rule, str(text)[:80])
    return False
