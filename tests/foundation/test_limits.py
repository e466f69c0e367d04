"""How long the database works for us, which version it is of, and what is told when it takes nobody more."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from banyan.foundation.actions.migrate import migrate_tenant
from banyan.foundation.database import UnfitServerError, conninfo
from banyan.foundation.embedded import EmbeddedServer
from banyan.foundation.limits import Limit, refuse_wrong_limits
from banyan.foundation.newer_version import is_of_newer_version
from banyan.foundation.time_limits import Work, limit_connections, limited_as
from banyan.kernel.refusals import Refusal
from tests.serving import run_program

FEW = {"max_connections": "8", "superuser_reserved_connections": "0", "max_wal_senders": "0", "shared_buffers": "16MB"}


def kept() -> dict[str, str]:
    """The limits of the connection, as the database has them."""
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(f'current_setting({name!r})' for name in names)}")
        return dict(zip(names, cursor.fetchone(), strict=True))


@contextmanager
def anew() -> Iterator[None]:
    """With a connection that is opened now, and nothing left of it."""
    connection.close()
    try:
        yield
    finally:
        limit_connections(Work.COMMAND)
        connection.close()


@pytest.mark.rule("REL-A")
@pytest.mark.parametrize(
    ("work", "statement", "lock", "idle"),
    [
        (Work.WEB, "65s", "5s", "1min"),
        (Work.JOB, "1h", "1min", "10min"),
        (Work.COMMAND, "0", "1min", "0"),
        (Work.MIGRATION, "0", "30s", "0"),
    ],
)
def test_each_kind_of_work_has_its_limits(fresh_tenant: str, work: Work, statement: str, lock: str, idle: str) -> None:
    with anew():
        limit_connections(work)
        assert tuple(kept().values()) == (statement, lock, idle)


@pytest.mark.rule("REL-A")
def test_a_migration_has_other_limits_only_while_it_runs(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BANYAN_MIGRATION_LOCK_SECONDS", "7")
    with anew():
        limit_connections(Work.JOB)
        with limited_as(Work.MIGRATION):
            assert (kept()["statement_timeout"], kept()["lock_timeout"]) == ("0", "7s")
        assert (kept()["statement_timeout"], kept()["lock_timeout"]) == ("1h", "1min")


@pytest.mark.rule("SYS-4", "ERR-1")
def test_limits_that_are_none_are_refused_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit, value in ((Limit.READ_SECONDS, "0"), (Limit.BODY_SECONDS, "soon"), (Limit.LOCK_SECONDS, "0")):
        monkeypatch.setenv(limit.variable, value)
    with pytest.raises(Refusal) as refused:
        refuse_wrong_limits()
    assert [(problem.field, problem.value) for problem in refused.value.problems] == [
        ("BANYAN_BODY_SECONDS", "soon"),
        ("BANYAN_READ_SECONDS", "0"),
    ]


@pytest.mark.rule("SYS-4")
def test_every_limit_is_described_to_operators() -> None:
    described = (Path(__file__).parents[2] / "docs" / "how-to" / "operate.md").read_text()
    assert [limit.variable for limit in Limit if f"| `{limit.variable}` | {limit.usual} |" not in described] == []


@pytest.mark.rule("SYS-4")
def test_a_database_that_a_newer_version_has_migrated_is_refused(fresh_tenant: str) -> None:
    with psycopg.connect(conninfo(), autocommit=True) as other:
        assert not is_of_newer_version(other, fresh_tenant)
        other.execute(
            f"INSERT INTO {fresh_tenant}.django_migrations (app, name, applied) VALUES"
            " ('accounts', '9999_newer', now()), ('sessions', '9999_of_a_library', now())"
        )
        assert is_of_newer_version(other, fresh_tenant)
    with pytest.raises(UnfitServerError, match="the migration 9999_newer of accounts"):
        migrate_tenant(fresh_tenant)


@pytest.mark.rule("SYS-1", "ERR-1")
def test_a_command_says_within_seconds_that_all_connections_are_in_use(tmp_path: Path) -> None:
    server = EmbeddedServer(tmp_path / "data", FEW)
    server.use()
    try:
        with ExitStack() as stack:
            for _ in range(int(FEW["max_connections"])):
                stack.enter_context(psycopg.connect(server.conninfo("postgres")))
            started = time.monotonic()
            done = run_program({**os.environ, "BANYAN_DATA_DIR": str(server.folder)}, "tenant", "list")
            assert time.monotonic() - started < 50
    finally:
        server.leave()
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert "All connections of the database are in use. End what does not need its own" in said
    assert "raise max_connections." in said
