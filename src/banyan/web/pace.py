"""How slow a client may be."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Any

SLOWEST = 16 * 1024
"""Bytes a second, on average, beside the seconds of grace."""


class TooSlowError(Exception):
    """A client sent or took less than it has to."""


@dataclass(slots=True)
class Pace:
    """What a client has moved, and how long it was waited for. `grace`, in seconds, is beside what bytes need, and the
    most for any step: what a network keeps for a client that takes nothing is moved at once.
    """

    grace: float
    moved: int = 0
    waited: float = 0.0

    async def keep(self, step: Awaitable[Any]) -> Any:
        """What the client gives, or None when it takes something; TooSlowError when that is too late."""
        started = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(0.0, min(self.grace, self.grace + self.moved / SLOWEST - self.waited))):
                return await step
        except TimeoutError:
            raise TooSlowError from None
        finally:
            self.waited += asyncio.get_running_loop().time() - started
