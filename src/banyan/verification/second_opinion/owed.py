"""What is left to be billed: what should have been charged, full period by full period, less what was (SUB-5)."""

from collections.abc import Iterable, Sequence
from datetime import date
from fractions import Fraction

from banyan.verification.second_opinion.facts import (
    NOTHING,
    Charge,
    Choice,
    Item,
    Levied,
    Line,
    Period,
    Taken,
    World,
    sum_of,
)
from banyan.verification.second_opinion.periods import DAY, Part, Parts
from banyan.verification.second_opinion.prices import price_of, unit_amount_of
from banyan.verification.second_opinion.rounding import half_up, settled
from banyan.verification.second_opinion.usage import rate_usage


class Way:
    """From the account that a charge comes from to the one that pays (WHO-5)."""

    def __init__(self, world: World, account: int, choice: Choice | None) -> None:
        chosen = account if choice is None else choice.account
        self.payer = world.responsible.get(chosen, chosen)
        self.managed = chosen if chosen in world.responsible else None
        steps = [("WHO-1", account, chosen)] if chosen != account else []
        if self.managed is not None:
            steps.append(("BHI-1", chosen, self.payer))
        self.trail = tuple(steps)


def way_of_item(world: World, item: Item) -> Way:
    """Who pays for a subscription today."""
    return Way(world, item.account, world.subscription_payers.get(item.subscription))


def way_of_charge(world: World, charge: Charge) -> Way:
    """Who pays for a one-time charge: by its own choice, or as its subscription (SUB-7)."""
    choice = world.charge_payers.get(charge.id)
    if choice is None and charge.subscription is not None:
        choice = world.subscription_payers.get(charge.subscription)
    return Way(world, charge.account, choice)


def charge_due(world: World, charge: Charge, today: date) -> Line | None:
    """The line of a one-time charge; None while it isn't due."""
    if charge.date is None or charge.date > today:
        return None
    way = way_of_charge(world, charge)
    return Line(
        "one_time",
        charge.account,
        charge.subscription,
        None,
        charge.id,
        charge.product,
        None,
        None,
        charge.date,
        charge.date + DAY,
        half_up(charge.amount, world.unit),
        Fraction(1),
        charge.description,
        way.payer,
        way.trail,
        way.managed,
        unit=half_up(charge.amount, world.unit),
    )


def rate(world: World, item: Item, period: Period, parts: Sequence[Part], every: dict[int, Parts]) -> None:
    """Works out what the parts of a full period come to exactly (SUB-3)."""
    usage = [part for part in parts if part.price.type == "usage"]
    if usage:
        rate_usage(world, item, period, usage, every)
    for part in parts:
        if part.price.type != "usage":
            share = Fraction((part.end - part.start).days, (period[1] - period[0]).days)
            part.units = part.shown = part.quantity
            part.exact = price_of(part.price, part.quantity) * share


def lines_owed(world: World, item: Item, live: Sequence[Line], today: date, every: dict[int, Parts]) -> list[Line]:
    """First billings and corrections of an item, whoever pays them. One whose pause has no end waits."""
    if item.pauses and item.pauses[-1][1] is None:
        return []
    owed = []
    for period in sorted({*every[item.id], *(line.slot for line in live if line.slot)}):
        lines = [line for line in live if line.slot == period]
        parts = every[item.id].get(period, [])
        due = [part for part in parts if part.due <= today]
        if not lines or len(due) == len(parts):
            rate(world, item, period, due, every)
            owed += _of_period(world, item, due, lines)
    return owed


def _of_period(world: World, item: Item, parts: Sequence[Part], lines: Sequence[Line]) -> list[Line]:
    billed = sorted((line for line in lines if line.kind != "correction"), key=lambda line: (line.start, line.id or 0))
    lost = [line for line in lines if line.kind == "correction" and line.corrects not in billed]
    exact = dict.fromkeys(billed, NOTHING)
    new = [part for part in parts if not _divide(part, billed, exact)]
    standing = {line: line.gross + sum_of(one.gross for one in lines if one.corrects is line) for line in billed}
    places: list[Line | Part] = sorted([*billed, *new], key=lambda one: one.start)
    amounts = settled(
        [exact[one] if isinstance(one, Line) else one.exact for one in places],
        [standing[one] if isinstance(one, Line) else None for one in places],
        world.unit,
    )
    owed = _taken_back(world, item, lost, lines)
    for one, amount in zip(places, amounts, strict=True):
        if isinstance(one, Part):
            one.charged = amount
            if amount or one.covered:
                owed.append(_first_billing(world, item, one))
        elif amount != standing[one]:
            owed.append(_correction(world, item, one, amount, standing[one], lines))
    return owed


def _divide(part: Part, billed: Sequence[Line], exact: dict[Line, Fraction]) -> bool:
    """The exact amount of a part to the billed lines that it shares days with, day by day; False if there is none."""
    sharing = [line for line in billed if line.start < part.end and part.start < line.end]
    if not sharing:
        return False
    days = (part.end - part.start).days
    for number in range(days):
        day = part.start + number * DAY
        line = next((line for line in sharing if line.start <= day < line.end), None)
        before = [line for line in sharing if line.end <= day]
        line = line or (max(before, key=lambda line: line.end) if before else sharing[0])
        exact[line] += part.exact / days
    return True


def _first_billing(world: World, item: Item, part: Part) -> Line:
    way = way_of_item(world, item)
    return Line(
        part.price.type,
        item.account,
        item.subscription,
        item.id,
        None,
        part.price.product,
        part.price.id,
        part.period,
        part.start,
        part.end,
        part.charged,
        part.shown,
        world.products[part.price.product].name,
        way.payer,
        way.trail,
        way.managed,
        covered=part.covered and not part.charged,
        charge_date=part.due,
        unit=unit_amount_of(part.price, part.units),
        taken=part.taken,
    )


def _correction(
    world: World, item: Item, line: Line, amount: Fraction, standing: Fraction, lines: Iterable[Line]
) -> Line:
    """SUB-6: from what stands to another amount, with discounts and taxes on what is left, less what was taken."""
    correction = _difference(world, item, line, amount - standing)
    so_far = [line, *(one for one in lines if one.corrects is line)]
    left = amount
    for taken in line.discounts:
        now = _discount_left(line, taken, amount, left, world.unit)
        left -= now
        correction.discounts.append(Taken(taken.percent, now, taken.discount))
    _subtract_discounts(correction, so_far)
    for levied in line.taxes:
        now = half_up(left * levied.percent / 100, world.unit)
        if amount == line.gross:
            now = levied.amount
        correction.taxes.append(Levied(levied.name, levied.percent, now if amount else NOTHING))
    _subtract_taxes(correction, so_far)
    return correction


def _discount_left(line: Line, taken: Taken, amount: Fraction, left: Fraction, unit: Fraction) -> Fraction:
    """What one discount of a line takes of the amount that is left of it."""
    if amount == line.gross:
        return taken.amount
    if not amount:
        return NOTHING
    if taken.percent is not None:
        return half_up(left * taken.percent / 100, unit)
    return min(left, half_up(taken.amount * min(amount, line.gross) / line.gross, unit))


def _subtract_discounts(correction: Line, so_far: Iterable[Line]) -> None:
    """What stands already was taken by the line and its earlier corrections, each discount by itself."""
    for before in so_far:
        for one in before.discounts:
            same = [own for own in correction.discounts if (own.percent, own.discount) == (one.percent, one.discount)]
            if not same:
                same = [Taken(one.percent, NOTHING, one.discount)]
                correction.discounts += same
            same[0].amount -= one.amount


def _subtract_taxes(correction: Line, so_far: Iterable[Line]) -> None:
    for before in so_far:
        for one in before.taxes:
            same = [own for own in correction.taxes if (own.name, own.percent) == (one.name, one.percent)]
            if not same:
                same = [Levied(one.name, one.percent, NOTHING)]
                correction.taxes += same
            same[0].amount -= one.amount


def _taken_back(world: World, item: Item, lost: Sequence[Line], lines: Sequence[Line]) -> list[Line]:
    """Corrections whose line is void are taken back whole, one line for each account that they went to."""
    result = []
    for account in sorted({line.payer for line in lost}):
        of_account = [line for line in lost if line.payer == account]
        gross = -sum_of(line.gross for line in of_account)
        back = _difference(world, item, max(of_account, key=lambda line: line.id or 0), gross)
        for line in of_account:
            back.discounts += [Taken(one.percent, -one.amount, one.discount) for one in line.discounts]
            back.taxes += [Levied(one.name, one.percent, -one.amount) for one in line.taxes]
        if gross:
            result.append(back)
    return result


def _difference(world: World, item: Item, line: Line, gross: Fraction) -> Line:
    """To who was invoiced for the line, unless that account is closed: then to who pays today (SUB-6)."""
    way = way_of_item(world, item)
    former = line.payer != way.payer and not world.accounts[line.payer].inactive
    product = line.product
    return Line(
        "correction",
        item.account,
        item.subscription,
        item.id,
        None,
        product,
        line.price,
        line.slot,
        line.start,
        line.end,
        gross,
        None,
        f"Correction: {world.products[product].name}" if product is not None else "Correction",
        line.payer if former else way.payer,
        (("SUB-6", item.account, line.payer),) if former else way.trail,
        None if former else way.managed,
        former,
        corrects=line,
        reverse=line.reverse,
    )
