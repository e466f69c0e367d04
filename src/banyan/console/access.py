"""What a visitor of a page may see and do there (ORG-3). What isn't reached is told like what isn't there."""

from collections.abc import Collection, Mapping

from django.db.models import Model

from banyan.kernel.refusals import Kind, Problem, Refusal, unknown
from banyan.organizations.access_scope import current_access_scope, reachable
from banyan.organizations.kinds import SCOPED_MODELS
from banyan.organizations.roles import Role
from banyan.organizations.roles_needed import RELATION_FIELDS, ROLE_TO_RELATE, Needed, needed_at


def check_address(takes: str, named: Mapping[str, object]) -> None:
    """Refuse (404) what the address names and the visitor doesn't reach, and (403) what takes a higher role.

    `takes` is method and address of the API's: `PUT accounts/*/parent`.
    """
    needed = needed_by(takes)
    held: list[list[Role]] = []
    for model, number in ((SCOPED_MODELS[name], number) for name, number in named.items() if name in SCOPED_MODELS):
        roles = _roles_where(model, number) if isinstance(number, int) else []
        if not roles:
            raise unknown("address", f"There is no such {model._meta.verbose_name}.", number)
        held.append(roles)
    if needed.of_the_tenant or not held:
        _refuse(needed, may(takes))
        return
    for roles in held:
        _refuse(needed, _is_allowed(needed, roles))


def check_role(takes: str, model: type[Model], number: int) -> None:
    """Refuse (403) what takes a higher role where the row lies."""
    needed = needed_by(takes)
    _refuse(needed, may(takes) if needed.of_the_tenant else _is_allowed(needed, _roles_where(model, number)))


def check_named(takes: str, field: str, model: type[Model], number: int | None) -> None:
    """Refuse, at the field that names it, a row that isn't reached, or where the role doesn't allow it; a field that
    ties what is changed to somebody else takes a manager there."""
    if number is None:
        return
    held = _roles_where(model, number)
    if not held:
        raise Refusal([Problem(field, "unknown", f"There is no such {model._meta.verbose_name}.", None, number)])
    needed = needed_by(takes).role
    if field.rpartition(".")[2] in RELATION_FIELDS:
        needed = max(needed, ROLE_TO_RELATE, key=lambda role: role.rank)
    if not any(role.includes(needed) for role in held):
        message = f"This takes the role {needed} there; yours is {max(held, key=lambda role: role.rank)}."
        raise Refusal([Problem(field, "role_too_low", message, "ORG-3", number)], Kind.FORBIDDEN)


def may(takes: str) -> bool:
    """Whether the visitor's role allows it anywhere, or for what is the whole tenant's, in the root."""
    needed, scope = needed_by(takes), current_access_scope()
    held = scope.everywhere if needed.of_the_tenant else scope.highest_role()
    return held is not None and held.includes(needed.role)


def may_with(takes: str, row: Model) -> bool:
    """Whether the visitor's role allows it with that row; asks the database only where the row doesn't say itself in
    which organization it is, and the role in the root doesn't settle it."""
    needed, everywhere = needed_by(takes), current_access_scope().everywhere
    if needed.of_the_tenant or (everywhere is not None and everywhere.includes(needed.role)):
        return may(takes)
    if reachable(type(row)).path == "organization":
        role = current_access_scope().role_in(row.organization_id)  # type: ignore[attr-defined]
        return role is not None and role.includes(needed.role)
    return _is_allowed(needed, _roles_where(type(row), row.pk))


def needed_by(takes: str) -> Needed:
    """What `POST accounts` takes."""
    method, address = takes.split(" ")
    return needed_at(method, address)


def _roles_where(model: type[Model], number: int) -> list[Role]:
    scope = current_access_scope()
    organizations = reachable(model).organizations_of([number]).get(number, set())
    return [role for role in (scope.role_in(each) for each in organizations) if role]


def _is_allowed(needed: Needed, roles: Collection[Role]) -> bool:
    ranked = sorted(roles, key=lambda role: role.rank)
    return bool(ranked) and ranked[0 if needed.in_all else -1].includes(needed.role)


def _refuse(needed: Needed, is_allowed: bool) -> None:
    if not is_allowed:
        where = " for the whole company" if needed.of_the_tenant else ""
        message = f"This takes the role {needed.role}{where}. Ask an administrator for it."
        raise Refusal([Problem("role", "role_too_low", message, "ORG-3")], Kind.FORBIDDEN)
