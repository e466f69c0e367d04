"""Reads of the access tree, of users and keys, and of what they reach."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q, QuerySet

from banyan.organizations.access_scope import NOTHING, AccessScope, current_access_scope
from banyan.organizations.keys import hash_of
from banyan.organizations.models import ApiKey, Membership, Organization, User
from banyan.organizations.roles import Role

WITH_EVERYTHING_BELOW = """
WITH RECURSIVE reached(id, rank) AS (
    SELECT * FROM unnest(%s::bigint[], %s::integer[])
    UNION
    SELECT child.id, reached.rank
    FROM reached JOIN organizations_organization child ON child.parent_id = reached.id
)
SELECT id, max(rank) FROM reached GROUP BY id
"""


def organizations(q: str | None = None) -> QuerySet[Organization]:
    """The organizations that are reached; with `q` those whose code begins with it or whose name holds it."""
    rows = Organization.reachable.all()
    return rows.filter(Q(code__istartswith=q) | Q(name__icontains=q)) if q else rows


def home_organization() -> int | None:
    """Where an account goes that is opened without saying where: the root for who reaches everything.

    None when the caller reaches several organizations of which none is above the others.
    """
    scope = current_access_scope()
    return (
        Organization.objects.values_list("pk", flat=True).filter(parent=None).first()
        if scope.everywhere
        else scope.home
    )


def users(q: str | None = None) -> QuerySet[User]:
    """Users; with `q` those whose name or e-mail holds it."""
    rows = User.objects.all()
    return rows.filter(Q(name__icontains=q) | Q(email__icontains=q)) if q else rows


def find_user(email: str) -> User | None:
    """The user with the e-mail address, in whatever case it is written."""
    return User.objects.filter(email__iexact=email).first()


def memberships_of(user_id: int) -> QuerySet[Membership]:
    """A user's memberships with their organizations."""
    return Membership.objects.select_related("organization").filter(user=user_id)


def api_keys() -> QuerySet[ApiKey]:
    """Every key with its organizations, oldest first, also those that are revoked."""
    return ApiKey.objects.prefetch_related("organizations").order_by("id")


def find_api_key(key: str) -> ApiKey | None:
    """API-1: the row of a key given in plain text, None when there is none or it is revoked."""
    return ApiKey.objects.filter(key_hash=hash_of(key), revoked_at__isnull=True).first()


def organization_ids(codes: Iterable[str]) -> dict[str, int]:
    """The organizations behind codes; those that name none are left out."""
    return dict(Organization.objects.filter(code__in=list(codes)).values_list("code", "id"))


def access_scope_of_key(key: ApiKey) -> AccessScope:
    """What a key reaches (API-1)."""
    role = Role(key.role)
    return _reach([(number, parent, role) for number, parent in key.organizations.values_list("id", "parent_id")])


def access_scope_of_user(user: User) -> AccessScope:
    """What a user reaches (ORG-3); nothing when inactive."""
    if not user.active:
        return NOTHING
    held = user.memberships.values_list("organization_id", "organization__parent_id", "role")
    return _reach([(number, parent, Role(role)) for number, parent, role in held])


def _reach(held: list[tuple[int, int | None, Role]]) -> AccessScope:
    """The reach of roles in organizations: (organization, its parent, role). A role in the root needs no list."""
    in_root = next(((number, role) for number, parent, role in held if parent is None), None)
    further = [(number, role) for number, parent, role in held if parent is not None]
    roles = _with_everything_below(further) if further else {}
    if in_root is not None:
        root, everywhere = in_root
        return AccessScope(everywhere, roles, root)
    tops = [number for number, parent, _ in held if parent not in roles]
    return AccessScope(None, roles, tops[0] if len(tops) == 1 else None)


def _with_everything_below(held: list[tuple[int, Role]]) -> dict[int, Role]:
    ranked = list(Role)
    with connection.cursor() as cursor:
        cursor.execute(WITH_EVERYTHING_BELOW, [[number for number, _ in held], [role.rank for _, role in held]])
        return {number: ranked[rank] for number, rank in cursor.fetchall()}
