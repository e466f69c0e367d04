"""Files of usage events (USE-1)."""

from collections.abc import Sequence

from banyan.kernel.refusals import Refusal, invalid
from banyan.transfer.cells import DECIMAL, JSON, TIMESTAMP
from banyan.transfer.columns import Column, ImportKind, Record, Written
from banyan.usage.actions.record_events import Rejected, record_events
from banyan.usage.inputs import NewEvent

_COLUMN_OF = {
    "unreadable_id": "id",
    "different_content": "id",
    "unknown_account": "account",
    "unknown_meter": "meter",
    "bad_timestamp": "timestamp",
    "bad_quantity": "quantity",
    "bad_properties": "properties",
}


def _record(records: Sequence[Record]) -> Written:
    recorded = record_events([NewEvent(**record.rows[0].values) for record in records])
    return Written({rejected.index: _refusal(rejected) for rejected in recorded.rejected}, recorded.duplicates)


def _refusal(rejected: Rejected) -> Refusal:
    return invalid(_COLUMN_OF[rejected.code], rejected.code, rejected.message, "USE-1")


USAGE = ImportKind(
    name="usage",
    explained="Usage events. An id counts once, however often it is sent.",
    columns=(
        Column("id", "the event's own, unique", required=True),
        Column("account", "number of the account", required=True),
        Column("meter", "key of the meter", required=True),
        Column("timestamp", "when it happened", TIMESTAMP, required=True),
        Column("quantity", "in the meter's unit", DECIMAL, required=True),
        Column("properties", "a JSON object", JSON),
    ),
    write=_record,
)
