"""Files of dated relations: who belongs to whom and who is invoiced, from which day to which (REL-1)."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import DateField, F, Func, QuerySet, Value

from banyan.kernel.refusals import Problem, Refusal
from banyan.relations.actions.assign_responsible_account import assign_responsible_accounts
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT
from banyan.relations.inputs import NewLink
from banyan.reorganizations.actions.move_customer import move_customers
from banyan.subscriptions.actions.set_account_parents import set_account_parents
from banyan.transfer.cells import DATE, one_of
from banyan.transfer.columns import Column, FileKind, Record, View, Written
from banyan.transfer.queries import REFERENCES, ids_by_text

_BETWEEN = {"customer_parent": "customer", "account_parent": "account", "responsible_account": "account"}
_VERBS: dict[str, Callable[[Sequence[NewLink]], list[Refusal | None]]] = {
    "customer_parent": move_customers,
    "account_parent": set_account_parents,
    "responsible_account": assign_responsible_accounts,
}
_COLUMN_OF = {"parent": "target", "responsible_account": "target", "id": "subject"}


def _rows(view: View) -> list[QuerySet[Any]]:
    """Every edge there ever was, or those that hold on a day; in the order of subjects and days."""
    found = []
    for relation in (CUSTOMER_PARENT, ACCOUNT_PARENT, RESPONSIBLE_ACCOUNT):
        subject, target = (column.removesuffix("_id") for column in (relation.subject, relation.target))
        edges = relation.model._default_manager.annotate(
            relation_name=Value(relation.name),
            subject_number=F(f"{subject}__number"),
            target_number=F(f"{target}__number"),
            first_day=Func("during", function="lower", output_field=DateField()),
            end_day=Func("during", function="upper", output_field=DateField()),
        ).order_by("subject_number", "first_day")
        found.append(edges.filter(during__contains=view.on) if view.on else edges)
    return found


def _relate(records: Sequence[Record]) -> Written:
    """Give the rows to the verbs of their relations, kind by kind, in the order in which these are locked."""
    refused: dict[int, Refusal] = {}
    for relation, verb in _VERBS.items():
        positions = [position for position, record in enumerate(records) if record.get("relation") == relation]
        links = _links(relation, {position: records[position] for position in positions}, refused)
        for position, refusal in zip(links, verb(list(links.values())), strict=True):
            if refusal is not None:
                refused[position] = _by_column(refusal)
    return Written(refused)


def _links(relation: str, records: dict[int, Record], refused: dict[int, Refusal]) -> dict[int, NewLink]:
    """What the rows say, by position; those that name nothing or leave what isn't there to its children are refused."""
    kind = _BETWEEN[relation]
    named = {record.get(column) for record in records.values() for column in ("subject", "target")}
    ids = ids_by_text(kind, named - {None})
    links: dict[int, NewLink] = {}
    for position, record in records.items():
        problems = [*_unknown(kind, record, ids), *_not_applicable(record)]
        if problems:
            refused[position] = Refusal(problems)
            continue
        links[position] = NewLink(
            ids[record.get("subject")],
            ids.get(record.get("target")),
            record.get("effective_date"),
            record.get("until"),
            record.get("children") or "move",
        )
    return links


def _unknown(kind: str, record: Record, ids: dict[str, int]) -> list[Problem]:
    texts = {column: record.get(column) for column in ("subject", "target")}
    return [
        Problem(column, "unknown", f"there is no {REFERENCES[kind].words} {text!r}", None, text)
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
        Column("until", "first day on which it no longer holds, default open", DATE, source="end_day"),
        Column(
            "children",
            "of an account_parent: they `move` along (default) or `stay`",
            one_of("move", "stay"),
            only_read=True,
        ),
    ),
    rows=_rows,
    write=_relate,
    dated=True,
    once=("relation", "subject", "effective_date"),
)
