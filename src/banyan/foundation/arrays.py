"""Arrays of numbers as PostgreSQL reads them."""

from collections.abc import Iterable


def array(values: Iterable[int]) -> str:
    """A parameter for `%(ids)s::bigint[]`; much quicker than a list that is adapted element by element."""
    return "{" + ",".join(map(str, values)) + "}"
