"""Files of meters (USE-1)."""

from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.inputs import NewMeter
from banyan.catalog.models import Meter
from banyan.transfer.cells import WHOLE_NUMBER
from banyan.transfer.columns import Column, FileKind, KnownBy, one_by_one

METERS = FileKind(
    name="meters",
    explained="What usage is counted with.",
    columns=(
        Column("key", "unique; usage and prices refer to it", required=True),
        Column("name", "default the key"),
        Column("unit", "default unit"),
        Column("aggregation", "`sum` (default), `count`, `max`, `last` or `unique`"),
        Column("precision", "decimals of a unit, default 0", WHOLE_NUMBER),
    ),
    known_by=KnownBy(("key",)),
    rows=lambda view: [Meter.objects.order_by("id")],
    write=one_by_one(lambda record: create_meter(NewMeter(**record.fields()))),
)
