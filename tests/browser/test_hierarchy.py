"""The hierarchy picture in a browser (CON-6): looked at by mouse, by keyboard, on another day."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import Demo

pytestmark = pytest.mark.rule("CON-6")


@pytest.fixture
def franchise(visit: Visit, demo: Demo) -> Visit:
    visit.look(1280, "light")
    visit.open(f"/accounts/{demo.id('accounts', number='EMB-HQ')}/hierarchy")
    expect(visit.page.get_by_role("treeitem")).to_have_count(44)
    return visit


def scale_and_cut_off(visit: Visit) -> tuple[float, int]:
    """How large the picture is drawn, and how many of its cards are not wholly in view."""
    return tuple(
        visit.page.evaluate(
            """() => {
                const view = document.querySelector(".picture-view").getBoundingClientRect();
                const items = [...document.querySelectorAll("[role=treeitem]")];
                const cards = items.map((item) => item.getBoundingClientRect());
                const cut = ({ left, right, top, bottom }) =>
                    left < view.left || right > view.right || top < view.top || bottom > view.bottom;
                return [cards[0].width / 232, cards.filter(cut).length];
            }"""
        )
    )


def test_at_first_the_whole_group_is_to_be_read(franchise: Visit):
    scale, cut_off = scale_and_cut_off(franchise)
    assert (scale > 0.54, cut_off) == (True, 0)
    franchise.look(375, "light")
    franchise.page.reload()
    expect(franchise.page.get_by_role("treeitem")).to_have_count(4)
    scale, cut_off = scale_and_cut_off(franchise)
    assert (scale > 0.54, cut_off) == (True, 0)


def test_all_of_it_is_fitted_into_the_window(franchise: Visit):
    page = franchise.page
    franchise.look(375, "light")
    page.reload()
    page.get_by_role("button", name="Expand all").click()
    expect(page.get_by_role("treeitem")).to_have_count(44)
    assert scale_and_cut_off(franchise)[1] > 0
    page.get_by_role("button", name="Fit all").click()
    assert scale_and_cut_off(franchise)[1] == 0


def test_every_card_tells_who_pays_and_leads_on(franchise: Visit):
    page = franchise.page
    card = page.get_by_role("treeitem", name=re.compile("EMB-E01"))
    expect(card).to_have_attribute("aria-level", "3")
    expect(card).to_contain_text("Paid by EMB-EAST")
    card.focus()
    expect(page.locator(".picture-told")).to_contain_text("Paid by Ember East LLC (EMB-EAST).")
    assert page.locator(".payment:not(.is-dim)").count() == 1
    card.press("Enter")
    page.wait_for_url(re.compile(r"/accounts/acc_"))


def test_on_another_day_others_pay(franchise: Visit):
    page = franchise.page
    west = page.locator(".picture-legend button", has_text="EMB-WEST")
    expect(west).to_contain_text("pays for 18")
    page.get_by_label("Change before this day").click()
    expect(page).to_have_url(re.compile("on=2026-05-01"))
    page.get_by_label("Change before this day").click()
    expect(west).to_contain_text("pays for 14")
    expect(page).to_have_url(re.compile("on=2025-11-01"))
    page.reload()
    expect(page.locator(".picture-legend button", has_text="EMB-WEST")).to_contain_text("pays for 14")


def test_branches_are_closed_and_opened_by_keys(franchise: Visit):
    page = franchise.page
    page.locator("[aria-level='1']").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("treeitem")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("[role=treeitem]:focus")).to_contain_text("EMB-CENTRAL")
    page.keyboard.press("End")
    expect(page.locator("[role=treeitem]:focus")).to_have_attribute("aria-level", "3")


def test_the_same_is_to_be_read_as_a_table(franchise: Visit):
    page = franchise.page
    page.get_by_label("Change before this day").click()
    expect(page).to_have_url(re.compile("on=2026-05-01"))
    page.get_by_role("link", name="Table").click()
    expect(page.get_by_role("row")).to_have_count(45)
    expect(page).to_have_url(re.compile("on=2026-05-01"))


def test_a_move_is_drawn_before_and_after(visit: Visit, demo: Demo):
    page = visit.page
    visit.open(f"/customers/{demo.id('customers', number='GAB')}")
    page.get_by_role("link", name="Choose parent").click()
    page.locator(".modal .ts-control").click()
    page.locator(".modal .ts-wrapper input").fill("Vantage")
    page.get_by_role("option", name=re.compile("Vantage")).click()
    page.get_by_role("button", name="Preview").click()
    card = page.get_by_role("treeitem", name=re.compile("Gables Inn"))
    expect(card).to_contain_text("Paid by VAN 1 of 2")
    expect(page.locator(".branch.is-new")).to_have_count(1)
    page.get_by_role("button", name="Before").click()
    expect(card).to_contain_text("Paid by COR 1 of 2")
    expect(page.locator(".branch.is-gone")).to_have_count(1)
    page.get_by_role("button", name="Cancel").click()
