"""How many requests of a web process are under way, and which of them get a thread."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

KEPT_FREE = 2
"""Threads that one client alone, or writes alone, never take: for the reads of others."""


class TooManyRequestsError(Exception):
    """One client has as many requests under way as it may."""


class BusyError(Exception):
    """No thread became free in time."""


@dataclass(slots=True)
class Crowd:
    """Counts the requests of each client, whatever they are at: arriving, waiting, being answered or being taken."""

    most_of_one: int
    _under_way: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def one_more_of(self, client: str) -> Iterator[None]:
        """Refused when the client has as many as it may."""
        if self._under_way[client] >= self.most_of_one:
            raise TooManyRequestsError
        self._under_way[client] += 1
        try:
            yield
        finally:
            self._under_way[client] -= 1
            if not self._under_way[client]:
                del self._under_way[client]


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """A thread's worth of work, for a client; a read or a write."""

    client: str
    is_write: bool


@dataclass(slots=True)
class Places:
    """The threads of a web process. Who waits longest gets the next, unless its client or all writes have enough."""

    most: int
    _taken: list[Place] = field(default_factory=list)
    _waiting: dict[Place, asyncio.Future[None]] = field(default_factory=dict)

    async def take(self, place: Place, seconds: float) -> None:
        """Wait for a thread; BusyError when none became free in so many seconds. Give it back with `give_back`."""
        if self._fits(place):
            self._taken.append(place)
            return
        turn = self._waiting[place] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(seconds):
                await turn
        except BaseException as failure:  # it may have been given the place in the same moment
            if place in self._taken:
                self.give_back(place)
            if isinstance(failure, TimeoutError):
                raise BusyError from None
            raise
        finally:
            self._waiting.pop(place, None)

    def give_back(self, place: Place) -> None:
        """The thread is free again."""
        self._taken.remove(place)
        self._let_in()

    def _let_in(self) -> None:
        for place, turn in list(self._waiting.items()):
            if not turn.done() and self._fits(place):
                self._taken.append(place)
                turn.set_result(None)

    def _fits(self, place: Place) -> bool:
        shared = max(1, self.most - KEPT_FREE)
        return (
            len(self._taken) < self.most
            and sum(each.client == place.client for each in self._taken) < shared
            and (not place.is_write or sum(each.is_write for each in self._taken) < shared)
        )
