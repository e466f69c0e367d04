"""Files brought in with a browser: a wrong one, and the right one (IMP-1)."""

import secrets

import pytest
from playwright.sync_api import FilePayload, expect

from tests.browser.conftest import Visit
from tests.browser.using import carried_out, opened

pytestmark = [pytest.mark.rule("CON-12", "IMP-1")]


def csv(name: str, text: str) -> FilePayload:
    return FilePayload(name=name, mimeType="text/csv", buffer=text.encode())


@pytest.mark.uses("new_import", "import_for_real", wrongly=("new_import",))
def test_a_wrong_file_is_told_and_the_right_one_is_checked_watched_and_imported(visit: Visit):
    visit.open("/imports")
    page, code = visit.page, f"lamp-{secrets.token_hex(4)}"
    page.get_by_role("link", name="New import").first.click()
    page.locator("#id_kind").select_option("products")
    expect(page.locator("#about")).to_contain_text("tax_category")
    with page.expect_download() as template:
        page.get_by_role("link", name="Template").click()
    assert template.value.suggested_filename == "products.csv"
    page.locator("#id_file").set_input_files(csv("colours.csv", "code,colour\nlamp,red\n"))
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#id_file_error")).to_contain_text("'colour' is not a column of products")
    visit.complaints.clear()  # a browser tells of every answer that refuses

    page.locator("#id_file").set_input_files(csv("wrong.csv", f"code,name\n{code},Lamp\n{code}\n"))
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#transfer-status")).to_contain_text("Problems found", timeout=60_000)
    expect(page.locator("#live")).to_contain_text("the row has 1 cells, the header names 2 columns")
    expect(page.get_by_role("link", name="Import for real")).to_have_count(0)
    with page.expect_download() as problems:
        page.get_by_role("link", name="Problems").click()
    assert problems.value.suggested_filename == "problems of wrong.csv"

    page.get_by_role("link", name="Another file").click()
    page.locator("#id_file").set_input_files(csv("right.csv", f"code,name\n{code},Lamp\n"))
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#live")).to_contain_text("Every row can go in", timeout=60_000)
    page.get_by_role("link", name="Import for real").click()
    page.locator("#frame").get_by_role("button", name="Import").click()
    expect(page.locator("#live")).to_contain_text("1 row went in.", timeout=60_000)
    page.goto(f"/catalogue/products?q={code}")
    expect(page.locator("#rows tbody tr")).to_have_count(1)


def test_a_file_that_is_too_large_is_told_before_it_is_sent(visit: Visit):
    visit.open("/imports/new")
    page = visit.page
    page.locator(".drop").evaluate("zone => { zone.dataset.limit = '10' }")
    page.locator("#id_file").set_input_files(csv("large.csv", "code,name\nlamp,Lamp\n"))
    expect(page.locator("[data-too-large]")).to_be_visible()
    page.get_by_role("button", name="Check the file").click()
    assert page.url.endswith("/imports/new")
    page.locator("#id_file").set_input_files(csv("small.csv", "code\n"))
    expect(page.locator("[data-too-large]")).to_be_hidden()


@pytest.mark.uses("cancel_import", "cancel_export")
def test_an_import_and_an_export_are_cancelled_while_they_are_under_way(visit: Visit):
    page = visit.page
    many = "".join(f"{secrets.token_hex(8)},Lamp\n" for _ in range(60_000))
    visit.open("/imports/new?kind=products")
    page.locator("#id_file").set_input_files(csv("many.csv", f"code,name\n{many}"))
    page.get_by_role("button", name="Check the file").click()
    expect(page.locator("#live")).to_contain_text("so far")
    sent = page.url
    visit.open("/exports/new?kind=owners")  # which waits: the worker has the import
    carried_out(visit, "Write the file", {}, "The file is being written.")
    opened(visit, "Cancel")
    carried_out(visit, "Cancel the export", {}, "The export is cancelled.")
    expect(page.locator("#live")).to_contain_text("This was cancelled, and there is no file.")
    page.goto(sent)
    opened(visit, "Cancel")
    carried_out(visit, "Cancel the import", {}, "The import is cancelled.")
    expect(page.locator("#live")).to_contain_text("This was cancelled, and nothing was changed.", timeout=60_000)
