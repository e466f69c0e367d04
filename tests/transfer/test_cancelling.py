"""Imports and exports are stopped while they wait or are under way, and nothing becomes of them (IMP-1, IMP-2)."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from banyan.catalog.models import Product
from banyan.kernel.refusals import Refusal
from banyan.organizations.access_scope import AccessScope, scoped_to
from banyan.organizations.roles import Role
from banyan.transfer import export_run, run, states
from banyan.transfer.actions.cancel_transfer import cancel_transfer
from banyan.transfer.actions.import_for_real import import_for_real
from banyan.transfer.models import Export, ExportPiece, ExportStatus, Import, ImportProgress, ImportStatus
from tests.billruns.running import elsewhere
from tests.transfer.test_exports import ada, asked, products
from tests.transfer.test_exports import done as written
from tests.transfer.test_sent_files import GOOD, counts, done, forget_jobs, sent

pytestmark = pytest.mark.rule("IMP-1", "IMP-2")


def test_what_waits_is_cancelled_at_once_and_never_done(tenant: str):
    file, export = sent(GOOD, dry_run=False), asked(ada())
    assert cancel_transfer(Import, file.pk).status == ImportStatus.CANCELLED
    assert cancel_transfer(Export, export.pk).status == ExportStatus.CANCELLED
    assert (done(file).status, written(export).status) == ("cancelled", "cancelled")
    assert Product.objects.count() == ExportPiece.objects.count() == 0


def test_a_checked_file_whose_import_is_cancelled_has_no_rows_that_went_in(tenant: str):
    real = import_for_real(done(sent(GOOD)).pk)
    cancel_transfer(Import, real.pk)
    assert counts(done(real)) == (0, 0, 0, 0)


def test_a_file_that_was_checked_before_it_could_be_cancelled_can_be_imported(fresh_tenant: str):
    checked = done(sent(GOOD))
    ImportProgress.objects.update(cancelled=True)
    import_for_real(checked.pk)
    forget_jobs()
    assert done(checked).status == ImportStatus.DONE


def test_what_has_ended_can_not_be_cancelled(tenant: str):
    for model, number in ((Import, done(sent(GOOD)).pk), (Export, written(asked(ada())).pk)):
        with pytest.raises(Refusal, match="only one that waits or is under way can be cancelled"):
            cancel_transfer(model, number)  # type: ignore[type-var]
        with pytest.raises(Refusal, match="There is no such"):
            cancel_transfer(model, 999_999)  # type: ignore[type-var]


@pytest.mark.rule("ORG-3")
def test_it_takes_the_role_that_the_kind_takes(tenant: str):
    file, export = sent(GOOD), asked(ada())
    for model, number in ((Import, file.pk), (Export, export.pk)):
        with scoped_to(AccessScope(Role.MANAGER)), pytest.raises(Refusal, match="take the role administrator"):
            cancel_transfer(model, number)  # type: ignore[type-var]


def cancelling(real: Callable[..., Any], cancel: Callable[[], object]) -> Callable[..., Any]:
    """The same work, but that somebody else cancels it before each time that it tells how far it is."""

    def worked(*given: Any, **named: Any) -> Any:
        *before, tell = (*given, *([named.pop("on_progress")] if named else []))

        def cancel_and_tell(done: int, expected: int) -> None:
            assert not isinstance(elsewhere(connection.schema_name, cancel)[0], Exception)
            tell(done, expected)

        return real(*before, on_progress=cancel_and_tell, **named)

    return worked


@pytest.fixture
def signs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Workers tell how far they are as often as they can."""
    monkeypatch.setattr(states, "SECONDS_BETWEEN_SIGNS", 0)


@pytest.mark.rule("REL-A")
@pytest.mark.usefixtures("signs")
def test_a_file_that_is_being_imported_is_stopped_and_nothing_of_it_is_in(
    fresh_tenant: str, monkeypatch: pytest.MonkeyPatch
):
    waiting = sent(GOOD, dry_run=False)
    cancel = partial(cancel_transfer, Import, waiting.pk)
    monkeypatch.setattr(run, "import_stream", cancelling(run.import_stream, cancel))
    stopped = done(waiting)
    assert (stopped.status, counts(stopped), stopped.finished_at is None) == ("cancelled", (0, 0, 0, 0), False)
    assert Product.objects.count() == 0


@pytest.mark.rule("REL-A")
@pytest.mark.usefixtures("signs")
def test_an_export_that_is_being_written_is_stopped_and_is_no_file(fresh_tenant: str, monkeypatch: pytest.MonkeyPatch):
    products("A", "B")
    waiting = asked(ada())
    cancel = partial(cancel_transfer, Export, waiting.pk)
    monkeypatch.setattr(export_run, "export_file", cancelling(export_run.export_file, cancel))
    stopped = written(waiting)
    assert (stopped.status, stopped.rows, stopped.size) == ("cancelled", 0, 0)
    assert not ExportPiece.objects.exists()


@pytest.mark.rule("REL-A")
def test_what_waits_to_be_tried_again_is_stopped_when_it_is(fresh_tenant: str):
    file, export = sent(GOOD, dry_run=False), asked(ada())
    for model, waiting in ((Import, file), (Export, export)):
        states.begin(model, waiting.pk)  # type: ignore[type-var]
        assert cancel_transfer(model, waiting.pk).status == "running"  # type: ignore[type-var]
    assert (done(file).status, written(export).status) == ("cancelled", "cancelled")
