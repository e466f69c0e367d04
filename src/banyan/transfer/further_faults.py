"""What else is wrong with rows that don't go in anyway, so that all of it is told at once (ERR-1)."""

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from django.db import IntegrityError, transaction

from banyan.kernel.refusals import Problem, Refusal

NO_ROW = 2**62
"""Stands for what a cell refers to and is not there, so that the rest of the row is looked at all the same."""
Answer = TypeVar("Answer")


def tried(do: Callable[[], Answer]) -> Answer | None:
    """What a verb answers, taken back whatever it did; None where the database had to stop it."""
    try:
        with transaction.atomic():
            answer = do()
            transaction.set_rollback(True)
    except IntegrityError:
        return None  # what stands for a row that there isn't may break what only the database forbids
    return answer


def with_further_faults(known: Sequence[Problem], refusal: Refusal | None) -> Refusal:
    """What is known to be wrong, and of what a verb said beside it that which is about other fields."""
    found = () if refusal is None else _about_others(known, refusal.problems)
    return Refusal([*known, *found])


def _about_others(known: Sequence[Problem], found: Iterable[Problem]) -> list[Problem]:
    fields = {problem.field for problem in known}
    return [problem for problem in found if problem.field not in fields and problem.value != NO_ROW]
