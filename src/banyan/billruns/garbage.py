"""A batch makes a few hundred thousand small objects and not one cycle of them: searching them for cycles is the most
expensive thing a worker could do (measured: a third of all computing).
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_search_for_cycles() -> Iterator[None]:
    """Python's search for cycles of objects is off inside; what has no cycle is freed as ever."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
