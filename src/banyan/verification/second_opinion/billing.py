"""A payer's invoices of a billing date: which lines go together, with which discounts and taxes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from fractions import Fraction

from banyan.verification.second_opinion.facts import (
    NOTHING,
    Account,
    Discount,
    Invoice,
    Key,
    Levied,
    Line,
    Rate,
    Taken,
    World,
    holds,
    sum_of,
)
from banyan.verification.second_opinion.owed import charge_due, lines_owed, way_of_item
from banyan.verification.second_opinion.periods import DAY, Parts, parts_of
from banyan.verification.second_opinion.rounding import half_up, shares, together

EU = {
    *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
    *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
}


def bill(world: World, lines: Sequence[Line], today: date, payer: int, every: dict[int, Parts]) -> list[Invoice]:
    """What a payer is to be invoiced on a billing date, given what stands on its and others' live invoices."""
    live: dict[int | None, list[Line]] = {}
    for line in lines:
        if line.live:
            live.setdefault(line.item, []).append(line)
    owed = []
    for item in world.items.values():
        own = live.get(item.id, ())
        if way_of_item(world, item).payer == payer or any(line.payer == payer for line in own):
            owed += [line for line in lines_owed(world, item, own, today, every) if line.payer == payer]
    billed = {line.charge for line in live.get(None, ())}
    for charge in world.charges.values():
        due = None if charge.id in billed else charge_due(world, charge, today)
        if due is not None and due.payer == payer:
            owed.append(due)
    return invoices(world, payer, owed, lines, today)


def every_part(world: World, lines: Iterable[Line], today: date) -> dict[int, Parts]:
    """The parts of every item, as far as anything may be due or was billed."""
    far = max([today, *(line.slot[1] for line in lines if line.slot)])
    return {item.id: parts_of(item, far) for item in world.items.values()}


def invoices(world: World, payer: int, owed: Iterable[Line], lines: Iterable[Line], today: date) -> list[Invoice]:
    """The lines of a payer, divided into invoices (INV-1), with discounts and taxes."""
    by_key: dict[Key, list[Line]] = {}
    for line in sorted(owed, key=lambda line: _place(world, payer, line)):
        line.key = _key(world, payer, line)
        by_key.setdefault(line.key, []).append(line)
    by_key = {key: by_key[key] for key in sorted(by_key, key=lambda key: [part or 0 for part in key])}
    first = [line for own in by_key.values() for line in own if line.kind != "correction"]
    _discount(world, payer, first, lines, today)
    found = []
    for key, own in by_key.items():
        _tax(world, payer, [line for line in own if line.kind != "correction"], today)
        invoice = Invoice(key, own, False)
        too_little = invoice.total < 0 or invoice.total < world.accounts[payer].minimum
        found.append(Invoice(key, own, too_little or invoice.says_nothing))
    return found


def _place(world: World, payer: int, line: Line) -> tuple[object, ...]:
    """INV-5: the payer's own lines first, then by account number; of an account by subscription, item, period."""
    return (
        line.account != payer,
        world.accounts[line.account].number,
        line.item is None,
        line.subscription or 0,
        line.item or line.charge or 0,
        line.start,
    )


def _key(world: World, payer: int, line: Line) -> Key:
    if line.former:
        return None, None, None, None
    managed = line.managed if world.accounts[payer].per_account else None
    choice = None if line.charge is None else world.charge_payers.get(line.charge)
    if choice is None and line.subscription is not None:
        choice = world.subscription_payers.get(line.subscription)
    if choice is None:
        return managed, None, None, None
    if choice.mode != "customer_separate":
        return managed, choice.group, None, None
    if line.subscription is None:
        return managed, None, None, line.charge
    return managed, None, line.subscription, None


# discounts


def service_day(line: Line, advance: bool) -> date:
    """DAT-3."""
    return line.start if advance or line.kind == "one_time" else line.end - DAY


def _service_day(world: World, line: Line) -> date:
    return service_day(line, line.price is not None and world.prices[line.price].advance)


def _discount(world: World, payer: int, lines: Sequence[Line], before: Iterable[Line], today: date) -> None:
    """Discounts in the order they were made, each on what is left; a fixed one over all invoices together (DIS-4)."""
    of_line = {line: _discounts_of(world, payer, line, today) for line in lines}
    used = _used_up(payer, before, today)
    every = {discount.id: discount for found in of_line.values() for discount in found}
    for number in sorted(every):
        covered = [line for line in lines if every[number] in of_line[line]]
        if every[number].percent is None:
            _take_fixed(world, every[number], covered, used.get(number, NOTHING))
        else:
            _take_percent(world, every[number].percent or NOTHING, covered)


def _take_percent(world: World, percent: Fraction, lines: Iterable[Line]) -> None:
    for line in lines:
        line.discounts.append(Taken(percent, half_up(line.net * percent / 100, world.unit)))


def _take_fixed(world: World, discount: Discount, lines: Iterable[Line], used: Fraction) -> None:
    """What is not used up of the amount, in proportion to what is left of the lines."""
    covered = [line for line in lines if line.net > 0]
    covered.sort(key=lambda line: world.accounts[line.account].number)
    left = half_up(discount.amount or NOTHING, world.unit) - used
    amount = min(left, sum_of(line.net for line in covered))
    if amount > 0:
        for line, share in zip(covered, shares(amount, [line.net for line in covered], world.unit), strict=True):
            if share:
                line.discounts.append(Taken(None, share, discount.id))


def _discounts_of(world: World, payer: int, line: Line, today: date) -> list[Discount]:
    """DIS-2: those of the payer that hold for the line, else those of the account that it comes from."""
    if line.charge is not None and line.gross < 0:
        return []
    for account in (payer, line.account):
        found = [one for one in world.discounts.get(account, ()) if _holds(world, one, line, today)]
        if found:
            return found
    return []


def _holds(world: World, discount: Discount, line: Line, today: date) -> bool:
    day = today if discount.percent is None else _service_day(world, line)
    return holds(day, discount.valid_from, discount.valid_to) and (
        discount.products is None or line.product in discount.products
    )


def _used_up(payer: int, lines: Iterable[Line], today: date) -> dict[int | None, Fraction]:
    """What first billings on live invoices of the payer and date took of each fixed amount."""
    used: dict[int | None, Fraction] = {}
    for line in lines:
        if line.live and line.kind != "correction" and (line.payer, line.billing_date) == (payer, today):
            for taken in line.discounts:
                if taken.percent is None:
                    used[taken.discount] = used.get(taken.discount, NOTHING) + taken.amount
    return used


# taxes


def _tax(world: World, payer: int, lines: Sequence[Line], today: date) -> None:
    """The taxes of the first billings of one invoice (TAX-1 to TAX-4)."""
    shared: dict[tuple[str, Fraction, str | None], list[tuple[Line, Levied]]] = {}
    for line in lines:
        account = world.accounts[line.account]
        day = _service_day(world, line) if world.accounts[payer].taxed_on_supply else today
        line.reverse = is_reversed(account, day)
        for rate in world.rates:
            if _matches(world, rate, line, day):
                levied = Levied(rate.name, rate.percent, half_up(line.net * rate.percent / 100, world.unit))
                line.taxes.append(levied)
                same = (rate.name, rate.percent, _category(world, line))
                shared.setdefault(same, []).append((line, levied))
    if world.accounts[payer].rounds_documents:
        _round_together(world, shared)


def _round_together(
    world: World, shared: Mapping[tuple[str, Fraction, str | None], Sequence[tuple[Line, Levied]]]
) -> None:
    for (_, percent, _), taxed in shared.items():
        exact = [line.net * percent / 100 for line, _ in taxed]
        for (_, levied), amount in zip(taxed, together(exact, world.unit), strict=True):
            levied.amount = amount


def _category(world: World, line: Line) -> str | None:
    return None if line.product is None else world.products[line.product].category


def _is_taxed(account: Account, day: date) -> bool:
    return account.taxable and not any(holds(day, first, last) for first, last in account.exempt)


def is_reversed(account: Account, day: date) -> bool:
    """TAX-3."""
    seller, place = (
        "FR" if country == "MC" else country if country in EU else None for country in (account.seller, account.country)
    )
    between = seller is not None and place is not None and seller != place
    return between and account.vat_id and _is_taxed(account, day)


def _matches(world: World, rate: Rate, line: Line, day: date) -> bool:
    account = world.accounts[line.account]
    return (
        _is_taxed(account, day)
        and holds(day, rate.valid_from, rate.valid_to)
        and not (line.reverse and rate.state is None)
        and account.country == rate.country
        and rate.state in (None, account.state)
        and rate.category in (None, _category(world, line))
    )
