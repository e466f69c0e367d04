"""Every form and action of customers and accounts, filled in wrongly and rightly (CON-2 to CON-5)."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.shop import Shop, Shopper
from tests.browser.using import carried_out, fill, form_of, opened, opened_from, press, refused

pytestmark = [pytest.mark.rule("CON-12")]


@pytest.mark.rule("CON-4", "CUS-1")
@pytest.mark.uses("new_customer", "edit_customer", "delete_customer", wrongly=("new_customer", "edit_customer"))
def test_customers_are_created_one_after_another_edited_and_deleted(visit: Visit, shop: Shop):
    page, name = visit.page, f"Quay {shop.word}"
    visit.open("/customers/new")
    wrong = {"company_name": name, "primary_email": "nowhere", "billing_address.city": "Basel"}
    refused(visit, "Create customer", wrong, {"primary_email": "nowhere"})
    right = {"primary_email": "ap@quay.example", "account.currency": "CHF", "account.bill_cycle": f"Shop {shop.word}"}
    carried_out(visit, "Create another", right, f"{name} is created.")
    expect(page.locator("[name='company_name']")).to_have_value("")
    visit.open(f"/search?q={name}")
    page.get_by_role("link", name=name).first.click()
    opened_from(visit, "Customer", "Edit customer")
    refused(visit, "Save changes", {"company_name": ""}, {"company_name": ""})
    carried_out(visit, "Save changes", {"company_name": f"{name} AG"}, f"{name} AG is saved.")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{name} AG")
    opened_from(visit, "Customer", "Delete customer")
    carried_out(visit, "Delete", {}, "is deleted.")


@pytest.mark.rule("CON-4")
@pytest.mark.uses("new_account", "edit_account", "delete_account", wrongly=("new_account", "edit_account"))
def test_accounts_are_opened_one_after_another_edited_and_deleted(visit: Visit, shop: Shop):
    page, shopper = visit.page, shop.customer("Mole")
    visit.open(f"/accounts/new?customer={shopper.id}")
    cycle = {"currency": "CHF", "bill_cycle": f"Shop {shop.word}"}
    refused(visit, "Create account", {**cycle, "number": shopper.number}, {"number": shopper.number})
    carried_out(visit, "Create another", {"number": f"MOL2-{shop.word}"}, "is opened.")
    expect(page.get_by_role("heading", level=1)).to_have_text("New account")
    visit.open(f"/search?in=accounts&q=MOL2-{shop.word}")
    page.locator("#found tbody a").first.click()
    opened_from(visit, "Account", "Edit account")
    refused(visit, "Save changes", {"name": "Pier", "start_date": ""}, {"start_date": "required"})
    carried_out(visit, "Save changes", {"start_date": "2026-11-01"}, "is saved.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Pier")
    opened_from(visit, "Account", "Delete account")
    carried_out(visit, "Delete", {}, "is deleted.")


@pytest.mark.rule("CON-3", "ACC-3")
@pytest.mark.uses("change_status", wrongly=("change_status",))
def test_the_status_is_changed_with_a_reason(visit: Visit, shop: Shop):
    page = visit.page
    visit.open(f"/accounts/{shop.customer('Suspended').account}")
    opened_from(visit, "Account", "Change status")
    refused(visit, "Change status", {"status": "Suspended", "on": "", "reason": "Asked for it"}, {"on": "required"})
    carried_out(visit, "Change status", {"on": "2026-11-20"}, "The status is changed.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Suspended")
    expect(page.locator("main")).to_contain_text("Asked for it")


@pytest.mark.rule("CON-3", "SUB-7")
@pytest.mark.uses("new_charge", wrongly=("new_charge",))
def test_a_charge_is_added_and_listed(visit: Visit, shop: Shop):
    visit.open(f"/accounts/{shop.customer('Charged once').account}")
    opened_from(visit, "Account", "New charge or credit")
    refused(visit, "Add", {"description": "Visit", "amount": "19.905"}, {"amount": "2 decimals"})
    carried_out(visit, "Add", {"amount": "19.90"}, "The charge is added.")
    expect(visit.page.get_by_role("row", name="Visit")).to_contain_text("19.90")


@pytest.mark.rule("CON-3", "ACC-12")
@pytest.mark.uses(
    "new_note", "new_contact", "edit_contact", "delete_contact", wrongly=("new_note", "new_contact", "edit_contact")
)
def test_notes_and_contacts_are_written_in_their_tabs(visit: Visit, shop: Shop):
    page = visit.page
    visit.open(f"/accounts/{shop.customer('Noted').account}?detail=notes")
    opened(visit, "New note")
    refused(visit, "Write note", {"text": " "}, {"text": "required"})
    carried_out(visit, "Write note", {"text": "Call before noon."}, "The note is written.")
    expect(page.locator(".notes li").first).to_contain_text("Call before noon.")
    page.get_by_role("link", name="Contacts", exact=True).click()
    opened(visit, "New contact")
    refused(visit, "Add contact", {"name": "Ann Ott", "email": "nowhere"}, {"email": "nowhere"})
    carried_out(visit, "Add contact", {"email": "ann@shop.example"}, "The contact is added.")
    opened(visit, "Edit Ann Ott")
    refused(visit, "Save changes", {"email": "ann@"}, {"email": "ann@"})
    carried_out(visit, "Save changes", {"email": "ott@shop.example", "phone": "+41 61 555 0100"}, "is saved.")
    expect(page.locator("#detail")).to_contain_text("+41 61 555 0100")
    assert findings(page) == []
    opened(visit, "Delete Ann Ott")
    carried_out(visit, "Delete", {}, "The contact is deleted.")
    expect(page.locator("#detail")).not_to_contain_text("Ann Ott")


@pytest.mark.rule("CON-5", "TYP-2")
@pytest.mark.uses("add_type", "edit_type", "deactivate_type", "activate_type", wrongly=("add_type", "edit_type"))
def test_account_types_are_kept_in_the_panel_beside_the_list(visit: Visit, shop: Shop):
    name, panel = f"Kiosk {shop.word}", visit.page.locator("#types")
    visit.open("/accounts")
    taken = panel.locator("li .entry").first.inner_text().partition("\n")[0].partition(" · ")[0]
    refused(visit, "Add account type", {"name": taken, "description": "At the station"}, {"name": taken})
    carried_out(visit, "Add account type", {"name": name}, "The account type is added.")
    panel.get_by_role("link", name=f"Edit {name}").click()
    refused(visit, "Update account type", {"name": taken}, {"name": taken})
    carried_out(visit, "Update account type", {"name": f"{name}s"}, "The account type is saved.")
    opened(visit, f"Deactivate {name}s")
    carried_out(visit, "Deactivate", {}, f"{name}s is deactivated.")
    expect(panel.locator("> .types")).not_to_contain_text(f"{name}s")
    panel.get_by_text("Inactive (").click()
    opened(visit, f"Activate {name}s")
    carried_out(visit, "Activate", {}, f"{name}s is active.")
    expect(panel.locator("> .types")).to_contain_text(f"{name}s")


@pytest.mark.rule("CON-2", "CHI-3", "REL-3")
@pytest.mark.uses(
    "customer_parent", "customer_child", "remove_customer_parent", wrongly=("customer_parent", "customer_child")
)
def test_customers_are_put_below_each_other_and_taken_away_again(visit: Visit, shop: Shop):
    page = visit.page
    top, low, other = (shop.customer(name) for name in ("Top", "Low", "Other"))
    visit.open(f"/customers/{low.id}")
    opened(visit, "Choose parent")
    refused(visit, "Preview", {"effective_date": "2026-11-20"}, {"parent": "required"})
    fill(visit, {"parent": top.name})
    press(visit, "Preview")
    expect(form_of(page)).to_contain_text("What follows")
    carried_out(visit, "Confirm", {}, "The hierarchy is changed.")
    page.locator("#hierarchy").get_by_role("link", name=top.name).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(top.name)
    opened(visit, "Add child")
    refused(visit, "Preview", {"effective_date": ""}, {"child": "required", "effective_date": "required"})
    fill(visit, {"effective_date": "2026-11-20"})
    fill(visit, {"child": other.name})
    press(visit, "Preview")
    carried_out(visit, "Confirm", {}, "The hierarchy is changed.")
    opened(visit, f"Remove {low.name}")
    carried_out(visit, "Remove", {}, "has no parent any more.")
    expect(page.locator(".lineage")).not_to_contain_text(low.name)


@pytest.mark.rule("CON-3", "AHI-1", "BHI-3")
@pytest.mark.uses(
    "account_parent", "remove_account_parent", "responsible_account", "remove_responsible_account",
    wrongly=("account_parent", "responsible_account"),
)  # fmt: skip
def test_accounts_are_linked_and_the_links_are_removed(visit: Visit, shop: Shop):
    low, top = shop.customer("Beneath", seats=1), shop.customer("Above")
    visit.open(f"/accounts/{low.account}")
    _link_and_unlink(visit, top, "Choose parent account", "parent", "below")
    _link_and_unlink(visit, top, "Choose responsible account", "responsible_account", "invoiced to")


def _link_and_unlink(visit: Visit, top: Shopper, item: str, field: str, name: str) -> None:
    page = visit.page
    opened_from(visit, "Account", item)
    refused(visit, "Preview", {"effective_date": "2026-11-20"}, {field: "required"})
    fill(visit, {field: top.number})
    press(visit, "Preview")
    expect(form_of(page)).to_contain_text("What follows")
    assert findings(page) == []
    carried_out(visit, "Confirm", {}, "The account is linked.")
    expect(page.locator(".page-head")).to_contain_text(f"{name} {top.number}")
    opened_from(visit, "Account", item)
    form_of(page).get_by_role("link", name="remove the link that there is").click()
    carried_out(visit, "Confirm", {}, "The link is removed.")
    expect(page.locator(".page-head")).not_to_contain_text(top.number)


@pytest.mark.rule("CON-2", "CON-4")
@pytest.mark.uses("choose")
def test_columns_and_fields_are_chosen_and_kept(visit: Visit, shop: Shop):
    page = visit.page
    visit.open("/accounts")
    for expected in (1, 0):
        page.get_by_role("button", name="Columns").click()
        page.locator(".chooser.show").get_by_label("Currency").set_checked(bool(expected))
        with page.expect_navigation():
            page.locator(".chooser.show").get_by_role("button", name="Show these").click()
        expect(page.get_by_role("columnheader", name="Currency")).to_have_count(expected)
    visit.open("/accounts/new")
    for expected in (1, 0):
        page.get_by_role("button", name="Configure fields").click()
        page.locator(".chooser.show").get_by_label("Description").set_checked(bool(expected))
        with page.expect_navigation():
            page.locator(".chooser.show").get_by_role("button", name="Show these").click()
        expect(page.locator("textarea[name='description']")).to_have_count(expected)


@pytest.mark.rule("CON-1")
def test_keys_lead_through_lists(visit: Visit):
    page = visit.page
    visit.open("/accounts")
    page.keyboard.press("/")
    with page.expect_response(lambda answer: "q=HAL" in answer.url):
        page.keyboard.type("HAL")
    expect(page.locator("#found tbody tr")).to_have_count(7)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("Halden|Kaffee|HAL"))
    opened_from(visit, "Account", "New note")
    page.keyboard.press("Escape")
    expect(page.locator("#frame")).to_be_hidden()
