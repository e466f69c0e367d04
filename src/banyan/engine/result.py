"""What the engine decides, frozen: a bill with its invoices, lines and the reasons for them."""

from datetime import date
from decimal import Decimal

from banyan.engine.facts import BilledLine, DiscountTaken, LineKind, PayingAccount, Product, TaxTaken
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


@frozen(shared=True)
class Charged:
    """What a line charges, whoever it is for; lines of many accounts share one.

    `quantity` and `unit_amount` are what a person would multiply; `unit_amount` is None where no single price holds.
    `service_day` decides which discounts and tax rates hold (DAT-3).
    """

    kind: LineKind
    product: Product | None
    price_id: int | None
    description: str
    period: Period
    quantity: Decimal
    unit_amount: Decimal | None
    gross: Decimal
    service_day: date
    usage: UsageTaken | None = None

    @property
    def is_covered(self) -> bool:
        """POO-3: an allowance covered all that was used; such a line alone makes no invoice."""
        return self.usage is not None and not self.gross


@frozen
class Draft:
    """A line on its way to an invoice: what is charged and who pays, before discounts and taxes.

    `corrects` is the billed line that this one corrects and takes discounts and taxes from (SUB-6), `standing` that
    line and all live corrections of it so far; of corrections of a void line, which are taken back, just these.
    """

    account_id: int
    subscription_id: int | None
    item_id: int | None
    charge_id: int | None
    charged: Charged
    payer: Payer
    correction: int = 0
    corrects: BilledLine | None = None
    standing: tuple[BilledLine, ...] = ()


@frozen(shared=True)
class Discounted:
    """What is taken off an amount, and what is left; `discount` is the sum of `discounts`. Many lines share one."""

    discount: Decimal
    discounts: tuple[DiscountTaken, ...]
    net: Decimal


@frozen(shared=True)
class Taken:
    """The discounts and taxes of an amount; `discount` and `tax` are their sums. Many lines share one."""

    discount: Decimal
    discounts: tuple[DiscountTaken, ...]
    net: Decimal
    tax: Decimal
    taxes: tuple[TaxTaken, ...]


@frozen
class Line:
    """INV-4, before it has a number: a draft with its discounts and taxes. With `reverse_charge` the customer accounts
    for the VAT (TAX-3).
    """

    draft: Draft
    taken: Taken
    reverse_charge: bool = False

    @property
    def kind(self) -> LineKind:
        return self.draft.charged.kind

    @property
    def account_id(self) -> int:
        return self.draft.account_id

    @property
    def subscription_id(self) -> int | None:
        return self.draft.subscription_id

    @property
    def item_id(self) -> int | None:
        return self.draft.item_id

    @property
    def charge_id(self) -> int | None:
        return self.draft.charge_id

    @property
    def product_id(self) -> int | None:
        product = self.draft.charged.product
        return None if product is None else product.id

    @property
    def price_id(self) -> int | None:
        return self.draft.charged.price_id

    @property
    def description(self) -> str:
        return self.draft.charged.description

    @property
    def period(self) -> Period:
        return self.draft.charged.period

    @property
    def quantity(self) -> Decimal:
        return self.draft.charged.quantity

    @property
    def unit_amount(self) -> Decimal | None:
        return self.draft.charged.unit_amount

    @property
    def gross(self) -> Decimal:
        return self.draft.charged.gross

    @property
    def discount(self) -> Decimal:
        return self.taken.discount

    @property
    def discounts(self) -> tuple[DiscountTaken, ...]:
        return self.taken.discounts

    @property
    def tax(self) -> Decimal:
        return self.taken.tax

    @property
    def taxes(self) -> tuple[TaxTaken, ...]:
        return self.taken.taxes

    @property
    def payer(self) -> Payer:
        return self.draft.payer

    @property
    def usage(self) -> UsageTaken | None:
        return self.draft.charged.usage

    @property
    def correction(self) -> int:
        return self.draft.correction

    @property
    def corrects(self) -> int | None:
        """The number of the billed line that this one corrects."""
        return None if self.draft.corrects is None else self.draft.corrects.id

    @property
    def net(self) -> Decimal:
        return self.taken.net

    @property
    def total(self) -> Decimal:
        return self.net + self.tax


@frozen
class Invoice:
    """INV-1: the lines that go on one invoice, in order. The ids say why it is apart from the payer's others;
    `new_group_of` is the customer whose default group is made with it (GRP-1).
    """

    for_account_id: int | None
    group_id: int | None
    new_group_of: int | None
    subscription_id: int | None
    charge_id: int | None
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
