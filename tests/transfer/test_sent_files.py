"""Files that are sent are imported by a worker, once and wholly or not at all (IMP-1, REL-A)."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from banyan.catalog.models import Product
from banyan.foundation.actors import Actor
from banyan.foundation.clock import now
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.access_scope import AccessScope, scoped_to
from banyan.organizations.roles import Role
from banyan.transfer import jobs, run, states
from banyan.transfer.actions.forget_files import DAYS_KEPT, forget_files
from banyan.transfer.actions.import_for_real import import_for_real
from banyan.transfer.actions.send_file import send_file
from banyan.transfer.imports import imports, problems_of
from banyan.transfer.kinds import KINDS
from banyan.transfer.models import Content, Import, ImportPiece, ImportStatus
from banyan.transfer.pieces import PIECE, opened
from banyan.transfer.reference import template
from banyan.transfer.roles import ADDRESSES, role_for
from banyan.transfer.states import time_left
from tests.billruns.running import elsewhere, execute
from tests.foundation.test_jobs import wait_until, worker_process

pytestmark = pytest.mark.rule("IMP-1")
GOOD = "code,name\nA,Alpha\nB,Beta\n"
ONE_BAD = "code,name\nA,Alpha\nB\n=C,\n"


def sent(text: str, kind: str = "products", **options: bool) -> Import:
    """A file that waits; no worker sees its job."""
    with transaction.atomic(), acting_as(Actor.user(1, "ada@acme.example")):
        made = send_file(kind, f"{kind}.csv", io.BytesIO(text.encode()), **options)
        forget_jobs()
    return made


def forget_jobs() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'tenant' = %s", [connection.schema_name])


def done(waiting: Import) -> Import:
    """The file after its job was done here, twice."""
    for _ in range(2):
        run.run_import(waiting.pk)
    return imports().get(pk=waiting.pk)


def counts(made: Import) -> tuple[int, int, int, int]:
    return made.rows, made.imported, made.refused, made.problem_count


def problems(made: Import) -> list[str]:
    return b"".join(problems_of(made)).decode().splitlines()


@pytest.mark.rule("ACC-16")
def test_a_dry_run_changes_nothing_and_what_was_checked_is_imported_for_real_under_the_name_of_who_asked(tenant: str):
    checked = done(sent(GOOD))
    assert (checked.status, counts(checked), Product.objects.count()) == (ImportStatus.CHECKED, (2, 2, 0, 0), 0)
    with acting_as(Actor.user(1, "ben@acme.example")):
        real = import_for_real(checked.pk)
    real = done(real)
    assert (real.status, counts(real), real.dry_run) == (ImportStatus.DONE, (2, 2, 0, 0), False)
    assert (real.sent_by, real.run_by) == ("ada@acme.example", "ben@acme.example")
    assert set(Product.objects.values_list("code", flat=True)) == {"A", "B"}
    made = HistoryEntry.objects.filter(subject_kind="product", action="created")
    assert set(made.values_list("actor", flat=True)) == {"ben@acme.example"}


def test_a_file_goes_in_once(tenant: str):
    real = done(sent(GOOD, dry_run=False))
    with pytest.raises(Refusal, match="only a file that was checked"):
        import_for_real(real.pk)
    assert done(real).imported == 2
    assert Product.objects.count() == 2


def test_one_bad_row_keeps_all_out_or_the_good_ones_go_in(tenant: str):
    nothing = done(sent(ONE_BAD, dry_run=False))
    assert (nothing.status, counts(nothing)) == (ImportStatus.REFUSED, (3, 0, 2, 2))
    assert Product.objects.count() == 0
    good = done(sent(ONE_BAD, dry_run=False, all_or_nothing=False))
    assert (good.status, counts(good)) == (ImportStatus.DONE, (3, 1, 2, 2))
    assert Product.objects.count() == 1


def test_every_problem_is_in_the_problems_file_and_the_first_hundred_are_at_hand(tenant: str):
    made = done(sent("code,name\n" + "=A\n" * 150))
    assert made.problem_count == 150
    assert len(made.problems) == run.SHOWN_PROBLEMS
    assert made.problems[0]["line"] == 2
    lines = problems(made)
    assert len(lines) == 151
    assert lines[0] == "line,field,value,code,message,rule"
    assert lines[1].startswith("2,,1,wrong_number_of_cells,")


def test_a_file_without_problems_has_a_problems_file_with_a_header(tenant: str):
    assert problems(done(sent(GOOD))) == ["line,field,value,code,message,rule"]


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize(
    ("kind", "name", "text", "field", "code"),
    [
        ("products", "a.csv", "", "file", "empty_file"),
        ("products", "a.csv", "code,colour\nA,red\n", "colour", "unknown_column"),
        ("products", "a.csv", "name\nAlpha\n", "code", "missing_column"),
        ("products", "a.csv", "code,code\n", "code", "repeated_column"),
        ("produce", "a.csv", GOOD, "kind", "unknown_kind"),
        ("products", "", GOOD, "file", "invalid_name"),
        ("products", "a\nb.csv", GOOD, "file", "invalid_name"),
    ],
)
def test_what_can_not_be_imported_is_refused_at_once(
    tenant: str, kind: str, name: str, text: str, field: str, code: str
):
    with pytest.raises(Refusal) as refused:
        send_file(kind, name, io.BytesIO(text.encode()))
    assert (field, code) in [(problem.field, problem.code) for problem in refused.value.problems]
    assert not Import.objects.exists()


def test_a_file_that_is_too_large_is_refused(tenant: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("BANYAN_UPLOAD_LIMIT", "1")
    with pytest.raises(Refusal, match="larger than 1 MiB"):
        send_file("products", "a.csv", io.BytesIO(GOOD.encode() + b"x" * (1 << 20)))
    assert not Import.objects.exists()


def test_a_file_of_many_pieces_is_read_as_it_was_sent(tenant: str):
    text = "code,name\n" + "".join(f"{number:06},{'n' * 60}\n" for number in range(9_000))
    made = sent(text)
    assert ImportPiece.objects.filter(of=made).count() > 2
    assert made.size == len(text) > 2 * PIECE
    with opened(made.pieces.filter(content=Content.FILE)) as stream:
        assert b"".join(stream).decode() == text


@pytest.mark.rule("ORG-3")
def test_each_kind_takes_the_role_that_the_same_takes_over_the_api():
    roles = {kind.name: role_for(kind) for kind in KINDS.values()}
    assert roles["usage"] == roles["contracts"] == roles["contacts"] == Role.OPERATOR
    assert roles["relations"] == roles["charges"] == roles["discounts"] == roles["subscription-changes"] == Role.MANAGER
    assert roles["customers"] == roles["accounts"] == Role.MANAGER, "they name parents"
    assert roles["owners"] == roles["prices"] == roles["bill-cycles"] == Role.ADMINISTRATOR
    assert KINDS.keys() >= ADDRESSES.keys()


@pytest.mark.rule("ORG-3")
def test_a_role_below_it_or_elsewhere_is_refused(tenant: str):
    for reach in (AccessScope(Role.OPERATOR), AccessScope(None, {1: Role.ADMINISTRATOR}), AccessScope()):
        with scoped_to(reach), pytest.raises(Refusal) as refused:
            send_file("products", "a.csv", io.BytesIO(GOOD.encode()))
        assert (refused.value.kind, refused.value.rule) == (Kind.FORBIDDEN, "ORG-3")
    checked = done(sent(GOOD))
    with scoped_to(AccessScope(Role.MANAGER)), pytest.raises(Refusal, match="take the role administrator"):
        import_for_real(checked.pk)


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_is_a_file_of_its_kind(tenant: str, kind: str):
    empty = done(sent(template(KINDS[kind]).decode(), kind))
    assert (empty.status, counts(empty)) == (ImportStatus.CHECKED, (0, 0, 0, 0))
    with pytest.raises(Refusal, match="no row"):
        import_for_real(empty.pk)


def test_what_fails_on_our_side_is_told_and_nothing_is_done(tenant: str, monkeypatch: pytest.MonkeyPatch):
    waiting = sent(GOOD, dry_run=False)
    monkeypatch.setattr(run, "import_stream", fail)
    with pytest.raises(ZeroDivisionError):
        jobs.run_import(import_id=waiting.pk)
    failed = imports().get(pk=waiting.pk)
    assert (failed.status, failed.failure) == (ImportStatus.FAILED, "ZeroDivisionError: division by zero")


def fail(*arguments: object, **named: object) -> None:
    raise ZeroDivisionError("division by zero")


def test_files_are_forgotten_after_two_weeks_and_what_became_of_them_is_not(tenant: str):
    old, young = done(sent(ONE_BAD)), done(sent(GOOD))
    waiting = sent(GOOD)
    Import.objects.filter(pk=old.pk).update(finished_at=now() - timedelta(days=DAYS_KEPT, seconds=1))
    forget_files(now())
    assert set(ImportPiece.objects.values_list("of", flat=True)) == {young.pk, waiting.pk}
    old.refresh_from_db()
    assert (old.forgotten, old.problem_count, len(old.problems)) == (True, 2, 2)
    Import.objects.filter(pk=young.pk).update(forgotten=True)
    with pytest.raises(Refusal, match="no longer kept"):
        import_for_real(young.pk)


@pytest.mark.rule("REL-B")
@pytest.mark.parametrize(
    "wrong",
    [
        {"status": "checked", "dry_run": False},
        {"status": "done"},
        {"status": "lost"},
        {"status": "refused", "imported": 9},
    ],
)
def test_the_database_refuses_an_outcome_that_can_not_be(tenant: str, wrong: dict[str, object]):
    made = sent(GOOD)
    with pytest.raises(IntegrityError), transaction.atomic():
        Import.objects.filter(pk=made.pk).update(**wrong)


@contextmanager
def progress_seen_while_running(waiting: Import, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What others see of it after each chunk."""
    seen: list[object] = []
    monkeypatch.setattr(states, "SECONDS_BETWEEN_SIGNS", 0)
    real = run.import_stream

    def spied(*arguments: object) -> None:
        *before, tell = arguments

        def tell_and_look(read: int, size: int) -> None:
            tell(read, size)  # type: ignore[operator]
            seen.extend(elsewhere(connection.schema_name, lambda: look(waiting.pk)))

        real(*before, tell_and_look)  # type: ignore[arg-type]

    monkeypatch.setattr(run, "import_stream", spied)
    yield seen


def look(number: int) -> tuple[str, int, int, bool, int]:
    found = imports().get(pk=number)
    progress = found.progress
    return found.status, progress.rows, progress.bytes_read, time_left(found) is not None, Product.objects.count()


@pytest.mark.rule("REL-A")
def test_others_see_how_far_it_is_and_nothing_of_it_until_it_is_in(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch):
    text = "code,name\n" + "".join(f"{number:06},{'n' * 60}\n" for number in range(3_000))
    waiting = sent(text, dry_run=False)
    with progress_seen_while_running(waiting, monkeypatch) as seen:
        run.run_import(waiting.pk)
    assert seen[0][:2] == ("running", 2_000)
    assert 0 < seen[0][2] < len(text)
    assert seen[0][3:] == (True, 0)
    assert seen[1] == ("running", 3_000, len(text), True, 0)
    assert look(waiting.pk)[0] == "done"
    assert Product.objects.count() == 3_000


@pytest.mark.rule("REL-A", "SCA-1")
def test_two_workers_with_the_same_job_bring_it_in_once(fresh_tenant: str):
    waiting = sent(GOOD, dry_run=False)
    assert elsewhere(fresh_tenant, *[lambda: run.run_import(waiting.pk)] * 2) == [None, None]
    with within_tenant(fresh_tenant):
        assert look(waiting.pk)[0] == "done"
        assert Product.objects.count() == 2


@pytest.mark.rule("REL-A", "SCA-1")
def test_a_file_whose_worker_was_killed_is_imported_by_another_once(fresh_tenant: str):
    with transaction.atomic():
        waiting = send_file("products", "products.csv", io.BytesIO(GOOD.encode()), dry_run=False)
    with worker_process() as one:
        with transaction.atomic():
            execute("LOCK TABLE catalog_product IN SHARE MODE")  # nothing goes in: the worker hangs halfway
            wait_until(lambda: look(waiting.pk)[0] == "running")
            wait_until(lambda: somebody_waits_for("catalog_product"))
            one.kill()
            one.wait()
        with worker_process():
            wait_until(lambda: look(waiting.pk)[0] == "done", seconds=60)
    assert Product.objects.count() == imports().get(pk=waiting.pk).imported == 2


def somebody_waits_for(table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_locks WHERE relation = %s::regclass AND NOT granted", [table])
        return cursor.fetchone() is not None
