"""Take in usage events (USE-1)."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction

from banyan.kernel.refusals import invalid
from banyan.usage.inputs import NewEvent
from banyan.usage.intake import SENT, ReadyEvent, Rejected, ask_about, ready_events
from banyan.usage.months import make_months_of
from banyan.usage.scopes import lock_scopes

MOST_EVENTS = 10_000

# Keys go in by their order, so that two batches with the same ids don't lock each other up. An account that was in
# another organization before has ids that counted there: each is looked for by its key, however many keys there are.
INSERT = f"""
WITH sent AS MATERIALIZED ({SENT}),
earlier AS MATERIALIZED (
    SELECT sent.place FROM sent JOIN usage_earlierscope before USING (account_id) CROSS JOIN LATERAL (
        SELECT FROM usage_countedid counted WHERE counted.key = banyan_usage_key(before.scope, sent.event_id)
            AND coalesce(counted.account_id, sent.account_id) = sent.account_id OFFSET 0) AS found),
counted AS (
    INSERT INTO usage_countedid (key, account_id, meter_id, at)
    SELECT key, account_id, meter_id, at FROM sent WHERE place NOT IN (SELECT place FROM earlier) ORDER BY key
    ON CONFLICT DO NOTHING RETURNING key),
inserted AS (
    INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, quantity, properties, subscription_id)
    SELECT event_id, account_id, meter_id, at, quantity, properties, subscription_id FROM sent JOIN counted USING (key))
SELECT place FROM sent WHERE NOT EXISTS (SELECT FROM counted WHERE counted.key = sent.key)
"""

_SAME = """stored.quantity = event.quantity AND stored.properties IS NOT DISTINCT FROM event.properties
    AND stored.subscription_id IS NOT DISTINCT FROM event.subscription_id"""

# The same event is of the same meter, account and moment: so it is found by the index that usage is added up with.
# What was cancelled or replaced since is still the same (USE-4).
SAME_AS_STORED = f"""
WITH event AS MATERIALIZED ({SENT})
SELECT event.place FROM event
JOIN usage_usageevent stored ON stored.meter_id = event.meter_id AND stored.account_id = event.account_id
    AND stored.at = event.at AND stored.event_id = event.event_id
WHERE {_SAME}
UNION
SELECT event.place FROM event
JOIN usage_usagecorrection stored ON stored.event_id = event.event_id
    AND stored.meter_id = event.meter_id AND stored.account_id = event.account_id AND stored.at = event.at
WHERE {_SAME}
"""


@dataclass(slots=True)
class Recorded:
    """What became of a batch: events taken in, events that were there already, and those left out, in order."""

    accepted: int = 0
    duplicates: int = 0
    rejected: list[Rejected] = field(default_factory=list)


def record_events(events: Sequence[NewEvent]) -> Recorded:
    """Take in the good events, whatever the others are. An id counts once in an organization, however often it comes.

    The same id with other content is left out as `different_content`: what was counted first holds. An id stays taken
    when its event is cancelled, and an event that no price covers is taken in like any other (USE-4). Refused as a
    whole: more than 10,000 events.
    """
    if len(events) > MOST_EVENTS:
        message = f"{len(events)} events; send at most {MOST_EVENTS} at once"
        raise invalid("events", "too_many", message, "USE-1", len(events))
    recorded = Recorded()
    with transaction.atomic():
        lock_scopes()
        ready, recorded.rejected = ready_events(events)
        good = _first_of_each_id(ready, recorded)
        make_months_of(event.at for event in good)
        _insert(good, recorded)
    recorded.rejected.sort(key=lambda rejected: rejected.index)
    return recorded


def _first_of_each_id(events: Sequence[ReadyEvent], recorded: Recorded) -> list[ReadyEvent]:
    """The batch without repetitions, which are counted."""
    first: dict[tuple[int, str], ReadyEvent] = {}
    for event in events:
        held = first.setdefault((event.scope, event.event_id), event)
        if held is not event:
            _count_repetition(event, held.content() == event.content(), recorded)
    return list(first.values())


def _count_repetition(event: ReadyEvent, is_same: bool, recorded: Recorded) -> None:
    if is_same:
        recorded.duplicates += 1
    else:
        message = f"event {event.event_id!r} was counted before with other content"
        recorded.rejected.append(Rejected(event.place, "different_content", message))


def _insert(events: Sequence[ReadyEvent], recorded: Recorded) -> None:
    if not events:
        return
    counted_before = set(ask_about(INSERT, events))
    recorded.accepted = len(events) - len(counted_before)
    if counted_before:
        repeated = [event for event in events if event.place in counted_before]
        same = set(ask_about(SAME_AS_STORED, repeated))
        for event in repeated:
            _count_repetition(event, event.place in same, recorded)
