"""A company in memory: its accounts and items, and what was billed. Runs feed the engine and keep what it decides.

It does what actions, loaders and the database do around the engine, in the shortest way: every family holds every
item, and a change notes the day it is from.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from itertools import takewhile

from banyan.engine.bill import bill
from banyan.engine.facts import (
    ALWAYS,
    Account,
    Aggregation,
    BilledLine,
    Course,
    Discount,
    EarlierAnchor,
    Family,
    Item,
    LineKind,
    Meter,
    OneTimeCharge,
    Pause,
    PayingAccount,
    Pool,
    PoolMember,
    Price,
    PriceType,
    Rendering,
    SubscriptionPayer,
    TaxDate,
    TaxRate,
    TaxRates,
    TaxRounding,
    Terms,
    UsageKey,
    Validity,
)
from banyan.engine.periods import Segment, segments
from banyan.engine.result import Bill, Invoice, Line
from banyan.kernel.calendar import Period


@dataclass(slots=True)
class Issued:
    """A line of an issued invoice."""

    id: int
    billing_date: date
    account_id: int
    invoice: Invoice
    line: Line
    live: bool = True


@dataclass(slots=True)
class Company:
    """Everything that can be billed, in the state of now."""

    anchor: date = date(2026, 1, 1)
    accounts: dict[int, Account] = field(default_factory=dict)
    parents: dict[int, int] = field(default_factory=dict)
    minimum: dict[int, Decimal] = field(default_factory=dict)
    per_account: set[int] = field(default_factory=set)
    inactive: set[int] = field(default_factory=set)
    items: dict[int, Item] = field(default_factory=dict)
    charges: dict[int, OneTimeCharge] = field(default_factory=dict)
    responsible: dict[int, int] = field(default_factory=dict)
    subscription_payers: dict[int, SubscriptionPayer] = field(default_factory=dict)
    charge_payers: dict[int, SubscriptionPayer] = field(default_factory=dict)
    discounts: dict[int, tuple[Discount, ...]] = field(default_factory=dict)
    tax_rates: tuple[TaxRate, ...] = ()
    events: list[tuple[int, date, Decimal]] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)
    prices: dict[int, Price] = field(default_factory=dict)
    tax_rounding: TaxRounding = TaxRounding.LINE
    tax_date: TaxDate = TaxDate.SUPPLY
    currency: str = "USD"

    def account(self, id: int, *, taxable: bool = False, country: str | None = None, state: str | None = None) -> int:
        self.accounts[id] = Account(id, f"A-{id:02}", taxable, country, state)
        return id

    def subscribe(self, account: int, *terms: Terms, subscription: int | None = None, end: date | None = None) -> int:
        """A new item; alone in its subscription, which then has the same number."""
        id = len(self.items) + 1
        self.prices |= {own.price.id: own.price for own in terms}
        self.items[id] = Item(id, subscription or id, account, Course(self.anchor, terms[0].since, end, terms))
        return id

    def charge(self, account: int, amount: str, on: date, subscription: int | None = None) -> int:
        id = len(self.charges) + 1
        self.charges[id] = OneTimeCharge(id, account, None, "Visit", Decimal(amount), self.currency, on, subscription)
        return id

    def discount(
        self, account: int, percent: str | None = None, amount: str | None = None, valid: Validity = ALWAYS
    ) -> None:
        number = sum(len(found) for found in self.discounts.values()) + 1
        made = Discount(
            number,
            account,
            None if percent is None else Decimal(percent),
            None if amount is None else Decimal(amount),
            None,
            valid,
        )
        self.discounts[account] = (*self.discounts.get(account, ()), made)

    def cancel(self, item: int, on: date, *, prorate: bool = True) -> None:
        self._change(item, on, end=on, keep_until=None if prorate else self.items[item].course.billed_until)

    def resume(self, item: int) -> None:
        """Takes a cancellation back."""
        end = self.items[item].course.end
        if end is not None:
            self._change(item, end, end=None, keep_until=None)

    def pause(self, item: int, since: date, pauses: tuple[Pause, ...]) -> None:
        """Other pauses, which make a difference from a day on."""
        self._change(item, since, pauses=pauses)

    def change_cycle(self, item: int, until: date, anchor: date) -> None:
        """From a day on the periods of an item step from another one."""
        held = self.items[item].course
        earlier = (*held.earlier_anchors, EarlierAnchor(until, held.anchor))
        self._change(item, until, anchor=anchor, earlier_anchors=earlier)

    def change_terms(self, item: int, on: date, price: Price, quantity: Decimal) -> None:
        self.prices[price.id] = price
        kept = tuple(terms for terms in self.items[item].course.terms if terms.since < on)
        self._change(item, on, terms=(*kept, Terms(on, price, quantity)))

    def set_terms(self, item: int, since: date, terms: tuple[Terms, ...]) -> None:
        """Other terms, which make a difference from a day on."""
        self._change(item, since, terms=terms)

    def start_earlier(self, item: int, on: date) -> None:
        first, *others = self.items[item].course.terms
        self._change(item, on, start=on, terms=(replace(first, since=on), *others))

    def use(self, account: int, on: date, quantity: str) -> None:
        """A usage event."""
        self.events.append((account, on, Decimal(quantity)))
        for item in list(self.items.values()):
            if item.account_id == account:
                self._change(item.id, on)

    def take_back_use(self, account: int, on: date, quantity: Decimal) -> None:
        """A usage event counts no more."""
        self.events.remove((account, on, quantity))
        for item in list(self.items.values()):
            if item.account_id == account:
                self._change(item.id, on)

    def void(self, *issued: Issued) -> None:
        for found in issued:
            found.live = False
            if found.line.item_id is not None:
                self._change(found.line.item_id, found.line.period.start)

    def _change(self, item: int, day: date, **changes: object) -> None:
        """Notes a change of an item, and that its pool may leave other shares to the others in it."""
        changed = self.items[item]
        self.items[item] = _changed(changed, day, **changes)
        if _is_pooled(changed) or _is_pooled(self.items[item]):
            for mate in self.items.values():
                if _is_pooled(mate) and self._root(mate.account_id) == self._root(changed.account_id):
                    self.items[mate.id] = _changed(mate, day)

    def run(self, on: date) -> dict[int, Bill]:
        """Bills every payer, one after the other, and keeps what is issued."""
        return {payer: self._issue(self.bill(payer, on)) for payer in sorted(self.accounts)}

    def bill(self, payer: int, on: date) -> Bill:
        """What the payer would be billed."""
        return bill(self.family(payer, on), on)

    def family(self, payer: int, on: date) -> Family:
        billed_charges = {found.line.charge_id for found in self.issued if found.live}
        return Family(
            payer=PayingAccount(
                id=payer,
                number=self.accounts[payer].number,
                owner_id=1,
                currency=self.currency,
                minimum_invoice_amount=self.minimum.get(payer, Decimal(0)),
                rendering=Rendering.PER_ACCOUNT if payer in self.per_account else Rendering.AGGREGATED,
                payment_days=30,
                inactive=payer in self.inactive,
                tax_rounding=self.tax_rounding,
                tax_date=self.tax_date,
            ),
            accounts=self.accounts,
            items=tuple(self.items.values()),
            charges=tuple(charge for charge in self.charges.values() if charge.id not in billed_charges),
            billed={id: self._billed(id) for id, item in self.items.items() if item.course.changed_from is not None},
            usage=self._usage(on),
            pools=self._pools(on),
            responsible=self.responsible,
            subscription_payers=self.subscription_payers,
            discounts=self.discounts,
            tax_rates=TaxRates(self.tax_rates),
            fixed_taken=self._fixed_taken(payer, on),
            charge_payers=self.charge_payers,
        )

    def live_lines(self, item: int | None = None) -> list[Issued]:
        return [found for found in self.issued if found.live and item in (None, found.line.item_id)]

    def _issue(self, decided: Bill) -> Bill:
        for invoice in decided.invoices:
            for line in invoice.lines:
                number = len(self.issued) + 1
                self.issued.append(Issued(number, decided.billing_date, decided.payer.id, invoice, line))
        for state in decided.item_states:
            item = self.items[state.item_id]
            course = replace(item.course, billed_until=state.billed_until, changed_from=state.changed_from)
            self.items[item.id] = replace(item, course=course)
        return decided

    def _fixed_taken(self, payer: int, on: date) -> dict[int, Decimal]:
        taken: dict[int, Decimal] = {}
        for found in self.live_lines():
            if (found.account_id, found.billing_date) == (payer, on) and found.line.kind is not LineKind.CORRECTION:
                for off in found.line.discounts:
                    if off.discount_id is not None:
                        taken[off.discount_id] = taken.get(off.discount_id, Decimal(0)) + off.amount
        return taken

    def _billed(self, item: int) -> tuple[BilledLine, ...]:
        return tuple(
            BilledLine(
                id=found.id,
                item_id=item,
                invoiced_account_id=found.account_id,
                invoiced_account_inactive=found.account_id in self.inactive,
                kind=LineKind(found.line.kind),
                price=self.prices[found.line.price_id or 0],
                period=found.line.period,
                quantity=found.line.quantity,
                gross=found.line.gross,
                discounts=found.line.discounts,
                taxes=found.line.taxes,
                correction=found.line.correction,
                corrects=found.line.corrects,
                reverse_charge=found.line.reverse_charge,
            )
            for found in self.live_lines(item)
        )

    def _used(self, account: int, served: Iterable[Period], meter: Meter | None) -> Decimal:
        in_order = sorted(self.events, key=lambda event: event[1])
        used = [
            used for who, on, used in in_order if who == account and any(days.start <= on < days.end for days in served)
        ]
        found = {
            Aggregation.SUM: sum(used, Decimal(0)),
            Aggregation.COUNT: Decimal(len(used)),
            Aggregation.MAX: max(used, default=Decimal(0)),
            Aggregation.LAST: used[-1] if used else Decimal(0),
            Aggregation.UNIQUE: Decimal(len(set(used))),
        }
        return max(Decimal(0), found[Aggregation.SUM if meter is None else meter.aggregation])

    def _usage_segments(self, on: date) -> list[tuple[Item, Segment]]:
        """Every usage segment of every item up to a day."""
        return [
            (item, segment)
            for item in self.items.values()
            for segment in takewhile(lambda found: found.part.start <= on, _life(item.course))
            if segment.terms.price.type is PriceType.USAGE
        ]

    def _usage(self, on: date) -> dict[UsageKey, Decimal]:
        """Of each full period as a whole, and of each part of it."""
        usage: dict[UsageKey, Decimal] = {}
        for (item, meter, period), served in self._usage_by_period(on).items():
            usage[item.id, meter.id, period] = self._used(item.account_id, served, meter)
        for item, segment in self._usage_segments(on):
            meter = segment.terms.price.meter
            used = self._used(item.account_id, segment.served, meter)
            usage.setdefault((item.id, meter.id if meter else 0, segment.part), used)
        return usage

    def _usage_by_period(self, on: date) -> dict[tuple[Item, Meter, Period], list[Period]]:
        """The days of each full period that are served."""
        served: dict[tuple[Item, Meter, Period], list[Period]] = {}
        for item, segment in self._usage_segments(on):
            if segment.terms.price.meter is not None:
                served.setdefault((item, segment.terms.price.meter, segment.period), []).extend(segment.served)
        return served

    def _root(self, account: int) -> int:
        return self._root(self.parents[account]) if account in self.parents else account

    def _pools(self, on: date) -> tuple[Pool, ...]:
        members: dict[tuple[int, Meter, Period], dict[int, PoolMember]] = {}
        served = self._usage_by_period(on)
        for item, segment in self._usage_segments(on):
            price = segment.terms.price
            if price.pooled and price.meter is not None:
                pool = members.setdefault((self._root(item.account_id), price.meter, segment.period), {})
                used = self._used(item.account_id, served[item, price.meter, segment.period], price.meter)
                number = self.accounts[item.account_id].number
                pool[item.id] = PoolMember(item.id, number, used, price.included_quantity)
        return tuple(Pool(meter, period, tuple(pool.values())) for (_, meter, period), pool in members.items())


def _changed(item: Item, day: date, **changes: object) -> Item:
    """The item, changed from a day on."""
    course = replace(item.course, changed_from=_earlier(item.course.changed_from, day), **changes)  # type: ignore[arg-type]
    return replace(item, course=course)


def _life(course: Course) -> Iterator[Segment]:
    return segments(course, course.start, course.start)


def _earlier(one: date | None, other: date) -> date:
    return other if one is None else min(one, other)


def _is_pooled(item: Item) -> bool:
    return any(terms.price.pooled for terms in item.course.terms)
