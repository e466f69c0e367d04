"""The dated relations: setting them, looking at them, and what a change would do."""

from datetime import date
from typing import Annotated

from typing_extensions import TypedDict

from banyan.api.bodies import Body
from banyan.api.fields import AccountId, Answer, CustomerId, Day, DecimalOut, choice


class CustomerParentChange(Body):
    """CHI-1: from `effective_date` (default today) on."""

    parent: CustomerId
    effective_date: Day | None = None


class AccountParentChange(Body):
    """AHI-1. `children`: `move` along (default) or `stay` with the old parent (AHI-4)."""

    parent: AccountId
    effective_date: Day | None = None
    children: Annotated[str, choice("move", "stay")] = "move"


class ResponsibleAccountChange(Body):
    """BHI-1: from `effective_date` (default today) on."""

    responsible_account: AccountId
    effective_date: Day | None = None


class CustomerParentToPreview(Body):
    """REL-3: the change as it would be made; null takes the customer out from under its parent."""

    parent: CustomerId | None
    effective_date: Day | None = None


class AccountParentToPreview(Body):
    """REL-3: the change as it would be made; null makes the account the root of its tree."""

    parent: AccountId | None
    effective_date: Day | None = None
    children: Annotated[str, choice("move", "stay")] = "move"


class ResponsibleAccountToPreview(Body):
    """REL-3: the change as it would be made; null lets the account be invoiced itself."""

    responsible_account: AccountId | None
    effective_date: Day | None = None


class RelatedCustomer(Answer):
    """An older relative or a child."""

    customer: str
    number: str
    name: str


class RelatedAccount(Answer):
    """An older relative or a candidate, with its customer's name."""

    account: str
    number: str
    name: str
    customer: str


class Candidates(Answer):
    """The first candidates by number, those of the customer and its older relatives before others as long as nothing is
    typed; type more to find others."""

    data: list[RelatedAccount]


class CustomerCandidates(Answer):
    """The first candidates by number; type more to find others."""

    data: list[RelatedCustomer]


class HierarchyAnswer(Answer):
    """CHI-2, CHI-3: ancestors nearest first; `depth` counts from the root, `height` the levels from here down. What is
    out of reach is left out and not counted."""

    customer: str
    on: date
    ancestors: list[RelatedCustomer]
    children: list[RelatedCustomer]
    depth: int
    height: int


class TreeNode(Answer):
    """AHI-5: an account of a subtree; its depth counts from where the tree was asked for."""

    account: str
    number: str
    name: str
    parent: str | None
    depth: int


class TreeAnswer(Answer):
    """The subtree, root first."""

    data: list[TreeNode]


class Rollup(Answer):
    """AHI-5: an account and everything below it that is reached, added up as it was at the end of a day."""

    account: str
    on: date
    accounts: int
    balance_by_currency: dict[str, DecimalOut]
    open_invoices: int
    overdue_invoices: int
    invoiced_by_currency: dict[str, DecimalOut]
    usage_by_meter: dict[str, DecimalOut]


PayerStep = TypedDict("PayerStep", {"rule": str, "from": str | None, "to": str | None, "because": str})
"""WHO-6: a step from the account a charge comes from towards the account that pays. An account out of reach is null."""


class PayerAnswer(Answer):
    """WHO-6: who pays (null: an account out of reach), by which rule, and the steps that led there."""

    account: str | None
    rule: str
    trail: list[PayerStep]


class SubscriptionPayerChange(Answer):
    """REL-3: who pays for a subscription now, and who would."""

    subscription: str
    number: str
    now: PayerAnswer
    then: PayerAnswer


class PayerPreviewAnswer(Answer):
    """REL-3: who pays for a subscription, and who would from that day on; nothing is changed."""

    effective_date: date
    subscriptions: list[SubscriptionPayerChange]


class CustomerParentPreview(Answer):
    """REL-3: older relatives nearest first, depth and payers as they would be; nothing is changed."""

    effective_date: date
    ancestors: list[RelatedCustomer]
    depth: int
    subscriptions: list[SubscriptionPayerChange]


class AccountRelationPreview(Answer):
    """REL-3: older relatives nearest first, depth and payers as they would be; nothing is changed."""

    effective_date: date
    ancestors: list[RelatedAccount]
    depth: int
    subscriptions: list[SubscriptionPayerChange]
