"""The one place that writes who pays for a subscription, from which day on (REL-1)."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import zip_longest

from django.db import connection

from banyan.kernel.frozen import frozen

CLOSE = """
WITH change AS (
    SELECT * FROM unnest(%(subscriptions)s::bigint[], %(days)s::date[]) AS one(subscription_id, since)
), dropped AS (
    DELETE FROM subscriptions_whopays who USING change
    WHERE who.subscription_id = change.subscription_id AND lower(who.during) >= change.since
)
UPDATE subscriptions_whopays who SET during = daterange(lower(who.during), change.since) FROM change
WHERE who.subscription_id = change.subscription_id AND who.during @> change.since AND lower(who.during) < change.since
"""
OPEN = """
INSERT INTO subscriptions_whopays (subscription_id, mode, group_id, during)
SELECT change.subscription_id, change.mode, change.group_id, daterange(change.since, change.until)
FROM unnest(%(subscriptions)s::bigint[], %(days)s::date[], %(modes)s::text[], %(groups)s::bigint[], %(ends)s::date[])
    AS change(subscription_id, since, mode, group_id, until)
WHERE change.mode IS NOT NULL
"""


@frozen
class PayerChange:
    """From `since` on, and up to `until` if there is one: the mode of WHO-1 and the group.

    Both are None when the account is to pay for itself again.
    """

    subscription_id: int
    since: date
    mode: str | None
    group_id: int | None
    until: date | None = None


def change_payers(changes: Iterable[PayerChange]) -> None:
    """What held on a change's day ends there, what was to hold later is dropped, the past stays as it was.

    Changes of the same subscription follow each other, in the order of their days.
    """
    of_each: Mapping[int, list[PayerChange]] = defaultdict(list)
    for change in changes:
        of_each[change.subscription_id].append(change)
    for of_all in zip_longest(*of_each.values()):
        _change([change for change in of_all if change is not None])


def _change(changes: Sequence[PayerChange]) -> None:
    """One change of a subscription at most."""
    values = {
        "subscriptions": _array(change.subscription_id for change in changes),
        "days": _array(change.since for change in changes),
        "modes": _array(change.mode for change in changes),
        "groups": _array(change.group_id for change in changes),
        "ends": _array(change.until for change in changes),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLOSE, values)
        cursor.execute(OPEN, values)


def _array(values: Iterable[int | date | str | None]) -> str:
    """Numbers, days and modes as PostgreSQL reads an array, in a tenth of the time that the driver takes for a list."""
    return f"{{{','.join('NULL' if value is None else str(value) for value in values)}}}"
