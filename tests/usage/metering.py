"""An account, a meter, and events for them."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from banyan.accounts.models import Account
from banyan.catalog.models import Meter
from banyan.kernel.calendar import Period
from banyan.usage.actions.record_events import Recorded
from banyan.usage.days import AccountDays
from banyan.usage.inputs import NewEvent, UsageRequest
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


def asked(account_id: int, meter_id: int, *days: tuple[date, date], time_zone: str = "UTC") -> UsageRequest[str]:
    """What the account used on these days together, each from the first up to before the second; its key is `it`."""
    of_account = AccountDays(time_zone)
    return UsageRequest("it", account_id, meter_id, tuple(of_account.moments(Period(*pair)) for pair in days))
