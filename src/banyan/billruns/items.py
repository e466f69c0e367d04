"""Subscription items as the engine wants them: their terms through time, their end, how far they are billed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import lru_cache

from banyan.billruns.rows import rows
from banyan.catalog.facts import load_prices
from banyan.engine.facts import Course, EarlierAnchor, Item, Pause, Price, PriceType, Terms
from banyan.foundation.arrays import array
from banyan.subscriptions.models import PauseKind

# Thousands of items of a batch run alike: what they have in common comes once, with the numbers of all of them.
ITEMS_ALIKE = """
SELECT subscription.anchor = 'cycle',
       CASE WHEN subscription.anchor = 'cycle' THEN cycle.start_date ELSE subscription.start_date END,
       coalesce(item.start_date, subscription.start_date),
       least(subscription.ends_before, item.ends_before, account.inactive_since + 1), item.price_id,
       item.quantity, item.billed_until, item.changed_from,
       CASE WHEN item.keep_until IS NOT NULL THEN least(item.keep_until, account.inactive_since + 1) END,
       array_agg(item.id), array_agg(item.subscription_id), array_agg(subscription.account_id), array_agg(item.revision)
FROM subscriptions_subscriptionitem item
JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
JOIN accounts_account account ON account.id = subscription.account_id
JOIN accounts_billcycle cycle ON cycle.id = account.bill_cycle_id
WHERE {which}
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9
"""

MAY_BE_DUE = """
  AND subscription.start_date <= %(on)s
  AND (item.changed_from IS NOT NULL OR item.billed_until IS NULL
       OR (item.billed_until <= %(on)s
           AND (subscription.ends_before IS NULL OR item.billed_until < subscription.ends_before)
           AND (item.ends_before IS NULL OR item.billed_until < item.ends_before)
           AND (account.inactive_since IS NULL OR item.billed_until <= account.inactive_since)))
"""
OF_ACCOUNTS = ITEMS_ALIKE.format(which="subscription.account_id = ANY(%(ids)s)" + MAY_BE_DUE)
OF_SUBSCRIPTIONS = ITEMS_ALIKE.format(which="item.subscription_id = ANY(%(ids)s)" + MAY_BE_DUE)
BY_ID = ITEMS_ALIKE.format(which="item.id = ANY(%(ids)s)")

LATER_TERMS = """
SELECT item_id, since, price_id, quantity FROM subscriptions_itemterms
WHERE item_id = ANY(%(ids)s) ORDER BY item_id, since
"""

PAUSES = """
SELECT account_id, kind, lower(during), upper(during) FROM subscriptions_billingpause
WHERE account_id = ANY(%(accounts)s) ORDER BY account_id, lower(during)
"""

PAUSES_OF_SUBSCRIPTIONS = """
SELECT subscription_id, lower(during), coalesce(upper(during), %(never)s) FROM subscriptions_subscriptionpause
WHERE subscription_id = ANY(%(subscriptions)s) ORDER BY subscription_id, lower(during)
"""

EARLIER_CYCLES = """
SELECT earlier.account_id, earlier.until, cycle.id, cycle.start_date
FROM subscriptions_earlierbillcycle earlier JOIN accounts_billcycle cycle ON cycle.id = earlier.bill_cycle_id
WHERE earlier.account_id = ANY(%(accounts)s) ORDER BY earlier.account_id, earlier.until
"""


@dataclass(slots=True)
class ReadItems:
    """Items by id, and the revision that each was read in."""

    items: dict[int, Item] = field(default_factory=dict)
    revisions: dict[int, int] = field(default_factory=dict)

    def __or__(self, other: "ReadItems") -> "ReadItems":
        if not other.items:
            return self
        return ReadItems(self.items | other.items, self.revisions | other.revisions)


def items_of_accounts(accounts: str, on: date) -> ReadItems:
    """The items of these accounts (an array) that may have something to bill on a day."""
    return _read(OF_ACCOUNTS, accounts, on)


def items_of_subscriptions(subscriptions: str, on: date) -> ReadItems:
    """The items of these subscriptions (an array) that may have something to bill on a day."""
    return _read(OF_SUBSCRIPTIONS, subscriptions, on)


def items_by_id(items: str) -> ReadItems:
    """These items (an array), due or not."""
    return _read(BY_ID, items)


def _read(sql: str, ids: str, on: date | None = None) -> ReadItems:
    read = ReadItems()
    alike = [] if ids == array(()) else rows(sql, ids=ids, on=on)
    if not alike:
        return read
    prices = load_prices({row[4] for row in alike})
    on_cycle: set[int] = set()
    sources: set[int] = set()
    for (
        anchored,
        anchor,
        start,
        end,
        price_id,
        quantity,
        *state,
        item_ids,
        subscription_ids,
        accounts,
        revisions,
    ) in alike:
        course = _course(anchor, start, end, prices[price_id], quantity, *state)
        for item_id, subscription_id, account_id in zip(item_ids, subscription_ids, accounts, strict=True):
            read.items[item_id] = Item(item_id, subscription_id, account_id, course)
        read.revisions.update(zip(item_ids, revisions, strict=True))
        sources.update(accounts)
        if anchored:
            on_cycle.update(item_ids)
    _put_in_later_terms(read.items)
    of_accounts = array(sources)
    _put_in_pauses(read.items, of_accounts)
    _put_in_earlier_anchors(read.items, of_accounts, on_cycle)
    return read


@lru_cache(maxsize=16_384)
def _course(
    anchor: date,
    start: date,
    end: date | None,
    price: Price,
    quantity: Decimal,
    billed_until: date | None,
    changed_from: date | None,
    keep_until: date | None,
) -> Course:
    """The very same one for equal rows, also of another batch, so that what is due of it is found again."""
    return Course(anchor, start, end, (Terms(start, price, quantity),), billed_until, changed_from, keep_until)


def _put_in_later_terms(items: dict[int, Item]) -> None:
    changes = defaultdict(list)
    for item_id, since, price_id, quantity in rows(LATER_TERMS, ids=array(items)):
        changes[item_id].append((since, price_id, quantity))
    if not changes:
        return
    prices = load_prices({price_id for later in changes.values() for _, price_id, _ in later if price_id is not None})
    for item_id, later in changes.items():
        course = items[item_id].course
        terms = _with_later(course.terms, later, prices)
        items[item_id] = replace(items[item_id], course=replace(course, terms=terms))


def _with_later(
    first: tuple[Terms, ...], later: Iterable[tuple[date, int | None, Decimal | None]], prices: Mapping[int, Price]
) -> tuple[Terms, ...]:
    """All terms in order of time: what a change doesn't name goes on as it was (SUB-8); what was agreed for the start
    or before replaces what was agreed first.
    """
    terms = list(first)
    start = terms[0].since
    for since, price_id, quantity in later:
        before = terms[-1]
        price = before.price if price_id is None else prices[price_id]
        if since <= start:
            terms.clear()
        terms.append(Terms(max(since, start), price, before.quantity if quantity is None else quantity))
    return tuple(terms)


def _put_in_pauses(items: dict[int, Item], accounts: str) -> None:
    """The pauses that hold for each item: those of its subscription (SUB-9) and of its account; being suspended is one
    only for what recurs (ACC-3).
    """
    of_account = defaultdict(list)
    for account_id, kind, start, end in rows(PAUSES, accounts=accounts):
        of_account[account_id].append((kind, Pause(start, end)))
    of_subscription = defaultdict(list)
    subscriptions = array({item.subscription_id for item in items.values()})
    for subscription_id, start, end in rows(PAUSES_OF_SUBSCRIPTIONS, subscriptions=subscriptions, never=date.max):
        of_subscription[subscription_id].append(Pause(start, end))
    if not of_account and not of_subscription:
        return
    for item in list(items.values()):
        recurs = item.course.terms[0].price.type is PriceType.RECURRING
        held = [pause for kind, pause in of_account.get(item.account_id, ()) if recurs or kind == PauseKind.INACTIVE]
        held += of_subscription.get(item.subscription_id, ())
        if held:
            items[item.id] = replace(item, course=replace(item.course, pauses=_in_order(held)))


def _in_order(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """In order of time, those that overlap as one. Until further notice, which makes an item wait, outlasts any end;
    the pause of a subscription that is open ends never instead (SUB-9), and what was billed is credited at once.
    """
    merged: list[Pause] = []
    for pause in sorted(pauses, key=lambda one: one.start):
        last = merged[-1] if merged else None
        if last is None or (last.end is not None and last.end < pause.start):
            merged.append(pause)
        else:
            end = None if last.end is None or pause.end is None else max(last.end, pause.end)
            merged[-1] = Pause(last.start, end)
    return tuple(merged)


def _put_in_earlier_anchors(items: dict[int, Item], accounts: str, on_cycle: Collection[int]) -> None:
    """Of the items whose periods step from the start of the bill cycle (ACC-5)."""
    cycles = earlier_cycles(accounts)
    for item in _items_of(cycles, items):
        if item.id in on_cycle:
            anchors = tuple(EarlierAnchor(until, start) for until, _, start in cycles[item.account_id])
            items[item.id] = replace(item, course=replace(item.course, earlier_anchors=anchors))


def _items_of(accounts: Mapping[int, object], items: Mapping[int, Item]) -> list[Item]:
    return [item for item in items.values() if item.account_id in accounts] if accounts else []


Cycle = tuple[date, int, date]


def earlier_cycles(accounts: str) -> Mapping[int, Sequence[Cycle]]:
    """The bill cycles that accounts (an array) had before, in order of time: until when, which, and its start."""
    found = defaultdict(list)
    for account_id, *cycle in rows(EARLIER_CYCLES, accounts=accounts):
        found[account_id].append((cycle[0], cycle[1], cycle[2]))
    return found
