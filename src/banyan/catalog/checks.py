"""What the fields of the catalogue may hold. Each check notes every problem that it finds."""

from collections.abc import Callable, Collection
from datetime import date
from decimal import Decimal
from functools import partial
from operator import lt

from banyan.catalog.inputs import NewPrice, NewTier
from banyan.engine.facts import PriceModel, PriceType, Timing
from banyan.kernel.calendar import Unit
from banyan.kernel.decimals import is_plain
from banyan.kernel.money import CURRENCIES
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import fault_of, shown

LONGEST_INTERVAL = 366
MOST_TIERS = 100
_NEEDED_BY_MODEL = {
    PriceModel.FLAT: ("flat_amount",),
    PriceModel.PER_UNIT: ("unit_amount",),
    PriceModel.GRADUATED: ("tiers",),
    PriceModel.VOLUME: ("tiers",),
    PriceModel.PACKAGE: ("unit_amount", "package_size"),
}
_OF_SOME_MODEL = ("unit_amount", "flat_amount", "tiers", "package_size")
_ONLY_FOR_USAGE = ("meter", "included_quantity", "pooled", "show_covered_usage")


def check_text(problems: Problems, field: str, text: str, longest: int, rule: str) -> None:
    """A text that people read, of at most so many characters."""
    if fault := fault_of(text, longest):
        problems.add(field, "unreadable", f"{field} {fault}", rule, text)


def check_choice(problems: Problems, field: str, value: str, choices: tuple[str, ...], rule: str) -> bool:
    """Whether the value is one of the choices; a problem when not."""
    if value in choices:
        return True
    problems.add(field, "not_a_choice", f"{field} {shown(value)} is none of {', '.join(choices)}", rule, value)
    return False


def check_number(
    problems: Problems, field: str, number: Decimal, fits: Callable[[Decimal], bool], right: str, rule: str
) -> None:
    """A plain number for which `fits` holds; `right` says in words what that is."""
    if not is_plain(number):
        problems.add(field, "not_plain", f"{field} {number} is not a number with at most 12 decimals", rule, number)
    elif not fits(number):
        problems.add(field, "out_of_range", f"{field} {number} must be {right}", rule, number)


def check_currency(problems: Problems, currency: str, rule: str) -> None:
    """A current ISO 4217 code."""
    if currency not in CURRENCIES:
        problems.add(
            "currency", "unknown_currency", f"{currency!r} is not a current ISO 4217 currency code", rule, currency
        )


def check_validity(problems: Problems, valid_from: date | None, valid_to: date | None, rule: str) -> None:
    """A stretch of at least one day; `valid_to` is its last."""
    if valid_from and valid_to and valid_to < valid_from:
        problems.add(
            "valid_to", "before_start", f"valid_to {valid_to} is before valid_from {valid_from}", rule, valid_to
        )


def check_product(problems: Problems, name: str, code: str, tax_category: str | None) -> None:
    """CAT-1: what a product is called."""
    check_text(problems, "name", name, 200, "CAT-1")
    check_text(problems, "code", code, 100, "CAT-1")
    if tax_category is not None:
        check_text(problems, "tax_category", tax_category, 50, "CAT-1")


def check_price(problems: Problems, new: NewPrice) -> None:
    """CAT-1 to CAT-3, USE-2, USE-3: a price of one model and type, with all of its fields and none of the others'."""
    check_currency(problems, new.currency, "CAT-1")
    _check_interval(problems, new)
    if new.included_quantity is not None:
        check_number(problems, "included_quantity", new.included_quantity, _not_negative, "0 or more", "USE-3")
    if new.timing is not None:
        check_choice(problems, "timing", new.timing, tuple(Timing), "CAT-1")
    if check_choice(problems, "type", new.type, tuple(PriceType), "CAT-1"):
        _check_type(problems, new, PriceType(new.type))
    if check_choice(problems, "model", new.model, tuple(PriceModel), "CAT-2"):
        _check_model(problems, new, _NEEDED_BY_MODEL[PriceModel(new.model)])
        _check_numbers(problems, new, _NEEDED_BY_MODEL[PriceModel(new.model)])
    else:
        _check_numbers(problems, new, _OF_SOME_MODEL)
    if new.code is not None:
        check_text(problems, "code", new.code, 100, "CAT-1")


def _check_interval(problems: Problems, new: NewPrice) -> None:
    if new.interval is not None:
        check_choice(problems, "interval", new.interval, tuple(Unit), "CAT-1")
    if new.interval_count is not None and not 1 <= new.interval_count <= LONGEST_INTERVAL:
        message = f"interval_count {new.interval_count} must be from 1 to {LONGEST_INTERVAL}"
        problems.add("interval_count", "out_of_range", message, "CAT-1", new.interval_count)


def _check_type(problems: Problems, new: NewPrice, type_: PriceType) -> None:
    if type_ is PriceType.USAGE and new.timing == Timing.IN_ADVANCE:
        message = "usage is charged in_arrears, when it is known; in_advance is for other prices"
        problems.add("timing", "usage_in_advance", message, "USE-2", new.timing)
    if type_ is not PriceType.USAGE:
        for field in _ONLY_FOR_USAGE:
            if getattr(new, field):
                problems.add(
                    field, "only_for_usage", f"{field} is only for a usage price", "USE-3", getattr(new, field)
                )
    elif new.meter is None:
        problems.add("meter", "required", "a usage price needs the meter that its usage is counted with", "USE-1")


def _check_model(problems: Problems, new: NewPrice, needed: Collection[str]) -> None:
    for field in _OF_SOME_MODEL:
        value = getattr(new, field)
        if field in needed and value is None:
            problems.add(field, "required", f"a {new.model} price needs {field}", "CAT-2")
        elif field not in needed and value:
            problems.add(field, "of_another_model", f"a {new.model} price has no {field}", "CAT-2", value)


def _check_numbers(problems: Problems, new: NewPrice, needed: Collection[str]) -> None:
    for field in ("unit_amount", "flat_amount"):
        amount = getattr(new, field)
        if amount is not None:
            check_number(problems, field, amount, _not_negative, "0 or more", "CAT-2")
    if new.package_size or ("package_size" in needed and new.package_size is not None):
        check_number(problems, "package_size", new.package_size, _positive, "more than 0", "CAT-2")
    if new.tiers or ("tiers" in needed and new.tiers is not None):
        _check_tiers(problems, new.tiers)


def _check_tiers(problems: Problems, tiers: tuple[NewTier, ...]) -> None:
    if not 1 <= len(tiers) <= MOST_TIERS:
        problems.add("tiers", "out_of_range", f"{len(tiers)} tiers; give 1 to {MOST_TIERS}", "CAT-3", len(tiers))
        return
    for number, tier in enumerate(tiers):
        _check_amounts_of_tier(problems, f"tiers.{number}", tier)
    reached = Decimal(0)
    for number, tier in enumerate(tiers[:-1]):
        field = f"tiers.{number}.up_to"
        if tier.up_to is None:
            problems.add(field, "open_too_early", f"tier {number + 1} has no end; only the last may be open", "CAT-3")
            continue
        right = f"more than {reached}, where the tier before it ends"
        check_number(problems, field, tier.up_to, partial(lt, reached), right, "CAT-3")
        if is_plain(tier.up_to):
            reached = max(reached, tier.up_to)
    if tiers[-1].up_to is not None:
        message = (
            f"the last tier ends at {tiers[-1].up_to}; it must be open (up_to null) so that every quantity has a price"
        )
        problems.add(f"tiers.{len(tiers) - 1}.up_to", "last_tier_not_open", message, "CAT-3", tiers[-1].up_to)


def _check_amounts_of_tier(problems: Problems, field: str, tier: NewTier) -> None:
    if tier.unit_amount is None and tier.flat_amount is None:
        problems.add(field, "required", f"{field} needs unit_amount, flat_amount or both", "CAT-3")
    for name in ("unit_amount", "flat_amount"):
        amount = getattr(tier, name)
        if amount is not None:
            check_number(problems, f"{field}.{name}", amount, _not_negative, "0 or more", "CAT-2")


def _not_negative(number: Decimal) -> bool:
    return number >= 0


def _positive(number: Decimal) -> bool:
    return number > 0
