"""The one place that writes the edges of REL-1.

A change on a day replaces what held on that day and what was to hold later; the days before it are never touched.
Changes are made to edges held in memory, each seeing those before it, and written all at once.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property, partial
from typing import Any

from django.db import IntegrityError, connection

from banyan.kernel.refusals import Refusal, conflict
from banyan.relations.models import AccountParent, CustomerParent, ResponsibleAccount


@dataclass(frozen=True)
class Relation:
    """A kind of edges: its table, and the columns of the one it is about and of whom that one is linked to."""

    name: str
    model: type[CustomerParent] | type[AccountParent] | type[ResponsibleAccount]
    subject: str
    target: str

    @cached_property
    def table(self) -> str:
        return self.model._meta.db_table


CUSTOMER_PARENT = Relation("customer_parent", CustomerParent, "customer_id", "parent_id")
ACCOUNT_PARENT = Relation("account_parent", AccountParent, "account_id", "parent_id")
RESPONSIBLE_ACCOUNT = Relation("responsible_account", ResponsibleAccount, "account_id", "responsible_account_id")

_BROKEN_RULES = {
    "customer_hierarchy_has_no_cycle": ("REL-2", "A customer would be above itself."),
    "customer_hierarchy_is_at_most_10_deep": ("CHI-2", "The hierarchy would be more than 10 customers deep."),
    "account_hierarchy_has_no_cycle": ("REL-2", "An account would be above itself."),
    "account_parent_has_the_same_owner": ("OWN-3", "An account and its parent would belong to different owners."),
    "responsible_account_has_the_same_owner_currency_and_cycle": (
        "BHI-2",
        "An account and the one responsible for it would differ in owner, currency or bill cycle.",
    ),
    "responsible_accounts_make_no_chain": ("BHI-2", "A responsible account would be managed itself."),
    "linked_account_keeps_its_currency_and_cycle": ("BHI-6", "A linked account would change currency or bill cycle."),
}
"""What the guards stand for, in words that name no rows: those may be out of the caller's reach."""


NEXT = """
SELECT id, {subject}, {target}, lower(during), upper(during) FROM {table}
WHERE {near} = ANY(%(ids)s) AND (upper_inf(during) OR upper(during) > %(since)s)
"""
# OFFSET keeps the planner from reading the whole table at every level.
ALL = """
WITH RECURSIVE reached(id) AS (
    SELECT unnest(%(ids)s::bigint[])
    UNION
    SELECT edge.{far} FROM reached, LATERAL (
        SELECT {far} FROM {table}
        WHERE {near} = reached.id AND (upper_inf(during) OR upper(during) > %(since)s) OFFSET 0) AS edge
)
SELECT edge.* FROM reached, LATERAL (
    SELECT id, {subject}, {target}, lower(during), upper(during) FROM {table}
    WHERE {near} = reached.id AND (upper_inf(during) OR upper(during) > %(since)s) OFFSET 0) AS edge
"""


def lock(relation: Relation) -> None:
    """Let no other transaction change relations of this kind until this one ends: what is checked stays true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT banyan_lock_relation(%s)", [relation.name])


class Lasting:
    """What holds on the days from `first` up to, not including, `end` (None: open)."""

    __slots__ = ()
    first: date
    end: date | None

    def overlaps(self, first: date, end: date | None) -> bool:
        return (end is None or self.first < end) and (self.end is None or first < self.end)

    def holds_on(self, day: date) -> bool:
        return self.first <= day and (self.end is None or day < self.end)


@dataclass(slots=True, eq=False)
class Edge(Lasting):
    """`subject` is linked to `target` on the days from `first` up to, not including, `end`. Not stored without `id`."""

    id: int | None
    subject: int
    target: int
    first: date
    end: date | None


class HeldEdges:
    """Edges of one kind that hold on `since` or later, as they are after the changes made so far.

    Who changes or checks an edge has it held before (hold_above, hold_below) and the relation locked.
    """

    def __init__(self, relation: Relation, since: date) -> None:
        self._relation = relation
        self._since = since
        self._held: set[int] = set()
        self._of: dict[int, dict[Edge, None]] = defaultdict(dict)
        self._to: dict[int, dict[Edge, None]] = defaultdict(dict)
        self._dropped: set[int] = set()
        self._changed: dict[int, Edge] = {}
        self._taking_back: list[Callable[[], object]] | None = None

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """What the block changes is as it was before if the block is refused."""
        steps: list[Callable[[], object]] = []
        self._taking_back = steps
        try:
            yield
        except Refusal:
            self._taking_back = None
            for step in reversed(steps):
                step()
            raise
        self._taking_back = None

    def hold(self, ids: Collection[int]) -> None:
        """The edges of these."""
        self._read(NEXT, self._relation.subject, self._relation.target, ids)

    def hold_next_below(self, ids: Collection[int]) -> None:
        """The edges to these."""
        self._read(NEXT, self._relation.target, self._relation.subject, ids)

    def hold_above(self, ids: Collection[int]) -> None:
        """The edges of these and of all that are above them, however many levels there are."""
        self._read(ALL, self._relation.subject, self._relation.target, ids)

    def hold_below(self, ids: Collection[int]) -> None:
        """The edges to these and to all that are below them, however many levels there are."""
        self._read(ALL, self._relation.target, self._relation.subject, ids)

    def of(self, subject: int, day: date) -> list[Edge]:
        """The edges of the subject that hold on the day or later, earliest first."""
        edges = (edge for edge in self._of.get(subject, ()) if edge.end is None or day < edge.end)
        return sorted(edges, key=lambda edge: edge.first)

    def to(self, target: int) -> list[Edge]:
        """The edges to the target."""
        return list(self._to.get(target, ()))

    def link(self, subject: int, target: int, day: date, end: date | None = None) -> bool:
        """From the day on, and until the end if there is one, the subject is linked to the target.

        False when that was so already.
        """
        edges = self.of(subject, day)
        first = edges[0] if edges else None
        if first is None or first.target != target or first.first > day:
            self._cut(edges, day)
            self._add(Edge(None, subject, target, day, end))
            return True
        if len(edges) == 1 and first.end == end:
            return False
        self._drop(edges[1:])
        self._let_end(first, end)
        return True

    def unlink(self, subject: int, day: date) -> None:
        """From the day on the subject is linked to nobody; refused when it is not linked then (409)."""
        edges = self.of(subject, day)
        if not edges:
            message = f"Nothing is set from {day} on, so there is nothing to remove."
            raise conflict("effective_date", "not_linked", message, "REL-1", day)
        self._cut(edges, day)

    def hand_over(self, old_target: int, new_target: int | None, day: date) -> None:
        """Who is linked to the old target on the day is linked to the new one (None: to nobody) for as long."""
        for edge in self.to(old_target):
            if edge.holds_on(day):
                last = edge.end
                self._cut([edge], day)
                if new_target is not None:
                    self._add(Edge(None, edge.subject, new_target, day, last))

    def write(self) -> None:
        """Store what changed: dropped edges first, then ends, then new edges, so that nothing overlaps in between."""
        changed = [edge for edge in self._changed.values() if edge.id not in self._dropped]
        new = [edge for edges in self._of.values() for edge in edges if edge.id is None]
        table = self._relation.table
        with connection.cursor() as cursor:
            if self._dropped:
                cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [sorted(self._dropped)])
            if changed:
                cursor.execute(
                    f"UPDATE {table} edge SET during = daterange(lower(edge.during), change.day) "
                    "FROM unnest(%s::bigint[], %s::date[]) AS change(id, day) WHERE edge.id = change.id",
                    [[edge.id for edge in changed], [edge.end for edge in changed]],
                )
        _insert(self._relation, new)

    def _read(self, which: str, near: str, far: str, ids: Collection[int]) -> None:
        """Hold edges with one of these in the column `near`, and, if all are asked for, those that lead on from there.

        The days are asked for by their ends: by overlap, the index of the exclusion constraint could be read for all
        subjects, and is, as long as nobody has counted the rows.
        """
        relation = self._relation
        names = {"table": relation.table, "subject": relation.subject, "target": relation.target}
        near_these = [int(one) for one in sorted(ids)]  # a list has one type; an id may be a kind of int
        values: dict[str, Any] = {"ids": near_these, "since": self._since}
        with connection.cursor() as cursor:
            cursor.execute(which.format(**names, near=near, far=far), values)
            found = [Edge(*row) for row in cursor.fetchall()]
        for edge in found:
            if edge.id is not None and edge.id not in self._held:
                self._held.add(edge.id)
                self._add(edge)

    def _note(self, take_back: Callable[[], object]) -> None:
        if self._taking_back is not None:
            self._taking_back.append(take_back)

    def _add(self, edge: Edge) -> None:
        self._of[edge.subject][edge] = None
        self._to[edge.target][edge] = None
        self._note(partial(self._remove, edge))

    def _remove(self, edge: Edge) -> None:
        del self._of[edge.subject][edge]
        del self._to[edge.target][edge]

    def _cut(self, edges: Sequence[Edge], day: date) -> None:
        """Drop the edges that begin on the day or later, let one that began before end there."""
        self._drop([edge for edge in edges if edge.first >= day])
        for edge in edges:
            if edge.first < day:
                self._let_end(edge, day)

    def _let_end(self, edge: Edge, end: date | None) -> None:
        self._note(partial(setattr, edge, "end", edge.end))
        edge.end = end
        if edge.id is not None and edge.id not in self._changed:
            self._changed[edge.id] = edge
            self._note(partial(self._changed.pop, edge.id))

    def _drop(self, edges: Iterable[Edge]) -> None:
        for edge in edges:
            self._remove(edge)
            self._note(partial(self._add, edge))
            if edge.id is not None:
                self._dropped.add(edge.id)
                self._note(partial(self._dropped.discard, edge.id))


def end_edge(relation: Relation, subject: int, effective: date) -> None:
    """From `effective` on the subject is linked to nobody; refused when it is not linked then (409)."""
    edges = HeldEdges(relation, effective)
    edges.hold([subject])
    edges.unlink(subject, effective)
    edges.write()


def open_edges(relation: Relation, links: Sequence[tuple[int, int, date]]) -> None:
    """Link subjects that have no such edge from that day on: (subject, target, first day)."""
    _insert(relation, [Edge(None, subject, target, first_day, None) for subject, target, first_day in links])


@contextmanager
def refused_by_the_database() -> Iterator[None]:
    """Tell what the database's own guards refuse as the rule that they stand for."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        broken = _BROKEN_RULES.get(getattr(diagnosis, "constraint_name", None) or "")
        if broken is None:
            raise
        rule, message = broken
        raise conflict("effective_date", "refused", message, rule) from error


def _insert(relation: Relation, edges: Sequence[Edge]) -> None:
    if not edges:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {relation.table} ({relation.subject}, {relation.target}, during) "
            "SELECT subject, target, daterange(first, last) "
            "FROM unnest(%s::bigint[], %s::bigint[], %s::date[], %s::date[]) AS edge(subject, target, first, last)",
            [
                [edge.subject for edge in edges],
                [edge.target for edge in edges],
                [edge.first for edge in edges],
                [edge.end for edge in edges],
            ],
        )
