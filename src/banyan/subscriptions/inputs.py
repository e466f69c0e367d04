"""What the verbs of subscriptions take. None is "not given": the verb applies the default."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class NewItem:
    """A price and how many of it; 1 when not given. `named_only`: USE-5."""

    price: int
    quantity: Decimal | None = None
    named_only: bool = False


@dataclass(frozen=True, slots=True)
class WhoPaysChoice:
    """WHO-1: a mode of engine.facts.WhoPaysMode; `customer` names the ancestor for mode `ancestor`."""

    mode: str
    customer: int | None = None


@dataclass(frozen=True, slots=True)
class NewPayer:
    """Who pays for a subscription from a day on, by choice or in a group, until another day if one is given (WHO-1).

    With neither a choice nor a group the account pays for itself again. The day is by default that of effective_day.
    """

    subscription: int
    choice: WhoPaysChoice | None = None
    effective_date: date | None = None
    group: int | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class NewSubscription:
    """SUB-1, SUB-2. Starts today, anchored on the bill cycle, with a number of its own, when not given; ends with its
    contract when that has an end. `end_date` is its last day (DAT-1).
    """

    account: int
    items: tuple[NewItem, ...]
    start_date: date | None = None
    end_date: date | None = None
    anchor: str | None = None
    number: str | None = None
    who_pays: WhoPaysChoice | None = None
    group: int | None = None
    contract: int | None = None


@dataclass(frozen=True, slots=True)
class NewOrder:
    """SUB-1: like a new subscription; `number` is the order's own. Starts on the day it is activated when not given."""

    account: int
    items: tuple[NewItem, ...]
    start_date: date | None = None
    end_date: date | None = None
    anchor: str | None = None
    number: str | None = None
    who_pays: WhoPaysChoice | None = None
    group: int | None = None
    contract: int | None = None


@dataclass(frozen=True, slots=True)
class ItemChange:
    """New terms of an item; what is not given stays as it is. `add` is added to the quantity of the day (API-7); below
    0 it takes away.
    """

    id: int
    quantity: Decimal | None = None
    price: int | None = None
    add: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NewCharge:
    """SUB-7: a one-time charge in the account's currency; a negative amount is a credit.

    It is paid like its `subscription`, or by `who_pays`, or else by the setting Default Payer & Consolidation (WHO-2).
    """

    account: int
    description: str
    amount: Decimal
    date: date
    product: int | None = None
    subscription: int | None = None
    who_pays: WhoPaysChoice | None = None


@dataclass(frozen=True, slots=True)
class NewGroup:
    """GRP-1: a group, its paying customer and the subscriptions that are in it from the start.

    Its name is the customer's when not given.
    """

    payer: int
    name: str | None = None
    members: tuple[int, ...] = ()
