"""The one place that writes who pays for a subscription, from which day on (REL-1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

DROP_LATER = """
DELETE FROM subscriptions_whopays who USING unnest(%s::bigint[], %s::date[]) AS change(subscription_id, since)
WHERE who.subscription_id = change.subscription_id AND lower(who.during) >= change.since
"""
CLOSE = """
UPDATE subscriptions_whopays who SET during = daterange(lower(who.during), change.since)
FROM unnest(%s::bigint[], %s::date[]) AS change(subscription_id, since)
WHERE who.subscription_id = change.subscription_id AND who.during @> change.since
"""
OPEN = """
INSERT INTO subscriptions_whopays (subscription_id, mode, group_id, during)
SELECT change.subscription_id, change.mode, change.group_id, daterange(change.since, NULL)
FROM unnest(%s::bigint[], %s::date[], %s::text[], %s::bigint[]) AS change(subscription_id, since, mode, group_id)
WHERE change.mode IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class PayerChange:
    """From `since` on: the mode of WHO-1 and the group; both None when the account is to pay for itself again."""

    subscription_id: int
    since: date
    mode: str | None
    group_id: int | None


def change_payers(changes: Sequence[PayerChange]) -> None:
    """What held on a change's day ends there, what was to hold later is dropped, the past stays as it was."""
    subscriptions = [change.subscription_id for change in changes]
    days = [change.since for change in changes]
    with connection.cursor() as cursor:
        cursor.execute(DROP_LATER, [subscriptions, days])
        cursor.execute(CLOSE, [subscriptions, days])
        modes = [change.mode for change in changes]
        cursor.execute(OPEN, [subscriptions, days, modes, [change.group_id for change in changes]])
