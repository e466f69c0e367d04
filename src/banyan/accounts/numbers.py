"""Numbers of customers and accounts (ACC-1, CUS-2).

A generated number is drawn from a sequence: it is free unless somebody gave that very number.
"""

from collections.abc import Collection, Sequence

from django.db.models import Model

from banyan.accounts.models import Account, Customer
from banyan.foundation.declared.checks import is_blank
from banyan.foundation.numbering import draw_numbers

_PREFIXES = {Account: "A", Customer: "C"}


def taken(model: type[Model], field: str, numbers: Collection[str]) -> set[str]:
    """Those of the numbers that some row has already."""
    return set(model._default_manager.filter(**{f"{field}__any_of": numbers}).values_list(field, flat=True))


def free_numbers(model: type[Account] | type[Customer], count: int, avoid: Collection[str] = ()) -> list[str]:
    """So many generated numbers that no row has and that are not in `avoid`."""
    found: list[str] = []
    while len(found) < count:
        numbers = draw_numbers(model._meta.db_table, count - len(found))
        drawn = [f"{_PREFIXES[model]}-{number:06d}" for number in numbers]
        not_free = taken(model, "number", drawn).union(avoid)
        found += [number for number in drawn if number not in not_free]
    return found


def fill_in(model: type[Account] | type[Customer], given: Sequence[str | None]) -> list[str]:
    """The given numbers, with generated ones where a number is blank."""
    blanks = sum(is_blank(number) for number in given)
    generated = iter(free_numbers(model, blanks, {number for number in given if number}))
    return [next(generated) if number is None or is_blank(number) else number for number in given]
