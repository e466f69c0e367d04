"""Who may bring a kind of file in, and take it out (ORG-3): whose role in the root allows the same over the API.

What a file holds may lie anywhere in the tenant, so the role has to hold in all of it.
"""

from banyan.kernel.refusals import Kind, Problem, Refusal
from banyan.organizations.access_scope import current_access_scope
from banyan.organizations.roles import Role
from banyan.organizations.roles_needed import RELATION_FIELDS, ROLE_TO_RELATE, needed_at
from banyan.transfer.columns import FileKind
from banyan.transfer.kinds import KINDS, kind_named

ADDRESSES = {
    "setting-changes": "settings",
    "contacts": "accounts",
    "notes": "accounts",
    "relations": "accounts/*/parent",
    "subscription-changes": "subscriptions/*/who-pays",
    "usage": "usage-events",
    "account-changes": "accounts",
    "contract-changes": "contracts",
    "product-changes": "products",
    "account-type-changes": "account-types",
    "custom-field-changes": "custom-fields",
}
"""Where the API takes what is in a file, unless at the address that is called like the kind."""


def role_for(kind: FileKind) -> Role:
    """The role that a kind takes; higher where a column relates a row to somebody else (RELATION_FIELDS)."""
    role = needed_at("POST", ADDRESSES.get(kind.name, kind.name)).role
    paths = [column.name.split(".") for column in kind.columns]
    relates = any(".".join(path[-length:]) in RELATION_FIELDS for path in paths for length in (1, 2))
    return max(role, ROLE_TO_RELATE, key=lambda each: each.rank) if relates else role


def may_transfer(kind: FileKind) -> bool:
    """Whether the caller may bring the kind in and take it out."""
    held = current_access_scope().everywhere
    return held is not None and held.includes(role_for(kind))


def kinds_to_transfer() -> list[FileKind]:
    """The kinds that the caller may bring in and take out."""
    return [kind for kind in KINDS.values() if may_transfer(kind)]


def permitted(name: str) -> FileKind:
    """The kind of that name; refused where there is none, and when it is not the caller's to bring in or take out."""
    kind = kind_named(name)
    if not may_transfer(kind):
        message = f"files of {kind.name} take the role {role_for(kind)} in the root organization"
        raise Refusal([Problem("kind", "role_too_low", message, "ORG-3", name)], Kind.FORBIDDEN)
    return kind
