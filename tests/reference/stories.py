"""Made-up companies and what happens to them: told twice, to the engine's company and to the naive one's dicts.

A story follows from the dice alone, so a number tells it again.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from random import Random
from typing import Any

from banyan.engine.facts import (
    Discount,
    Meter,
    Pause,
    Price,
    PriceModel,
    PriceType,
    Product,
    SubscriptionPayer,
    TaxRate,
    Terms,
    Tier,
    Timing,
    WhoPaysMode,
)
from banyan.kernel.calendar import Interval, Unit
from tests.engine.company import Company
from tests.reference import naive

PRODUCTS = {1: Product(1, "Plan", None), 2: Product(2, "Software", "software")}
CALLS = Meter(1, "calls", "call", 0)
INTERVALS = {
    ("month", 1): Interval(Unit.MONTH, 1),
    ("month", 3): Interval(Unit.QUARTER, 1),
    ("day", 14): Interval(Unit.WEEK, 2),
    ("day", 10): Interval(Unit.DAY, 10),
}
FIRST_DAY = date(2025, 11, 20)


@dataclass
class Story:
    """The same company twice."""

    company: Company
    world: dict[str, Any]
    lines: list[dict[str, Any]] = field(default_factory=list)
    today: date = FIRST_DAY


def amount(dice: Random, smallest: int, largest: int, places: int = 2) -> Fraction:
    return Fraction(dice.randint(smallest, largest), 10**places)


def decimal(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)


def new_price(dice: Random, id: int, type: str, product: int, advance: bool, pooled: bool) -> dict[str, Any]:
    """A price as a dict; of one item all have the same product, type and timing."""
    steps = [dice.randint(1, 40) for _ in range(dice.randint(0, 2))]
    bounds = [Fraction(sum(steps[: place + 1])) for place in range(len(steps))]
    units = [amount(dice, 0, 2000, 3) for _ in range(len(bounds) + 1)]
    flats = [Fraction(dice.choice([0, 5])) for _ in units]
    return {
        "id": id,
        "type": type,
        "product": product,
        "model": dice.choice(["flat", "per_unit", "per_unit", "graduated", "volume", "package"]),
        "interval": dice.choice([("month", 1)] * (12 if pooled else 4) + [("month", 3), ("day", 14), ("day", 10)]),
        "advance": advance,
        "unit": amount(dice, 1, 50000, 3),
        "flat": amount(dice, 1, 9999),
        "tiers": list(zip([*bounds, None], units, flats, strict=True)),
        "package": Fraction(dice.randint(1, 10)),
        "included": Fraction(dice.randint(0, 120)),
        "pooled": pooled,
        "meter": 1,
    }


def engine_price(price: dict[str, Any]) -> Price:
    return Price(
        id=price["id"],
        product=PRODUCTS[price["product"]],
        currency="USD",
        type=PriceType(price["type"]),
        model=PriceModel(price["model"]),
        interval=INTERVALS[price["interval"]],
        timing=Timing.IN_ADVANCE if price["advance"] else Timing.IN_ARREARS,
        unit_amount=decimal(price["unit"]),
        flat_amount=decimal(price["flat"]),
        tiers=tuple(
            Tier(None if up_to is None else decimal(up_to), decimal(unit), decimal(flat))
            for up_to, unit, flat in price["tiers"]
        ),
        package_size=decimal(price["package"]),
        meter=CALLS if price["type"] == "usage" else None,
        included_quantity=decimal(price["included"]),
        pooled=price["pooled"],
    )


def found(dice: Random) -> Story:
    """One to four accounts with relations, payers, items, discounts and taxes, before the first run."""
    numbers = range(1, dice.choice([1, 2, 3, 3, 4]) + 1)
    anchor = date(2026, 1, dice.choice([1, 1, 15, 31]))
    company = Company(anchor=anchor)
    world: dict[str, Any] = {
        "anchor": anchor, "accounts": {}, "items": {}, "charges": {}, "parents": [], "responsible": {}, "who_pays": {},
        "discounts": {}, "rates": [], "events": [], "categories": {1: None, 2: "software"}, "decimals": 2,
        "meters": {1: {"aggregation": "sum", "precision": 0}},
    }  # fmt: skip
    story = Story(company, world)
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
        world["accounts"][account] = {
            "number": f"A-{account:02}", "taxable": taxable, "country": place[0], "state": place[1], "minimum": minimum,
            "per_account": per_account, "inactive": False, "seller": seller, "vat_id": vat_id, "exempt": False,
        }  # fmt: skip
        if account > 1 and dice.choice([True, True, False]):
            company.parents[account] = dice.randint(1, account - 1)
            world["parents"].append((account, company.parents[account], date.min, None))
    _responsible(dice, story)
    for id in range(1, dice.randint(2, 5) + 1):
        _subscribe(dice, story, id)
    _discounts(dice, story)
    _taxes(dice, story)
    return story


def _responsible(dice: Random, story: Story) -> None:
    accounts = list(story.world["accounts"])
    hub = dice.choice(accounts)
    managed = set(dice.sample(accounts, dice.randint(0, len(accounts) - 1))) - {hub}
    story.world["responsible"] = dict.fromkeys(managed, hub)
    story.company.responsible = dict.fromkeys(managed, hub)


def _subscribe(dice: Random, story: Story, id: int) -> None:
    account = dice.choice(list(story.world["accounts"]))
    type = dice.choice(["recurring", "recurring", "recurring", "usage", "usage", "one_time"])
    advance = type != "usage" and dice.choice([True, True, False])
    pooled = type == "usage" and dice.choice([True, True, False])
    price = new_price(dice, id * 100, type, dice.choice([1, 2]), advance, pooled)
    start = FIRST_DAY + timedelta(days=dice.randint(0, 60))
    quantity = Fraction(dice.randint(0, 60))
    story.world["items"][id] = {
        "subscription": id, "account": account, "start": start, "end": None, "keep": None, "closed": None, "pauses": [],
        "anchors": [(None, story.company.anchor)], "cycles": [(None, 1)],
        "terms": [{"since": start, "price": price, "quantity": quantity}],
    }  # fmt: skip
    story.company.subscribe(account, Terms(start, engine_price(price), decimal(quantity)))
    if dice.choice([True, False]):
        _choose_payer(dice, story, id)


def _choose_payer(dice: Random, story: Story, subscription: int) -> None:
    mode = dice.choice(["customer_separate", "customer_consolidated", "parent"])
    own = story.world["items"][subscription]["account"]
    account = own if mode != "parent" else dice.choice(list(story.world["accounts"]))
    group = None if mode == "customer_separate" else account
    story.world["who_pays"][subscription] = {"mode": mode, "account": account, "group": group}
    story.company.subscription_payers[subscription] = SubscriptionPayer(WhoPaysMode(mode), account, group)


def _discounts(dice: Random, story: Story) -> None:
    """Other discounts from now on."""
    story.world["discounts"], story.company.discounts = {}, {}
    for number in range(dice.randint(0, 5)):
        account = dice.choice(list(story.world["accounts"]))
        percent = dice.choice([None, amount(dice, 0, 3000), amount(dice, 0, 3000)])
        fixed = None if percent is not None else amount(dice, 1, 5000)
        products = dice.choice([None, None, frozenset({1})])
        story.world["discounts"].setdefault(account, []).append(
            {"percent": percent, "amount": fixed, "products": products}
        )
        made = Discount(
            number,
            account,
            None if percent is None else decimal(percent),
            None if fixed is None else decimal(fixed),
            products,
        )
        story.company.discounts[account] = (*story.company.discounts.get(account, ()), made)


def _taxes(dice: Random, story: Story) -> None:
    """Other rates from now on."""
    story.world["rates"], story.company.tax_rates = [], ()
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
        story.world["rates"].append(
            {"name": name, "country": country, "state": state, "category": category, "percent": percent}
        )
        rate = TaxRate(number, name, country, state, category, decimal(percent))
        story.company.tax_rates = (*story.company.tax_rates, rate)


def happen(dice: Random, story: Story) -> None:
    """One thing happens between two runs."""
    dice.choice(HAPPENINGS)(dice, story)


def _item(dice: Random, story: Story) -> int:
    return dice.choice(list(story.world["items"]))


def _day(dice: Random, story: Story, since: date) -> date:
    return max(since, story.today + timedelta(days=dice.randint(-40, 20)))


def _cancel(dice: Random, story: Story) -> None:
    id = _item(dice, story)
    item = story.world["items"][id]
    if item["end"] is None:
        item["end"] = _day(dice, story, item["start"])
        story.company.cancel(id, item["end"], prorate=dice.choice([True, False]))
        item["keep"] = story.company.items[id].course.keep_until


def _pause(dice: Random, story: Story) -> None:
    """An item is not charged for from a day on, or is again."""
    id = _item(dice, story)
    pauses = story.world["items"][id]["pauses"]
    since = day = _day(dice, story, FIRST_DAY)
    if pauses and pauses[-1][1] is None:
        first = pauses.pop()[0]
        since = min(first, day)
        if first < day:
            pauses.append((first, day))
    elif not pauses or pauses[-1][1] < day:
        pauses.append((day, None))
    story.company.pause(id, since, tuple(Pause(*one) for one in pauses))


def _new_cycle(dice: Random, story: Story) -> None:
    """The periods of an item step from another day, from a day on; not from one behind a period that is billed."""
    id = _item(dice, story)
    anchors = story.world["items"][id]["anchors"]
    since = _day(dice, story, FIRST_DAY)
    begun = [issued.line.period.start for issued in story.company.live_lines(id)]
    if since <= max([*begun, *(until for until, _ in anchors[:-1])], default=FIRST_DAY):
        return
    anchor = date(2026, 1, dice.choice([1, 10, 20, 31]))
    anchors[-1:] = [(since, anchors[-1][1]), (None, anchor)]
    story.company.change_cycle(id, since, anchor)


def _resume(dice: Random, story: Story) -> None:
    id = _item(dice, story)
    story.world["items"][id] |= {"end": None, "keep": None}
    story.company.resume(id)


def _new_terms(dice: Random, story: Story) -> None:
    id = _item(dice, story)
    terms = story.world["items"][id]["terms"]
    last = terms[-1]["price"]
    if last["type"] == "one_time":
        return
    since = _day(dice, story, terms[0]["since"])
    if dice.choice([True, False]):
        price = new_price(dice, last["id"] + 1, last["type"], last["product"], last["advance"], last["pooled"])
    else:
        price = last
    quantity = Fraction(dice.randint(0, 60))
    story.world["items"][id]["terms"] = [
        *(one for one in terms if one["since"] < since),
        {"since": since, "price": price, "quantity": quantity},
    ]
    story.company.change_terms(id, since, engine_price(price), decimal(quantity))


def _use(dice: Random, story: Story) -> None:
    account = dice.choice(list(story.world["accounts"]))
    on = _day(dice, story, FIRST_DAY)
    much = dice.choice([dice.randint(1, 20), dice.randint(20, 200)])
    story.world["events"].append({"account": account, "meter": 1, "day": on, "much": Fraction(much)})
    story.company.use(account, on, str(much))


def _charge(dice: Random, story: Story) -> None:
    account = dice.choice(list(story.world["accounts"]))
    on = _day(dice, story, FIRST_DAY)
    much = amount(dice, 1, 5000) * dice.choice([1, -1])
    id = story.company.charge(account, str(decimal(much)), on)
    story.world["charges"][id] = {"account": account, "date": on, "amount": much, "product": None}


def _move(dice: Random, story: Story) -> None:
    _responsible(dice, story)


def _new_payer(dice: Random, story: Story) -> None:
    _choose_payer(dice, story, _item(dice, story))


def _void(dice: Random, story: Story) -> None:
    """Voids all lines of one invoice."""
    live = [line for line in story.lines if line["live"]]
    if not live:
        return
    chosen = dice.choice(live)
    which = (chosen["run"], chosen["invoiced"], chosen["key"])
    for line in live:
        if (line["run"], line["invoiced"], line["key"]) == which:
            line["live"] = False
    story.company.void(
        *(
            issued
            for issued in story.company.live_lines()
            if (issued.billing_date, issued.account_id) == which[:2]
            and (issued.invoice.for_account_id, issued.invoice.group_id, issued.invoice.subscription_id) == which[2]
        )
    )


def _exempt(dice: Random, story: Story) -> None:
    """From now on an account is exempt from taxes, or is not any more."""
    id = dice.choice(list(story.world["accounts"]))
    about = story.world["accounts"][id]
    about["exempt"] = not about["exempt"]
    taxable = about["taxable"] and not about["exempt"]
    story.company.accounts[id] = replace(story.company.accounts[id], taxable=taxable)


def _validate(dice: Random, story: Story) -> None:
    """A VAT ID is validated, or found to be none."""
    id = dice.choice(list(story.world["accounts"]))
    about = story.world["accounts"][id]
    about["vat_id"] = not about["vat_id"]
    story.company.accounts[id] = replace(story.company.accounts[id], has_vat_id=about["vat_id"])


def _close(dice: Random, story: Story) -> None:
    account = dice.choice(list(story.world["accounts"]))
    story.world["accounts"][account]["inactive"] = True
    story.company.inactive.add(account)


HAPPENINGS = (
    [_cancel] * 2
    + [_resume]
    + [_pause] * 2
    + [_new_cycle] * 2
    + [_new_terms] * 3
    + [_use] * 3
    + [_charge, _move, _new_payer, _void, _close, _discounts, _taxes, _exempt, _validate]
)


def buy(story: Story, amount: int) -> None:
    """Every account gets a charge, large enough for the credits of its items to be issued with it."""
    for account in story.world["accounts"]:
        id = story.company.charge(account, str(amount), story.today)
        story.world["charges"][id] = {
            "account": account, "date": story.today, "amount": Fraction(amount), "product": None,
        }  # fmt: skip


def run_naively(story: Story) -> dict[int, list[dict[str, Any]]]:
    return naive.run(story.world, story.lines, story.today)
