"""What the second opinion knows of a tenant: the facts that people gave, as they are on a billing date, and the lines.

Amounts, quantities and percents are fractions, days are days; an `end` is the first day that is no longer in, and
`valid_to` the last one that is.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

Period = tuple[date, date]
NOTHING = Fraction(0)


@dataclass(slots=True, eq=False)
class Price:
    """CAT-1. `interval` is ("day", 14) or ("month", 3); `advance`: charged on the first day (SUB-4). A tier is up to
    which unit it goes (None: on and on), its unit price, its flat amount."""

    id: int
    type: str
    product: int
    model: str
    interval: tuple[str, int]
    advance: bool
    unit: Fraction = NOTHING
    flat: Fraction = NOTHING
    tiers: tuple[tuple[Fraction | None, Fraction, Fraction], ...] = ()
    package: Fraction = NOTHING
    meter: int | None = None
    included: Fraction = NOTHING
    pooled: bool = False
    shows_covered: bool = True


@dataclass(slots=True, eq=False)
class Item:
    """Price and quantity are agreed apart from each other (SUB-8), each since a day; the first hold from the start on.

    `keep`: what was charged in advance stands until then although the item has ended (SUB-5). `pauses`: days that are
    not charged for, in order; the last may have no end. `anchors` and `cycles` are (until, what), the last until None.
    """

    id: int
    subscription: int
    account: int
    start: date
    end: date | None
    prices: list[tuple[date, Price]]
    quantities: list[tuple[date, Fraction]]
    anchors: list[tuple[date | None, date]]
    cycles: list[tuple[date | None, int]]
    keep: date | None = None
    closed: date | None = None
    pauses: list[tuple[date, date | None]] = field(default_factory=list)
    named_only: bool = False


@dataclass(slots=True, eq=False)
class Charge:
    """SUB-7. `date` None: it waits, as its account is closed."""

    id: int
    account: int
    subscription: int | None
    product: int | None
    description: str
    amount: Fraction
    date: date | None


@dataclass(slots=True, eq=False)
class Choice:
    """Who pays for a subscription or a charge, by choice (WHO-1): an account, and the group, if any; below zero the
    default group of the customer with that number, which is yet to be made (GRP-1).
    """

    mode: str
    account: int
    group: int | None


@dataclass(slots=True, eq=False)
class Account:
    """An account; `minimum`: INV-7. `exempt`: from when to when, both days in, None: without bound. `seller` is the
    country of its owner, `vat_id`: its customer has a validated one (TAX-3). `rounds_documents`, `taxed_on_supply`: how
    its owner rounds taxes (TAX-4), and which day decides about the rates (TAX-1)."""

    id: int
    number: str
    currency: str = "USD"
    cycle: int = 1
    taxable: bool = False
    exempt: list[tuple[date | None, date | None]] = field(default_factory=list)
    minimum: Fraction = NOTHING
    per_account: bool = False
    inactive: bool = False
    country: str | None = None
    state: str | None = None
    seller: str | None = None
    vat_id: bool = False
    rounds_documents: bool = False
    taxed_on_supply: bool = True
    payment_days: int = 0


@dataclass(slots=True, eq=False)
class Discount:
    """DIS-1: percent or amount; `products` None: for all."""

    id: int
    account: int
    percent: Fraction | None
    amount: Fraction | None
    products: frozenset[int] | None = None
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(slots=True, eq=False)
class Rate:
    """TAX-1."""

    name: str
    country: str
    state: str | None
    category: str | None
    percent: Fraction
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(slots=True, eq=False)
class Event:
    """USE-1: what was used on a day of its account. Those of an account and meter are in order of time."""

    account: int
    meter: int
    day: date
    much: Fraction
    value: str = ""
    subscription: int | None = None


@dataclass(slots=True)
class Meter:
    """USE-1."""

    aggregation: str
    precision: int
    unit: str = "unit"


@dataclass(slots=True)
class Product:
    """CAT-1."""

    name: str
    category: str | None


@dataclass(slots=True, eq=False)
class World:
    """Everything that is known of some accounts. `parents` are (account, parent, from, until)."""

    decimals: int
    accounts: dict[int, Account] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    charges: dict[int, Charge] = field(default_factory=dict)
    parents: list[tuple[int, int, date, date | None]] = field(default_factory=list)
    responsible: dict[int, int] = field(default_factory=dict)
    subscription_payers: dict[int, Choice] = field(default_factory=dict)
    charge_payers: dict[int, Choice] = field(default_factory=dict)
    discounts: dict[int, list[Discount]] = field(default_factory=dict)
    rates: list[Rate] = field(default_factory=list)
    events: dict[tuple[int, int], list[Event]] = field(default_factory=dict)
    products: dict[int, Product] = field(default_factory=dict)
    meters: dict[int, Meter] = field(default_factory=dict)
    prices: dict[int, Price] = field(default_factory=dict)

    @property
    def unit(self) -> Fraction:
        """The smallest amount of the currency."""
        return Fraction(1, 10**self.decimals)


@dataclass(slots=True)
class Taken:
    """A discount on a line: a percent, or a share of the fixed amount of `discount`, its number."""

    percent: Fraction | None
    amount: Fraction
    discount: int | None = None


@dataclass(slots=True)
class Levied:
    """A tax on a line."""

    name: str
    percent: Fraction
    amount: Fraction


Key = tuple[int | None, int | None, int | None, int | None]
"""What an invoice is apart for: a managed account, a group, a subscription by itself, a charge by itself (INV-1)."""


@dataclass(slots=True, eq=False)
class Line:
    """A line of an invoice: one that stands in the tenant (`id`), or one that was worked out here.

    `slot` is the full period that it is for, of a line of an item. `corrects` is the line that it corrects. `former`:
    it goes to who was invoiced before, and pays no longer. `managed`: for which account the payer is responsible.
    `live`: it stood at the moment that is looked at; `void`: it does not any more; `void_at`: since when, if that is
    known. `said_again`: it is on a void invoice, and stands on the one that was issued instead (INV-10);
    `first_id` and `first_invoice` are the line that was said first, and where.
    `taken`: how much was used, and how much of it the own and the shared allowance covered (POO-3), of first billings.
    `covered`: usage that an allowance covered whole, `charge_date`: when a first billing is due.
    """

    kind: str
    account: int
    subscription: int | None
    item: int | None
    charge: int | None
    product: int | None
    price: int | None
    slot: Period | None
    start: date
    end: date
    gross: Fraction
    quantity: Fraction | None
    description: str
    payer: int
    trail: tuple[tuple[str, int, int], ...] = ()
    managed: int | None = None
    former: bool = False
    covered: bool = False
    corrects: "Line | None" = None
    discounts: list[Taken] = field(default_factory=list)
    taxes: list[Levied] = field(default_factory=list)
    reverse: bool = False
    id: int | None = None
    live: bool = True
    invoice: int | None = None
    run: int | None = None
    billing_date: date | None = None
    key: Key = (None, None, None, None)
    due: date | None = None
    charge_date: date | None = None
    unit: Fraction | None = None
    taken: tuple[Fraction, Fraction, Fraction] | None = None
    void: bool = False
    void_at: datetime | None = None
    said_again: bool = False
    first_id: int | None = None
    first_invoice: int = 0

    def stood(self, at: datetime | None) -> bool:
        """Whether it was on no void invoice then, or is on none now (None)."""
        return self.live or (at is not None and self.void_at is not None and self.void_at > at)

    def set_dates(self, billing_date: date, payment_days: int) -> None:
        """The dates of the invoice that it is on (INV-2)."""
        self.billing_date = billing_date
        self.due = billing_date + timedelta(days=payment_days)

    @property
    def net(self) -> Fraction:
        """What is left of it after its discounts."""
        return self.gross - sum((one.amount for one in self.discounts), NOTHING)

    @property
    def total(self) -> Fraction:
        """With its taxes."""
        return self.net + sum((one.amount for one in self.taxes), NOTHING)


@dataclass(slots=True, eq=False)
class Invoice:
    """INV-1. `held`: it is not issued, as it is too little or a credit (INV-7), or says only that nothing is due."""

    key: Key
    lines: list[Line]
    held: bool

    @property
    def says_nothing(self) -> bool:
        """Only that allowances covered what was used: that makes no invoice (POO-3)."""
        return all(line.covered for line in self.lines)

    @property
    def total(self) -> Fraction:
        """What is to be paid."""
        return sum_of(line.total for line in self.lines)


def sum_of(amounts: Iterable[Fraction]) -> Fraction:
    """Zero for none."""
    return sum(amounts, NOTHING)


def holds(day: date, valid_from: date | None, valid_to: date | None) -> bool:
    """Whether something holds on a day."""
    return (valid_from is None or valid_from <= day) and (valid_to is None or day <= valid_to)
