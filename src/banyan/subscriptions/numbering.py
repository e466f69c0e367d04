"""Numbers that nobody has yet."""

from collections.abc import Sequence

from django.db import models

from banyan.accounts.copying import draw_ids
from banyan.foundation.numbering import draw_numbers


def ids_and_numbers(model: type[models.Model], prefix: str, given: Sequence[str | None]) -> list[tuple[int, str]]:
    """An id for each new row, with the number that it was given, or with the next one (`S-000012`) that nobody has."""
    missing = sum(not number for number in given)
    found: list[str] = []
    while left := missing - len(found):
        proposed = [f"{prefix}-{number:06d}" for number in draw_numbers(model._meta.db_table, left)]
        rows = model._base_manager.filter(number__any_of=proposed)
        taken = {*given, *rows.values_list("number", flat=True)}
        found += [number for number in proposed if number not in taken]
    generated = iter(found)
    numbers = [number or next(generated) for number in given]
    return list(zip(draw_ids(model, len(given)), numbers, strict=True))
