"""Made-up companies and what happens to them: told twice, to the engine's company and to the second opinion's world.

A story follows from the dice alone, so a number tells it again.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from banyan.engine.facts import (
    Aggregation,
    Discount,
    Meter,
    Pause,
    Price,
    PriceModel,
    PriceType,
    Product,
    SubscriptionPayer,
    TaxDate,
    TaxRate,
    TaxRounding,
    Terms,
    Tier,
    Timing,
    Validity,
    WhoPaysMode,
)
from banyan.engine.result import Invoice
from banyan.kernel.calendar import Interval, Unit
from banyan.kernel.money import minor_units
from banyan.verification.second_opinion import facts
from banyan.verification.second_opinion.billing import bill, every_part
from banyan.verification.second_opinion.comparing import is_dropped
from tests.engine.company import Company

PRODUCTS = {1: Product(1, "Plan", None), 2: Product(2, "Software", "software")}
INTERVALS = {
    ("month", 1): Interval(Unit.MONTH, 1),
    ("month", 3): Interval(Unit.QUARTER, 1),
    ("day", 14): Interval(Unit.WEEK, 2),
    ("day", 10): Interval(Unit.DAY, 10),
}
FIRST_DAY = date(2025, 11, 20)


@dataclass
class Story:
    """The same company twice. `told` says what happened, for who has to understand a failure."""

    company: Company
    world: facts.World
    meter: Meter
    lines: list[facts.Line] = field(default_factory=list)
    today: date = FIRST_DAY
    told: list[str] = field(default_factory=list)

    def tell(self, *words: object) -> None:
        self.told.append(" ".join(str(word) for word in words))

    def money(self, dice: Random, most: int) -> Fraction:
        """So many minor units at most."""
        return amount(dice, 1, most, self.world.decimals)


def amount(dice: Random, smallest: int, largest: int, places: int = 2) -> Fraction:
    return Fraction(dice.randint(smallest, largest), 10**places)


def decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def new_price(dice: Random, id: int, type: str, product: int, advance: bool, pooled: bool) -> facts.Price:
    """A price; of one item all have the same product, type and timing."""
    steps = [dice.randint(1, 40) for _ in range(dice.randint(0, 2))]
    bounds = [Fraction(sum(steps[: place + 1])) for place in range(len(steps))]
    units = [amount(dice, 0, 2000, 3) for _ in range(len(bounds) + 1)]
    flats = [Fraction(dice.choice([0, 5])) for _ in units]
    return facts.Price(
        id=id,
        type=type,
        product=product,
        model=dice.choice(["flat", "per_unit", "per_unit", "graduated", "volume", "package"]),
        interval=dice.choice([("month", 1)] * (12 if pooled else 4) + [("month", 3), ("day", 14), ("day", 10)]),
        advance=advance and type == "recurring",
        unit=amount(dice, 1, 50000, 3),
        flat=amount(dice, 1, 9999),
        tiers=tuple(zip([*bounds, None], units, flats, strict=True)),
        package=Fraction(dice.randint(1, 10)),
        included=Fraction(dice.randint(0, 120)),
        pooled=pooled,
        meter=1 if type == "usage" else None,
        shows_covered=dice.choice([True, True, False]),
    )


def engine_price(story: Story, price: facts.Price) -> Price:
    return Price(
        id=price.id,
        product=PRODUCTS[price.product],
        currency=story.company.currency,
        type=PriceType(price.type),
        model=PriceModel(price.model),
        interval=INTERVALS[price.interval],
        timing=Timing.IN_ADVANCE if price.advance or price.type == "one_time" else Timing.IN_ARREARS,
        unit_amount=decimal(price.unit),
        flat_amount=decimal(price.flat),
        tiers=tuple(
            Tier(None if up_to is None else decimal(up_to), decimal(unit), decimal(flat))
            for up_to, unit, flat in price.tiers
        ),
        package_size=decimal(price.package),
        meter=story.meter if price.type == "usage" else None,
        included_quantity=decimal(price.included),
        pooled=price.pooled,
        show_covered_usage=price.shows_covered,
    )


def found(dice: Random) -> Story:
    """One to four accounts with relations, payers, items, discounts and taxes, before the first run."""
    numbers = range(1, dice.choice([1, 2, 3, 3, 4]) + 1)
    anchor = date(2026, 1, dice.choice([1, 1, 15, 31]))
    currency = dice.choice(["USD", "USD", "USD", "JPY", "BHD"])
    how = dice.choice(["sum", "sum", "sum", "count", "max", "last", "unique"])
    by_document, on_supply = dice.choice([True, False]), dice.choice([True, True, False])
    company = Company(anchor=anchor)
    company.currency = currency
    company.tax_rounding = TaxRounding.DOCUMENT if by_document else TaxRounding.LINE
    company.tax_date = TaxDate.SUPPLY if on_supply else TaxDate.INVOICE
    world = facts.World(
        decimals=minor_units(currency),
        products={number: facts.Product(one.name, one.tax_category) for number, one in PRODUCTS.items()},
        meters={1: facts.Meter(how, 0)},
    )
    story = Story(company, world, Meter(1, "calls", "call", 0, Aggregation(how)))
    for account in numbers:
        place = dice.choice([("DE", None), ("FR", "Paris"), ("US", "TX"), ("US", "NY"), (None, None)])
        seller, vat_id = dice.choice(["DE", "FR", "US"]), dice.choice([True, False])
        taxable, per_account = dice.choice([True, False]), dice.choice([True, False])
        minimum = dice.choice([Fraction(0)] * 4 + [Fraction(30)])
        company.account(account, taxable=taxable, country=place[0], state=place[1])
        company.accounts[account] = replace(company.accounts[account], seller_country=seller, has_vat_id=vat_id)
        company.minimum[account] = decimal(minimum)
        if per_account:
            company.per_account.add(account)
        world.accounts[account] = facts.Account(
            account, f"A-{account:02}", taxable=taxable, minimum=minimum, per_account=per_account, country=place[0],
            state=place[1], seller=seller, vat_id=vat_id, rounds_documents=by_document, taxed_on_supply=on_supply,
        )  # fmt: skip
        if account > 1 and dice.choice([True, True, False]):
            company.parents[account] = dice.randint(1, account - 1)
            world.parents.append((account, company.parents[account], date.min, None))
    story.tell(currency, how, "document" if by_document else "line", "supply" if on_supply else "invoice", anchor)
    _responsible(dice, story)
    for id in range(1, dice.randint(2, 5) + 1):
        _subscribe(dice, story, id)
    _discounts(dice, story)
    _taxes(dice, story)
    return story


def _responsible(dice: Random, story: Story) -> None:
    accounts = list(story.world.accounts)
    hub = dice.choice(accounts)
    managed = set(dice.sample(accounts, dice.randint(0, len(accounts) - 1))) - {hub}
    story.world.responsible = dict.fromkeys(managed, hub)
    story.company.responsible = dict.fromkeys(managed, hub)
    story.tell("responsible", story.company.responsible)


def _subscribe(dice: Random, story: Story, id: int) -> None:
    account = dice.choice(list(story.world.accounts))
    type = dice.choice(["recurring", "recurring", "recurring", "usage", "usage", "one_time"])
    advance = type != "usage" and dice.choice([True, True, False])
    pooled = type == "usage" and dice.choice([True, True, False])
    price = _price(dice, story, type, dice.choice([1, 2]), advance, pooled)
    start = FIRST_DAY + timedelta(days=dice.randint(0, 60))
    quantity = Fraction(dice.randint(0, 60))
    story.world.items[id] = facts.Item(
        id=id, subscription=id, account=account, start=start, end=None, prices=[(start, price)],
        quantities=[(start, quantity)], anchors=[(None, story.company.anchor)], cycles=[(None, 1)],
    )  # fmt: skip
    story.company.subscribe(account, Terms(start, story.company.prices[price.id], decimal(quantity)))
    story.tell("item", id, "of", account, "from", start, quantity, price)
    if dice.choice([True, False]):
        _choose_payer(dice, story, id)


def _price(dice: Random, story: Story, type: str, product: int, advance: bool, pooled: bool) -> facts.Price:
    price = new_price(dice, len(story.world.prices) + 1, type, product, advance, pooled)
    story.world.prices[price.id] = price
    story.company.prices[price.id] = engine_price(story, price)
    return price


def _choose_payer(dice: Random, story: Story, subscription: int) -> None:
    choice, chosen = _choice(dice, story, story.world.items[subscription].account)
    story.world.subscription_payers[subscription] = choice
    story.company.subscription_payers[subscription] = chosen
    story.tell("payer of", subscription, choice.mode, choice.account)


def _choice(dice: Random, story: Story, own: int) -> tuple[facts.Choice, SubscriptionPayer]:
    mode = dice.choice(["customer_separate", "customer_consolidated", "parent"])
    account = own if mode != "parent" else dice.choice(list(story.world.accounts))
    group = None if mode == "customer_separate" else account
    return facts.Choice(mode, account, group), SubscriptionPayer(WhoPaysMode(mode), account, group)


def _validity(dice: Random, story: Story) -> tuple[date | None, date | None]:
    first = dice.choice([None, None, _day(dice, story, FIRST_DAY)])
    last = dice.choice([None, None, max(first or FIRST_DAY, _day(dice, story, FIRST_DAY)) + timedelta(days=20)])
    return first, last


def _discounts(dice: Random, story: Story) -> None:
    """Other discounts from now on; none ends that was made before."""
    for _ in range(dice.randint(0, 3)):
        number = sum(map(len, story.world.discounts.values())) + 1
        account = dice.choice(list(story.world.accounts))
        percent = dice.choice([None, amount(dice, 0, 3000), amount(dice, 0, 3000)])
        fixed = None if percent is not None else story.money(dice, 5000)
        products = dice.choice([None, None, frozenset({1})])
        first, last = _validity(dice, story)
        known = facts.Discount(number, account, percent, fixed, products, first, last)
        story.world.discounts.setdefault(account, []).append(known)
        made = Discount(
            number,
            account,
            None if percent is None else decimal(percent),
            None if fixed is None else decimal(fixed),
            products,
            Validity(first, last),
        )
        story.company.discounts[account] = (*story.company.discounts.get(account, ()), made)
        story.tell("discount", known)


def _end_discount(dice: Random, story: Story) -> None:
    every = [one for found in story.world.discounts.values() for one in found]
    if not every:
        return
    ended = dice.choice(every)
    ended.valid_to = _day(dice, story, ended.valid_from or FIRST_DAY)
    story.company.discounts[ended.account] = tuple(
        replace(one, valid=Validity(ended.valid_from, ended.valid_to)) if one.id == ended.id else one
        for one in story.company.discounts[ended.account]
    )
    story.tell("discount", ended.id, "ends", ended.valid_to)


def _taxes(dice: Random, story: Story) -> None:
    """Other rates from now on."""
    story.world.rates, story.company.tax_rates = [], ()
    places = [
        ("DE", None, None),
        ("FR", None, None),
        ("FR", "Paris", None),
        ("US", None, None),
        ("US", "TX", None),
        ("US", "TX", "software"),
    ]
    for number, (country, state, category) in enumerate(places):
        percent = amount(dice, 0, 2500)
        name = f"Tax {number}"
        first, last = _validity(dice, story)
        story.world.rates.append(facts.Rate(name, country, state, category, percent, first, last))
        rate = TaxRate(number, name, country, state, category, decimal(percent), Validity(first, last))
        story.company.tax_rates = (*story.company.tax_rates, rate)
    story.tell("taxes", story.world.rates)


def happen(dice: Random, story: Story) -> None:
    """One thing happens between two runs."""
    dice.choice(HAPPENINGS)(dice, story)


def _item(dice: Random, story: Story) -> int:
    return dice.choice(list(story.world.items))


def _day(dice: Random, story: Story, since: date) -> date:
    return max(since, story.today + timedelta(days=dice.randint(-40, 20)))


def _cancel(dice: Random, story: Story) -> None:
    id = _item(dice, story)
    item = story.world.items[id]
    if item.end is None:
        item.end = _day(dice, story, item.start)
        story.company.cancel(id, item.end, prorate=dice.choice([True, False]))
        item.keep = story.company.items[id].course.keep_until
        story.tell("cancel", id, item.end, item.keep)


def _pause(dice: Random, story: Story) -> None:
    """An item is not charged for from a day on, or is again."""
    id = _item(dice, story)
    pauses = story.world.items[id].pauses
    since = day = _day(dice, story, FIRST_DAY)
    if pauses and pauses[-1][1] is None:
        first = pauses.pop()[0]
        since = min(first, day)
        if first < day:
            pauses.append((first, day))
    elif not pauses or (pauses[-1][1] or date.max) < day:
        pauses.append((day, None))
    story.company.pause(id, since, tuple(Pause(*one) for one in pauses))
    story.tell("pauses", id, pauses)


def _new_cycle(dice: Random, story: Story) -> None:
    """The periods of an item step from another day, from a day on; not from one behind a period that is billed."""
    id = _item(dice, story)
    anchors = story.world.items[id].anchors
    since = _day(dice, story, FIRST_DAY)
    begun = [issued.line.period.start for issued in story.company.live_lines(id)]
    if since <= max([*begun, *(until for until, _ in anchors[:-1] if until)], default=FIRST_DAY):
        return
    anchor = date(2026, 1, dice.choice([1, 10, 20, 31]))
    anchors[-1:] = [(since, anchors[-1][1]), (None, anchor)]
    story.company.change_cycle(id, since, anchor)
    story.tell("anchors", id, anchors)


def _resume(dice: Random, story: Story) -> None:
    id = _item(dice, story)
    story.world.items[id].end = story.world.items[id].keep = None
    story.company.resume(id)
    story.tell("resume", id)


def _new_terms(dice: Random, story: Story) -> None:
    """Another price, another quantity, or both, from a day on; the others that are agreed stay."""
    id = _item(dice, story)
    item = story.world.items[id]
    last = item.prices[-1][1]
    if last.type == "one_time":
        return
    since = _day(dice, story, item.start)
    what = dice.choice(["price", "quantity", "quantity", "both"])
    if what != "quantity":
        price = _price(dice, story, last.type, last.product, last.advance, last.pooled)
        _agree(item.prices, since, dice.choice([price, price, item.prices[0][1]]))
    if what != "price":
        _agree(item.quantities, since, dice.choice([Fraction(dice.randint(0, 60)), item.quantities[0][1]]))
    _terms(story, id, since)


def _undo_terms(dice: Random, story: Story) -> None:
    """What was agreed last is taken back."""
    id = _item(dice, story)
    item = story.world.items[id]
    agreed = dice.choice([item.prices, item.quantities])
    if len(agreed) > 1:
        since, _ = agreed.pop()
        _terms(story, id, since)


def _agree(agreed: list[tuple[date, Any]], since: date, what: Any) -> None:
    agreed[:] = sorted([one for one in agreed if one[0] != since] + [(since, what)], key=lambda one: one[0])


def _terms(story: Story, id: int, since: date) -> None:
    """Tells the engine's company all terms of an item; equal neighbours among them."""
    item = story.world.items[id]
    days = sorted({day for day, _ in [*item.prices, *item.quantities]})
    terms = tuple(
        Terms(
            day,
            story.company.prices[next(price.id for first, price in reversed(item.prices) if first <= day)],
            decimal(next(quantity for first, quantity in reversed(item.quantities) if first <= day)),
        )
        for day in days
    )
    story.company.set_terms(id, since, terms)
    story.tell("terms", id, [(str(one.since), one.price.id, one.quantity) for one in terms])


def _use(dice: Random, story: Story) -> None:
    account = dice.choice(list(story.world.accounts))
    on = _day(dice, story, FIRST_DAY)
    much = dice.choice([dice.randint(1, 20), dice.randint(20, 200)])
    if story.meter.aggregation is Aggregation.SUM and dice.random() < 0.2:
        much = -much
    _used(story, account, on, Fraction(much))


def _used(story: Story, account: int, on: date, much: Fraction) -> None:
    events = story.world.events.setdefault((account, 1), [])
    events.append(facts.Event(account, 1, on, much, str(much)))
    events.sort(key=lambda event: event.day)
    story.company.use(account, on, str(decimal(much)))
    story.tell("use", account, on, much)


def _cancel_event(dice: Random, story: Story) -> None:
    """An event counts no more."""
    every = [(account, event) for (account, _), events in story.world.events.items() for event in events]
    if not every:
        return
    account, event = dice.choice(every)
    story.world.events[account, 1].remove(event)
    story.company.take_back_use(account, event.day, decimal(event.much))
    story.tell("no use", account, event.day, event.much)


def _charge(dice: Random, story: Story) -> None:
    account = dice.choice(list(story.world.accounts))
    on = _day(dice, story, FIRST_DAY)
    much = story.money(dice, 5000) * dice.choice([1, 1, -1])
    own = [item.subscription for item in story.world.items.values() if item.account == account]
    subscription = dice.choice([None, *own])
    id = _charged(story, account, on, much, subscription)
    if subscription is None and dice.random() < 0.5:
        choice, chosen = _choice(dice, story, account)
        story.world.charge_payers[id], story.company.charge_payers[id] = choice, chosen
        story.tell("payer of charge", id, choice.mode, choice.account)


def _charged(story: Story, account: int, on: date, much: Fraction, subscription: int | None = None) -> int:
    id = story.company.charge(account, str(decimal(much)), on, subscription)
    story.world.charges[id] = facts.Charge(id, account, subscription, None, "Visit", much, on)
    story.tell("charge", account, on, much, subscription)
    return id


def _move(dice: Random, story: Story) -> None:
    _responsible(dice, story)


def _new_payer(dice: Random, story: Story) -> None:
    _choose_payer(dice, story, _item(dice, story))


def _void(dice: Random, story: Story) -> None:
    """Voids all lines of one invoice."""
    live = [line for line in story.lines if line.live]
    if not live:
        return
    chosen = dice.choice(live)
    which = (chosen.billing_date, chosen.payer, chosen.key)
    for line in live:
        if (line.billing_date, line.payer, line.key) == which:
            line.live = False
    story.company.void(
        *(
            issued
            for issued in story.company.live_lines()
            if (issued.billing_date, issued.account_id) == which[:2] and _key(issued.invoice) == which[2]
        )
    )
    story.tell("void", which)


def _key(invoice: Invoice) -> facts.Key:
    return invoice.for_account_id, invoice.group_id, invoice.subscription_id, invoice.charge_id


def _exempt(dice: Random, story: Story) -> None:
    """An account is exempt from taxes on some days more."""
    id = dice.choice(list(story.world.accounts))
    first, last = _validity(dice, story)
    story.world.accounts[id].exempt.append((first, last))
    account = story.company.accounts[id]
    story.company.accounts[id] = replace(account, exempt=(*account.exempt, Validity(first, last)))
    story.tell("exempt", id, first, last)


def _validate(dice: Random, story: Story) -> None:
    """A VAT ID is validated, or found to be none."""
    id = dice.choice(list(story.world.accounts))
    about = story.world.accounts[id]
    about.vat_id = not about.vat_id
    story.company.accounts[id] = replace(story.company.accounts[id], has_vat_id=about.vat_id)
    story.tell("VAT ID", id, about.vat_id)


def _close(dice: Random, story: Story) -> None:
    account = dice.choice(list(story.world.accounts))
    story.world.accounts[account].inactive = True
    story.company.inactive.add(account)
    story.tell("close", account)


HAPPENINGS = (
    [_cancel] * 2
    + [_resume]
    + [_pause] * 2
    + [_new_cycle] * 2
    + [_new_terms] * 4
    + [_undo_terms] * 2
    + [_use] * 4
    + [_cancel_event]
    + [_charge, _move, _new_payer, _void, _close, _discounts, _end_discount, _taxes, _exempt, _validate]
)


def buy(story: Story, amount: int) -> None:
    """Every account gets a charge, large enough for the credits of its items to be issued with it."""
    for account in story.world.accounts:
        _charged(story, account, story.today, Fraction(amount))


Place = tuple[int | None, date]


def run_second(story: Story, before: date, there: set[Place]) -> dict[int, list[facts.Invoice]]:
    """What the second opinion invoices each account for, one after the other; what it issues stands from then on.

    A line that says only that an allowance covered all is not carried where it made no invoice in an earlier run
    (POO-3). The second opinion, which has no memory but the lines, tells it with the next invoice; it is dropped,
    unless it is `there`.
    """
    story.tell("run", story.today)
    result = {}
    for account in sorted(story.world.accounts):
        every = every_part(story.world, story.lines, story.today)
        invoices = bill(story.world, story.lines, story.today, account, every)
        for invoice in invoices:
            invoice.lines = [
                line for line in invoice.lines if not is_dropped(line, before) or (line.item, line.start) in there
            ]
            for line in invoice.lines if not invoice.held else ():
                line.id, line.billing_date = len(story.lines) + 1, story.today
                story.lines.append(line)
        result[account] = invoices
    return result
