"""CSV files that come in, as pages: sent, checked, imported for real (IMP-1)."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse

from banyan.catalog.models import Product
from banyan.organizations.roles import Role
from banyan.transfer import run
from banyan.transfer.models import Import, ImportProgress, ImportStatus
from tests.console.conftest import Visitor, readable

pytestmark = pytest.mark.rule("IMP-1")
GOOD, BAD = "code,name\nA,Alpha\nB,Beta\n", "code,name\nA,Alpha\nB\n"


def send(ada: Visitor, text: str, kind: str = "products", rows: str = "all", name: str = "mine.csv") -> HttpResponse:
    return ada.post("/imports/new", {"kind": kind, "rows": rows, "file": SimpleUploadedFile(name, text.encode())})


def sent(ada: Visitor, text: str, **options: str) -> str:
    """The address of a file that was sent and waits."""
    answer = send(ada, text, **options)
    assert answer.status_code == 302, readable(answer)
    return str(answer["Location"])


def work() -> None:
    """Do what a worker does."""
    run.run_import(Import.objects.latest("pk").pk)


def test_before_there_is_one_the_list_says_what_to_do(visitor: Callable[..., Visitor]):
    assert "Nothing was imported yet Customers, accounts, prices" in visitor().text("/imports")


def test_a_kind_is_explained_and_has_a_template(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = ada.text("/imports/new?kind=usage")
    assert "Usage events. An id counts once" in page
    assert "key of the meter" in page
    assert ada.get("/imports/new?kind=usage").content.decode().count('value="usage" selected') == 1
    template = ada.get("/imports/templates/usage.csv")
    assert b"".join(template.streaming_content) == b"id,account,meter,timestamp,quantity,properties,subscription\r\n"
    assert ada.get("/imports/templates/nonsense.csv").status_code == 422


def test_a_good_file_is_checked_and_then_imported_for_real(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = sent(ada, GOOD)
    waiting = ada.get(page).content.decode()
    assert "Waiting for a worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    work()
    checked = ada.text(page)
    assert "Rows 2 Would go in 2 Bad rows 0 Problems 0 Every row can go in. Nothing was changed yet." in checked
    assert "Ready to import" in checked
    assert Product.objects.count() == 0
    assert "2 rows of mine.csv will go in." in ada.text(f"{page}/import")
    assert ada.post(f"{page}/import").status_code == 302
    work()
    done = ada.text(page)
    assert "2 rows went in." in done
    assert 'hx-trigger="every 1s"' not in ada.get(page).content.decode()
    assert f"by {ada.user.email}" in done
    assert Product.objects.count() == 2
    again = ada.post(f"{page}/import")
    assert again.status_code == 409
    assert "only a file that was checked" in readable(again)
    assert "mine.csv Products Imported 2 0" in ada.text("/imports?status=done&kind=products")
    assert "No such import" in ada.text("/imports?status=failed")


def test_bad_rows_are_shown_with_what_to_do_and_can_be_fetched(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = sent(ada, BAD)
    work()
    text = ada.text(page)
    assert "Nothing was changed, and nothing would go in. Correct what stands below" in text
    assert "3 the row 1 the row has 1 cells, the header names 2 columns IMP-1" in text
    assert "Import for real" not in text
    csv = b"".join(ada.get(f"{page}/problems.csv").streaming_content).decode()
    assert csv.splitlines()[1].startswith("3,,1,wrong_number_of_cells")


def test_the_good_rows_go_in_where_that_is_wanted(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = sent(ada, BAD, rows="good")
    work()
    assert "1 row can go in; those below would stay out." in ada.text(page)
    assert "1 row of mine.csv will go in, 1 stay out." in ada.text(f"{page}/import")
    ada.post(f"{page}/import")
    work()
    assert "1 row went in. 1 stayed out" in ada.text(page)
    assert "Imported in part" in ada.text("/imports")


@pytest.mark.rule("ERR-1")
def test_what_is_wrong_with_the_file_as_a_whole_is_told_beside_it(
    visitor: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
):
    ada = visitor()
    wrong = send(ada, "name,colour\nAlpha,red\n")
    assert wrong.status_code == 422
    assert "is not a column of products; its columns are" in readable(wrong)
    assert "is missing; products can" in readable(wrong)
    assert "the file is empty" in readable(send(ada, ""))
    assert "This field is required" in readable(ada.post("/imports/new", {"kind": "products", "rows": "all"}))
    monkeypatch.setenv("BANYAN_UPLOAD_LIMIT", "1")
    assert "the file is larger than 1 MiB" in readable(send(ada, "x" * ((1 << 20) + 1)))
    assert send(ada, "x" * (3 << 20)).status_code == 413
    assert not Import.objects.exists()


def test_how_far_it_is_and_why_it_waits_are_live(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = sent(ada, GOOD)
    Import.objects.update(status=ImportStatus.RUNNING, started_at="2026-01-01T00:00:00Z")
    ImportProgress.objects.update(rows=1, bytes_read=len(GOOD) // 2)
    assert "Checking… 1 row so far." in ada.text(page)
    assert "48 %" in ada.text(page)
    ImportProgress.objects.update(trouble="The disk of the database is full.")
    assert "The disk of the database is full. It goes on when you close this page." in ada.text(page)
    Import.objects.update(status=ImportStatus.FAILED, failure="ZeroDivisionError")
    assert "This failed on our side, and nothing was changed." in ada.text(page)


def test_a_file_that_is_no_longer_kept_is_told_as_such(visitor: Callable[..., Visitor]):
    ada = visitor()
    page = sent(ada, GOOD)
    work()
    Import.objects.update(forgotten=True)
    text = ada.text(page)
    assert "The file Is no longer kept" in text
    assert "Import for real" not in text


@pytest.mark.rule("ORG-3")
def test_each_role_brings_in_what_it_may(visitor: Callable[..., Visitor]):
    ada, operator, viewer = visitor(), visitor(Role.OPERATOR), visitor(Role.VIEWER)
    page = operator.get("/imports/new?kind=usage").content.decode()
    assert 'value="usage" selected' in page
    assert 'value="products"' not in page
    assert send(operator, GOOD).status_code == 422
    checked = sent(ada, GOOD)
    work()
    assert "Import for real" not in operator.text(checked)
    assert operator.post(f"{checked}/import").status_code == 403
    assert operator.get("/imports/templates/products.csv").status_code == 403
    for address in ("/imports", "/imports/new", checked, f"{checked}/problems.csv"):
        assert viewer.get(address).status_code == 403, address
    assert "Imports" not in viewer.text("/")
    assert ada.get("/imports/imp_999999").status_code == 404


def test_one_that_waits_can_be_cancelled_by_who_may_send_its_kind(visitor: Callable[..., Visitor]):
    ada, operator = visitor(), visitor(Role.OPERATOR)
    page = sent(ada, GOOD)
    assert f"{page}/cancel" not in operator.get(page).content.decode()
    assert operator.post(f"{page}/cancel").status_code == 403
    assert f"{page}/cancel" in ada.get(page).content.decode()
    assert ada.post(f"{page}/cancel").status_code == 302
    assert "This was cancelled, and nothing was changed." in ada.text(page)
    assert "Cancelled" in ada.text("/imports?status=cancelled")
