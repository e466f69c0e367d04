"""Subscription items as the engine wants them: their terms through time, their end, how far they are billed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from banyan.billruns.rows import Row, array, rows
from banyan.catalog.facts import load_prices
from banyan.engine.facts import EarlierAnchor, Item, Pause, Price, PriceType, Terms
from banyan.kernel.frozen import frozen
from banyan.subscriptions.models import PauseKind

ITEM = """
SELECT item.id, item.subscription_id, subscription.account_id, subscription.anchor, cycle.start_date,
       subscription.start_date, subscription.end_date, account.inactive_since, item.price_id, item.quantity,
       item.billed_until, item.changed_from, item.keep_until, item.revision, account.number, cycle.id, cycle.time_zone
FROM subscriptions_subscriptionitem item
JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
JOIN accounts_account account ON account.id = subscription.account_id
JOIN accounts_billcycle cycle ON cycle.id = account.bill_cycle_id
"""

MAY_BE_DUE = """
  AND subscription.start_date <= %(on)s
  AND (item.changed_from IS NOT NULL OR item.billed_until IS NULL
       OR (item.billed_until <= %(on)s
           AND (subscription.end_date IS NULL OR item.billed_until < subscription.end_date)
           AND (account.inactive_since IS NULL OR item.billed_until <= account.inactive_since)))
"""

LATER_TERMS = """
SELECT item_id, since, price_id, quantity FROM subscriptions_itemterms
WHERE item_id = ANY(%(ids)s) ORDER BY item_id, since
"""

PAUSES = """
SELECT account_id, kind, lower(during), upper(during) FROM subscriptions_billingpause
WHERE account_id = ANY(%(accounts)s) ORDER BY account_id, lower(during)
"""

EARLIER_CYCLES = """
SELECT earlier.account_id, earlier.until, cycle.id, cycle.start_date
FROM subscriptions_earlierbillcycle earlier JOIN accounts_billcycle cycle ON cycle.id = earlier.bill_cycle_id
WHERE earlier.account_id = ANY(%(accounts)s) ORDER BY earlier.account_id, earlier.until
"""


@frozen
class ReadItem:
    """An item, the revision it was read in, and of its account what pools and usage need."""

    item: Item
    revision: int
    account_number: str
    bill_cycle_id: int
    time_zone: str
    earlier_cycles: tuple[tuple[date, int], ...] = ()

    def bill_cycle_on(self, day: date) -> int:
        """The bill cycle that the account had on a day; `earlier_cycles` are those before, with the day they ended."""
        return next((cycle for until, cycle in self.earlier_cycles if day < until), self.bill_cycle_id)


def items_of_accounts(account_ids: Sequence[int], on: date) -> dict[int, ReadItem]:
    """The items of these accounts that may have something to bill on a day, by id."""
    return _read(
        rows(ITEM + " WHERE subscription.account_id = ANY(%(ids)s)" + MAY_BE_DUE, ids=array(account_ids), on=on)
    )


def items_of_subscriptions(subscription_ids: Iterable[int], on: date) -> dict[int, ReadItem]:
    """The items of these subscriptions that may have something to bill on a day, by id."""
    ids = list(subscription_ids)
    if not ids:
        return {}
    return _read(rows(ITEM + " WHERE item.subscription_id = ANY(%(ids)s)" + MAY_BE_DUE, ids=array(ids), on=on))


def items_by_id(item_ids: Iterable[int]) -> dict[int, ReadItem]:
    """These items, due or not, by id."""
    ids = list(item_ids)
    return _read(rows(ITEM + " WHERE item.id = ANY(%(ids)s)", ids=array(ids))) if ids else {}


def _read(item_rows: Sequence[Row]) -> dict[int, ReadItem]:
    later = defaultdict(list)
    for item_id, since, price_id, quantity in rows(LATER_TERMS, ids=array(row[0] for row in item_rows)):
        later[item_id].append((since, price_id, quantity))
    prices = load_prices({row[8] for row in item_rows} | {terms[1] for changes in later.values() for terms in changes})
    read = {row[0]: _read_item(row, later.get(row[0]), prices) for row in item_rows}
    accounts = array({row[2] for row in item_rows})
    if pauses := _pauses(accounts):
        read = {item_id: _with_pauses(one, pauses) for item_id, one in read.items()}
    if cycles := _earlier_cycles(accounts):
        anchored_on_cycle = {row[0] for row in item_rows if row[3] == "cycle"}
        read = {item_id: _with_cycles(one, cycles, item_id in anchored_on_cycle) for item_id, one in read.items()}
    return read


def _pauses(accounts: str) -> Mapping[int, Sequence[tuple[str, Pause]]]:
    """The pauses of each account that has some, in order of time."""
    found = defaultdict(list)
    for account_id, kind, start, end in rows(PAUSES, accounts=accounts):
        found[account_id].append((kind, Pause(start, end)))
    return found


Cycle = tuple[date, int, date]


def _earlier_cycles(accounts: str) -> Mapping[int, Sequence[Cycle]]:
    """The bill cycles that accounts had before, in order of time: until when, which, and its start."""
    found = defaultdict(list)
    for account_id, *cycle in rows(EARLIER_CYCLES, accounts=accounts):
        found[account_id].append((cycle[0], cycle[1], cycle[2]))
    return found


def _with_cycles(read: ReadItem, cycles: Mapping[int, Sequence[Cycle]], anchored: bool) -> ReadItem:
    own = cycles.get(read.item.account_id, ())
    anchors = tuple(EarlierAnchor(until, start) for until, _, start in own) if anchored else ()
    ids = tuple((until, cycle) for until, cycle, _ in own)
    return replace(read, item=replace(read.item, earlier_anchors=anchors), earlier_cycles=ids)


def _with_pauses(read: ReadItem, pauses: Mapping[int, Sequence[tuple[str, Pause]]]) -> ReadItem:
    """The item with the pauses that hold for it: being suspended is one only for what recurs."""
    recurs = read.item.terms[0].price.type is PriceType.RECURRING
    own = [pause for kind, pause in pauses.get(read.item.account_id, ()) if recurs or kind == PauseKind.INACTIVE]
    return replace(read, item=replace(read.item, pauses=tuple(own)))


def _read_item(row: Row, later: Iterable[tuple[date, int, Decimal]] | None, prices: Mapping[int, Price]) -> ReadItem:
    (
        item_id,
        subscription_id,
        account_id,
        anchor,
        cycle_start,
        start,
        end,
        inactive_since,
        price_id,
        quantity,
        billed_until,
        changed_from,
        keep_until,
        revision,
        account_number,
        cycle_id,
        time_zone,
    ) = row
    terms = (Terms(start, prices[price_id], quantity),)
    if later:
        terms = _with_later(terms, later, prices)
    if inactive_since is not None:
        closed = inactive_since + timedelta(days=1)
        end = closed if end is None else min(end, closed)
    periods_from = cycle_start if anchor == "cycle" else start
    item = Item(
        item_id, subscription_id, account_id, periods_from, start, end, terms, billed_until, changed_from, keep_until
    )
    return ReadItem(item, revision, account_number, cycle_id, time_zone)


def _with_later(
    first: tuple[Terms, ...], later: Iterable[tuple[date, int, Decimal]], prices: Mapping[int, Price]
) -> tuple[Terms, ...]:
    """All terms in order of time; what was agreed for the start or before replaces what was agreed first."""
    start = first[0].since
    terms = list(first)
    for since, price_id, quantity in later:
        if since <= start:
            terms = []
        terms.append(Terms(max(since, start), prices[price_id], quantity))
    return tuple(terms)
