"""Why the lines of an invoice cost what they do (INV-11): what the engine needs to explain them, read for many at once.

All of it from what the lines keep, and from prices and lines, which never change once they are used.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.billruns.items import items_by_id
from banyan.catalog.facts import load_prices
from banyan.engine.explaining import Basis, Said, Why, Words, why
from banyan.engine.facts import Course, DiscountTaken, Item, LineKind, Price, PriceType, TaxRounding, TaxTaken
from banyan.engine.periods import anchor_on, full_period
from banyan.engine.result import UsageTaken
from banyan.engine.taxes import tax_rounding
from banyan.foundation.arrays import array
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.parties import Parties
from banyan.kernel.calendar import Period
from banyan.kernel.ids import decode_id


@dataclass(frozen=True, slots=True)
class LineKept:
    """A line as it is kept, issued or simulated: what it says, and what it refers to. `id` None: it is not issued."""

    said: Said
    id: int | None
    item_id: int | None
    price_id: int | None
    corrects: int | None


def line_kept(row: InvoiceLine, currency: str) -> LineKept:
    """A line of an invoice."""
    discounts = tuple(_discount(name, percent, amount) for name, percent, amount, *_ in row.discounts or ())
    taxes = tuple(TaxTaken(name, Decimal(percent), Decimal(amount)) for name, percent, amount in row.taxes or ())
    said = Said(
        LineKind(row.kind),
        Period(row.period_start, row.period_end),
        row.quantity,
        row.gross,
        discounts,
        taxes,
        UsageTaken(*map(Decimal, row.usage)) if row.usage else None,
        row.reverse_charge,
        currency,
    )
    return LineKept(said, row.repeats or row.pk, row.item_id, row.price_id, row.corrects)


def line_of_document(line: Mapping[str, Any]) -> LineKept:
    """A line of a simulated invoice; one that is older than the price in such lines has none."""
    usage = line["usage"]
    taken = UsageTaken(*(Decimal(usage[name]) for name in _PARTS_OF_USAGE)) if usage else None
    said = Said(
        LineKind(line["kind"]),
        Period(date.fromisoformat(line["period_start"]), date.fromisoformat(line["period_end"])),
        Decimal(line["quantity"]),
        Decimal(line["gross"]),
        tuple(_discount(each["name"], each["percent"], each["amount"]) for each in line["discounts"]),
        tuple(TaxTaken(each["name"], Decimal(each["percent"]), Decimal(each["amount"])) for each in line["taxes"]),
        taken,
        line.get("reverse_charge", False),
        line["currency"],
    )
    item, price = (decode_id(kind, line.get(name) or "") for kind, name in _REFERENCES)
    return LineKept(said, None, item, price, decode_id("invoice_line", line["corrects"] or ""))


def _discount(name: str, percent: str | None, amount: str) -> DiscountTaken:
    return DiscountTaken(name, None if percent is None else Decimal(percent), Decimal(amount))


_REFERENCES = (("subscription_item", "item"), ("price", "price"))
_PARTS_OF_USAGE = ("used", "own_allowance", "shared_allowance")


def explained_rows(
    invoice: Invoice, rows: Sequence[InvoiceLine], parties: Parties, words: Words
) -> list[tuple[Why, ...]]:
    """The steps of some lines of an invoice between these parties."""
    items = {row.item_id for row in rows if row.kind == LineKind.USAGE}
    beside = InvoiceLine.objects.filter(invoice_id=invoice.pk, kind=LineKind.USAGE, item_id__in=items) if items else ()
    kept = [line_kept(row, invoice.currency) for row in rows]
    return explained(kept, [line_kept(row, invoice.currency) for row in beside], parties, words)


def explained(
    lines: Iterable[LineKept], beside: Iterable[LineKept], parties: Parties, words: Words
) -> list[tuple[Why, ...]]:
    """The steps of each line; `beside` are the usage lines of the same invoice, which share what was used."""
    lines, beside = list(lines), list(beside)
    items = items_by_id(array({line.item_id for line in lines if line.item_id is not None})).items
    prices = _prices(lines, items.values())
    standing = _standing(lines)
    rounding = tax_rounding(parties.seller.tax_rounding, parties.seller.address.get("country"))
    found = []
    for line in lines:
        if line.corrects is not None:
            basis = _basis_of_correction(line, standing, rounding)
        else:
            course = items[line.item_id].course if line.item_id in items else None
            basis = _basis(line, prices.get(line.price_id or 0), course, beside, rounding)
        found.append(why(line.said, basis, words))
    return found


def _prices(lines: Iterable[LineKept], items: Iterable[Item]) -> dict[int, Price]:
    """The prices of the lines; those that their items have now are known already."""
    known = {terms.price.id: terms.price for item in items for terms in item.course.terms}
    others = {line.price_id for line in lines if line.price_id is not None} - known.keys()
    return known | load_prices(others) if others else known


@dataclass(frozen=True, slots=True)
class _Standing:
    """A line that is corrected, or a live correction of it."""

    id: int
    corrects: int | None
    is_correction: bool
    gross: Decimal


def _standing(lines: Iterable[LineKept]) -> list[_Standing]:
    """The lines that some lines correct, and all that corrects these and counts."""
    corrected = {line.corrects for line in lines if line.corrects is not None}
    if not corrected:
        return []
    items = {line.item_id for line in lines if line.corrects is not None}
    found = [
        *InvoiceLine.objects.filter(pk__in=corrected),
        *InvoiceLine.objects.filter(item_id__in=items, live=True, corrects__in=corrected),
    ]
    standing = (
        _Standing(row.repeats or row.pk, row.corrects, row.kind == LineKind.CORRECTION, row.gross) for row in found
    )
    return list({each.id: each for each in standing}.values())


def _basis_of_correction(line: LineKept, standing: Iterable[_Standing], rounding: TaxRounding) -> Basis:
    first = next((each for each in standing if each.id == line.corrects), None)
    if first is None or first.is_correction:
        return Basis(stood=-line.said.gross, takes_back=True, rounding=rounding)
    earlier = [each.gross for each in standing if each.corrects == first.id and (line.id is None or each.id < line.id)]
    return Basis(stood=sum(earlier, first.gross), rounding=rounding)


def _basis(
    line: LineKept, price: Price | None, course: Course | None, beside: Iterable[LineKept], rounding: TaxRounding
) -> Basis:
    if price is None or course is None:
        return Basis(price, rounding=rounding)
    start = line.said.period.start
    full = full_period(price, anchor_on(course, start), start)
    basis = Basis(price, _agreed(course, price, start), full, rounding=rounding)
    if price.type is PriceType.USAGE and line.said.period != full:
        parts = [
            one.said
            for one in beside
            if one.item_id == line.item_id and full.start <= one.said.period.start < full.end and one.said.usage
        ]
        used = sum((part.usage.used for part in parts if part.usage), Decimal(0))
        return replace(basis, used=used, days=sum(part.period.days for part in parts))
    return basis


def _agreed(course: Course, price: Price, day: date) -> date | None:
    """Since when the price holds that holds on the day, as far as the terms still say so."""
    since = None
    for terms in course.terms:
        if terms.since > day:
            break
        if terms.price.id != price.id:
            since = None
        elif since is None:
            since = terms.since
    return since
