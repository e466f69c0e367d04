"""Trees of accounts and customers as the browser draws them, and as a table for who would rather read (CON-6)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse

from banyan.accounts.models import AccountStatus
from banyan.console.localized import money
from banyan.console.templatetags.console import COLOURS
from banyan.customers.trees import Node, TreeView
from banyan.kernel.ids import encode_id

ANOTHER = {"account": "another account", "customer": "another customer"}
STATUSES = dict(AccountStatus.choices)


@dataclass(frozen=True, slots=True)
class Row:
    """A node as a line of a table: `level` is 1 for a root; `paid_by` who is invoiced, in words."""

    node: Node
    level: int
    address: str
    status: str
    paid_by: Sequence[str]


def as_json(picture: TreeView, kind: str) -> dict[str, Any]:
    """What the browser draws; `kind` is account or customer. `opens` is the page of each, with `nobody` for its id."""
    return {
        "on": picture.on.isoformat(),
        "size": picture.size,
        "opens": address_of(kind, 0),
        "nobody": encode_id(kind, 0),
        "nodes": [_node(node, kind) for node in in_order(picture.nodes)],
        "payers": {
            encode_id(kind, number): {"number": known[0], "name": known[1]} for number, known in picture.payers.items()
        },
    }


def as_rows(picture: TreeView, kind: str) -> list[Row]:
    """The same as a table, each below what it belongs to."""
    levels: dict[int, int] = {}
    rows = []
    for node in in_order(picture.nodes):
        levels[node.id] = levels.get(node.parent or 0, 0) + 1
        status = STATUSES[AccountStatus(node.status)]
        rows.append(Row(node, levels[node.id], address_of(kind, node.id), status, payers_in_words(node, picture, kind)))
    return rows


def payers_in_words(node: Node, picture: TreeView, kind: str) -> list[str]:
    """Who is invoiced for a node: "itself", "Halden Holding AG (HAL-HQ)", "… for 2 of 6 subscriptions"."""
    total = sum(node.payers.values())
    words = []
    for payer, subscriptions in sorted(node.payers.items(), key=lambda pair: (-pair[1], pair[0] or 0)):
        number, name = picture.payers.get(payer or 0, ("", ANOTHER[kind]))
        told = "itself" if payer == node.id else f"{name} ({number})" if number else name
        if len(node.payers) > 1:
            told += f" for {subscriptions} of {total} subscriptions" if subscriptions else " for what else is charged"
        words.append(told)
    return words


def in_order(nodes: Sequence[Node]) -> Iterator[Node]:
    """Each node before those below it, siblings by number."""
    below: dict[int | None, list[Node]] = {}
    for node in sorted(nodes, key=lambda node: node.number, reverse=True):
        below.setdefault(node.parent, []).append(node)
    waiting = below.get(None, [])
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(below.get(node.id, ()))


def address_of(kind: str, number: int) -> str:
    """The page of an account or customer."""
    return reverse(kind, args=[number])


def balances_in_words(balances: Mapping[str, Decimal]) -> str:
    """What is owed, in each currency; 0 where nothing ever was."""
    return " · ".join(money(amount, currency) for currency, amount in sorted(balances.items())) or "0"


def span_of(days: Sequence[date], on: date, today: date) -> tuple[date, date]:
    """The first and the last day of the slider: every change, the day that is shown, and today."""
    return min([*days, on, today]), max([*days, on, today])


def _node(node: Node, kind: str) -> dict[str, Any]:
    return {
        "id": encode_id(kind, node.id),
        "number": node.number,
        "name": node.name,
        "parent": None if node.parent is None else encode_id(kind, node.parent),
        "status": STATUSES[AccountStatus(node.status)],
        "colour": COLOURS[node.status],
        "balance": balances_in_words(node.balances),
        "payers": [
            [None if payer is None else encode_id(kind, payer), subscriptions]
            for payer, subscriptions in sorted(node.payers.items(), key=lambda pair: (-pair[1], pair[0] or 0))
        ],
    }
