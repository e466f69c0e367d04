"""Taking back what an event said: it is held, kept as a correction, and counts no more (USE-4)."""

from datetime import datetime

from django.db import connection

from banyan.accounts.models import Account
from banyan.foundation.history import current_actor
from banyan.kernel.refusals import Kind, Problems, Refusal, unknown
from banyan.kernel.texts import fault_of
from banyan.usage.models import CorrectionKind, UsageCorrection, UsageEvent
from banyan.usage.scopes import Counted, find_counted

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


def lock_event(event_id: str, account: int | None, problems: Problems) -> tuple[UsageEvent, int] | None:
    """The event of that id that counts, and its scope, held until the transaction ends: others correct it after that.

    Refused at once: an id that no event of an account in reach has. None, with what is wrong among the problems, where
    several have it while none is named, and where the event was cancelled. An account that there isn't is a problem as
    well; the event is then the one that the id alone leads to, so that what else is wrong can be told of it.
    """
    counted = _counted(event_id, account, problems)
    if counted is None:
        return None
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
    problems.add("id", "already_cancelled", message, "USE-4", event_id, Kind.CONFLICT)
    return None


def _counted(event_id: str, account: int | None, problems: Problems) -> Counted | None:
    is_known = account is None or Account.reachable.filter(pk=account).exists()
    if not is_known:
        problems.add("account", "unknown", "There is no such account.", "USE-1", account)
    try:
        return find_counted(event_id, account if is_known else None)
    except Refusal as refusal:
        if refusal.kind is Kind.UNKNOWN:
            raise
        if is_known:
            problems.take(refusal)
        return None


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
