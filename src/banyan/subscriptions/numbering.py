"""Numbers that nobody has yet."""

from collections.abc import Collection

from django.db import connection, models

NEXT_IDS = "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)"


def fresh_numbers(
    model: type[models.Model], prefix: str, how_many: int, avoided: Collection[str | None]
) -> list[tuple[int, str]]:
    """Ids for so many new rows, each with a number made from it (`S-000012`); one that is taken is passed over."""
    found: list[tuple[int, str]] = []
    while missing := how_many - len(found):
        with connection.cursor() as cursor:
            cursor.execute(NEXT_IDS, [model._meta.db_table, missing])
            proposed = {f"{prefix}-{id_:06d}": id_ for (id_,) in cursor.fetchall()}
        rows = model._base_manager.filter(number__in=proposed)
        taken = {*avoided, *rows.values_list("number", flat=True)}
        found += [(id_, number) for number, id_ in proposed.items() if number not in taken]
    return found
