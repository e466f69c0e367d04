"""Files of dated relations: who belongs to whom and who is invoiced, from which day to which (REL-1)."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from django.db.models import DateField, F, Func, QuerySet, Value

from banyan.customers.actions.assign_responsible_account import assign_responsible_accounts
from banyan.customers.actions.move_customer import move_customers
from banyan.customers.actions.set_account_parents import set_account_parents
from banyan.foundation.last_days import LastDay
from banyan.kernel.calendar import day_after
from banyan.kernel.refusals import Problem, Refusal
from banyan.kernel.texts import shown
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation
from banyan.relations.inputs import MOVE, STAY, NewLink
from banyan.transfer.cells import DATE, one_of
from banyan.transfer.columns import Column, FileKind, Record, View, Written
from banyan.transfer.further_faults import NO_ROW, tried, with_further_faults
from banyan.transfer.kinds.last_days import end_before_start
from banyan.transfer.queries import REFERENCES, ids_by_text

_BETWEEN = {"customer_parent": "customer", "account_parent": "account", "responsible_account": "account"}
_VERBS: dict[str, Callable[[Sequence[NewLink]], list[Refusal | None]]] = {
    "customer_parent": move_customers,
    "account_parent": set_account_parents,
    "responsible_account": assign_responsible_accounts,
}
_RELATIONS = {relation.name: relation for relation in (CUSTOMER_PARENT, ACCOUNT_PARENT, RESPONSIBLE_ACCOUNT)}
_Days = tuple[int, date, date | None]
_COLUMN_OF = {"parent": "target", "responsible_account": "target", "id": "subject"}


def _rows(view: View) -> list[QuerySet[Any]]:
    """Every edge there ever was, or those that hold on a day; in the order of subjects and days."""
    found = []
    for relation in _RELATIONS.values():
        subject, target = (column.removesuffix("_id") for column in (relation.subject, relation.target))
        edges = relation.model._default_manager.annotate(
            relation_name=Value(relation.name),
            subject_number=F(f"{subject}__number"),
            target_number=F(f"{target}__number"),
            first_day=Func("during", function="lower", output_field=DateField()),
            end_day=LastDay(Func("during", function="upper", output_field=DateField())),
        ).order_by("subject_number", "first_day")
        found.append(edges.filter(during__contains=view.on) if view.on else edges)
    return found


def _relate(records: Sequence[Record]) -> Written:
    """Give the rows to the verbs of their relations, kind by kind, in the order in which these are locked."""
    refused: dict[int, Refusal] = {}
    duplicates = 0
    for relation, verb in _VERBS.items():
        positions = [position for position, record in enumerate(records) if record.get("relation") == relation]
        faulty: dict[int, NewLink] = {}
        given = _links(relation, {position: records[position] for position in positions}, refused, faulty)
        links = _not_there(_RELATIONS[relation], given)
        duplicates += len(given) - len(links)
        for position, refusal in zip(links, verb(list(links.values())), strict=True):
            if refusal is not None:
                refused[position] = _by_column(refusal)
        for position, link in faulty.items():
            more = tried(partial(verb, [link]))
            told = refused[position].problems
            refused[position] = with_further_faults(told, _by_column(more[0]) if more and more[0] else None)
    return Written(refused, duplicates)


def _not_there(relation: Relation, links: dict[int, NewLink]) -> dict[int, NewLink]:
    """The links that are not as they say yet, by position.

    What came after a link is left alone when it is said again. But once one changes a subject, those below it are given
    to the verb as well: that link replaces what was to hold later. One whose children stay changes others, too.
    """
    edges = _edges_of(relation, {link.subject for link in links.values()})
    new: dict[int, NewLink] = {}
    changed: set[int] = set()
    for position, link in links.items():
        if any(each.children == STAY for each in new.values()) or link.subject in changed:
            new[position] = link
        elif not _is_there(link, edges[link.subject]):
            new[position] = link
            changed.add(link.subject)
    return new


def _edges_of(relation: Relation, subjects: set[int]) -> dict[int, list[_Days]]:
    """Whom each of them is linked to from which day until which, None where that is open."""
    rows = relation.model._default_manager.filter(**{f"{relation.subject}__in": subjects})
    days = [Func("during", function=bound, output_field=DateField()) for bound in ("lower", "upper")]
    found: dict[int, list[_Days]] = defaultdict(list)
    for subject, target, first, end in rows.values_list(relation.subject, relation.target, *days):
        found[subject].append((target, first, end))
    return found


def _is_there(link: NewLink, edges: list[_Days]) -> bool:
    day = link.effective_date
    if day is None:
        return False
    if link.target is None:
        is_linked = any(first <= day and (end is None or day < end) for _, first, end in edges)
        return not is_linked and any(end == day for _, _, end in edges)
    return any(
        (target, first) == (link.target, day) and (link.until is None or end == link.until)
        for target, first, end in edges
    )


def _links(
    relation: str, records: dict[int, Record], refused: dict[int, Refusal], faulty: dict[int, NewLink]
) -> dict[int, NewLink]:
    """What the rows say, by position; those that name nothing or leave what isn't there to its children are refused,
    and are `faulty` links, which nobody makes.
    """
    kind = _BETWEEN[relation]
    named = {record.get(column) for record in records.values() for column in ("subject", "target")}
    ids = ids_by_text(kind, named - {None})
    links: dict[int, NewLink] = {}
    for position, record in records.items():
        problems = [*_unknown(kind, record, ids), *_not_applicable(record)]
        if problems:
            refused[position] = Refusal(problems)
        (faulty if problems else links)[position] = NewLink(
            ids.get(record.get("subject"), NO_ROW),
            ids.get(record.get("target"), NO_ROW) if record.get("target") else None,
            record.get("effective_date"),
            day_after(record.get("until")),
            record.get("children") or MOVE,
        )
    return links


def _unknown(kind: str, record: Record, ids: dict[str, int]) -> list[Problem]:
    texts = {column: record.get(column) for column in ("subject", "target")}
    return [
        Problem(column, "unknown", f"there is no {REFERENCES[kind].words} {shown(text)}", None, text)
        for column, text in texts.items()
        if text is not None and text not in ids
    ]


def _not_applicable(record: Record) -> list[Problem]:
    """AHI-4: only an account that gets another parent can leave its children; REL-1: only what begins has an end."""
    problems = []
    if record.get("children") and not (record.get("relation") == "account_parent" and record.get("target")):
        message = "children is for an account_parent with a target"
        problems.append(Problem("children", "not_applicable", message, "AHI-4", record.get("children")))
    if record.get("until") and not record.get("target"):
        message = "without a target the relation ends on its effective_date; leave until blank"
        problems.append(Problem("until", "not_applicable", message, "REL-1", record.get("until")))
    problems += end_before_start(record, "effective_date", "REL-1")
    return problems


def _by_column(refusal: Refusal) -> Refusal:
    """The refusal told by the file's columns."""
    problems = [replace(each, field=_COLUMN_OF.get(each.field, each.field)) for each in refusal.problems]
    return Refusal(problems, refusal.kind)


RELATIONS = FileKind(
    name="relations",
    explained="Relations from a day on. The past stays as it was.",
    columns=(
        Column("relation", "which one", one_of(*_BETWEEN), required=True, source="relation_name"),
        Column(
            "subject",
            "number of the customer (customer_parent) or account that belongs",
            required=True,
            source="subject_number",
        ),
        Column(
            "target", "number of the customer or account it belongs to; blank ends the relation", source="target_number"
        ),
        Column("effective_date", "first day, default today", DATE, source="first_day"),
        Column("until", "last day, default open", DATE, source="end_day"),
        Column(
            "children",
            "of an account_parent: they `move` along (default) or `stay`",
            one_of(MOVE, STAY),
            only_read=True,
        ),
    ),
    rows=_rows,
    repeated="A link that began that day is unchanged, whatever came after it; so is an end that was set that day.",
    write=_relate,
    dated=True,
    once=("relation", "subject", "effective_date"),
)
