"""Users, roles, keys, settings and preferences, changed in a browser (CON-11)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.pages import Demo
from tests.browser.shop import Shop
from tests.browser.using import carried_out, fill, form_of, opened, press, refused
from tests.serving import RunningServer

pytestmark = [pytest.mark.rule("CON-12", "CON-11")]
PASSWORD = "correct horse battery"


@pytest.fixture
def settings(demo: Demo) -> Iterator[None]:
    """Whatever the test changes is put back."""
    yield
    demo.ask("PATCH", "/settings", {"require_bill_run_approval": False})


@pytest.mark.rule("ORG-2")
@pytest.mark.uses("new_membership", "end_membership", "make_sign_in_link", wrongly=("new_membership",))
def test_a_user_gets_a_role_loses_it_and_signs_in_by_a_link(visit: Visit, demo: Demo, shop: Shop, browser: Browser):
    page = visit.page
    user = demo.make("/users", name=f"Zoe {shop.word}", email=f"zoe.{shop.word}@shop.example")
    visit.open(f"/users/{user['id']}")
    expect(page.locator("main")).to_contain_text("No role yet")
    role = {"organization": "Arbor Cloud Europe", "role": "Viewer"}
    opened(visit, "Give a role")
    carried_out(visit, "Give the role", role, "has the role now.")
    opened(visit, "Give a role")
    refused(visit, "Give the role", role, {"organization": "already"})
    page.locator("#frame").get_by_role("button", name="Cancel").click()
    expect(page.locator("#frame")).to_be_hidden()
    opened(visit, "Sign-in link")
    press(visit, "Make the link")
    link = form_of(page).locator("#secret").input_value()
    assert findings(page) == []
    page.get_by_role("link", name="Done").click()
    expect(page.locator("#secret")).to_have_count(0)
    context = browser.new_context()
    other = context.new_page()
    other.goto(link)
    expect(other.locator("h1")).to_contain_text("Overview")
    other.goto(link)
    expect(other.locator("main")).to_contain_text("used")
    context.close()
    opened(visit, "Take the role in Arbor Cloud Europe away")
    carried_out(visit, "Take it away", {}, "The role is taken away.")
    expect(page.locator("main")).to_contain_text("No role yet")


@pytest.mark.rule("API-1")
@pytest.mark.uses("new_api_key", "delete_api_key", wrongly=("new_api_key",))
def test_a_key_is_shown_once_and_opens_nothing_once_it_is_revoked(visit: Visit, demo_server: RunningServer, shop: Shop):
    page, name = visit.page, f"Shop {shop.word}"
    visit.open("/api-keys")
    opened(visit, "New API key")
    refused(visit, "Make the key", {"name": " ", "role": "Viewer"}, {"name": "required"})
    fill(visit, {"name": name})
    press(visit, "Make the key")
    key = form_of(page).locator("#secret").input_value()
    assert findings(page) == []

    def status() -> int:
        return demo_server.fetch("/api/v1/settings", headers={"Authorization": f"Bearer {key}"}).status

    assert status() == 200
    page.get_by_role("link", name="Done").click()
    row = page.locator("#rows tbody tr", has_text=name)
    expect(row).to_have_count(1)
    assert key not in page.content()
    opened(visit, f"Revoke {name}")
    carried_out(visit, "Revoke", {}, f"API key {name} is revoked.")
    assert status() == 401


@pytest.mark.rule("SET-1")
@pytest.mark.uses("settings", wrongly=("settings",))
@pytest.mark.usefixtures("settings")
def test_settings_are_saved_all_at_once(visit: Visit):
    page = visit.page
    visit.open("/settings")
    wrong = {"require_bill_run_approval": True, "enable_customer_hierarchies": False}
    refused(visit, "Save the settings", wrong, {"enable_customer_hierarchies": "enable_who_pays"})
    carried_out(visit, "Save the settings", {"enable_customer_hierarchies": True}, "The settings are saved.")
    expect(page.locator("[name='require_bill_run_approval']")).to_be_checked()
    visit.open("/bill-runs/new")
    expect(page.locator("main")).to_contain_text("The invoices remain drafts until somebody approves the run.")


@pytest.mark.uses("sign_in", "sign_out", "preferences", "own_password", wrongly=("sign_in", "own_password"))
def test_who_has_a_password_signs_in_changes_it_and_signs_out(visit_of_nobody: Visit, demo: Demo, shop: Shop):
    visit, page, email = visit_of_nobody, visit_of_nobody.page, f"ida.{shop.word}@shop.example"
    user = demo.make("/users", name="Ida", email=email, password=PASSWORD)
    root = demo.id("organizations")
    demo.make(f"/users/{user['id']}/memberships", organization=root, role="viewer")
    visit.open("/bill-runs")
    form = page.locator("main form").bounding_box()
    assert form is not None
    assert form["width"] < 500  # a form of two fields isn't as wide as the window
    fill(visit, {"email": email, "password": "something else"})
    assert press(visit, "Sign in").status == 422
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.locator("[name='email']")).to_have_value(email)
    assert findings(page) == []
    visit.complaints.clear()
    fill(visit, {"password": PASSWORD})
    press(visit, "Sign in")
    expect(page.get_by_role("heading", level=1)).to_have_text("Bill runs")
    expect(page.get_by_role("link", name="Start a bill run")).to_have_count(0)
    visit.open("/preferences")
    carried_out(visit, "Save", {"theme": "dark", "locale": "German (Germany)"}, "Your preferences are saved.")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    visit.open("/invoices")
    expect(page.locator("#rows tbody td.amount").first).to_contain_text(",")
    visit.open("/preferences/password")
    wrong = {"current_password": "something else", "password": PASSWORD[::-1]}
    refused(visit, "Change the password", wrong, {"current_password": "not your password"})
    right = {"current_password": PASSWORD, "password": PASSWORD[::-1]}
    carried_out(visit, "Change the password", right, "Your password is changed.")
    page.get_by_role("button", name="Ida: preferences, sign out").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    visit.open("/invoices")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
