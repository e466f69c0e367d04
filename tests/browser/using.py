"""How tests fill forms in and send them, as people do: by field, by the text of a button."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from playwright.sync_api import Locator, Page, Response, expect

from tests.browser.axe import findings
from tests.browser.conftest import Visit

Filled = Mapping[str, str | bool]
"""What is filled in, by the names of the fields: text; what an option says; whether a box is ticked; a file's name."""


def form_of(page: Page) -> Locator:
    """Where one is: in the modal frame while it is open, else on the page."""
    frame = page.locator("#frame.show")
    return frame if frame.count() else page.locator("main")


def opened(visit: Visit, link: str) -> None:
    """Click on a link that opens its page in the modal frame."""
    visit.page.get_by_role("link", name=link, exact=True).first.click()
    visit.page.wait_for_selector("#frame.show .modal-header")


def opened_from(visit: Visit, menu: str, entry: str) -> None:
    """Choose an entry of a menu of the page."""
    visit.page.locator(".page-actions").get_by_role("button", name=menu, exact=True).click()
    link = visit.page.locator(".dropdown-menu.show").get_by_role("link", name=entry, exact=True)
    in_modal = link.get_attribute("data-modal") is not None
    link.click()
    visit.page.wait_for_selector("#frame.show .modal-header" if in_modal else "html[data-ready]", state="attached")


def fill(visit: Visit, filled: Filled) -> None:
    """Fill these fields in."""
    for name, value in filled.items():
        _fill(visit.page, form_of(visit.page).locator(f"[name='{name}']:enabled"), name, value)


def press(visit: Visit, button: str) -> Response:
    """Press the button that sends the form, and wait for the answer to that, not to what a form asks while it is filled
    in (`looks`)."""
    with visit.page.expect_response(_is_sent) as sent:
        form_of(visit.page).get_by_role("button", name=button, exact=True).click()
    return sent.value


def _is_sent(answer: Response) -> bool:
    asked = answer.request
    return asked.method == "POST" and b"looks=1" not in (asked.post_data_buffer or b"")


def refused(visit: Visit, button: str, filled: Filled, problems: Mapping[str, str]) -> None:
    """Fill it in wrongly: each problem stands beside its field, what was typed is still there, nobody is shut out."""
    fill(visit, filled)
    assert press(visit, button).status in (409, 422)
    form = form_of(visit.page)
    for name, words in problems.items():
        expect(form.locator(f".has-problem:has([name='{name}']) .problem")).to_contain_text(words)
    for name, value in filled.items():
        _expect_kept(form.locator(f"[name='{name}']:enabled"), value)
    assert findings(visit.page) == []
    visit.complaints.clear()  # a browser tells of every answer that refuses


def carried_out(visit: Visit, button: str, filled: Filled, said: str) -> None:
    """Fill it in rightly: it is done, and the page that follows says so."""
    fill(visit, filled)
    visit.page.locator(".toast").evaluate_all("toasts => toasts.forEach(toast => toast.remove())")  # said before
    press(visit, button)
    expect(visit.page.locator(".toast").first).to_contain_text(said)
    visit.page.wait_for_selector("html[data-ready]", state="attached")


def _kind_of(field: Locator) -> str:
    """A select that is to be searched in becomes one only a moment after its form is shown."""
    if field.and_(field.page.locator("[data-search-in], [data-searchable]")).count():
        expect(field.locator("xpath=following-sibling::*[contains(@class, 'ts-wrapper')]")).to_be_attached()
        return "searched"
    return str(field.evaluate("field => field.type"))


def _fill(page: Page, field: Locator, name: str, value: str | bool) -> None:
    kind = _kind_of(field.first)
    if kind == "searched":
        _choose_searched(page, field, name, str(value))
    elif kind in ("select-one", "select-multiple"):
        field.select_option(label=str(value))
    elif kind == "checkbox":
        field.set_checked(bool(value))
    elif kind == "radio":
        form_of(page).locator(f"[name='{name}'][value='{value}']").check()
    elif kind == "file":
        field.set_input_files({"name": str(value), "mimeType": "text/plain", "buffer": b"Agreed."})
    else:
        field.fill(str(value))


def _choose_searched(page: Page, field: Locator, name: str, typed: str) -> None:
    """Click, type, click on what is found."""
    around = form_of(page).locator(f"select[name='{name}'] + .ts-wrapper")
    around.locator(".ts-control").click()
    if field.get_attribute("data-search-in"):
        with page.expect_response(lambda answer: ("q", typed) in parse_qsl(urlsplit(answer.url).query)):
            around.locator("input").fill(typed)
    else:
        around.locator("input").fill(typed)
        expect(around.locator(".highlight").first).to_be_visible()  # the list is that of what was typed
    around.and_(page.locator(":not(.loading)")).locator("[data-selectable]", has_text=typed).first.click()
    expect(around.locator(".item").first).to_be_visible()
    if field.evaluate("field => field.multiple"):
        page.keyboard.press("Tab")


def _expect_kept(field: Locator, value: Any) -> None:
    kind = _kind_of(field.first)
    if kind == "searched":
        kept = field.evaluate("field => field.tomselect.items.map(each => field.tomselect.getItem(each).textContent)")
        assert any(str(value) in each for each in kept), f"{value} is not kept: {kept}"
    elif kind in ("select-one", "select-multiple"):
        assert field.evaluate("field => field.selectedOptions[0]?.textContent") == value
    elif kind == "checkbox":
        assert field.is_checked() == value
    elif kind == "radio":
        assert field.and_(field.page.locator(f"[value='{value}']")).is_checked()
    elif kind not in ("password", "file"):  # which no page gives back
        expect(field).to_have_value(str(value))
