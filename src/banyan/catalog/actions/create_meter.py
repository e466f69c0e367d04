"""Set up what usage is counted with (USE-1)."""

from django.db import IntegrityError, transaction

from banyan.catalog.checks import check_choice, check_text
from banyan.catalog.inputs import NewMeter
from banyan.catalog.models import Aggregation, Meter
from banyan.kernel.decimals import DECIMALS
from banyan.kernel.refusals import Problems, invalid


def create_meter(new: NewMeter) -> Meter:
    """A new meter. Refused when its key is taken."""
    problems = Problems()
    meter = _with_defaults(new)
    for field, longest in (("key", 100), ("name", 200), ("unit", 50)):
        check_text(problems, field, getattr(meter, field), longest, "USE-1")
    check_choice(problems, "aggregation", meter.aggregation, tuple(Aggregation.values), "USE-1")
    if not 0 <= meter.precision <= DECIMALS:
        message = f"precision {meter.precision} must be from 0 to {DECIMALS} decimals"
        problems.add("precision", "out_of_range", message, "USE-1", meter.precision)
    problems.raise_if_any()
    try:
        with transaction.atomic():
            meter.save()
    except IntegrityError:
        raise invalid("key", "taken", f"key {new.key!r} is that of another meter", "USE-1", new.key) from None
    return meter


def _with_defaults(new: NewMeter) -> Meter:
    return Meter(
        key=new.key,
        name=new.key if new.name is None else new.name,
        unit="unit" if new.unit is None else new.unit,
        aggregation=Aggregation.SUM if new.aggregation is None else new.aggregation,
        precision=0 if new.precision is None else new.precision,
    )
