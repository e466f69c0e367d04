"""CSV files that go out, as pages: asked for, watched, downloaded (IMP-2)."""

from collections.abc import Callable
from datetime import date

import pytest
from django.http import HttpResponse

from banyan.catalog.models import Product
from banyan.console import localized
from banyan.organizations.roles import Role
from banyan.transfer.export_run import run_export
from banyan.transfer.models import Export, ExportProgress, ExportStatus
from tests.console.conftest import Visitor, readable

pytestmark = pytest.mark.rule("IMP-2")


def asked(ada: Visitor, kind: str = "products", **options: str) -> str:
    """The address of an export that waits."""
    answer = ada.post("/exports/new", {"kind": kind, **options})
    assert answer.status_code == 302, readable(answer)
    return str(answer["Location"])


def work() -> None:
    """Do what a worker does."""
    run_export(Export.objects.latest("pk").pk)


def file(answer: HttpResponse) -> str:
    return b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]


def test_every_kind_is_offered_with_its_columns(visitor: Callable[..., Visitor]):
    ada = visitor()
    text = ada.text("/exports?kind=customers")
    assert "Columns of Customers" in text
    assert "Bill cycles" in text
    assert ada.get("/exports/new?kind=usage").content.decode().count('value="usage" selected') == 1


def test_an_export_is_asked_for_watched_and_downloaded(visitor: Callable[..., Visitor]):
    Product.objects.create(code="L", name="=Lamp")
    ada = visitor()
    page = asked(ada)
    waiting = ada.get(page).content.decode()
    assert "Waiting for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert "Download" not in waiting
    assert ada.get(f"{page}/file.csv").status_code == 409
    assert f'href="{page}" data-entry>Products</a>' in ada.get("/exports").content.decode()
    assert "Products Waiting 0" in ada.text("/exports")
    work()
    ready = ada.get(page)
    assert "Ready" in readable(ready)
    assert "Rows 1" in readable(ready)
    assert f"{page}/file.csv" in ready.content.decode()
    assert 'hx-trigger="every 1s"' not in ready.content.decode()
    answer = ada.get(f"{page}/file.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="products.csv"'
    assert file(answer).splitlines()[1].startswith("L,=Lamp")
    assert "Products Ready 1" in ada.text("/exports")
    assert f"by {ada.user.email}" in ada.text(page)


def test_a_day_and_a_spreadsheet_can_be_chosen(visitor: Callable[..., Visitor]):
    Product.objects.create(code="L", name="=Lamp")
    ada = visitor()
    page = asked(ada, for_spreadsheets="on")
    work()
    assert "L,'=Lamp" in file(ada.get(f"{page}/file.csv"))
    assert "Have an apostrophe before them" in ada.text(page)
    assert f"for {ada.user.email}, as of {localized.day(date(2026, 1, 31))} " in ada.text(
        asked(ada, "relations", on="2026-01-31")
    )


@pytest.mark.rule("ERR-1")
def test_what_is_wrong_is_told_beside_the_field(visitor: Callable[..., Visitor]):
    ada = visitor()
    wrong = ada.post("/exports/new", {"kind": "products", "on": "2026-01-31"})
    assert wrong.status_code == 422
    assert "products are the same on every day; leave the day out (IMP-2)" in readable(wrong)
    assert "Select a valid choice" in readable(ada.post("/exports/new", {"kind": "nonsense"}))
    assert not Export.objects.exists()


def test_how_far_it_is_and_why_it_waits_are_live(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = asked(ada)
    Export.objects.update(status=ExportStatus.RUNNING, started_at="2026-01-01T00:00:00Z")
    ExportProgress.objects.update(rows=1_000, rows_expected=4_000)
    assert "Writing… 1,000 of 4,000 rows." in ada.text(page)
    assert "25 %" in ada.text(page)
    ExportProgress.objects.update(trouble="The disk of the database is full.")
    assert "The disk of the database is full. It goes on when you close this page." in ada.text(page)
    Export.objects.update(status=ExportStatus.FAILED, failure="ZeroDivisionError")
    assert "This failed on our side, and there is no file." in ada.text(page)
    Export.objects.update(status=ExportStatus.REFUSED, failure="the key Shop was revoked")
    assert "No file was written: the key Shop was revoked." in ada.text(page)


def test_a_file_that_is_no_longer_kept_is_told_as_such(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = asked(ada)
    work()
    Export.objects.update(forgotten=True)
    text = ada.text(page)
    assert "The file Is no longer kept" in text
    assert "Download" not in text
    assert "Export again" in text
    assert ada.get(f"{page}/file.csv").status_code == 409


@pytest.mark.rule("ORG-3")
def test_each_role_takes_out_what_it_may(visitor: Callable[..., Visitor]):
    ada, operator, viewer = visitor(), visitor(Role.OPERATOR), visitor(Role.VIEWER)
    mine = asked(ada)
    work()
    assert operator.get(mine).status_code == 404
    assert operator.get(f"{mine}/file.csv").status_code == 404
    assert 'value="products"' not in operator.get("/exports/new").content.decode()
    assert operator.post("/exports/new", {"kind": "products"}).status_code == 422
    theirs = asked(operator, "usage")
    work()
    assert operator.get(f"{theirs}/file.csv").status_code == 200
    assert "Products" not in operator.text("/exports")
    for address in ("/exports", "/exports/new", theirs, f"{theirs}/file.csv"):
        assert viewer.get(address).status_code == 403, address
    assert "Exports" not in viewer.text("/")
    assert ada.get("/exports/exp_999999").status_code == 404


def test_one_that_waits_or_is_being_written_can_be_cancelled(visitor: Callable[..., Visitor]):
    ada = visitor()
    page, running = asked(ada), asked(ada)
    assert f"{page}/cancel" in ada.get(page).content.decode()
    assert "There will be no file." in ada.text(f"{page}/cancel")
    assert ada.post(f"{page}/cancel").status_code == 302
    text = ada.text(page)
    assert "Cancelled" in text
    assert "This was cancelled, and there is no file." in text
    assert "only one that waits or is under way can be cancelled" in readable(ada.post(f"{page}/cancel"))
    Export.objects.filter(pk=Export.objects.latest("pk").pk).update(status=ExportStatus.RUNNING)
    assert ada.post(f"{running}/cancel").status_code == 302
    assert "Being cancelled…" in ada.text(running)
