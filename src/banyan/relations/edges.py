"""The one place that writes the edges of REL-1.

A change on a day replaces what held on that day and what was to hold later; the days before it are never touched.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.db import IntegrityError, connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import QuerySet

from banyan.kernel.refusals import conflict
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
    "customer_hierarchy_has_no_cycle": "REL-2",
    "customer_hierarchy_is_at_most_10_deep": "CHI-2",
    "account_hierarchy_has_no_cycle": "REL-2",
    "account_parent_has_the_same_owner": "OWN-3",
    "responsible_account_has_the_same_owner_currency_and_cycle": "BHI-2",
    "responsible_accounts_make_no_chain": "BHI-2",
    "linked_account_keeps_its_currency_and_cycle": "BHI-6",
}


def lock(relation: Relation) -> None:
    """Let no other transaction change relations of this kind until this one ends: what is checked stays true."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT banyan_lock_relation(%s)", [relation.name])


def edges_from(relation: Relation, subject: int, day: date) -> QuerySet[Any]:
    """The edges of the subject that hold on the day or later, earliest first."""
    edges: QuerySet[Any] = relation.model._default_manager.filter(**{relation.subject: subject})
    return edges.filter(during__overlap=DateRange(day, None)).order_by("during")


def set_edge(relation: Relation, subject: int, target: int, effective: date) -> bool:
    """From `effective` on the subject is linked to the target; False when that was so already."""
    edges = list(edges_from(relation, subject, effective))
    if len(edges) == 1 and _links(relation, edges[0], target) and _is_open_on(edges[0], effective):
        return False
    first = edges[0] if edges else None
    if first is not None and _links(relation, first, target) and first.during.lower <= effective:
        _drop(edges[1:])
        first.during = DateRange(first.during.lower, None)
        first.save(update_fields=["during"])
        return True
    _end(edges, effective)
    open_edges(relation, [(subject, target, effective)])
    return True


def end_edge(relation: Relation, subject: int, effective: date) -> None:
    """From `effective` on the subject is linked to nobody; refused when it is not linked then (409)."""
    edges = list(edges_from(relation, subject, effective))
    if not edges:
        message = f"Nothing is set from {effective} on, so there is nothing to remove."
        raise conflict(relation.name, "not_linked", message, "REL-1", effective)
    _end(edges, effective)


def open_edges(relation: Relation, links: Sequence[tuple[int, int, date]]) -> None:
    """Link subjects that have no such edge from that day on: (subject, target, first day)."""
    edges: Any = relation.model._default_manager
    edges.bulk_create(
        relation.model(**{relation.subject: subject, relation.target: target}, during=DateRange(first_day, None))
        for subject, target, first_day in links
    )


def hand_over(relation: Relation, old_target: int, new_target: int | None, effective: date) -> None:
    """Who is linked to the old target on `effective` is linked to the new one (None: to nobody) for as long."""
    edges: QuerySet[Any] = relation.model._default_manager.filter(**{relation.target: old_target})
    for edge in list(edges.filter(during__contains=effective)):
        subject, last = getattr(edge, relation.subject), edge.during.upper
        _end([edge], effective)
        if new_target is not None:
            relation.model._default_manager.create(
                **{relation.subject: subject, relation.target: new_target}, during=DateRange(effective, last)
            )


@contextmanager
def refused_by_the_database() -> Iterator[None]:
    """Tell what the database's own guards refuse as the rule that they stand for."""
    try:
        yield
    except IntegrityError as error:
        diagnosis = getattr(error.__cause__, "diag", None)
        rule = _BROKEN_RULES.get(getattr(diagnosis, "constraint_name", None) or "")
        if rule is None or diagnosis is None:
            raise
        raise conflict("effective_date", "refused", f"{diagnosis.message_primary}.", rule) from error


def _links(relation: Relation, edge: Any, target: int) -> bool:
    return bool(getattr(edge, relation.target) == target)


def _is_open_on(edge: Any, day: date) -> bool:
    return edge.during.lower <= day and edge.during.upper is None


def _end(edges: Sequence[Any], effective: date) -> None:
    """Drop the edges that begin on the day or later, let one that began before end there."""
    _drop([edge for edge in edges if edge.during.lower >= effective])
    for edge in edges:
        if edge.during.lower < effective:
            edge.during = DateRange(edge.during.lower, effective)
            edge.save(update_fields=["during"])


def _drop(edges: Sequence[Any]) -> None:
    for edge in edges:
        edge.delete()
