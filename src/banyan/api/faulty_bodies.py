"""A body that can't be read as a whole is refused with all that is wrong: with its form, and with the rest (ERR-1)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from banyan.api.bodies import Body, Fault, faults_of, readings_of
from banyan.kernel.refusals import Problem, Refusal


class Faulty(Exception):
    """A body of which something can't be read (`faults`), and what an action says against the rest (`others`)."""

    def __init__(self, faults: Sequence[Fault], others: Sequence[Problem]) -> None:
        self.faults, self.others = faults, others
        super().__init__()


def refuse_faulty(view: Callable[..., Any], values: Mapping[str, Any]) -> None:
    """Refuse a body that can't be read as a whole. To know what else is wrong the view is asked, and all is undone."""
    for name, body in values.items():
        if isinstance(body, Body) and (faults := faults_of(body)):
            found = [_problems(view, {**values, name: reading}) for reading in readings_of(body)]
            raise Faulty(faults, _in_all(found, [".".join(str(part) for part in fault["loc"]) for fault in faults]))


def _problems(view: Callable[..., Any], values: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        with transaction.atomic():
            view(**values)
            transaction.set_rollback(True)
    except Refusal as refusal:
        return refusal.problems
    except IntegrityError:
        return ()  # a stand-in may break what only the database forbids; the body is refused anyhow
    return ()


def _in_all(found: Sequence[Sequence[Problem]], told: Sequence[str]) -> list[Problem]:
    """What is wrong in every reading, but with the fields that are told already, and those above and below them."""
    return [
        problem
        for problem in found[0]
        if all(problem in others for others in found[1:]) and not any(_are_of_one(problem.field, one) for one in told)
    ]


def _are_of_one(field: str, other: str) -> bool:
    return f"{field}.".startswith(f"{other}.") or f"{other}.".startswith(f"{field}.")
