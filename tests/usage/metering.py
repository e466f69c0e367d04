"""An account, a meter, and events for them."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.usage.actions.record_events import Recorded
from banyan.usage.inputs import NewEvent
from tests.business import a_meter, an_account


class Metering:
    """Events are of 5 January 2026, 10:00 UTC, unless told otherwise."""

    def __init__(self) -> None:
        self.account: Account = an_account()
        self.meter: Meter = a_meter()

    def event(self, id_: str, quantity: str = "1", **changes: Any) -> NewEvent:
        event: dict[str, Any] = {
            "id": id_,
            "account": self.account.number,
            "meter": self.meter.key,
            "timestamp": datetime(2026, 1, 5, 10, tzinfo=UTC),
            "quantity": Decimal(quantity),
        }
        return NewEvent(**(event | changes))


def codes(recorded: Recorded) -> list[tuple[int, str]]:
    """What was left out: index and code."""
    return [(rejected.index, rejected.code) for rejected in recorded.rejected]
