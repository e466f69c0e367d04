"""Reads of the relations as they are on a day."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from banyan.accounts.models import Account, Customer
from banyan.organizations.access_scope import in_scope
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation
from banyan.relations.models import AccountParent, CustomerParent, ResponsibleAccount

DEEPEST = 10
"""CHI-2: customers from the root to the lowest one."""


class Role(StrEnum):
    """BHI-1: what an account in the billing hierarchy is."""

    RESPONSIBLE = "responsible"
    MANAGED = "managed"


@dataclass(frozen=True, slots=True)
class CustomerHierarchy:
    """CHI-3: `ancestors` nearest first; `depth` is 1 for a root, `height` 1 for a customer without children."""

    ancestors: list[int]
    children: list[int]
    depth: int
    height: int


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One account of a tree; `depth` is 0 for the account that was asked for, whose `parent` is outside the tree."""

    account: int
    number: str
    name: str
    parent: int | None
    depth: int


def targets_on(relation: Relation, subjects: Collection[int], on: date) -> dict[int, int]:
    """Whom each subject is linked to on the day, if anybody."""
    return _pairs(
        f"SELECT {relation.subject}, {relation.target} FROM {relation.table} "
        f"WHERE {relation.subject} = ANY(%s) AND during @> %s::date",
        [list(subjects), on],
    )


def responsible_accounts_on(account_ids: Collection[int], on: date) -> dict[int, int]:
    """BHI-1: the responsible account of each managed account."""
    return targets_on(RESPONSIBLE_ACCOUNT, account_ids, on)


def parent_accounts_on(account_ids: Collection[int], on: date) -> dict[int, int]:
    """AHI-1: the parent of each account that has one."""
    return targets_on(ACCOUNT_PARENT, account_ids, on)


def parent_customers_on(customer_ids: Collection[int], on: date) -> dict[int, int]:
    """CHI-1: the parent of each customer that has one."""
    return targets_on(CUSTOMER_PARENT, customer_ids, on)


def managed_accounts_on(account_id: int, on: date) -> QuerySet[Account]:
    """BHI-1: the accounts in reach that this one is invoiced for, with their customers."""
    links = ResponsibleAccount.objects.filter(responsible_account_id=account_id, during__contains=on)
    return Account.reachable.select_related("customer").filter(pk__in=links.values("account_id"))


def roles_on(account_ids: Collection[int], on: date) -> dict[int, Role]:
    """BHI-1: the accounts that are in a role on the day."""
    ids = list(account_ids)
    responsible = _column(
        "SELECT asked.id FROM unnest(%s::bigint[]) AS asked(id) WHERE EXISTS (SELECT FROM relations_responsibleaccount "
        "WHERE responsible_account_id = asked.id AND during @> %s::date)",
        [ids, on],
    )
    managed = dict.fromkeys(responsible_accounts_on(ids, on), Role.MANAGED)
    return dict.fromkeys(responsible, Role.RESPONSIBLE) | managed


def customer_ancestors(customer_id: int, on: date) -> list[int]:
    """CHI-3: all older relatives, nearest first; the last one is the root."""
    return _column(
        """
        WITH RECURSIVE above(id, generation) AS (
            SELECT %s::bigint, 0
            UNION ALL
            SELECT edge.parent_id, above.generation + 1
            FROM above JOIN relations_customerparent edge ON edge.customer_id = above.id AND edge.during @> %s::date
        )
        SELECT id FROM above WHERE generation > 0 ORDER BY generation
        """,
        [customer_id, on],
    )


def customers_below(customer_id: int, on: date) -> dict[int, int]:
    """The customer itself and everybody below it, with the number of levels between."""
    return _pairs(
        """
        WITH RECURSIVE below(id, levels) AS (
            SELECT %s::bigint, 0
            UNION ALL
            SELECT edge.customer_id, below.levels + 1
            FROM below JOIN relations_customerparent edge ON edge.parent_id = below.id AND edge.during @> %s::date
        )
        SELECT id, levels FROM below ORDER BY levels, id
        """,
        [customer_id, on],
    )


def customer_hierarchy(customer_id: int, on: date) -> CustomerHierarchy:
    """CHI-3: the customer's place on the day among the customers that are reached; others are not counted (ORG-3)."""
    above, below = customer_ancestors(customer_id, on), customers_below(customer_id, on)
    within = {customer_id, *in_scope(Customer, [*above, *below])}
    ancestors = [customer for customer in above if customer in within]
    children = [customer for customer, levels in below.items() if levels == 1 and customer in within]
    return CustomerHierarchy(ancestors, children, len(ancestors) + 1, _height(customer_id, below, within, on))


def _height(customer_id: int, below: Mapping[int, int], within: Collection[int], on: date) -> int:
    """How many of those in reach are above each other from the customer down, itself counted."""
    if below.keys() <= set(within):
        return max(below.values()) + 1
    parents = parent_customers_on(list(below), on)
    heights = {customer_id: 1}
    for customer in sorted(below.keys() - {customer_id}, key=below.__getitem__):
        heights[customer] = heights[parents[customer]] + (customer in within)
    return max(heights.values())


def account_tree(account_id: int, on: date) -> list[TreeRow]:
    """AHI-1: the account and everything below it on the day, root first, siblings by number."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH RECURSIVE tree(id, parent, depth, path) AS (
                SELECT account.id, edge.parent_id, 0, ARRAY[account.number]::text[]
                FROM accounts_account account
                LEFT JOIN relations_accountparent edge ON edge.account_id = account.id AND edge.during @> %s::date
                WHERE account.id = %s
                UNION ALL
                SELECT edge.account_id, edge.parent_id, tree.depth + 1, tree.path || account.number::text
                FROM tree
                JOIN relations_accountparent edge ON edge.parent_id = tree.id AND edge.during @> %s::date
                JOIN accounts_account account ON account.id = edge.account_id
            )
            SELECT tree.id, account.number, account.name, tree.parent, tree.depth
            FROM tree JOIN accounts_account account ON account.id = tree.id ORDER BY tree.path
            """,
            [on, account_id, on],
        )
        return [TreeRow(*row) for row in cursor.fetchall()]


def with_parent(rows: QuerySet[Account], parent_id: int, on: date) -> QuerySet[Account]:
    """AHI-1: those of the accounts that are right below another one on the day."""
    edges = AccountParent.objects.filter(account_id=OuterRef("id"), parent_id=parent_id, during__contains=on)
    return rows.filter(Exists(edges))


def with_responsible_account(rows: QuerySet[Account], responsible_id: int, on: date) -> QuerySet[Account]:
    """BHI-1: those of the accounts that another one is invoiced for on the day."""
    edges = ResponsibleAccount.objects.filter(
        account_id=OuterRef("id"), responsible_account_id=responsible_id, during__contains=on
    )
    return rows.filter(Exists(edges))


def with_role(rows: QuerySet[Account], role: Role | None, on: date) -> QuerySet[Account]:
    """BHI-1: those of the accounts that are in the role on the day; None for those in neither."""
    edges = ResponsibleAccount.objects.filter(during__contains=on)
    responsible = Exists(edges.filter(responsible_account_id=OuterRef("id")))
    managed = Exists(edges.filter(account_id=OuterRef("id")))
    wanted = {Role.RESPONSIBLE: responsible, Role.MANAGED: managed, None: ~responsible & ~managed}
    return rows.filter(wanted[role])


def with_parent_customer(rows: QuerySet[Customer], parent_id: int, on: date) -> QuerySet[Customer]:
    """CHI-1: those of the customers whose parent another one is on the day."""
    edges = CustomerParent.objects.filter(customer_id=OuterRef("id"), parent_id=parent_id, during__contains=on)
    return rows.filter(Exists(edges))


def accounts_below(account_id: int, on: date) -> list[int]:
    """AHI-1: the account and everything below it on the day, nearest first."""
    return _column(
        """
        WITH RECURSIVE below(id, depth) AS (
            SELECT %s::bigint, 0
            UNION ALL
            SELECT edge.account_id, below.depth + 1
            FROM below JOIN relations_accountparent edge ON edge.parent_id = below.id AND edge.during @> %s::date
        )
        SELECT id FROM below ORDER BY depth, id
        """,
        [account_id, on],
    )


def account_tree_in_scope(account_id: int, on: date) -> list[TreeRow]:
    """AHI-1: of that tree what is reached (ORG-3). What is below something else has no parent, and is not that deep."""
    rows = account_tree(account_id, on)
    within = in_scope(Account, [row.account for row in rows])
    if len(within) == len(rows):
        return rows
    depths: dict[int | None, int] = {}
    shown = []
    for row in rows:
        above = depths.get(row.parent, -1)
        depths[row.account] = above + (row.account in within)
        if row.account in within:
            parent = row.parent if row.parent in within or row.account == account_id else None
            shown.append(replace(row, parent=parent, depth=depths[row.account]))
    return shown


def account_roots(account_ids: Collection[int], on: date) -> dict[int, int]:
    """AHI-1: the root of the tree that each account is in; an account without a parent is its own root."""
    return _pairs(
        """
        WITH RECURSIVE above(start, id) AS (
            SELECT start, start FROM unnest(%s::bigint[]) AS start
            UNION ALL
            SELECT above.start, edge.parent_id
            FROM above JOIN relations_accountparent edge ON edge.account_id = above.id AND edge.during @> %s::date
        )
        SELECT start, id FROM above WHERE NOT EXISTS (
            SELECT 1 FROM relations_accountparent edge WHERE edge.account_id = above.id AND edge.during @> %s::date
        )
        """,
        [list(account_ids), on, on],
    )


def managed_links_from(account_ids: Collection[int], since: date) -> list[tuple[int, date, date | None]]:
    """BHI-2: when each account is responsible for others, from `since` on: (account, first day, end or None)."""
    return _links_from("responsible_account_id", account_ids, since)


def responsible_links_from(account_ids: Collection[int], since: date) -> list[tuple[int, date, date | None]]:
    """BHI-2: when each account is managed, from `since` on: (account, first day, end or None)."""
    return _links_from("account_id", account_ids, since)


def _links_from(column: str, account_ids: Collection[int], since: date) -> list[tuple[int, date, date | None]]:
    """Days by their ends, for the reason told in HeldEdges."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {column}, lower(during), upper(during) FROM relations_responsibleaccount "
            f"WHERE {column} = ANY(%s) AND (upper_inf(during) OR upper(during) > %s)",
            [list(account_ids), since],
        )
        return list(cursor.fetchall())


def _column(sql: str, parameters: list[Any]) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [row[0] for row in cursor.fetchall()]


def _pairs(sql: str, parameters: list[Any]) -> dict[int, int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return dict(cursor.fetchall())
