"""Files of dated relations: who belongs to whom and who is invoiced, from which day on (REL-1)."""

from dataclasses import replace
from datetime import date

from banyan.kernel.refusals import Refusal, invalid
from banyan.relations.actions.assign_responsible_account import assign_responsible_account
from banyan.relations.actions.remove_account_parent import remove_account_parent
from banyan.relations.actions.remove_responsible_account import remove_responsible_account
from banyan.relations.actions.set_account_parent import set_account_parent
from banyan.reorganizations.actions.detach_customer import detach_customer
from banyan.reorganizations.actions.move_customer import move_customer
from banyan.transfer.cells import DATE, one_of
from banyan.transfer.columns import Column, ImportKind, Record, one_by_one
from banyan.transfer.queries import REFERENCES, ids_by_text

_BETWEEN = {"customer_parent": "customer", "account_parent": "account", "responsible_account": "account"}
_COLUMN_OF = {"parent": "target", "responsible_account": "target", "id": "subject"}


def _relate(record: Record) -> None:
    """Set or end the relation that a row names; what is refused is told by the file's columns."""
    relation, day = record.get("relation"), record.get("effective_date")
    subject = _id_of(_BETWEEN[relation], record, "subject")
    target = _id_of(_BETWEEN[relation], record, "target") if record.get("target") else None
    _refuse_children(record)
    try:
        if target is None:
            _end(relation, subject, day)
        else:
            _set(relation, subject, target, day, record.get("children") or "move")
    except Refusal as refusal:
        problems = (replace(each, field=_COLUMN_OF.get(each.field, each.field)) for each in refusal.problems)
        raise Refusal(problems, refusal.kind) from None


def _set(relation: str, subject: int, target: int, day: date | None, children: str) -> None:
    if relation == "customer_parent":
        move_customer(subject, target, day)
    elif relation == "account_parent":
        set_account_parent(subject, target, day, children)
    else:
        assign_responsible_account(subject, target, day)


def _end(relation: str, subject: int, day: date | None) -> None:
    if relation == "customer_parent":
        detach_customer(subject, day)
    elif relation == "account_parent":
        remove_account_parent(subject, day)
    else:
        remove_responsible_account(subject, day)


def _refuse_children(record: Record) -> None:
    """AHI-4: only an account that gets another parent can leave its children behind."""
    is_move = record.get("relation") == "account_parent" and record.get("target")
    if record.get("children") and not is_move:
        raise invalid("children", "not_applicable", "children is for an account_parent with a target", "AHI-4")


def _id_of(kind: str, record: Record, column: str) -> int:
    text = record.get(column)
    ids = ids_by_text(kind, [text])
    if text not in ids:
        raise invalid(column, "unknown", f"there is no {REFERENCES[kind].words} {text!r}")
    return ids[text]


RELATIONS = ImportKind(
    name="relations",
    explained="Relations from a day on. The past stays as it was.",
    columns=(
        Column("relation", "which one", one_of(*_BETWEEN), required=True),
        Column("subject", "number of the customer (customer_parent) or account that belongs", required=True),
        Column("target", "number of the customer or account it belongs to; blank ends the relation"),
        Column("effective_date", "first day, default today", DATE),
        Column("children", "of an account_parent: they `move` along (default) or `stay`", one_of("move", "stay")),
    ),
    write=one_by_one(_relate),
    once=("relation", "subject", "effective_date"),
)
