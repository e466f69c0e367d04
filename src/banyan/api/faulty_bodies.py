"""A body that can't be read as a whole is refused with all that is wrong: with its form, and with the rest (ERR-1)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Any

from django.db import IntegrityError

from banyan.api.bodies import Body, Fault, faults_of, readings_of
from banyan.foundation.numbering import taken_back
from banyan.kernel.refusals import Kind, Problem, Refusal


class Faulty(Exception):
    """A body of which something can't be read (`faults`), and what an action says against the rest (`others`)."""

    def __init__(self, faults: Sequence[Fault], others: Sequence[Problem]) -> None:
        self.faults, self.others = faults, others
        super().__init__()


def refuse_faulty(view: Callable[..., Any], values: Mapping[str, Any]) -> None:
    """Refuse a body that can't be read as a whole. To know what else is wrong the view is asked, and all is undone.

    What the address names and is not there is told alone, as if the body were right (404).
    """
    for name, body in values.items():
        if isinstance(body, Body) and not body.reads_once and (faults := faults_of(body)):
            found = [_problems(view, {**values, name: reading}) for reading in readings_of(body)]
            raise Faulty(faults, _in_all(found, [fault["loc"] for fault in faults]))


def _problems(view: Callable[..., Any], values: Mapping[str, Any]) -> Sequence[Problem]:
    try:
        with taken_back():
            view(**values)
    except Refusal as refusal:
        if refusal.kind is Kind.UNKNOWN:
            raise
        return refusal.problems
    except IntegrityError:
        return ()  # a stand-in may break what only the database forbids; the body is refused anyhow
    return ()


def _in_all(found: Sequence[Sequence[Problem]], told: Collection[Sequence[str | int]]) -> list[Problem]:
    """What is wrong in every reading, but with the fields that are told already, and those above and below them."""
    in_others = [{_same(problem) for problem in others} for others in found[1:]]
    fields = {".".join(map(str, path)) for path in told}
    above = {field for path in told for field in _ways_down(map(str, path))}
    return [
        problem
        for problem in found[0]
        if problem.field not in above
        and not any(field in fields for field in _ways_down(problem.field.split(".")))
        and all(_same(problem) in others for others in in_others)
    ]


def _same(problem: Problem) -> tuple[str, str, str]:
    return problem.field, problem.code, problem.message


def _ways_down(path: Iterable[str]) -> Iterator[str]:
    """The fields on the way to a field, and itself: items, items.0, items.0.price."""
    return accumulate(path, lambda field, part: f"{field}.{part}")
