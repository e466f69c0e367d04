"""Keys that open nothing, counted by the address they come from: whoever guesses soon waits, and nothing is looked up.

Kept in the memory of a process, so the limit is that of one: a key is too long to be guessed anyway, and this bounds
the work. A key that was right in this process is always looked up, and a wrong key that is sent again and again counts
once, so that a forgotten program keeps no other one out that shares its address.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from banyan.foundation.proxies import counted_as
from banyan.organizations.keys import hash_of

MOST_WRONG = 20
SECONDS = 60
MOST_REMEMBERED = 10_000


class WaitBeforeLookingUpError(Exception):
    """Too many wrong keys came from the address; the next one is looked up in so many `seconds`."""

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many wrong keys came from your address. Try again in {seconds} seconds.")


@dataclass(slots=True)
class _Wrong:
    since: float
    keys: set[str] = field(default_factory=set)


@dataclass(slots=True)
class WrongKeys:
    """What a process remembers of keys: which were wrong in the last minute, by address, and which were right."""

    clock: Callable[[], float] = time.monotonic
    _wrong: OrderedDict[str, _Wrong] = field(default_factory=OrderedDict)
    _right: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def may_be_right(self, key: str, address: str) -> bool:
        """Whether the key is to be looked up: no for one that was wrong just now. Raises WaitBeforeLookingUpError."""
        known_by = hash_of(key)
        with self._lock:
            wrong = self._of(counted_as(address))
            if known_by in self._right or wrong is None:
                return True
            if known_by in wrong.keys:
                return False
            if len(wrong.keys) >= MOST_WRONG:
                raise WaitBeforeLookingUpError(max(1, round(wrong.since + SECONDS - self.clock())))
            return True

    def note(self, key: str, address: str, is_right: bool) -> None:
        """What looking it up came to."""
        known_by, counted = hash_of(key), counted_as(address)
        with self._lock:
            if is_right:
                self._right[known_by] = None
                self._right.move_to_end(known_by)
                _bound(self._right)
                return
            self._right.pop(known_by, None)
            wrong = self._of(counted) or self._wrong.setdefault(counted, _Wrong(self.clock()))
            if len(wrong.keys) < MOST_WRONG:
                wrong.keys.add(known_by)
            _bound(self._wrong)

    def _of(self, counted: str) -> _Wrong | None:
        wrong = self._wrong.get(counted)
        if wrong is not None and self.clock() - wrong.since >= SECONDS:
            del self._wrong[counted]
            return None
        return wrong


def _bound(remembered: OrderedDict[str, Any]) -> None:
    while len(remembered) > MOST_REMEMBERED:
        remembered.popitem(last=False)


WRONG_KEYS = WrongKeys()
