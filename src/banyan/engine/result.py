"""What the engine decides, frozen: a bill with its invoices, lines and the reasons for them."""

from datetime import date
from decimal import Decimal

from banyan.engine.facts import DiscountTaken, LineKind, PayingAccount, TaxTaken
from banyan.kernel.calendar import Period
from banyan.kernel.frozen import frozen


@frozen
class Step:
    """One step from the account a charge comes from towards the account that pays, and the rule that led there."""

    rule: str
    from_account: int
    to_account: int


@frozen
class Payer:
    """WHO-6: who pays, by which rule (that of the last step), and the steps that led there.

    A charge that its own account pays has one step, from the account to itself, with rule WHO-5.
    """

    account_id: int
    rule: str
    trail: tuple[Step, ...]

    def __hash__(self) -> int:
        """By the account that the charge comes from: quick, and as different as payers are."""
        return self.trail[0].from_account


@frozen
class UsageTaken:
    """POO-3: how much was used, and how much of it the own and the shared allowance covered."""

    used: Decimal
    own_allowance: Decimal
    shared_allowance: Decimal


@frozen
class Line:
    """INV-4, before it has a number. `discount` and `tax` are the sums of `discounts` and `taxes`.

    `quantity` and `unit_amount` are what a person would multiply; `unit_amount` is None where no single price holds.
    With `reverse_charge` the customer accounts for the VAT (TAX-3).
    """

    kind: LineKind
    account_id: int
    subscription_id: int | None
    item_id: int | None
    charge_id: int | None
    product_id: int | None
    price_id: int | None
    description: str
    period: Period
    quantity: Decimal
    unit_amount: Decimal | None
    gross: Decimal
    discount: Decimal
    discounts: tuple[DiscountTaken, ...]
    tax: Decimal
    taxes: tuple[TaxTaken, ...]
    payer: Payer
    usage: UsageTaken | None = None
    correction: int = 0
    corrects: int | None = None
    reverse_charge: bool = False

    @property
    def net(self) -> Decimal:
        return self.gross - self.discount

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


@frozen
class Invoice:
    """INV-1: the lines that go on one invoice, in order. The three ids say why it is apart from the payer's others."""

    for_account_id: int | None
    group_id: int | None
    subscription_id: int | None
    gross: Decimal
    discount: Decimal
    tax: Decimal
    lines: tuple[Line, ...]

    @property
    def total(self) -> Decimal:
        return self.gross - self.discount + self.tax

    @property
    def reverse_charge(self) -> bool:
        return any(line.reverse_charge for line in self.lines)


@frozen
class ItemState:
    """How far an item is billed once this bill is issued; see facts.Item. Given only for items whose state changes."""

    item_id: int
    billed_until: date | None
    changed_from: date | None


@frozen
class Bill:
    """What one payer is to be invoiced on one billing date.

    `carried` are the invoices that INV-7 holds back (below the minimum, or a credit): not issued, their charges come
    again.
    """

    payer: PayingAccount
    billing_date: date
    due_date: date
    invoices: tuple[Invoice, ...]
    carried: tuple[Invoice, ...]
    item_states: tuple[ItemState, ...]
