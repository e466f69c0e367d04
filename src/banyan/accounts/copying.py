"""Inserting many rows with COPY: the ORM takes longer to write the statement than the database to run it."""

from collections.abc import Sequence

from django.db import connection, connections
from django.db.models import JSONField, Model
from django.db.models.expressions import DatabaseDefault


def copy_in(rows: Sequence[Model]) -> None:
    """Insert the rows, all of one model and with their ids set; what the database fills in is read back."""
    if not rows:
        return
    model = type(rows[0])
    columns = [
        field
        for field in model._meta.concrete_fields
        if not field.generated and not isinstance(getattr(rows[0], field.attname), DatabaseDefault)
    ]
    names = ", ".join(f'"{field.column}"' for field in columns)
    statement = f"COPY {model._meta.db_table} ({names}) FROM STDIN"
    cells = [
        (field.attname, field.get_db_prep_save if isinstance(field, JSONField) else _as_it_is) for field in columns
    ]
    database = connections[connection.alias]
    with connection.wrap_database_errors, connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([prepare(getattr(row, name), database) for name, prepare in cells])
    _read_back(rows, [field.attname for field in model._meta.concrete_fields if field not in columns])


def _as_it_is(value: object, database: object) -> object:
    """Most fields hold what PostgreSQL takes; to ask each of them takes as long as all the rest of a row."""
    return value


def _read_back(rows: Sequence[Model], names: Sequence[str]) -> None:
    found = type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows]).values_list("pk", *names)
    values = {pk: rest for pk, *rest in found}
    for row in rows:
        row._state.adding = False
        for name, value in zip(names, values[row.pk], strict=True):
            setattr(row, name, value)
