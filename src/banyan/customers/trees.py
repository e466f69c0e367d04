"""Trees of accounts or customers as they are drawn on a day: what each owes, its status, who is invoiced for it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import Q

from banyan.accounts.models import Account, Customer
from banyan.customers.queries import payers_on
from banyan.engine.payer import who_pays
from banyan.ledger.queries import balances
from banyan.organizations.access_scope import in_scope
from banyan.relations.edges import ACCOUNT_PARENT, CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, Relation
from banyan.relations.models import ResponsibleAccount
from banyan.relations.queries import (
    account_roots,
    accounts_below,
    customer_ancestors,
    customers_below,
    parent_accounts_on,
    parent_customers_on,
    responsible_accounts_on,
)
from banyan.relations.spans import spans_above
from banyan.subscriptions.models import Subscription

MOST_DRAWN = 3_000
"""A larger tree is drawn from the one that is asked for down, and no further than so many."""

MOST_AROUND = 200
"""Of a change no more than so many are drawn."""

EVER_BELOW = """
WITH RECURSIVE ever(id) AS (
    SELECT unnest(%s::bigint[])
    UNION
    SELECT edge.{subject} FROM ever JOIN {table} edge ON edge.{target} = ever.id
)
SELECT id FROM ever
"""

BOUNDS = """
SELECT day FROM (
    SELECT DISTINCT unnest(ARRAY[lower(during), upper(during)]) AS day FROM {table} WHERE {subject} = ANY(%s)
) AS bound WHERE day IS NOT NULL
"""

PAYER_BOUNDS = """
SELECT day FROM (
    SELECT DISTINCT unnest(ARRAY[lower(choice.during), upper(choice.during)]) AS day
    FROM subscriptions_whopays choice JOIN subscriptions_subscription subscription
    ON subscription.id = choice.subscription_id WHERE subscription.account_id = ANY(%s)
) AS bound WHERE day IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Node:
    """An account or customer of a tree; `parent` is None where nothing above it is drawn.

    `payers` tells who is invoiced (in accounts for accounts, in customers for customers) and for how many of its
    subscriptions; 0 for what else is charged. One that isn't reached is None (ORG-3).
    """

    id: int
    number: str
    name: str
    status: str
    parent: int | None
    balances: Mapping[str, Decimal]
    payers: Mapping[int | None, int]


@dataclass(frozen=True, slots=True)
class TreeView:
    """A tree on a day, root first; `payers` names those who pay: (number, name). `size` counts what isn't drawn too, as
    far as it is reached."""

    on: date
    nodes: Sequence[Node]
    payers: Mapping[int, tuple[str, str]]
    size: int


def tree_with_account(account_id: int, on: date) -> TreeView:
    """The tree that the account is in on the day (AHI-1)."""
    root = account_roots([account_id], on)[account_id]
    drawn, size = _drawn(account_id, root, lambda start: _in_scope(Account, accounts_below(start, on)))
    return tree_of_accounts(drawn, on, size)


def tree_with_customer(customer_id: int, on: date) -> TreeView:
    """The hierarchy that the customer is in on the day (CHI-1)."""
    root = next(reversed(customer_ancestors(customer_id, on)), customer_id)
    drawn, size = _drawn(customer_id, root, lambda start: _in_scope(Customer, customers_below(start, on)))
    return tree_of_customers(drawn, on, size)


def tree_of_accounts(account_ids: Sequence[int], on: date, size: int | None = None) -> TreeView:
    """These accounts, as far as they are reached, and how they belong together."""
    within = in_scope(Account, account_ids)
    rows = {row.pk: row for row in Account.objects.filter(pk__any_of=list(within)).only("number", "name", "status")}
    ids = [number for number in account_ids if number in rows]
    paid = _payers_of_accounts(ids, on)
    named = _named(Account, paid.values())
    parents, owed = parent_accounts_on(ids, on), balances(ids, on)
    nodes = [
        Node(
            id=number,
            number=rows[number].number,
            name=rows[number].name,
            status=rows[number].status,
            parent=parents.get(number) if parents.get(number) in rows else None,
            balances=owed.get(number, {}),
            payers=_only_named(paid[number], named),
        )
        for number in ids
    ]
    return TreeView(on, nodes, named, size or len(nodes))


def tree_of_customers(customer_ids: Sequence[int], on: date, size: int | None = None) -> TreeView:
    """These customers, as far as they are reached: with the status of the default account, what all accounts in reach
    owe, and which customers pay for them."""
    within = in_scope(Customer, customer_ids)
    rows = {row.pk: row for row in Customer.objects.filter(pk__any_of=list(within)).only("number", "name")}
    ids = [number for number in customer_ids if number in rows]
    accounts = list(Account.objects.filter(customer__id__any_of=ids).only("customer_id", "status", "is_default"))
    customer_of = {account.pk: account.customer_id for account in accounts}
    paid = _payers_of_customers(customer_of, on)
    named = _named(Customer, paid.values())
    status = {account.customer_id: account.status for account in accounts if account.is_default}
    owed = _added_up(balances(in_scope(Account, customer_of), on), customer_of)
    parents = parent_customers_on(ids, on)
    nodes = [
        Node(
            id=number,
            number=rows[number].number,
            name=rows[number].name,
            status=status[number],
            parent=parents.get(number) if parents.get(number) in rows else None,
            balances=owed.get(number, {}),
            payers=_only_named(paid[number], named),
        )
        for number in ids
    ]
    return TreeView(on, nodes, named, size or len(nodes))


def around_customer(customer_id: int, parent_id: int | None, on: date) -> list[int]:
    """The customers that a move is about: who is above it and above the new parent, it, and who is below it."""
    return _around(CUSTOMER_PARENT, customer_id, parent_id, on, customers_below(customer_id, on))


def around_account(account_id: int, parent_id: int | None, on: date) -> list[int]:
    """The accounts that a move is about: who is above it and above the new parent, it, and who is below it."""
    return _around(ACCOUNT_PARENT, account_id, parent_id, on, accounts_below(account_id, on))


def around_responsible_account(account_id: int, responsible_id: int | None, on: date) -> list[int]:
    """The account, who is and who would be responsible for it, and whom these are responsible for."""
    now = responsible_accounts_on([account_id], on).get(account_id)
    payers = [number for number in (now, responsible_id) if number is not None]
    managed = ResponsibleAccount.objects.filter(responsible_account_id__in=payers, during__contains=on)
    others = managed.order_by("account_id").values_list("account_id", flat=True)[:MOST_AROUND]
    return list(dict.fromkeys([*payers, account_id, *others]))[:MOST_AROUND]


def days_of_change_of_account(account_id: int, on: date) -> list[date]:
    """The days on which something changes in the account's tree: who is below whom, who is responsible, who pays."""
    root = account_roots([account_id], on)[account_id]
    accounts = list(in_scope(Account, _ever_below(ACCOUNT_PARENT, [root, account_id])))
    return _days(
        [(_bounds(ACCOUNT_PARENT), accounts), (_bounds(RESPONSIBLE_ACCOUNT), accounts), (PAYER_BOUNDS, accounts)]
    )


def days_of_change_of_customer(customer_id: int, on: date) -> list[date]:
    """The days on which something changes in the customer's hierarchy: who is below whom, who is responsible, who
    pays."""
    root = next(reversed(customer_ancestors(customer_id, on)), customer_id)
    customers = list(in_scope(Customer, _ever_below(CUSTOMER_PARENT, [root, customer_id])))
    accounts = list(Account.reachable.filter(customer__id__any_of=customers).values_list("pk", flat=True))
    return _days(
        [(_bounds(CUSTOMER_PARENT), customers), (_bounds(RESPONSIBLE_ACCOUNT), accounts), (PAYER_BOUNDS, accounts)]
    )


def _drawn(asked: int, root: int, below: Callable[[int], list[int]]) -> tuple[list[int], int]:
    """The whole tree, nearest to the root first; of one that is too large what is below the one asked for."""
    tree = below(root)
    if len(tree) <= MOST_DRAWN:
        return tree, len(tree)
    part = below(asked)
    return part[:MOST_DRAWN], len(part)


def _in_scope(model: type[Account] | type[Customer], numbers: Iterable[int]) -> list[int]:
    """Those that are reached, in the order that they have."""
    ordered = list(numbers)
    within = in_scope(model, ordered)
    return [number for number in ordered if number in within]


def _around(relation: Relation, subject: int, target: int | None, on: date, below: Iterable[int]) -> list[int]:
    starts = [subject] if target is None else [subject, target]
    above = [span.relative for span in spans_above(relation, starts, on) if span.first == on]
    return list(dict.fromkeys([*above, *below]))[:MOST_AROUND]


def _payers_of_accounts(account_ids: Collection[int], on: date) -> dict[int, Counter[int]]:
    """The accounts that are invoiced for each, with the number of its subscriptions (WHO-5)."""
    running = Subscription.objects.filter(
        Q(ends_before__isnull=True) | Q(ends_before__gt=on), account__id__any_of=list(account_ids), start_date__lte=on
    )
    subscriptions = list(running.only("account_id"))
    by_subscription = payers_on(subscriptions, on)
    responsible = responsible_accounts_on(account_ids, on)
    paid: dict[int, Counter[int]] = {number: Counter() for number in account_ids}
    for subscription in subscriptions:
        paid[subscription.account_id][by_subscription[subscription.pk].account_id] += 1
    for number, payers in paid.items():
        if number in responsible or not payers:
            payers[who_pays(number, None, responsible).account_id] += 0
    return paid


def _payers_of_customers(customer_of: Mapping[int, int], on: date) -> dict[int, Counter[int]]:
    """The customers that are invoiced for each, with the number of its subscriptions."""
    by_account = _payers_of_accounts(list(customer_of), on)
    others = {payer for payers in by_account.values() for payer in payers} - customer_of.keys()
    customers = {**customer_of, **dict(Account.objects.filter(pk__in=others).values_list("pk", "customer_id"))}
    paid: dict[int, Counter[int]] = {number: Counter() for number in customer_of.values()}
    for account, payers in by_account.items():
        for payer, subscriptions in payers.items():
            paid[customer_of[account]][customers[payer]] += subscriptions
    return paid


def _named(model: type[Account] | type[Customer], paid: Iterable[Counter[int]]) -> dict[int, tuple[str, str]]:
    """Number and name of those payers that are reached."""
    payers = {payer for payers in paid for payer in payers}
    rows = model.reachable.filter(pk__any_of=list(payers)).values_list("pk", "number", "name")
    return {key: (number, name) for key, number, name in rows}


def _only_named(payers: Counter[int], named: Mapping[int, object]) -> dict[int | None, int]:
    """The payers, those that aren't reached as one without a name."""
    told: Counter[int | None] = Counter()
    for payer, subscriptions in payers.items():
        told[payer if payer in named else None] += subscriptions
    return dict(told)


def _added_up(
    by_account: Mapping[int, Mapping[str, Decimal]], customer_of: Mapping[int, int]
) -> dict[int, dict[str, Decimal]]:
    """What the accounts of each customer owe together, by currency."""
    owed: dict[int, dict[str, Decimal]] = {}
    for account, amounts in by_account.items():
        total = owed.setdefault(customer_of[account], {})
        for currency, amount in amounts.items():
            total[currency] = total.get(currency, Decimal(0)) + amount
    return owed


def _ever_below(relation: Relation, starts: Collection[int]) -> list[int]:
    """The starts and all that are below them on some day."""
    sql = EVER_BELOW.format(table=relation.table, subject=relation.subject, target=relation.target)
    with connection.cursor() as cursor:
        cursor.execute(sql, [list(starts)])
        return [row[0] for row in cursor.fetchall()]


def _bounds(relation: Relation) -> str:
    return BOUNDS.format(table=relation.table, subject=relation.subject)


def _days(asked: Iterable[tuple[str, list[int]]]) -> list[date]:
    days: set[date] = set()
    with connection.cursor() as cursor:
        for sql, numbers in asked:
            cursor.execute(sql, [numbers])
            days.update(row[0] for row in cursor.fetchall())
    return sorted(days)
