"""Frozen values, at the price of plain ones.

A run makes millions of facts and lines. Python enforces `dataclass(frozen=True)` by a slow way round for every field of
every new object: eight times the time (measured: a quarter of a run's work). So what holds these values fixed is the
type checker, which refuses any assignment to a field; while the program runs they are ordinary dataclasses with slots.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar, dataclass_transform, overload

T = TypeVar("T")


@overload
def frozen(made: type[T], /) -> type[T]: ...
@overload
def frozen(*, order: bool = False, shared: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True)
def frozen(
    made: type[T] | None = None, /, *, order: bool = False, shared: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Declare a value: compared and hashed (unless it says how) by its fields, which never change. `order`: also sorted
    by them. `shared`: made once for the many that have it in common, and compared by being the same object, so that
    what is worked out for it is found again at no cost."""

    def declare(made: type[T]) -> type[T]:
        if shared:
            return dataclass(slots=True, eq=False)(made)
        return dataclass(slots=True, unsafe_hash="__hash__" not in vars(made), order=order)(made)

    return declare if made is None else declare(made)
