"""Subscriptions, who pays for them, their groups, and one-time charges."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field

from banyan.api.bodies import Body
from banyan.api.fields import (
    AccountId,
    Answer,
    ContractId,
    CustomerId,
    Day,
    DecimalIn,
    DecimalOut,
    PriceId,
    ProductId,
    SubscriptionGroupId,
    SubscriptionId,
    SubscriptionItemId,
    choice,
    not_named,
    text,
)
from banyan.api.schemas.relations import PayerAnswer

Anchor = Annotated[str, choice("cycle", "start_date")]
Mode = Annotated[str, choice("customer_separate", "customer_consolidated", "parent", "eldest_ancestor", "ancestor")]


DayOrNone = date | None


class NewItem(Body):
    """A price and how many of it. `named_only`: of usage, only events that name the subscription (USE-5)."""

    price: PriceId
    quantity: DecimalIn | None = None
    named_only: bool = False


class WhoPays(Body):
    """WHO-1. `customer` names the payer of mode `ancestor`. However the payer is found, it takes a manager where the
    account of another customer pays (ORG-3)."""

    mode: Mode
    customer: CustomerId | None = None


class NewSubscription(Body):
    """SUB-1, SUB-2, WHO-1, CTR-2. `end_date` is the last day served (DAT-1); under a contract that ends, it ends with
    that unless `end_date` is earlier.
    """

    account: AccountId
    items: list[NewItem] = Field(min_length=1, max_length=1000)
    start_date: Day
    end_date: Day | None = None
    anchor: Anchor | None = None
    number: Annotated[str, text(200)] | None = None
    who_pays: WhoPays | None = None
    group: SubscriptionGroupId | None = None
    contract: ContractId | None = None


class NewOrder(Body):
    """SUB-1: what is to be subscribed to; starts on the day it is activated without `start_date`. `end_date` is the
    last day served (DAT-1).
    """

    account: AccountId
    items: list[NewItem] = Field(min_length=1, max_length=1000)
    start_date: Day | None = None
    end_date: Day | None = None
    anchor: Anchor | None = None
    number: Annotated[str, text(200)] | None = None
    who_pays: WhoPays | None = None
    group: SubscriptionGroupId | None = None
    contract: ContractId | None = None


class OrderChanges(Body):
    """SUB-1: other terms of a draft; only what is named changes. `items` replace all that it had."""

    items: list[NewItem] = not_named(min_length=1, max_length=1000)
    start_date: Day | None = None
    end_date: Day | None = None
    anchor: Anchor = not_named()
    who_pays: WhoPays | None = None
    group: SubscriptionGroupId | None = None
    contract: ContractId | None = None


class OrderItemAnswer(Answer):
    """A price and quantity as ordered."""

    price: str
    quantity: DecimalOut
    named_only: bool


class OrderAnswer(Answer):
    """SUB-1: `status` is draft, active or cancelled; `subscription` what came of an active one."""

    id: str
    number: str
    account: str
    status: str
    items: list[OrderItemAnswer]
    start_date: date | None
    end_date: date | None
    anchor: str
    who_pays: "WhoPaysAnswer | None"
    group: str | None
    contract: str | None
    subscription: str | None
    cancelled_at: datetime | None
    created_at: datetime


class ItemAnswer(Answer):
    """The price and quantity in force today, or at the subscription's end. `start_date` and `end_date`, its last day
    (DAT-1), are those of an item that was added later or ended by itself, null where they are the subscription's.
    """

    id: str
    price: str
    quantity: DecimalOut
    named_only: bool
    start_date: date | None
    end_date: date | None
    billed_until: date | None


class AgreedChangeAnswer(Answer):
    """SUB-8: what is agreed for an item from `date` on; null for what goes on as it is."""

    id: str
    date: date
    item: str
    price: str | None
    quantity: DecimalOut | None


class PauseAnswer(Answer):
    """SUB-9: the first day of a pause and its last; null: until the subscription is resumed."""

    date: date
    until: DayOrNone


class WhoPaysAnswer(Answer):
    """WHO-1: as it holds today, or at the subscription's start; `customer` is the payer, null when out of reach."""

    mode: str
    customer: str | None


class SubscriptionAnswer(Answer):
    """SUB-1. `end_date` is the last day served (DAT-1). `changes` are those that are agreed for days after the one
    asked about (default today), by day; `pauses` are all that there are, by day (SUB-9).
    """

    id: str
    number: str
    account: str
    status: str
    start_date: date
    end_date: date | None
    anchor: str
    items: list[ItemAnswer]
    changes: list[AgreedChangeAnswer]
    pauses: list[PauseAnswer]
    who_pays: WhoPaysAnswer | None
    group: str | None
    contract: str | None
    cancelled_at: datetime | None
    created_at: datetime


class Cancellation(Body):
    """SUB-5: `date` is the first day not served any more, so that `end_date` is the day before (DAT-1);
    `prorate` false keeps what was billed in advance.
    """

    date: Day
    prorate: bool = True


class ItemChange(Body):
    """What is not given stays as it is. `add` is added to the quantity of that day, `-2` takes two away (API-7)."""

    id: SubscriptionItemId
    quantity: DecimalIn | None = None
    add: DecimalIn | None = None
    price: PriceId | None = None


class SubscriptionChange(Body):
    """SUB-5, SUB-8: other quantities or prices from `date` on, each until the next that is agreed. What holds on that
    day already is no change.
    """

    date: Day
    items: list[ItemChange] = Field(min_length=1, max_length=1000)


class PauseBody(Body):
    """SUB-9: `date` is the first day that is not charged, `until` the last one (DAT-1); without it, until it is
    resumed.
    """

    date: Day
    until: Day | None = None


class Resumption(Body):
    """SUB-9: `date` is the first day that is charged again."""

    date: Day


class AddedItem(Body):
    """SUB-9: a price, how many of it, and the first day (default today, or the subscription's start if that is to
    come). `named_only`: of usage, only events that name the subscription (USE-5).
    """

    price: PriceId
    quantity: DecimalIn | None = None
    named_only: bool = False
    start_date: Day | None = None


class ItemEnd(Body):
    """SUB-9: `date` is the first day on which the item is no longer served; null takes an end back."""

    date: Day | None


class ContractChoice(Body):
    """CTR-2: the contract that it belongs to from now on; null for none."""

    contract: ContractId | None


class PayerChoice(Body):
    """WHO-1: who pays from `effective_date` (default today) on."""

    mode: Mode
    customer: CustomerId | None = None
    effective_date: Day | None = None


class PayerToPreview(Body):
    """REL-3: the choice as it would be made; without a mode the account would pay for itself."""

    mode: Mode | None
    customer: CustomerId | None = None
    effective_date: Day | None = None


class NewGroup(Body):
    """GRP-1."""

    payer: CustomerId
    name: Annotated[str, text(500)] | None = None
    members: list[SubscriptionId] | None = Field(None, max_length=1000)


class GroupChanges(Body):
    """Only what is named changes."""

    name: Annotated[str, text(500)] = not_named()


class NewMember(Body):
    """GRP-3: from `effective_date` (default today) on."""

    subscription: SubscriptionId
    effective_date: Day | None = None


class MemberCandidate(Answer):
    """GRP-3: a subscription that could be in a group."""

    subscription: str
    number: str
    account: str
    account_number: str
    customer: str


class MemberCandidates(Answer):
    """The first candidates by number; type more to find others."""

    data: list[MemberCandidate]


class GroupAnswer(Answer):
    """GRP-1, with its members of today."""

    id: str
    name: str
    payer: str
    is_default: bool
    members: list[str]


class ChargeWhoPaysAnswer(Answer):
    """WHO-1: the mode that was chosen, and for mode `ancestor` the customer, null when out of reach."""

    mode: str
    customer: str | None


class NewCharge(Body):
    """SUB-7: a negative amount is a credit. It is paid like `subscription`, or by `who_pays`, or else by the setting
    Default Payer & Consolidation (WHO-2).
    """

    account: AccountId
    description: Annotated[str, text(2000)]
    amount: DecimalIn
    date: Day
    product: ProductId | None = None
    subscription: SubscriptionId | None = None
    who_pays: WhoPays | None = None


class ChargeChanges(Body):
    """SUB-7: what is named of a charge that is not billed yet; a subscription takes the place of `who_pays` and the
    other way round.
    """

    description: Annotated[str, text(2000)] = not_named()
    amount: DecimalIn = not_named()
    date: Day = not_named()
    product: ProductId | None = None
    subscription: SubscriptionId | None = None
    who_pays: WhoPays | None = None
    reason: Annotated[str, text(2000)] = not_named(description="Why it is changed; kept in the history")


class ChargeAnswer(Answer):
    """SUB-7. `who_pays` is its own choice, null when it is paid like its subscription or by its account."""

    id: str
    account: str
    description: str
    amount: DecimalOut
    currency: str
    date: date
    product: str | None
    subscription: str | None
    who_pays: ChargeWhoPaysAnswer | None
    billed: bool
    created_at: datetime


class ChargePreviewAnswer(Answer):
    """SUB-7: who would be invoiced for a charge on its day, and what is worth a second look."""

    payer: PayerAnswer
    warnings: list[str]
