"""Refusals: why something was not done, by field and rule (ERR-1, API-3)."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What a refusal is about; the API answers `invalid` as 422, `conflict` 409, `unknown` 404, `forbidden` 403."""

    INVALID = "invalid"
    CONFLICT = "conflict"
    UNKNOWN = "unknown"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where (`field`, dotted), what (`code`, `message` with the value and what would be
    right), which rule.
    """

    field: str
    code: str
    message: str
    rule: str | None = None
    value: object = None


class Refusal(Exception):
    """The one exception that actions raise: nothing was done, and these are all the reasons."""

    def __init__(self, problems: Iterable[Problem], kind: Kind = Kind.INVALID) -> None:
        self.problems = tuple(problems)
        self.kind = kind
        super().__init__("; ".join(problem.message for problem in self.problems))

    @property
    def rule(self) -> str | None:
        """The first rule that was broken, None when only the form of the input is wrong."""
        return next((problem.rule for problem in self.problems if problem.rule), None)


@dataclass(slots=True)
class Problems:
    """Collects every problem of one input, so that all of them are told at once."""

    found: list[Problem] = field(default_factory=list)
    kind: Kind = Kind.INVALID

    def add(
        self,
        field: str,
        code: str,
        message: str,
        rule: str | None = None,
        value: object = None,
        kind: Kind | None = None,
    ) -> None:
        """Note one problem. A `kind` other than invalid turns the whole refusal into that kind."""
        self.found.append(Problem(field, code, message, rule, value))
        if kind is not None and kind is not Kind.INVALID:
            self.kind = kind

    def take(self, refusal: Refusal) -> None:
        """Note everything that a refusal tells, which is of its kind unless something noted before had one."""
        self.found.extend(refusal.problems)
        self.kind = refusal.kind if self.kind is Kind.INVALID else self.kind

    def copy(self) -> "Problems":
        """The same problems, for a verb to add to: what it is given stays as it is, should it begin again."""
        return Problems(list(self.found), self.kind)

    def about(self, *fields: str) -> bool:
        """Whether anything is wrong with one of the fields, with a part of it, or with what it is a part of."""
        return any(
            f"{problem.field}.".startswith(f"{field}.") or f"{field}.".startswith(f"{problem.field}.")
            for problem in self.found
            for field in fields
        )

    def raise_if_any(self) -> None:
        """Raise Refusal with everything that was found; do nothing when nothing was."""
        if self.found:
            raise Refusal(self.found, self.kind)


def all_or_nothing(changes: Sequence[Callable[[], object]]) -> None:
    """Make changes that belong together, in the caller's transaction; what is wrong with any is told at once."""
    problems = Problems()
    for change in changes:
        try:
            change()
        except Refusal as refusal:
            problems.take(refusal)
    problems.raise_if_any()


def conflict(field: str, code: str, message: str, rule: str | None = None, value: object = None) -> Refusal:
    """A refusal because of the state something is in or a rule between things (409)."""
    return Refusal([Problem(field, code, message, rule, value)], Kind.CONFLICT)


def invalid(field: str, code: str, message: str, rule: str | None = None, value: object = None) -> Refusal:
    """A refusal because a given value is wrong in itself (422)."""
    return Refusal([Problem(field, code, message, rule, value)], Kind.INVALID)


def unknown(field: str, message: str, value: object = None) -> Refusal:
    """A refusal because what is named does not exist, or is out of reach, which is the same (404)."""
    return Refusal([Problem(field, "unknown", message, None, value)], Kind.UNKNOWN)
