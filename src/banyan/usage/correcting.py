"""Taking back what an event said: it is held, kept as a correction, and counts no more (USE-4)."""

from datetime import datetime

from django.db import connection

from banyan.foundation.history import current_actor
from banyan.kernel.refusals import Problems, conflict, unknown
from banyan.kernel.texts import fault_of
from banyan.usage.models import CorrectionKind, UsageCorrection, UsageEvent
from banyan.usage.scopes import find_counted

LONGEST_REASON = 500

HOLD = "SELECT at FROM usage_countedid WHERE key = %s FOR UPDATE"

KEEP = """
INSERT INTO usage_usagecorrection (event_id, account_id, meter_id, at, quantity, properties, subscription_id,
                                   received_at, kind, reason, actor)
SELECT event_id, account_id, meter_id, at, quantity, properties, subscription_id, received_at, %s, %s, %s
FROM usage_usageevent WHERE meter_id = %s AND account_id = %s AND at = %s AND event_id = %s
"""

PROPERTIES = """
SELECT properties::text FROM usage_usageevent WHERE meter_id = %s AND account_id = %s AND at = %s AND event_id = %s
"""

REMOVE = """
DELETE FROM usage_usageevent WHERE meter_id = %s AND account_id = %s AND at = %s AND event_id = %s
"""


def hold_event(event_id: str, account: int | None = None) -> tuple[UsageEvent, int]:
    """The event of that id that counts, and its scope, held until the transaction ends: others correct it after that.

    Refused: an id that no event of an account in reach has, or that several have while none is named, and one whose
    event was cancelled.
    """
    counted = find_counted(event_id, account)
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [counted.key])
        (at,) = cursor.fetchone()
    event = UsageEvent.objects.filter(
        meter=counted.meter_id, account=counted.account_id, at=at, event_id=event_id
    ).first()
    if event is not None:
        return event, counted.scope
    last = UsageCorrection.objects.filter(event_id=event_id, account=counted.account_id).order_by("-id").first()
    if last is None:
        raise unknown("id", "There is no such usage event.", event_id)
    message = (
        f"Event {event_id!r} was cancelled at {last.corrected_at:%Y-%m-%dT%H:%M:%SZ} ({last.reason}); "
        "send what was used instead under another id."
    )
    raise conflict("id", "already_cancelled", message, "USE-4", event_id)


def check_reason(reason: str, problems: Problems) -> None:
    """A text that says why."""
    if fault := fault_of(reason, LONGEST_REASON):
        problems.add("reason", "unreadable", f"reason {fault}", "USE-4", reason)


def take_back(event: UsageEvent, kind: CorrectionKind, reason: str) -> None:
    """The event counts no more; the next bill run finds it by the moment of its correction and bills the difference."""
    with connection.cursor() as cursor:
        cursor.execute(KEEP, [kind, reason.strip(), str(current_actor()), *_place(event)])
        cursor.execute(REMOVE, _place(event))


def kept_properties(event: UsageEvent) -> str:
    """The properties of an event that has some, as the database keeps them."""
    with connection.cursor() as cursor:
        cursor.execute(PROPERTIES, _place(event))
        (text,) = cursor.fetchone()
    return str(text)


def _place(event: UsageEvent) -> tuple[int, int, datetime, str]:
    return event.meter_id, event.account_id, event.at, event.event_id
