"""Every page of the table is opened and looked at (CON-12)."""

import json
import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Response

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.pages import PAGES, Demo, Page

pytestmark = [pytest.mark.rule("CON-12")]
HERE = Path(__file__).parent
SCREENSHOTS = HERE / "screenshots"
QUERIES = HERE / "queries.json"
WIDTHS = {"wide": 1280, "phone": 390}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_shown_without_complaint_in_every_width_and_theme(
    page: Page, demo: Demo, request: pytest.FixtureRequest
):
    visit: Visit = request.getfixturevalue("visit_of_nobody" if page.as_nobody else "visit")
    answer = visit.open(page.at(demo))
    assert answer.status == page.status
    if page.status >= 400:  # a browser tells of every address that fails
        visit.complaints.clear()
    if page.then:
        visit.page.get_by_text(page.then, exact=True).first.click()
        visit.page.wait_for_selector("#frame.show .modal-header")
    assert " object (" not in visit.page.inner_text("body")
    SCREENSHOTS.mkdir(exist_ok=True)
    for theme in ("light", "dark"):
        for name, width in WIDTHS.items():
            visit.look(width, theme)
            visit.page.screenshot(path=SCREENSHOTS / f"{page.name}-{name}-{theme}.png", full_page=not page.then)
            assert _is_as_wide_as_the_window(visit), f"{page.name} is wider than {width} pixels"
        assert findings(visit.page) == [], theme
    _compare_queries(page.name, answer)


def _is_as_wide_as_the_window(visit: Visit) -> bool:
    return bool(visit.page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def _compare_queries(name: str, answer: Response) -> None:
    """No more queries than are written down; BANYAN_WRITE_QUERIES=1 writes them down."""
    said = re.search(r'desc="(\d+)"', answer.headers.get("server-timing", ""))
    taken = int(said[1]) if said else 0
    known = json.loads(QUERIES.read_text()) if QUERIES.exists() else {}
    if os.environ.get("BANYAN_WRITE_QUERIES"):
        QUERIES.write_text(json.dumps(dict(sorted({**known, name: taken}.items())), indent=1) + "\n")
        return
    allowed = known.get(name, 0)
    assert taken <= allowed, f"{name} took {taken} queries; queries.json allows {allowed}"
