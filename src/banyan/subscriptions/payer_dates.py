"""The one place that writes who pays for a subscription, from which day on (REL-1)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from django.db import connection

from banyan.kernel.frozen import frozen
from banyan.relations.lineages import lock_customer_hierarchy

# What holds on the first day of a change or later becomes what is wanted, in one statement, so that the history tells
# each change once (ACC-16). Rows are dropped first, then changed, then added: in between no day has two payers either.
CHANGE = """
WITH wanted AS MATERIALIZED (
    SELECT * FROM unnest(%(subscriptions)s::bigint[], %(days)s::date[], %(ends)s::date[], %(modes)s::text[],
                         %(groups)s::bigint[], %(first)s::boolean[])
        AS change(subscription_id, since, until, mode, group_id, is_first)
), held AS MATERIALIZED (
    SELECT who.id, who.subscription_id, who.mode, who.group_id, who.during, wanted.since AS first
    FROM wanted JOIN subscriptions_whopays who
        ON who.subscription_id = wanted.subscription_id AND coalesce(upper(who.during), DATE 'infinity') > wanted.since
    WHERE wanted.is_first
), outcome AS MATERIALIZED (
    SELECT held.*, wanted.since, wanted.until, wanted.mode AS new_mode, wanted.group_id AS new_group, CASE
        WHEN held.mode = wanted.mode AND held.group_id IS NOT DISTINCT FROM wanted.group_id THEN 'goes on'
        WHEN lower(held.during) < held.first THEN 'ends'
        WHEN wanted.mode IS NULL THEN 'is dropped'
        ELSE 'is replaced' END AS what
    FROM held LEFT JOIN wanted ON wanted.subscription_id = held.subscription_id
        AND wanted.since = greatest(lower(held.during), held.first)
), dropped AS (
    DELETE FROM subscriptions_whopays WHERE id IN (SELECT id FROM outcome WHERE what = 'is dropped') RETURNING id
), changed AS (
    UPDATE subscriptions_whopays who SET
        mode = CASE what WHEN 'is replaced' THEN new_mode ELSE who.mode END,
        group_id = CASE what WHEN 'is replaced' THEN new_group ELSE who.group_id END,
        during = daterange(lower(who.during), CASE what WHEN 'ends' THEN outcome.first ELSE outcome.until END)
    FROM outcome
    WHERE who.id = outcome.id AND (SELECT count(*) FROM dropped) >= 0 AND (
        what IN ('ends', 'is replaced')
        OR what = 'goes on' AND upper(who.during) IS DISTINCT FROM outcome.until)
    RETURNING who.id
)
INSERT INTO subscriptions_whopays (subscription_id, mode, group_id, during)
SELECT wanted.subscription_id, wanted.mode, wanted.group_id, daterange(wanted.since, wanted.until)
FROM wanted
WHERE wanted.mode IS NOT NULL AND (SELECT count(*) FROM changed) >= 0 AND NOT EXISTS (
    SELECT FROM outcome WHERE outcome.subscription_id = wanted.subscription_id AND outcome.since = wanted.since
        AND what IN ('goes on', 'is replaced'))
"""


@frozen
class PayerChange:
    """From `since` on, and up to `until` if there is one: the mode of WHO-1 and the group.

    Both are None when the account is to pay for itself again; then `until` says nothing.
    """

    subscription_id: int
    since: date
    mode: str | None
    group_id: int | None
    until: date | None = None


def change_payers(changes: Iterable[PayerChange]) -> None:
    """What held on a change's day ends there, what was to hold later is dropped, the past stays as it was.

    Changes of the same subscription follow each other, in the order of their days. A move of customers and a choice
    for one subscription come one after the other.
    """
    of_each: defaultdict[int, list[PayerChange]] = defaultdict(list)
    for change in changes:
        of_each[change.subscription_id].append(change)
    wanted, first = [], []
    for of_one in of_each.values():
        stretches = of_one if len(of_one) == 1 else _stretches(of_one)
        wanted += stretches
        first += [True, *(False for _ in stretches[1:])]
    if not wanted:
        return
    values = {
        "subscriptions": _array(change.subscription_id for change in wanted),
        "days": _array(change.since for change in wanted),
        "ends": _array(change.until for change in wanted),
        "modes": _array(change.mode for change in wanted),
        "groups": _array(change.group_id for change in wanted),
        "first": _array(first),
    }
    lock_customer_hierarchy()
    with connection.cursor() as cursor:
        cursor.execute(CHANGE, values)


def _stretches(changes: Iterable[PayerChange]) -> list[PayerChange]:
    """What changes of one subscription come to together: each until the next, the same payer in one stretch."""
    kept: list[PayerChange] = []
    for change in changes:
        while kept and kept[-1].since >= change.since:
            kept.pop()
        last = kept[-1] if kept else None
        if last is None:
            kept.append(change)
            continue
        end = change.since if last.until is None else min(last.until, change.since)
        if end == change.since and (last.mode, last.group_id) == (change.mode, change.group_id):
            kept[-1] = replace(last, until=change.until)
        else:
            kept[-1:] = [replace(last, until=end), change]
    return kept


def _array(values: Iterable[int | date | str | None]) -> str:
    """Numbers, days and modes as PostgreSQL reads an array, in a tenth of the time that the driver takes for a list."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"
