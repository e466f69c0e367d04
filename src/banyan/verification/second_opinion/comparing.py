"""Line by line: what should be on invoices, and what is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from banyan.kernel.money import exact_amount_text
from banyan.verification.second_opinion.facts import NOTHING, Invoice, Line, World

Told = Mapping[str, str]
SAID_OF_A_CORRECTION_BY_ITS_LINE = ("from", "to", "quantity", "usage", "unit_amount")


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that is not as it should be: what differs, by field, as the second opinion has it and as it stands; None
    where one of them has no such line. `line` is the number of the one that stands, else what `ours` should be one of.
    """

    account: int
    about: Line
    line: int | None
    ours: Told | None
    theirs: Told | None

    @property
    def fields(self) -> set[str]:
        """The fields that differ; of a line that one of both has not, all."""
        return {*(self.ours or self.theirs or {}), *(self.theirs or {})}


def differences(world: World, payer: int, ours: Iterable[Line], theirs: Iterable[Line]) -> list[Difference]:
    """Between the lines that a payer should have got and those that it did."""
    by_place: dict[tuple[object, ...], tuple[list[Line], list[Line]]] = {}
    for side, lines in enumerate((ours, theirs)):
        for line in lines:
            by_place.setdefault(place_of(line), ([], []))[side].append(line)
    found = []
    for own, others in by_place.values():
        own.sort(key=lambda line: line.gross)
        others.sort(key=lambda line: line.gross)
        for one, other in zip(own, others, strict=False):
            told, stands = _told(world, one, other), _told(world, other, one)
            fields = [field for field in told if told[field] != stands[field]]
            if fields:
                found.append(
                    Difference(
                        payer,
                        other,
                        other.id,
                        {field: told[field] for field in fields},
                        {field: stands[field] for field in fields},
                    )
                )
        found += [Difference(payer, line, None, _told(world, line, line), None) for line in own[len(others) :]]
        found += [Difference(payer, line, line.id, None, _told(world, line, line)) for line in others[len(own) :]]
    return found


def issued(invoices: Iterable[Invoice], theirs: Iterable[Line], before: date | None) -> list[Line]:
    """The lines of those that are not held back.

    `before` is the date of the run before: what an allowance covered whole and was due then may have made no invoice
    (POO-3). Such a line is not carried, and missed only by who was looked at then.
    """
    there = {place_of(line) for line in theirs}
    return [
        line
        for invoice in invoices
        if not invoice.held
        for line in invoice.lines
        if not is_dropped(line, before) or place_of(line) in there
    ]


def is_dropped(line: Line, before: date | None) -> bool:
    """Whether a line may have made no invoice in an earlier run, as it says only that nothing is to be paid."""
    return line.covered and line.charge_date is not None and before is not None and line.charge_date <= before


def place_of(line: Line) -> tuple[object, ...]:
    """What a line is for: an item from a day on, a charge, or a correction of a line."""
    if line.kind == "correction":
        corrected = line.corrects
        return "correction", line.item, None if corrected is None else corrected.first_id or corrected.id
    return line.charge or 0, line.item or 0, line.start


def _told(world: World, line: Line, other: Line) -> Told:
    """A line as texts. What is not worked out again says what the other one does."""
    currency = world.accounts[line.account].currency
    told = {
        "kind": line.kind,
        "account": _number(world, line.account),
        "subscription": _id(line.subscription),
        "item": _id(line.item),
        "charge": _id(line.charge),
        "product": _id(line.product),
        "price": _id(line.price),
        "description": line.description,
        "from": str(line.start),
        "to": str(line.end),
        "quantity": _plain(line.quantity if other.quantity is not None else None),
        "usage": ", ".join(_plain(number) for number in line.taken or ()),
        "unit_amount": _plain(line.unit),
        "gross": _amount(line.gross, currency),
        "discounts": _discounts(line, currency),
        "taxes": _taxes(line, currency),
        "reverse_charge": str(line.reverse),
        "payer": _number(world, line.payer),
        "trail": ", ".join(f"{rule} {_number(world, first)} > {_number(world, to)}" for rule, first, to in line.trail),
        "for_account": _number(world, line.key[0]),
        "group": _id(line.key[1]),
        "separate": _id(line.key[2]),
        "separate_charge": _id(line.key[3]),
        "invoice_date": _day(line.billing_date),
        "due_date": _day(line.due if other.due is not None else None),
    }
    if line.kind == "correction":
        told = {name: told[name] for name in told if name not in SAID_OF_A_CORRECTION_BY_ITS_LINE}
    return told


def _discounts(line: Line, currency: str) -> str:
    taken: dict[str, Fraction] = {}
    for one in line.discounts:
        name = "fixed" if one.percent is None else f"{_plain(one.percent)} %"
        taken[name] = taken.get(name, NOTHING) + one.amount
    return _sums(taken, currency)


def _taxes(line: Line, currency: str) -> str:
    levied: dict[str, Fraction] = {}
    for one in line.taxes:
        name = f"{one.name} {_plain(one.percent)} %"
        levied[name] = levied.get(name, NOTHING) + one.amount
    return _sums(levied, currency)


def _sums(amounts: Mapping[str, Fraction], currency: str) -> str:
    return ", ".join(f"{name}: {_amount(amounts[name], currency)}" for name in sorted(amounts) if amounts[name])


def _number(world: World, account: int | None) -> str:
    if account is None:
        return ""
    return world.accounts[account].number if account in world.accounts else str(account)


def _id(id: int | None) -> str:
    return "" if id is None else str(id)


def _day(day: date | None) -> str:
    return "" if day is None else str(day)


def _plain(number: Fraction | None) -> str:
    """As a decimal, without zeros at the end; twelve decimals of what has no end."""
    if number is None:
        return ""
    text = f"{number.numerator * 10**12 // number.denominator:013d}" if number >= 0 else ""
    if number < 0:
        return f"-{_plain(-number)}"
    return f"{text[:-12]}.{text[-12:]}".rstrip("0").rstrip(".")


def _amount(amount: Fraction, currency: str) -> str:
    """With the decimals of the currency, and all of them where it has more."""
    return exact_amount_text(Decimal(_plain(amount)), currency)


def words(line: Line) -> str:
    """What a line is for, as a person would say."""
    if line.charge is not None:
        return f"charge {line.charge}, {line.description}"
    if line.kind == "correction":
        return f"item {line.item}, correction of line {_id(line.corrects.id if line.corrects else None)}"
    return f"item {line.item}, {line.kind} from {line.start} to {line.end}"
