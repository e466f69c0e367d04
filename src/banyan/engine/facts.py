"""What billing has to know, frozen. Loaders make these from rows; the engine makes a bill from them and nothing else.

Units: amounts and unit prices are Decimals in the major unit of the currency (19.99), percents are 0..100, quantities
are in the meter's or product's unit. Dates are days; a date called `end` or `until` is the first day that is no longer
in.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from banyan.kernel.calendar import Interval, Period
from banyan.kernel.frozen import frozen


class PriceType(StrEnum):
    """CAT-1."""

    RECURRING = "recurring"
    ONE_TIME = "one_time"
    USAGE = "usage"


class PriceModel(StrEnum):
    """CAT-2."""

    FLAT = "flat"
    PER_UNIT = "per_unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"


class Timing(StrEnum):
    """SUB-4: charged on the period's first day, or on its end."""

    IN_ADVANCE = "in_advance"
    IN_ARREARS = "in_arrears"


class LineKind(StrEnum):
    """What an invoice line is for."""

    RECURRING = "recurring"
    USAGE = "usage"
    ONE_TIME = "one_time"
    CORRECTION = "correction"


class Rendering(StrEnum):
    """BHI-4: how a responsible account's charges are laid out on invoices."""

    AGGREGATED = "aggregated"
    PER_ACCOUNT = "per_account"


class TaxRounding(StrEnum):
    """TAX-4: taxes are rounded on the sum of an invoice's lines, or line by line."""

    DOCUMENT = "document"
    LINE = "line"


class TaxDate(StrEnum):
    """TAX-1: the rates are those of the service day, or those of the billing date."""

    SUPPLY = "supply"
    INVOICE = "invoice"


class WhoPaysMode(StrEnum):
    """WHO-1."""

    CUSTOMER_SEPARATE = "customer_separate"
    CUSTOMER_CONSOLIDATED = "customer_consolidated"
    PARENT = "parent"
    ELDEST_ANCESTOR = "eldest_ancestor"
    ANCESTOR = "ancestor"


@frozen
class Tier:
    """CAT-3: units up to and including `up_to`; None is without end."""

    up_to: Decimal | None
    unit_amount: Decimal
    flat_amount: Decimal


class Aggregation(StrEnum):
    """USE-1: what the events of a period come to."""

    SUM = "sum"
    COUNT = "count"
    MAX = "max"
    LAST = "last"
    UNIQUE = "unique"


ADDITIVE = frozenset({Aggregation.SUM, Aggregation.COUNT})
"""What parts of a period add up to the whole of (SUB-10)."""


@frozen
class Meter:
    """USE-1: what usage is counted with; `precision` is the decimals of a unit."""

    id: int
    key: str
    unit: str
    precision: int
    aggregation: Aggregation = Aggregation.SUM


@frozen
class Product:
    """What a line is for."""

    id: int
    name: str
    tax_category: str | None


@frozen
class Price:
    """CAT-1. `included_quantity` (USE-3), `pooled` (POO-1) and `show_covered_usage` (POO-3) are for usage prices."""

    id: int
    product: Product
    currency: str
    type: PriceType
    model: PriceModel
    interval: Interval
    timing: Timing
    unit_amount: Decimal
    flat_amount: Decimal
    tiers: tuple[Tier, ...]
    package_size: Decimal | None
    meter: Meter | None
    included_quantity: Decimal
    pooled: bool
    show_covered_usage: bool = True

    def __hash__(self) -> int:
        """By its number: what is remembered for a price has to be found quicker than it is worked out."""
        return self.id


@frozen
class Terms:
    """Price and quantity of a subscription item from `since` on, until the next terms."""

    since: date
    price: Price
    quantity: Decimal


@frozen
class Pause:
    """ACC-3: days that an item is not charged for; `end` None: until further notice, and so long the item waits as it
    is, with its other days, whatever the billing date.
    """

    start: date
    end: date | None


@frozen
class EarlierAnchor:
    """ACC-5: until that day an item's periods stepped from another day, that of the bill cycle its account had."""

    until: date
    anchor: date


@frozen(shared=True)
class Course:
    """How an item of a subscription runs. Items of many subscriptions share one: what is due of it is worked out once.

    `anchor` is the day its periods step from (SUB-2: the bill cycle's start, or the subscription's). `billed_until` is
    how far it was billed (None: never), `changed_from` the first day whose charges may differ from what was billed
    (None: nothing changed), so that an unchanged item costs one new period and no look at the past. `keep_until` holds
    what was billed in advance when a cancellation asked for no proration (SUB-5): until that day the in-advance charges
    stand although the item has ended. On the days of `pauses`, in order of time, nothing is charged (ACC-3).
    `earlier_anchors`, in order of time, hold before the anchor does.
    """

    anchor: date
    start: date
    end: date | None
    terms: tuple[Terms, ...]
    billed_until: date | None = None
    changed_from: date | None = None
    keep_until: date | None = None
    pauses: tuple[Pause, ...] = ()
    earlier_anchors: tuple[EarlierAnchor, ...] = ()

    @property
    def waits(self) -> bool:
        """Whether nothing of the item is billed or credited until its pause has an end (ACC-3)."""
        return bool(self.pauses) and self.pauses[-1].end is None


@frozen
class Item:
    """One item of a subscription."""

    id: int
    subscription_id: int
    account_id: int
    course: Course


@frozen
class OneTimeCharge:
    """SUB-7: not yet billed. A negative amount is a credit. It is paid like its subscription, if it has one."""

    id: int
    account_id: int
    product: Product | None
    description: str
    amount: Decimal
    currency: str
    date: date
    subscription_id: int | None = None


@frozen
class Validity:
    """The days from `first` to `last`, both in; None is without a bound (DAT-1)."""

    first: date | None
    last: date | None

    def holds_on(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


ALWAYS = Validity(None, None)


@frozen
class DiscountTaken:
    """A discount on a line; for a share of a fixed amount `percent` is None and `discount_id` says of which (DIS-4)."""

    name: str
    percent: Decimal | None
    amount: Decimal
    discount_id: int | None = None


@frozen
class TaxTaken:
    """A tax on a line."""

    name: str
    percent: Decimal
    amount: Decimal


@frozen
class BilledLine:
    """A live line of an issued invoice: what was billed for an item (never that of a void invoice).

    `invoiced_account_id` is the account whose invoice it is on. `correction` is 0 for a first billing, then 1, 2, …
    for the corrections with the same period start.
    """

    id: int
    item_id: int
    invoiced_account_id: int
    invoiced_account_inactive: bool
    kind: LineKind
    price: Price
    period: Period
    quantity: Decimal
    gross: Decimal
    discounts: tuple[DiscountTaken, ...]
    taxes: tuple[TaxTaken, ...]
    correction: int
    corrects: int | None
    reverse_charge: bool = False


@frozen
class PoolMember:
    """One usage item in a pool: its account (number breaks ties), what it used and its own allowance."""

    item_id: int
    account_number: str
    used: Decimal
    allowance: Decimal


@frozen
class Pool:
    """POO-1: everything that shares allowances for one full period; complete, whoever pays for its members.

    An item that is in only part of the period, or changes price inside it, is one member all the same, with all it
    used and the allowance of its last price.
    """

    meter: Meter
    period: Period
    members: tuple[PoolMember, ...]


@frozen
class Discount:
    """DIS-1: either `percent` or `amount`. `products` None: for all. A percentage has to be valid on a line's service
    day, a fixed amount on the billing date.
    """

    id: int
    account_id: int
    percent: Decimal | None
    amount: Decimal | None
    products: frozenset[int] | None
    valid: Validity = ALWAYS


@frozen
class TaxRate:
    """TAX-1."""

    id: int
    name: str
    country: str
    state: str | None
    tax_category: str | None
    percent: Decimal
    valid: Validity = ALWAYS

    def __hash__(self) -> int:
        """By its number, as a price."""
        return self.id


@frozen(shared=True)
class TaxRates:
    """All tax rates, in the order they were made, as they were read at one moment for many families."""

    rates: tuple[TaxRate, ...]


@frozen
class Account:
    """An account that charges come from. `country` and `state` are its place for taxes, `exempt` when it is not taxed
    although it is taxable (TAX-2). `seller_country` is its owner's; with `has_vat_id` its customer is a business with a
    validated VAT ID (TAX-3).
    """

    id: int
    number: str
    taxable: bool
    country: str | None
    state: str | None
    seller_country: str | None = None
    has_vat_id: bool = False
    exempt: tuple[Validity, ...] = ()


@frozen
class PayingAccount:
    """The account that gets the invoices of a family; how taxes are rounded and dated is its owner's (TAX-1, TAX-4)."""

    id: int
    number: str
    owner_id: int
    currency: str
    minimum_invoice_amount: Decimal
    rendering: Rendering
    payment_days: int
    inactive: bool
    tax_rounding: TaxRounding = TaxRounding.LINE
    tax_date: TaxDate = TaxDate.SUPPLY


@frozen
class SubscriptionPayer:
    """WHO-1, WHO-4 as it holds on the billing date: the paying customer's default account and the group, if any.

    `new_group_of` is the customer in whose default group it is, while there is no such group yet: it is made with the
    invoice (GRP-1).
    """

    mode: WhoPaysMode
    account_id: int
    group_id: int | None
    new_group_of: int | None = None


UsageKey = tuple[int, int, Period]
"""An item, a meter, and the full period or part of one."""


@frozen
class Family:
    """A payer and everything that it may have to be invoiced for on one billing date.

    May also hold items that somebody else pays for today, when an earlier line of theirs went to this payer (SUB-6).
    `responsible` maps a managed account to its responsible account on the billing date (BHI-7). `usage` is what a usage
    item's account used, rounded to the meter's precision: in each full period, over all days of it that are served
    together, and where prices change inside one also in each part; what is not in it is 0. `discounts` are in the order
    they were made; `fixed_taken` is what live invoices of the payer with this date took of fixed ones (DIS-4). `billed`
    holds the live lines of changed items, oldest first. `charge_payers` are those of one-time charges with a choice of
    their own.
    """

    payer: PayingAccount
    accounts: Mapping[int, Account]
    items: tuple[Item, ...]
    charges: tuple[OneTimeCharge, ...]
    billed: Mapping[int, tuple[BilledLine, ...]]
    usage: Mapping[UsageKey, Decimal]
    pools: tuple[Pool, ...]
    responsible: Mapping[int, int]
    subscription_payers: Mapping[int, SubscriptionPayer]
    discounts: Mapping[int, tuple[Discount, ...]]
    tax_rates: TaxRates
    fixed_taken: Mapping[int, Decimal] = field(default_factory=dict)
    charge_payers: Mapping[int, SubscriptionPayer] = field(default_factory=dict)

    def chosen_for(self, subscription_id: int | None, charge_id: int | None = None) -> SubscriptionPayer | None:
        """Who was chosen to pay for a charge: by its own choice, else by that of its subscription (SUB-7)."""
        own = None if charge_id is None else self.charge_payers.get(charge_id)
        if own is not None or subscription_id is None:
            return own
        return self.subscription_payers.get(subscription_id)
