"""Files of usage events (USE-1)."""

from collections.abc import Sequence

from banyan.kernel.refusals import Refusal, invalid
from banyan.transfer.cells import DECIMAL, JSON, TIMESTAMP
from banyan.transfer.columns import Column, FileKind, Record, Written
from banyan.usage.actions.record_events import record_events
from banyan.usage.inputs import NewEvent
from banyan.usage.intake import Rejected
from banyan.usage.models import UsageEvent

_COLUMN_OF = {
    "unreadable_id": "id",
    "different_content": "id",
    "unknown_account": "account",
    "inactive_account": "account",
    "unknown_meter": "meter",
    "unknown_subscription": "subscription",
    "bad_timestamp": "timestamp",
    "too_far_ahead": "timestamp",
    "bad_quantity": "quantity",
    "bad_properties": "properties",
}


def _record(records: Sequence[Record]) -> Written:
    recorded = record_events([NewEvent(**record.rows[0].values) for record in records])
    return Written({rejected.index: _refusal(rejected) for rejected in recorded.rejected}, recorded.duplicates)


def _refusal(rejected: Rejected) -> Refusal:
    return invalid(_COLUMN_OF[rejected.code], rejected.code, rejected.message, "USE-1")


USAGE = FileKind(
    name="usage",
    explained="Usage events. An id counts once, however often it is sent.",
    columns=(
        Column("id", "the event's own, unique", required=True, source="event_id"),
        Column("account", "number of the account", required=True, source="account__number"),
        Column("meter", "key of the meter", required=True, source="meter__key"),
        Column("timestamp", "when it happened", TIMESTAMP, required=True, source="at"),
        Column(
            "quantity",
            "in the meter's unit; below 0 takes off, of a meter that adds up",
            DECIMAL,
            required=True,
        ),
        Column("properties", "a JSON object", JSON),
        Column(
            "subscription",
            "number of one of the account, where the event is for it alone",
            source="subscription__number",
        ),
    ),
    rows=lambda view: [UsageEvent.objects.order_by("at", "event_id")],
    repeated="An event with the id of one that was counted is unchanged if it says the same, and refused if not.",
    write=_record,
)
