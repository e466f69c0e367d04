"""Inserting many rows with COPY: the ORM takes longer to write the statement than the database to run it."""

from collections.abc import Mapping, Sequence

from django.db import connection, connections
from django.db.models import JSONField, Model
from django.db.models.expressions import DatabaseDefault


def draw_ids(model: type[Model], count: int) -> list[int]:
    """So many ids of rows that nobody else gets."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [row[0] for row in cursor.fetchall()]


def copy_in(rows: Sequence[Model], also: Mapping[str, Sequence[object]] | None = None) -> None:
    """Insert the rows, all of one model; what the database fills in is read back, and rows without an id get one.

    `also` are values of columns that the model does not have, in the order of the rows.
    """
    if not rows:
        return
    model = type(rows[0])
    without_id = [row for row in rows if row.pk is None]
    for row, row_id in zip(without_id, draw_ids(model, len(without_id)) if without_id else (), strict=True):
        row.pk = row_id
    columns = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    ]
    also = also or {}
    names = ", ".join(f'"{name}"' for name in [*(field.column for field in columns), *also])
    statement = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
    cells = [
        (field.attname, field.get_db_prep_save if isinstance(field, JSONField) else _as_it_is) for field in columns
    ]
    database = connections[connection.alias]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row, *further in zip(rows, *also.values(), strict=True):
            copy.write_row([*(prepare(getattr(row, name), database) for name, prepare in cells), *further])
    _read_back(rows, [field.attname for field in model._meta.concrete_fields if field not in columns])


def _as_it_is(value: object, database: object) -> object:
    """Most fields hold what PostgreSQL takes; to ask each of them takes as long as all the rest of a row."""
    return value


def _read_back(rows: Sequence[Model], names: Sequence[str]) -> None:
    for row in rows:
        row._state.adding = False
    if not names:
        return
    found = type(rows[0])._default_manager.filter(pk__any_of=[row.pk for row in rows]).values_list("pk", *names)
    values = {pk: rest for pk, *rest in found}
    for row in rows:
        for name, value in zip(names, values[row.pk], strict=True):
            setattr(row, name, value)
