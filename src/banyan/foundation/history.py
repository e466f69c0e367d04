"""The history (ACC-16): one append-only table, filled by triggers, so that nothing that writes can go past it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from django.db import connection, migrations

from banyan.foundation.actors import SYSTEM, Actor, ActorKind

RECORD = """
CREATE OR REPLACE FUNCTION banyan_record_history() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    skipped text[] := TG_ARGV[1]::text[];
    before jsonb := CASE WHEN TG_OP = 'INSERT' THEN '{}' ELSE to_jsonb(OLD) END;
    after jsonb := CASE WHEN TG_OP = 'DELETE' THEN '{}' ELSE to_jsonb(NEW) END;
    subject bigint := coalesce(after ->> 'id', before ->> 'id');
    why text := coalesce(current_setting('banyan.reason', true), '');
    changes jsonb;
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    SELECT jsonb_object_agg(field, jsonb_build_array(before -> field, after -> field)) INTO changes
        FROM jsonb_object_keys(before || after) AS field
        WHERE field <> 'id' AND field <> ALL (skipped)
            AND coalesce(before -> field, 'null') <> coalesce(after -> field, 'null');
    IF changes IS NOT NULL OR TG_OP <> 'UPDATE' THEN
        EXECUTE format('INSERT INTO %I.foundation_historyentry (at, actor, action, subject_kind, subject_id, changes)
            VALUES (clock_timestamp(), $1, $2, $3, $4, $5)', TG_TABLE_SCHEMA)
        USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'),
            CASE TG_OP WHEN 'INSERT' THEN 'created' WHEN 'UPDATE' THEN 'changed' ELSE 'deleted' END,
            TG_ARGV[0], subject, coalesce(changes, '{}')
                || CASE WHEN why = '' THEN '{}' ELSE jsonb_build_object('reason', jsonb_build_array(NULL, why)) END;
    END IF;
    RETURN NULL;
END $$;
"""

RECORD_CREATIONS = """
CREATE OR REPLACE FUNCTION banyan_record_creations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($record$
        INSERT INTO %I.foundation_historyentry (at, actor, action, subject_kind, subject_id, changes)
        SELECT clock_timestamp(), $1, 'created', $2, created.id, (
            SELECT coalesce(jsonb_object_agg(field.key, jsonb_build_array(NULL, field.value)), '{}')
            FROM jsonb_each(to_jsonb(created)) AS field
            WHERE field.key <> 'id' AND field.key <> ALL ($3) AND field.value <> 'null')
        FROM created $record$, TG_TABLE_SCHEMA)
    USING coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), TG_ARGV[0], TG_ARGV[1]::text[];
    RETURN NULL;
END $$;
"""

KEEP = """
CREATE FUNCTION banyan_keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the history can''t be edited (ACC-16)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'history_is_kept';
END $$;
CREATE TRIGGER keep_history BEFORE UPDATE OR DELETE ON foundation_historyentry
    FOR EACH ROW EXECUTE FUNCTION banyan_keep_history();
CREATE TRIGGER keep_whole_history BEFORE TRUNCATE ON foundation_historyentry
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_history();
"""


def record_history(table: str, subject_kind: str, skip: Sequence[str] = ()) -> migrations.RunSQL:
    """A migration step: from now on every change of a row of `table` is in the history, but for the columns `skip`.

    The table needs a numeric primary key `id`. Columns go in by their names in the database.
    """
    skipped = "{" + ",".join(skip) + "}"
    return migrations.RunSQL(
        f"CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION banyan_record_history('{subject_kind}', '{skipped}')",
        f"DROP TRIGGER record_history ON {table}",
    )


def record_part(table: str, field: str, content: str, kind: str, subject: str) -> migrations.RunSQL:
    """A migration step: changes of a row of `table` are in the history of the `kind` that its column `subject` refers
    to, as {field: [before, after]}. `content` is the SQL of what stands there, of the row that is called `entry`."""
    function = f"banyan_record_{table}"
    return migrations.RunSQL(
        f"""
CREATE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before jsonb;
    after jsonb;
    entry {table};
BEGIN
    IF TG_OP <> 'INSERT' THEN
        entry := OLD; before := {content};
    END IF;
    IF TG_OP <> 'DELETE' THEN
        entry := NEW; after := {content};
    END IF;
    IF before IS DISTINCT FROM after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', '{kind}',
                entry.{subject}, jsonb_build_object('{field}', jsonb_build_array(before, after)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION {function}();
""",
        f"DROP TRIGGER record_history ON {table}",
    )


def record_creations_in_sets(table: str, subject_kind: str, skip: Sequence[str] = ()) -> migrations.RunSQL:
    """A migration step for a table that record_history watches and that fills in large sets: the history stays as it
    is, but new rows are recorded by statement, in half the time.
    """
    arguments = f"'{subject_kind}', '{{{','.join(skip)}}}'"
    return migrations.RunSQL(
        f"""{RECORD_CREATIONS}
        DROP TRIGGER record_history ON {table};
        CREATE TRIGGER record_history AFTER UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION banyan_record_history({arguments});
        CREATE TRIGGER record_creations AFTER INSERT ON {table} REFERENCING NEW TABLE AS created
            FOR EACH STATEMENT EXECUTE FUNCTION banyan_record_creations({arguments});
        """,
        migrations.RunSQL.noop,
    )


@contextmanager
def acting_as(actor: Actor) -> Iterator[None]:
    """Name who makes this block's changes in the history; the name never outlives a transaction it is given in."""
    within_transaction = connection.in_atomic_block
    before = _set_actor((actor.name, actor.kind, str(actor.number or "")), within_transaction)
    try:
        yield
    except BaseException:
        if not within_transaction:  # else whoever rolls back takes the name back with it
            _set_actor(before, within_transaction)
        raise
    _set_actor(before, within_transaction)


@contextmanager
def for_reason(reason: str) -> Iterator[None]:
    """Keep why with each change that this block makes in the history, as `reason`; "" keeps nothing (RUN-11).

    Within a transaction only: whoever rolls it back takes the reason back with it.
    """
    _set_reason(reason)
    yield
    _set_reason("")


def _set_reason(reason: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('banyan.reason', %s, true)", [reason])


def current_actor() -> Actor:
    """Who is named to make the changes now."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ACTOR}")
        name, kind, number = cursor.fetchone()
    return Actor(ActorKind(kind), name, int(number) if number else None) if kind else SYSTEM


def _set_actor(actor: tuple[str, str, str], within_transaction: bool) -> tuple[str, str, str]:
    """Set the actor: name, kind and row; the one before. PostgreSQL reads a list of expressions from left to right.

    The columns of an entry have these as their defaults, so a trigger that writes one need not name them.
    """
    values = dict(zip(("name", "kind", "number"), actor, strict=True))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_ACTOR}, {_SET_ACTOR}", values | {"local": within_transaction})
        name, kind, number, *_ = cursor.fetchone()
    return str(name), str(kind), str(number)


_ACTOR = """
coalesce(current_setting('banyan.actor', true), ''), coalesce(current_setting('banyan.actor_kind', true), ''),
coalesce(current_setting('banyan.actor_id', true), '')
"""
_SET_ACTOR = """
set_config('banyan.actor', %(name)s, %(local)s), set_config('banyan.actor_kind', %(kind)s, %(local)s),
set_config('banyan.actor_id', %(number)s, %(local)s)
"""
