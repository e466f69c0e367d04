"""What the verbs and reads of usage take."""

from collections.abc import Hashable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class NewEvent(NamedTuple):
    """USE-1. `account` is an account's public id or number, `meter` a meter's key, `timestamp` has a time zone."""

    id: str
    account: str
    meter: str
    timestamp: datetime
    quantity: Decimal
    properties: Mapping[str, object] | None = None


class UsageRequest(NamedTuple, Generic[Key]):
    """What an account used from `start` up to before `end`, days that begin at midnight in `time_zone`."""

    key: Key
    account_id: int
    meter_id: int
    start: date
    end: date
    time_zone: str
