"""Exports are written by a worker, wholly or not at all, within what reaches who asked (IMP-2, REL-A, ORG-3)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import psycopg
import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from banyan.catalog.models import Product
from banyan.foundation.actors import Actor
from banyan.foundation.clock import now
from banyan.foundation.history import acting_as
from banyan.foundation.outages import NO_ROOM
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.access_scope import AccessScope, current_access_scope, scoped_to
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.remove_membership import remove_membership
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from banyan.organizations.models import ApiKey, User
from banyan.organizations.roles import Role
from banyan.organizations.tree import root
from banyan.transfer import export_run, jobs, states
from banyan.transfer.actions.ask_for_export import ask_for_export
from banyan.transfer.actions.forget_files import DAYS_KEPT, forget_files
from banyan.transfer.exports import exports, file_of, is_at_hand
from banyan.transfer.kinds import KINDS
from banyan.transfer.models import Export, ExportPiece, ExportStatus
from banyan.transfer.pieces import PIECE
from banyan.transfer.states import time_left
from tests.billruns.running import elsewhere, execute
from tests.foundation.test_jobs import wait_until, worker_process
from tests.transfer.test_sent_files import fail, forget_jobs, somebody_waits_for

pytestmark = pytest.mark.rule("IMP-2")


def ada() -> User:
    """An administrator."""
    user = create_user("Ada Byron", "ada@acme.example")
    add_membership(user.pk, root().pk, Role.ADMINISTRATOR)
    return user


def asked(by: User | ApiKey, kind: str = "products", **options: object) -> Export:
    """An export that waits; no worker sees its job."""
    actor = Actor.user(by.pk, by.email) if isinstance(by, User) else Actor.api_key(by.pk, by.name)
    with transaction.atomic(), acting_as(actor):
        made = ask_for_export(kind, by, **options)  # type: ignore[arg-type]
        forget_jobs()
    return made


def done(waiting: Export) -> Export:
    """The export after its job was done here, twice."""
    for _ in range(2):
        export_run.run_export(waiting.pk)
    return exports().get(pk=waiting.pk)


def text_of(made: Export) -> str:
    return b"".join(file_of(made)).decode()


def products(*codes: str) -> None:
    Product.objects.bulk_create(Product(code=code, name=f"Product {code}") for code in codes)


def test_an_export_is_the_rows_of_its_kind_as_a_file_that_is_kept(tenant: str):
    products("A", "B")
    made = done(asked(ada()))
    assert (made.status, made.rows, made.asked_by) == (ExportStatus.DONE, 2, "ada@acme.example")
    lines = text_of(made).splitlines()
    assert lines[0].startswith("code,name,")
    assert [line[:11] for line in lines[1:]] == ["A,Product A", "B,Product B"]
    assert made.size == len(text_of(made))
    assert ExportPiece.objects.count() == 1, "done once, however often the job is run"


def test_a_file_of_many_pieces_is_given_as_it_was_written(tenant: str):
    Product.objects.bulk_create(Product(code=f"{number:06}", name="n" * 100) for number in range(6_000))
    made = done(asked(ada()))
    assert ExportPiece.objects.count() > 2
    assert made.size > 2 * PIECE
    assert text_of(made).count("\n") == made.rows + 1 == 6_001


def test_texts_are_harmless_where_a_spreadsheet_is_to_open_them(tenant: str):
    products("=A")
    user = ada()
    assert "\r\n'=A," in text_of(done(asked(user, for_spreadsheets=True)))
    assert "\r\n=A," in text_of(done(asked(user)))


@pytest.mark.rule("ERR-1", "ORG-3")
def test_what_can_not_be_written_is_refused_at_once(tenant: str):
    user = ada()
    for kind, on, field, code in (
        ("produce", None, "kind", "unknown_kind"),
        ("products", date(2026, 1, 1), "on", "not_dated"),
    ):
        with pytest.raises(Refusal) as refused:
            ask_for_export(kind, user, on=on)
        assert [(problem.field, problem.code) for problem in refused.value.problems] == [(field, code)]
    for reach in (AccessScope(Role.OPERATOR), AccessScope(None, {1: Role.ADMINISTRATOR}), AccessScope()):
        with scoped_to(reach), pytest.raises(Refusal) as refused:
            ask_for_export("products", user)
        assert (refused.value.kind, refused.value.rule) == (Kind.FORBIDDEN, "ORG-3")
    assert not Export.objects.exists()


@pytest.mark.rule("ORG-3")
def test_it_is_written_within_what_reaches_who_asked_when_it_is_written(tenant: str, monkeypatch: pytest.MonkeyPatch):
    reaches: list[AccessScope] = []
    monkeypatch.setattr(
        export_run,
        "export_file",
        lambda *given, **named: reaches.append(current_access_scope()) or 0,  # type: ignore[func-returns-value]
    )
    user, (key, _) = ada(), create_api_key("Op", "operator")
    done(asked(user))
    done(asked(key, "usage"))
    assert [reach.everywhere for reach in reaches] == [Role.ADMINISTRATOR, Role.OPERATOR]
    assert current_access_scope().everywhere == Role.ADMINISTRATOR


def refused(waiting: Export) -> str:
    made = done(waiting)
    assert (made.status, made.rows, made.size, is_at_hand(made)) == (ExportStatus.REFUSED, 0, 0, False)
    with pytest.raises(Refusal, match="only one that is done is a file"):
        file_of(made)
    return made.failure


@pytest.mark.rule("ORG-3")
def test_who_may_not_have_it_any_more_does_not_get_it(tenant: str):
    products("A")
    user, (key, _) = ada(), create_api_key("Shop")
    of_user, of_key, again = asked(user), asked(key), asked(user)
    change_user(user.pk, {"active": False})
    assert refused(of_user) == "ada@acme.example may not sign in any more"
    revoke_api_key(key.pk)
    assert refused(of_key) == "the key Shop was revoked"
    change_user(user.pk, {"active": True})
    remove_membership(user.pk, user.memberships.get().pk)
    assert refused(again) == "files of products take the role administrator in the root organization"
    assert not ExportPiece.objects.exists()


@pytest.mark.rule("ORG-3")
def test_only_exports_of_kinds_that_one_may_take_out_are_seen(tenant: str):
    user = ada()
    asked(user, "products")
    asked(user, "usage")
    seen = {role: [each.kind for each in exports_seen_by(role)] for role in (Role.ADMINISTRATOR, Role.OPERATOR)}
    assert seen == {Role.ADMINISTRATOR: ["products", "usage"], Role.OPERATOR: ["usage"]}
    with scoped_to(AccessScope(None, {1: Role.ADMINISTRATOR})):
        assert not exports().exists()


def exports_seen_by(role: Role) -> list[Export]:
    with scoped_to(AccessScope(role)):
        return list(exports())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_asked_for(tenant: str, kind: str):
    assert done(asked(ada(), kind)).status == ExportStatus.DONE


def test_what_fails_on_our_side_is_told_and_there_is_no_file(tenant: str, monkeypatch: pytest.MonkeyPatch):
    waiting = asked(ada())
    monkeypatch.setattr(export_run, "export_file", fail)
    with pytest.raises(ZeroDivisionError):
        jobs.run_export(export_id=waiting.pk)
    failed = exports().get(pk=waiting.pk)
    assert (failed.status, failed.failure) == (ExportStatus.FAILED, "ZeroDivisionError: division by zero")
    with pytest.raises(Refusal, match="this export is failed"):
        file_of(failed)


@pytest.mark.rule("REL-A")
def test_a_full_disk_is_told_and_it_goes_on_when_there_is_room(tenant: str, monkeypatch: pytest.MonkeyPatch):
    products("A")
    waiting, real = asked(ada()), export_run.keep
    monkeypatch.setattr(export_run, "keep", no_room)
    with pytest.raises(OperationalError):
        jobs.run_export(export_id=waiting.pk)
    held_up = exports().get(pk=waiting.pk)
    assert (held_up.status, held_up.progress.trouble) == (ExportStatus.RUNNING, NO_ROOM)
    monkeypatch.setattr(export_run, "keep", real)
    assert done(waiting).status == ExportStatus.DONE


def no_room(*arguments: object) -> int:
    raise OperationalError from psycopg.errors.DiskFull("No space left on device")


def test_files_are_forgotten_after_two_weeks_and_that_they_were_written_is_not(tenant: str):
    user = ada()
    old, young, waiting = done(asked(user)), done(asked(user)), asked(user)
    Export.objects.filter(pk=old.pk).update(finished_at=now() - timedelta(days=DAYS_KEPT, seconds=1))
    forget_files(now())
    assert set(ExportPiece.objects.values_list("of", flat=True)) == {young.pk}
    old.refresh_from_db()
    assert (old.forgotten, is_at_hand(old), is_at_hand(young)) == (True, False, True)
    with pytest.raises(Refusal, match="no longer kept"):
        file_of(old)
    assert done(waiting).status == ExportStatus.DONE


@pytest.mark.rule("REL-B")
@pytest.mark.parametrize(
    "wrong",
    [{"status": "checked"}, {"size": 1}, {"rows": 1}, {"user": None}],
    ids=lambda wrong: next(iter(wrong)),
)
def test_the_database_refuses_an_export_that_can_not_be(tenant: str, wrong: dict[str, object]):
    made = asked(ada())
    with pytest.raises(IntegrityError), transaction.atomic():
        Export.objects.filter(pk=made.pk).update(**wrong)


@contextmanager
def progress_seen_while_running(waiting: Export, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What others see of it after each chunk."""
    seen: list[object] = []
    monkeypatch.setattr(states, "SECONDS_BETWEEN_SIGNS", 0)
    real = export_run.export_file

    def spied(*given: object, on_progress: object, **named: object) -> int:
        def tell_and_look(written: int, expected: int) -> None:
            on_progress(written, expected)  # type: ignore[operator]
            seen.extend(elsewhere(connection.schema_name, lambda: look(waiting.pk)))

        return real(*given, on_progress=tell_and_look, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(export_run, "export_file", spied)
    yield seen


def look(number: int) -> tuple[str, int, int, bool, int]:
    found = exports().get(pk=number)
    progress = found.progress
    is_told = time_left(found) is not None
    return found.status, progress.rows, progress.rows_expected, is_told, ExportPiece.objects.count()


@pytest.mark.rule("REL-A")
def test_others_see_how_far_it_is_and_no_file_until_it_is_whole(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch):
    products(*(f"{number:06}" for number in range(3_000)))
    waiting = asked(ada())
    with progress_seen_while_running(waiting, monkeypatch) as seen:
        export_run.run_export(waiting.pk)
    assert seen == [("running", 2_000, 3_000, True, 0), ("running", 3_000, 3_000, True, 0)]
    assert look(waiting.pk)[0] == "done"
    assert ExportPiece.objects.exists()


@pytest.mark.rule("REL-A", "SCA-1")
def test_two_workers_with_the_same_job_keep_one_file(fresh_tenant: str):
    products("A", "B")
    waiting = asked(ada())
    assert elsewhere(fresh_tenant, *[lambda: export_run.run_export(waiting.pk)] * 2) == [None, None]
    with within_tenant(fresh_tenant):
        made = exports().get(pk=waiting.pk)
        assert (made.status, made.rows, made.size) == ("done", 2, len(text_of(made)))


@pytest.mark.rule("REL-A", "SCA-1")
def test_a_file_whose_worker_was_killed_is_written_anew_by_another(fresh_tenant: str):
    products("A", "B")
    with transaction.atomic():
        waiting = ask_for_export("products", ada())
    with worker_process() as one:
        with transaction.atomic():
            execute("LOCK TABLE transfer_exportpiece IN SHARE MODE")  # nothing is kept: the worker hangs halfway
            wait_until(lambda: look(waiting.pk)[0] == "running")
            wait_until(lambda: somebody_waits_for("transfer_exportpiece"))
            one.kill()
            one.wait()
        assert look(waiting.pk)[0] == "running"
        with worker_process():
            wait_until(lambda: look(waiting.pk)[0] == "done", seconds=60)
    made = exports().get(pk=waiting.pk)
    assert (made.rows, made.size) == (2, len(text_of(made)))
