"""Say anew what a usage event should have said (USE-4)."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Problems
from banyan.usage.correcting import check_reason, kept_properties, lock_event, take_back
from banyan.usage.inputs import NewEvent
from banyan.usage.intake import SENT, ReadyEvent, Rejected, ask_about, ready_events
from banyan.usage.models import CorrectionKind, UsageEvent
from banyan.usage.months import make_months_of

CHANGEABLE = ("timestamp", "quantity", "properties", "subscription")

FIELD_OF = {
    "unknown_account": "account",
    "inactive_account": "timestamp",
    "bad_timestamp": "timestamp",
    "too_far_ahead": "timestamp",
    "bad_quantity": "quantity",
    "bad_properties": "properties",
    "unknown_subscription": "subscription",
}
RULE_OF = {"inactive_account": "ACC-3", "unknown_subscription": "USE-5", "too_far_ahead": "USE-4"}

PUT_IN = f"""
WITH sent AS MATERIALIZED ({SENT}),
moved AS (UPDATE usage_countedid counted SET at = sent.at FROM sent WHERE counted.key = sent.key)
INSERT INTO usage_usageevent (event_id, account_id, meter_id, at, quantity, properties, subscription_id)
SELECT event_id, account_id, meter_id, at, quantity, properties, subscription_id FROM sent
RETURNING 0
"""


@transaction.atomic
def replace_event(event_id: str, changes: Mapping[str, Any], reason: str, account: int | None = None) -> None:
    """From now on the event says what `changes` name (`CHANGEABLE`), and else what it said; account and meter stay.

    What it said before is kept, with who, when and why, and the next run bills the difference. Refused: an unknown
    event or account, a cancelled event, no reason, nothing that differs, what a new event would be refused for,
    and an id that several accounts have while no `account` is named.
    """
    problems = Problems()
    held = lock_event(event_id, account, problems)
    check_reason(reason, problems)
    ready = None if held is None else _ready(held[0], changes, problems)
    problems.raise_if_any()
    assert held is not None
    assert ready is not None
    event, scope = held
    take_back(event, CorrectionKind.REPLACED, reason)
    make_months_of([ready.at])
    ask_about(PUT_IN, [ready._replace(scope=scope)])


def _ready(event: UsageEvent, changes: Mapping[str, Any], problems: Problems) -> ReadyEvent | None:
    """The event as it is to be kept. Properties that stay are taken as they are kept: reading numbers in them as
    Python does could change them."""
    if not changes:
        problems.add("quantity", "required", f"Name what changes: {', '.join(CHANGEABLE)}.", "USE-4")
        return None
    after = NewEvent(
        id=event.event_id,
        account=encode_id("account", event.account_id),
        meter=event.meter.key,
        timestamp=event.at,
        quantity=event.quantity,
        subscription=None if event.subscription_id is None else encode_id("subscription", event.subscription_id),
    )._replace(**changes)
    ready, rejected = ready_events([after])
    for one in rejected:
        _add(one, after, problems)
    if not ready:
        return None
    (new,) = ready
    if "properties" not in changes:
        new = new._replace(properties=None if event.properties is None else kept_properties(event))
    elif after.properties == event.properties:
        changes = {name: value for name, value in changes.items() if name != "properties"}
    same = (new.at, new.quantity, new.subscription_id) == (event.at, event.quantity, event.subscription_id)
    if same and "properties" not in changes:
        message = f"Event {event.event_id!r} says that already; name something that differs, or cancel it."
        problems.add(next(iter(changes), "properties"), "no_change", message, "USE-4")
    return new


def _add(rejected: Rejected, event: NewEvent, problems: Problems) -> None:
    field = FIELD_OF[rejected.code]
    rule = RULE_OF.get(rejected.code, "USE-1")
    problems.add(field, rejected.code, rejected.message, rule, getattr(event, field, None))
