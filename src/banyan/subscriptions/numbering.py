"""Numbers that nobody has yet."""

from collections.abc import Collection

from django.db import models

from banyan.accounts.copying import draw_ids


def fresh_numbers(
    model: type[models.Model], prefix: str, how_many: int, avoided: Collection[str | None]
) -> list[tuple[int, str]]:
    """Ids for so many new rows, each with a number made from it (`S-000012`); one that is taken is passed over."""
    found: list[tuple[int, str]] = []
    while missing := how_many - len(found):
        proposed = {f"{prefix}-{id_:06d}": id_ for id_ in draw_ids(model, missing)}
        rows = model._base_manager.filter(number__any_of=proposed)
        taken = {*avoided, *rows.values_list("number", flat=True)}
        found += [(id_, number) for number, id_ in proposed.items() if number not in taken]
    return found
