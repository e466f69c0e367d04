"""A batch of a bill run, a piece of a file or a move of thousands makes very many small objects and hardly a cycle of
them: searching them, and all that was there before, for cycles takes a tenth to a half of all computing (measured).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def gc_paused() -> Iterator[None]:
    """Python's search for cycles of objects is off inside; what has no cycle is freed as ever."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
