"""A file taken out with a browser: asked for wrongly, then rightly, watched, downloaded (IMP-2)."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.using import carried_out, opened, refused

pytestmark = [pytest.mark.rule("CON-12", "IMP-2")]


@pytest.mark.uses("new_export", wrongly=("new_export",))
def test_a_file_is_asked_for_watched_and_downloaded(visit: Visit):
    visit.open("/exports")
    page = visit.page
    opened(visit, "New export")
    wrong = {"kind": "Owners", "on": "2026-01-31", "for_spreadsheets": True}
    refused(visit, "Write the file", wrong, {"on": "owners are the same on every day"})
    carried_out(
        visit,
        "Write the file",
        {"kind": "Customers", "on": "", "for_spreadsheets": False},
        "The file is being written.",
    )
    expect(page.locator("#transfer-status")).to_contain_text("Ready", timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
    with page.expect_download() as file:
        page.get_by_role("link", name="Download").click()
    assert file.value.suggested_filename == "customers.csv"
    lines = Path(file.value.path()).read_text().splitlines()
    rows = page.locator(".figures dd").first
    expect(rows).to_have_text(str(len(lines) - 1))
    page.goto("/exports")
    expect(page.locator("#rows tbody tr").first).to_contain_text("Ready")
    page.locator("#rows tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Customers")
