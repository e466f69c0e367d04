"""The accounts and customers that another could be linked to, for somebody who chooses: the first ones by number.

Of accounts, while nothing is typed, those of the customer and of its older relatives come before all others.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, cast

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import BooleanField, Exists, Func, OuterRef, Q, QuerySet
from django.db.models.expressions import Col, RawSQL
from django.db.models.sql.compiler import SQLCompiler

from banyan.accounts.models import Account, AccountStatus, Customer
from banyan.accounts.searching.first import BY_NUMBER, first_ids
from banyan.accounts.searching.numbers import beginnings, first_by_number
from banyan.foundation.queries import read_settings
from banyan.organizations.access_scope import current_access_scope
from banyan.relations.lineages import lineages
from banyan.relations.models import ResponsibleAccount
from banyan.relations.queries import DEEPEST, account_roots, customers_below

CANDIDATES_FOR_PARENT = (AccountStatus.ACTIVE, AccountStatus.SUSPENDED, AccountStatus.PENDING_COLLECTION)
"""AHI-2."""

BY_NUMBER_BACKWARDS = ("-number",)

LARGEST_PORTION = 4_000

MOST_OF_RELATIVES = 1_000

LARGE_TREE = 2_000
"""Accounts below another, from which on they are not read to leave them out, but each candidate is looked up from."""

TREE = """
WITH RECURSIVE tree(id) AS (
    SELECT %s::bigint
    UNION ALL
    SELECT edge.account_id FROM tree
    JOIN relations_accountparent edge ON edge.parent_id = tree.id AND edge.during @> %s::date
)
SELECT id FROM tree
"""
PARENTS_ABOVE = """
WITH RECURSIVE above AS (
    SELECT edge.account_id, edge.parent_id FROM relations_accountparent edge
    WHERE edge.account_id = ANY(%(accounts)s) AND edge.during @> %(on)s::date
    UNION
    SELECT edge.account_id, edge.parent_id FROM above
    JOIN relations_accountparent edge ON edge.account_id = above.parent_id AND edge.during @> %(on)s::date
)
SELECT account_id, parent_id FROM above
"""


class _NotManagedWithoutEnd(Func):
    """Whether an account may have a responsible account only until some day, by the mark that the links keep: an index
    knows these. Whoever is managed on a day that matters has to be left out besides.
    """

    output_field = BooleanField()

    def as_sql(self, compiler: SQLCompiler, connection: Any, *extra: Any, **named: Any) -> tuple[str, tuple[Any, ...]]:
        column = cast(Col, self.source_expressions[0])
        return f"NOT {compiler.quote_name_unless_alias(column.alias)}.managed_without_end", ()


def account_parent_candidates(account: Account, on: date, q: str = "", limit: int = 20) -> list[Account]:
    """AHI-2, AHI-3: the accounts in reach that could become the account's parent on the day, by number.

    `q` are words to find them by. None while account hierarchies are switched off (AHI-1). The first by number; but
    where thousands are below the account and the first of all are too, the last by number.
    """
    settings = read_settings()
    if not settings.enable_account_hierarchy_management:
        return []
    of_owner = Account.objects.filter(owner_id=account.owner_id)
    fitting = Account.reachable.filter(owner_id=account.owner_id, status__in=CANDIDATES_FOR_PARENT)
    if settings.require_same_bill_cycle_for_account_hierarchy:
        fitting = fitting.filter(bill_cycle_id=account.bill_cycle_id)
    relatives = [] if q.strip() else _of_relatives(fitting, account, on, limit)
    if account.id is None:
        return _accounts(relatives, first_by_number(fitting, of_owner, limit, q, _are_few()), limit)
    if _is_tree_large(account.id, on):
        found = _outside_of_large_tree(fitting, of_owner, account.id, on, q, limit)
    else:
        outside_of_tree = fitting.exclude(id__in=RawSQL(TREE, [account.id, on]))
        found = first_by_number(outside_of_tree, of_owner, limit, q, _are_few())
    return _accounts(_outside_of_tree(relatives, account.id, on), found, limit)


def responsible_account_candidates(
    account: Account, on: date, q: str = "", limit: int = 20, parent: int | None = None
) -> list[Account]:
    """BHI-2, BHI-5: the accounts in reach that could become responsible for the account from the day on, by number.

    `q` are words to find them by; `parent` is whom an account that is not there yet is to be below. None when the
    account is responsible for others itself, as there are no chains, and while new links are switched off (BHI-3).
    """
    settings = read_settings()
    links = ResponsibleAccount.objects.filter(during__overlap=DateRange(on, None))
    is_responsible = links.filter(responsible_account_id=account.id)
    if not settings.enable_responsible_account_management or is_responsible.exists():
        return []
    alike = Q(
        owner_id=account.owner_id,
        bill_cycle_id=account.bill_cycle_id,
        currency=account.currency,
        status=AccountStatus.ACTIVE,
    )
    managed = Exists(links.filter(account_id=OuterRef("id")))
    unmarked = Account.objects.filter(alike, _NotManagedWithoutEnd("id"))
    fitting = Account.reachable.filter(alike, _NotManagedWithoutEnd("id")).exclude(id=account.id).exclude(managed)
    few = _are_few()
    if settings.restrict_responsible_account_to_account_hierarchy:
        member = account.id if parent is None else parent
        if member is None:
            return []
        root = account_roots([member], on)[member]
        fitting, few = fitting.filter(id__in=RawSQL(TREE, [root, on])), True
    relatives = [] if q.strip() else _of_relatives(fitting, account, on, limit)
    return _accounts(relatives, first_by_number(fitting, unmarked, limit, q, few), limit)


def customer_parent_candidates(customer_id: int, on: date, q: str = "", limit: int = 20) -> list[Customer]:
    """CHI-1, CHI-2, OWN-3: the customers in reach that could become the customer's parent on the day, by number.

    `q` are words to find them by. Left out are those below it, and those below which the hierarchy would become too
    deep. None while customer hierarchies are switched off.
    """
    if not read_settings().enable_customer_hierarchies:
        return []
    own = Account.objects.get(customer_id=customer_id, is_default=True)
    room = DEEPEST - max(customers_below(customer_id, on).values()) - 1
    return _customers_with_room(own.owner_id, room, on, q, limit, customer_id)


def parent_candidates_of_a_new_customer(owner_id: int, on: date, q: str = "", limit: int = 20) -> list[Customer]:
    """CHI-1, CHI-2, OWN-3: the customers in reach that a new one of that owner could be below from the day on."""
    if not read_settings().enable_customer_hierarchies:
        return []
    return _customers_with_room(owner_id, DEEPEST - 1, on, q, limit)


def _customers_with_room(
    owner_id: int, room: int, on: date, q: str, limit: int, below: int | None = None
) -> list[Customer]:
    """Customers of the owner that are not `below` and have `room` at most in their line, themselves included."""
    same_owner = Account.objects.filter(customer_id=OuterRef("id"), is_default=True, owner_id=owner_id)

    def with_room(ids: Sequence[int]) -> list[int]:
        above = lineages((one, on) for one in ids)
        lines = {one: (one, *above[one, on]) for one in ids}
        return [one for one in ids if below not in lines[one] and len(lines[one]) <= room]

    rows: QuerySet[Customer] = Customer.reachable.filter(Exists(same_owner))
    found = _first_that_suit(rows, q, limit, with_room)
    return list(Customer.objects.filter(pk__in=found).only("number", "name").order_by(*BY_NUMBER))


def _of_relatives(fitting: QuerySet[Account], account: Account, on: date, limit: int) -> list[int]:
    """The first that fit by number, of the account's customer and those above it on the day.

    If these have thousands of accounts, of some thousand of them. None while the account has no customer yet.
    """
    own = account.customer_id
    if own is None:
        return []
    family = [own, *lineages([(own, on)])[own, on]]
    some = fitting.filter(customer__id__any_of=family).values("pk")[:MOST_OF_RELATIVES]
    return list(Account.objects.filter(pk__in=some).order_by(*BY_NUMBER).values_list("pk", flat=True)[:limit])


def _outside_of_large_tree(
    fitting: QuerySet[Account], of_owner: QuerySet[Account], account: int, on: date, q: str, limit: int
) -> list[int]:
    """The first by number that are neither the account nor below it; or the last, if the first of all are.

    The beginning of a number is looked for in its place in any case.
    """
    portion, few = limit + limit // 2, _are_few()

    def outside(taken: Sequence[int]) -> list[int] | None:
        """As many as are wanted, or all that there are; None when more have to be looked at to know."""
        found = _outside_of_tree(taken, account, on)
        return found[:limit] if len(found) >= limit or len(taken) < portion else None

    def from_the_front(typed: str) -> list[int] | None:
        return outside(first_by_number(fitting, of_owner, portion, typed, few))

    in_place = not q.strip() or beginnings(Account, q)
    found = from_the_front(q) if in_place or from_the_front("") is not None else None
    if found is None:
        found = outside(first_ids(fitting, of_owner, BY_NUMBER_BACKWARDS, portion, q, few))
    if found is None:
        others = fitting.exclude(id__in=RawSQL(TREE, [account, on]))
        found = first_by_number(others, of_owner, limit, q, few)
    return found


def _accounts(relatives: Sequence[int], others: Sequence[int], limit: int) -> list[Account]:
    """The first accounts, each kind by number, with what is shown of a candidate; the rest is read when somebody asks
    for it.
    """
    ids = list(dict.fromkeys((*relatives, *others)))[:limit]
    rows = Account.objects.select_related("customer").filter(pk__any_of=ids)
    by_number = rows.only("number", "name", "customer__name").order_by(*BY_NUMBER)
    return sorted(by_number, key=lambda row: row.pk not in relatives)


def _first_that_suit(
    rows: QuerySet[Customer], q: str, limit: int, suiting: Callable[[Sequence[int]], list[int]]
) -> list[int]:
    """The first `limit` by number that suit, sought in growing portions: what suits follows from looking upwards from
    each, and hardly any of the first rows doesn't.
    """
    found: list[int] = []
    among, portion = Customer.objects.all(), limit + limit // 2
    while True:
        taken = first_ids(rows, among, BY_NUMBER, portion, q, _are_few())
        found += suiting(taken)
        if len(found) >= limit or len(taken) < portion:
            return found[:limit]
        beyond = Q(number__gt=among.values_list("number", flat=True).get(pk=taken[-1]))
        rows, among, portion = rows.filter(beyond), among.filter(beyond), min(4 * portion, LARGEST_PORTION)


def _is_tree_large(account: int, on: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"{TREE} LIMIT 1 OFFSET %s", [account, on, LARGE_TREE])
        return cursor.fetchone() is not None


def _outside_of_tree(ids: Sequence[int], account: int, on: date) -> list[int]:
    """Those of the accounts that are neither the account nor below it."""
    with connection.cursor() as cursor:
        cursor.execute(PARENTS_ABOVE, {"accounts": list(ids), "on": on})
        parents = dict(cursor.fetchall())
    return [one for one in ids if account not in _upwards(parents, one)]


def _upwards(parents: Mapping[int, int], lowest: int) -> Iterator[int]:
    """An account and all above it."""
    above: int | None = lowest
    while above is not None:
        yield above
        above = parents.get(above)


def _are_few() -> bool:
    """Whether the caller reaches few of all accounts only."""
    return current_access_scope().organizations is not None
