"""The pictures of the tour in the README: each can be made, and each that it names is there.

`BANYAN_WRITE_PICTURES=1 pytest tests/browser/test_tour.py` makes them anew; look at them before they are committed.
"""

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import Demo, of

ROOT = Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
NAMED = re.compile(r"docs/images/([a-z-]+\.png)")
WIDTH, LARGEST = 980, 80 * 1024
"""Pixels, about as many as a README is wide; bytes."""
COLOURS = 160


@dataclass(frozen=True, slots=True)
class Picture:
    """A page of the demo, so many pixels high, after something was done there."""

    name: str
    address: str | Callable[[Demo], str]
    height: int
    then: Callable[[BrowserPage], None] = lambda page: None


def _search(page: BrowserPage) -> None:
    page.keyboard.press("/")
    page.keyboard.type("hal", delay=20)
    expect(page.locator("#quick-answers a").first).to_contain_text("Halden")  # not what "ha" had found


def _move(page: BrowserPage) -> None:
    page.get_by_role("link", name="Choose parent").click()
    page.locator(".modal .ts-control").click()
    page.locator(".modal .ts-wrapper input").fill("Vantage")
    page.get_by_role("option", name=re.compile("Vantage")).click()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".branch.is-new")).to_have_count(1)


def _why(page: BrowserPage) -> None:
    page.get_by_text("Why?").first.click()
    expect(page.locator(".why-title").first).to_be_visible()


PICTURES = (
    Picture("search", "/", 660, _search),
    Picture("account", of("accounts", "HAL-HQ", "/accounts/{}"), 760),
    Picture("hierarchy", of("accounts", "HAL-HQ", "/accounts/{}/hierarchy"), 640),
    Picture("move", of("customers", "GAB", "/customers/{}"), 970, _move),
    Picture("who-pays", lambda demo: f"/who-pays?account={demo.id('accounts', number='EMB-W01')[4:]}", 480),
    Picture("bill-run", lambda demo: f"/bill-runs/{demo.id('bill-runs', billing_date='2026-10-01')}", 880),
    Picture("invoice", lambda demo: f"/invoices/{demo.invoice_of('HAL-HQ')}", 820, _why),
)


@pytest.mark.rule("CON-12")
@pytest.mark.parametrize("picture", PICTURES, ids=lambda picture: picture.name)
def test_every_picture_of_the_tour_can_be_made(visit: Visit, demo: Demo, picture: Picture):
    visit.page.set_viewport_size({"width": WIDTH, "height": picture.height})
    visit.open(picture.address if isinstance(picture.address, str) else picture.address(demo))
    picture.then(visit.page)
    visit.page.wait_for_load_state("networkidle")
    made = _with_few_colours(visit.page.screenshot())
    assert len(made) <= LARGEST, f"{picture.name} has {len(made)} bytes"
    if os.environ.get("BANYAN_WRITE_PICTURES"):
        IMAGES.mkdir(exist_ok=True)
        (IMAGES / f"{picture.name}.png").write_bytes(made)


def _with_few_colours(png: bytes) -> bytes:
    """The same picture in a third of the bytes."""
    found = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS).save(found, "PNG", optimize=True)
    return found.getvalue()


def test_the_readme_names_these_pictures_and_they_are_there():
    named = NAMED.findall((ROOT / "README.md").read_text())
    assert sorted(named) == sorted(f"{picture.name}.png" for picture in PICTURES)
    assert sorted(named) == sorted(path.name for path in IMAGES.iterdir())
