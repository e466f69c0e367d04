"""Menus and the modal frame: what lies above a page can be used, and is not lost by a click beside it (CON-12)."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.pages import PAGES, Demo, Page
from tests.browser.shop import Shop
from tests.browser.using import fill, opened, press

pytestmark = pytest.mark.rule("CON-12")
WITH_MENUS = (
    *("overview", "customer", "customer-edit", "account", "account-services", "account-edit"),
    *("customer-accounts", "customer-accounts-new", "search-customers", "search-accounts"),
)


@pytest.mark.rule("CON-2")
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("page", [each for each in PAGES if each.name in WITH_MENUS], ids=lambda page: page.name)
def test_the_last_entry_of_every_menu_can_be_clicked(visit: Visit, demo: Demo, page: Page, width: int):
    visit.look(width, "light")
    visit.open(page.at(demo))
    if page.then:
        visit.page.get_by_text(page.then, exact=True).first.click()
        visit.page.wait_for_selector("#frame.show .modal-header")
    buttons = visit.page.locator("#frame.show" if page.then else "body").locator("[data-bs-toggle='dropdown']:visible")
    assert buttons.count()
    for number in {0, 1, 2, 3, 4, buttons.count() - 1} & set(range(buttons.count())):
        button = buttons.nth(number)
        button.click()
        menu = button.locator("xpath=following-sibling::*[contains(@class, 'dropdown-menu')]")
        expect(menu).to_be_visible()
        for entry in (menu.locator("a, button, label").first, menu.locator("a, button, label").last):
            entry.click(trial=True, timeout=5000)
            assert _is_on_top(entry), f"{entry.inner_text()} is covered"
        visit.page.keyboard.press("Escape") if not page.then else button.click()
        expect(menu).to_be_hidden()


def _is_on_top(entry: Locator) -> bool:
    """Whether each corner of it is what one would click on there."""
    return bool(
        entry.evaluate(
            """entry => {
                const box = entry.getBoundingClientRect();
                const xs = [box.left + 4, box.right - 4], ys = [box.top + 4, box.bottom - 4];
                return xs.every((x) => ys.every((y) => entry.contains(document.elementFromPoint(x, y))));
            }"""
        )
    )


@pytest.mark.rule("CON-2")
def test_an_account_is_deleted_by_the_last_entry_of_its_row(visit: Visit, shop: Shop):
    shopper = shop.customer("Menus")
    visit.open(f"/customers/{shopper.id}")
    visit.page.get_by_role("button", name=f"Actions on {shopper.number}").click()
    visit.page.locator(".dropdown-menu.show").get_by_role("link", name="Delete account").click()
    expect(visit.page.locator("#frame.show")).to_contain_text(f"Delete {shopper.number}")


def beside(visit: Visit) -> None:
    visit.page.mouse.click(5, 450)


def escape(visit: Visit) -> None:
    visit.page.keyboard.press("Escape")


@pytest.mark.parametrize("leave", [beside, escape])
def test_what_is_entered_in_the_modal_is_not_lost_by_leaving_it(
    visit: Visit, shop: Shop, leave: Callable[[Visit], None]
):
    page, frame = visit.page, visit.page.locator("#frame")
    visit.open(f"/accounts/{shop.customer('Modal').account}")
    opened_note(visit)
    leave(visit)
    expect(frame).to_be_hidden()  # nothing was entered
    opened_note(visit)
    fill(visit, {"text": "Call on Friday"})
    leave(visit)
    expect(frame.get_by_role("alert")).to_contain_text("not saved yet")
    expect(frame.locator("[name='text']")).to_have_value("Call on Friday")
    frame.get_by_role("button", name="Cancel").click()
    expect(frame).to_be_hidden()
    opened_note(visit)
    expect(frame.locator("#not-saved")).to_be_hidden()
    leave(visit)
    expect(frame).to_be_hidden()
    assert page.locator("#frame-content > *").count() == 0


@pytest.mark.uses("new_note", wrongly=("new_note",))
def test_what_is_refused_in_the_modal_is_not_lost_either(visit: Visit, shop: Shop):
    frame = visit.page.locator("#frame")
    visit.open(f"/accounts/{shop.customer('Modal').account}")
    opened_note(visit)
    fill(visit, {"text": "a\u202eb"})
    assert press(visit, "Write note").status == 422
    visit.complaints.clear()
    beside(visit)
    expect(frame.locator("[name='text']")).to_be_visible()
    fill(visit, {"text": "Call on Friday"})
    press(visit, "Write note")
    expect(visit.page.locator(".toast").first).to_contain_text("The note is written.")


def opened_note(visit: Visit) -> None:
    visit.page.locator(".page-actions").get_by_role("button", name="Account", exact=True).click()
    opened(visit, "New note")
