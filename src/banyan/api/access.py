"""What a caller may do with what a request names (ORG-3). What isn't reached is told like what isn't there."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.http import HttpRequest

from banyan.api.fields import UnknownId, id_or_null
from banyan.api.named_ids import NamedId, named_in
from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.refusals import Kind, Problem, Refusal, unknown
from banyan.kernel.texts import shown
from banyan.organizations.access_scope import current_access_scope, in_scope, reachable
from banyan.organizations.kinds import PARTS, SCOPED_MODELS
from banyan.organizations.roles import Role
from banyan.organizations.roles_needed import RELATION_FIELDS, ROLE_TO_RELATE, Needed, changes_something, needed_for

OF_THE_TENANT = frozenset(
    (
        *("owner", "bill_cycle", "payment_term", "account_category", "account_type", "contact_category"),
        *("custom_field", "product", "meter", "price", "tax_rate", "bill_run", "import", "export", "user", "api_key"),
    )
)
"""What everybody in the tenant sees, or what takes the role in the root anyhow."""


def check_access(
    request: HttpRequest, caller: str, kinds_in_path: Mapping[str, str], values: Mapping[str, Any]
) -> None:
    """Refuse (404) what the path names and the caller doesn't reach, and (403) what takes a higher role.

    What query and body name out of reach becomes an UnknownId, so that it is answered like an id of nothing.
    """
    needed = needed_for(request)
    if needed.of_the_tenant:
        _refuse_below(needed.role, current_access_scope().everywhere, caller, "in the root organization")
        return
    _refuse_below(needed.role, current_access_scope().highest_role(), caller, "at most")
    strictest = (
        max(needed.role, ROLE_TO_RELATE, key=lambda role: role.rank) if changes_something(request) else needed.role
    )
    everywhere = current_access_scope().everywhere
    if everywhere and everywhere.includes(strictest):
        return
    in_path = [
        NamedId(kind, "id", values[name], values, name) for name, kind in kinds_in_path.items() if not _is_for_all(kind)
    ]
    in_fields = [named for named in named_in(values) if not _is_for_all(named.kind)]
    organizations = _organizations([*in_path, *in_fields])
    for named in in_path:
        if not _is_reached(organizations[named.kind].get(named.number or 0, ())):
            raise unknown("id", f"There is no such {named.kind.replace('_', ' ')}.", named.number)
    if changes_something(request):
        at_home = [named for named in in_fields if named.number is None and named.kind == "organization"]
        if request.method == "POST" and at_home:
            _refuse_below(needed.role, _role_at_home(), caller, "in the organization it goes to unless told otherwise")
        _refuse_below_where_it_lies([*in_path, *in_fields], organizations, needed, caller)
    for named in in_fields:
        if named.number is not None and not _is_reached(organizations[named.kind].get(named.number, ())):
            named.replace(UnknownId(shown(encode_id(named.kind, named.number)), -named.number))


def ids_in_scope(kind: str, numbers: Iterable[int | None]) -> Collection[int]:
    """Those of the numbers that the caller reaches."""
    return in_scope(SCOPED_MODELS[kind], numbers)


def public_ids_in_scope(kind: str, ids: Iterable[str | None]) -> Collection[str]:
    """Those of the public ids that the caller reaches."""
    numbers = {decode_id(kind, one) for one in ids if one is not None}
    return {encode_id(kind, number) for number in ids_in_scope(kind, numbers)}


def id_if_in_scope(kind: str, number: int | None, within: Collection[int]) -> str | None:
    """The public id of what the caller reaches; nothing for anything else."""
    return id_or_null(kind, number) if number in within else None


def _is_for_all(kind: str) -> bool:
    return kind in PARTS or kind in OF_THE_TENANT


def _organizations(named: Collection[NamedId]) -> dict[str, dict[int, set[int]]]:
    """The organizations that each named thing lies in, by kind and number."""
    by_kind: dict[str, set[int]] = {}
    for each in named:
        by_kind.setdefault(each.kind, set()).update(() if each.number is None else (each.number,))
    return {
        kind: reachable(SCOPED_MODELS[kind]).organizations_of(numbers) if kind in SCOPED_MODELS else {}
        for kind, numbers in by_kind.items()
    }


def _is_reached(organizations: Iterable[int]) -> bool:
    scope = current_access_scope()
    return any(scope.role_in(organization) for organization in organizations)


def _refuse_below_where_it_lies(
    named: Iterable[NamedId], organizations: Mapping[str, Mapping[int, set[int]]], needed: Needed, caller: str
) -> None:
    """Refuse when the role is too low where something that is named lies; what isn't reached isn't there."""
    for each in named:
        there = organizations[each.kind].get(each.number or 0, ())
        roles = sorted(
            (current_access_scope().role_in(one) for one in there), key=lambda role: role.rank if role else -1
        )
        if each.number is not None and any(roles):
            where = f"where {encode_id(each.kind, each.number)} is{', all of it' if needed.in_all else ''}"
            held = roles[0] if needed.in_all else roles[-1]
            _refuse_below(_role_needed(needed, each.field), held, caller, where, each.field)


def _role_at_home() -> Role | None:
    """The role where new accounts go; the action asks who has several such places to name one."""
    scope = current_access_scope()
    return scope.highest_role() if scope.home is None else scope.role_in(scope.home)


def _role_needed(needed: Needed, field: str) -> Role:
    ends = {".".join(field.split(".")[-length:]) for length in (1, 2)}
    return max(needed.role, ROLE_TO_RELATE, key=lambda role: role.rank) if ends & RELATION_FIELDS else needed.role


def _refuse_below(needed: Role, held: Role | None, caller: str, where: str, field: str = "Authorization") -> None:
    if held is not None and held.includes(needed):
        return
    has = f"is {held} {where}" if held else f"has no role {where.removeprefix('at most')}".rstrip()
    message = f"{caller!r} {has}; this takes the role {needed}."
    raise Refusal([Problem(field, "role_too_low", message, "ORG-3", held)], Kind.FORBIDDEN)
