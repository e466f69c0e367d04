"""What the caller reaches (ORG-3): one scope for everything that is read.

The frame of a request says who is asking (`scoped_to`); every row that people see is read by its model's manager
`reachable`, which leaves out what the caller doesn't reach. Our own processes (workers, the command line) reach
everything.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, TypeVar, cast

from django.db.models import BigAutoField, CharField, Exists, Lookup, Manager, Model, OuterRef, Q, QuerySet

from banyan.organizations.roles import Role

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class AccessScope:
    """The role in each organization that is reached; `everywhere` is the role in the root, which holds in all of them.

    `home` is where new accounts go unless told otherwise: the one organization that everything reached is below, None
    where there is no such one.
    """

    everywhere: Role | None = None
    roles: Mapping[int, Role] = field(default_factory=dict)
    home: int | None = None

    @property
    def organizations(self) -> Sequence[int] | None:
        """The organizations that are reached, None for all of them."""
        return None if self.everywhere else sorted(self.roles)

    def role_in(self, organization: int) -> Role | None:
        """The role there, None where it isn't reached."""
        roles = [role for role in (self.everywhere, self.roles.get(organization)) if role]
        return max(roles, key=lambda role: role.rank, default=None)

    def highest_role(self) -> Role | None:
        """The role where it is highest."""
        roles = [role for role in (self.everywhere, *self.roles.values()) if role]
        return max(roles, key=lambda role: role.rank, default=None)

    def with_role(self, needed: Role) -> "AccessScope":
        """That part of it where the role includes the needed one."""
        everywhere = self.everywhere if self.everywhere and self.everywhere.includes(needed) else None
        return AccessScope(everywhere, {number: role for number, role in self.roles.items() if role.includes(needed)})


EVERYTHING = AccessScope(Role.ADMINISTRATOR)
NOTHING = AccessScope()
_current: ContextVar[AccessScope] = ContextVar("access_scope", default=EVERYTHING)
_looking: ContextVar[bool] = ContextVar("looking", default=False)


def current_access_scope() -> AccessScope:
    """What whoever is asking reaches."""
    return _current.get()


@contextmanager
def scoped_to(scope: AccessScope) -> Iterator[None]:
    """What the block reads is limited to that reach."""
    token = _current.set(scope)
    try:
        yield
    finally:
        _current.reset(token)


@contextmanager
def only_shown() -> Iterator[None]:
    """What the block does is shown and taken back (REL-3): it takes no more than to see whom it is about."""
    token = _looking.set(True)
    try:
        yield
    finally:
        _looking.reset(token)


def role_to_act(needed: Role) -> Role:
    """The role that an act takes which takes this one when it is done: where it is only shown, that of who may look."""
    return Role.VIEWER if _looking.get() else needed


def in_scope(model: type[Model], numbers: Iterable[int | None]) -> Collection[int]:
    """Those of the rows of these numbers that the caller reaches; one query, none for who reaches everything."""
    wanted = {number for number in numbers if number is not None}
    if current_access_scope().organizations is None or not wanted:
        return wanted
    return set(reachable(model).filter(pk__in=wanted).values_list("pk", flat=True))


def counted(count: int, one: str, several: str) -> str:
    """So many of something, for who reaches everything; others are told that there are such, not how many: some may be
    out of reach."""
    words = one if count == 1 else several
    return f"{count:,} {words}" if current_access_scope().organizations is None else several


def name_in_scope(row: Model, otherwise: str) -> str:
    """What a message calls a row: by its name if the caller reaches it."""
    return str(row) if in_scope(type(row), [row.pk]) else otherwise


class RowsInScope(QuerySet[Row]):
    """Rows that the caller reaches, and no others."""


@BigAutoField.register_lookup
@CharField.register_lookup
class AnyOf(Lookup):
    """A number or text that is one of some: like `in`, with one parameter however many there are."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*parameters, list(self.rhs))


class Reachable(Manager[Row]):
    """The rows of a model that the caller reaches; `path` leads from a row to its organization, none where it is one.

    `in_several`: it leads to any number of them, such as those of a customer's accounts, and one of them is enough.
    """

    def __init__(self, path: str = "", in_several: bool = False) -> None:
        super().__init__()
        self.path = path
        self.in_several = in_several

    def get_queryset(self) -> RowsInScope[Row]:
        rows: RowsInScope[Row] = RowsInScope(self.model, using=self._db)
        organizations = current_access_scope().organizations
        if organizations is None:
            return rows
        there = {f"{self.path}__id__any_of".lstrip("_"): organizations}
        return rows.filter(Exists(self._every().filter(pk=OuterRef("pk"), **there)) if self.in_several else Q(**there))

    def organizations_of(self, numbers: Collection[int]) -> dict[int, set[int]]:
        """The organizations that each row is in, for everybody; rows that don't exist are left out."""
        found: dict[int, set[int]] = {}
        for number, organization in self._every().filter(pk__in=numbers).values_list("pk", self.path or "pk"):
            found.setdefault(number, set()).add(organization)
        return found

    def _every(self) -> QuerySet[Row]:
        return QuerySet(self.model, using=self._db)


def reachable(model: type[Row]) -> Reachable[Row]:
    """The rows, that the caller reaches, of a model that is known only when it runs; the model has such a manager."""
    return cast(Reachable[Row], model._meta.managers_map["reachable"])
