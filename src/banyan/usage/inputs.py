"""What the verbs and reads of usage take."""

from collections.abc import Hashable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class NewEvent(NamedTuple):
    """USE-1. `account` is an account's public id or number, `meter` a meter's key, `timestamp` has a time zone.

    `subscription` is the public id or number of one of the account, where the event belongs to it alone (USE-5).
    """

    id: str
    account: str
    meter: str
    timestamp: datetime
    quantity: Decimal
    properties: Mapping[str, object] | None = None
    subscription: str | None = None


class Moments(NamedTuple):
    """From a moment up to before another."""

    start: datetime
    end: datetime


class UsageRequest(NamedTuple, Generic[Key]):
    """What an account used in all of these stretches together: one aggregate of them, however many they are.

    USE-5: where `named` is a subscription, of the events that name it; else of all but those that name a subscription
    of `apart` in its moments.
    """

    key: Key
    account_id: int
    meter_id: int
    stretches: tuple[Moments, ...]
    named: int | None = None
    apart: tuple[tuple[int, Moments], ...] = ()
