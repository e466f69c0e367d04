"""Customers and accounts, used as people use them: keyboard, search while typing, modals, previews."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import Demo

pytestmark = [pytest.mark.rule("CON-12")]


SEARCHED = re.compile("tomselected")
"""Of a select once it can be typed into."""


@pytest.mark.rule("CON-1")
def test_a_slash_searches_and_arrows_lead_to_what_is_found(visit: Visit):
    page = visit.page
    visit.open("/")
    page.keyboard.press("/")
    page.keyboard.type("halden")
    expect(page.locator("#quick-answers a").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Halden Holding SE")


@pytest.mark.rule("CON-1")
def test_escape_leaves_the_search(visit: Visit):
    page = visit.page
    visit.open("/")
    page.keyboard.press("/")
    page.keyboard.type("halden")
    expect(page.locator("#quick-answers a").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#quick-answers a")).to_have_count(0)


@pytest.mark.rule("CON-1")
def test_results_come_as_one_types_and_the_way_back_works(visit: Visit):
    page = visit.page
    visit.open("/search")
    page.locator("#search-q").fill("brunner")
    expect(page.locator("#found tbody tr")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=brunner"))
    page.get_by_role("link", name="Accounts", exact=True).click()
    page.locator("#found tbody a").first.click()
    expect(page.locator("h1")).to_contain_text("Brunner")
    page.go_back()
    expect(page.locator("#search-q")).to_have_value("brunner")


@pytest.mark.rule("CON-5", "CON-4", "ACC-1")
@pytest.mark.uses("new_account", "propose_number", wrongly=("new_account",))
def test_an_account_is_opened_in_the_modal_with_a_proposed_number(visit: Visit):
    page = visit.page
    visit.open("/accounts")
    page.get_by_role("link", name="New account").click()
    modal = page.locator("#frame-content")
    modal.get_by_role("button", name="Propose a number").click()
    expect(modal.locator("#id_number")).to_have_value(re.compile("."))
    number = modal.locator("#id_number").input_value()
    modal.get_by_role("button", name="Create account").click()
    expect(modal.locator("#id_customer_error")).to_be_visible()
    modal.locator("#id_customer-ts-control").fill("brunner")
    page.locator(".ts-dropdown [data-selectable]", has_text="Brunner").first.click()
    modal.get_by_role("button", name="Create account").click()
    expect(page.locator("h1")).to_contain_text("Brunner")
    expect(page.locator(".toast")).to_contain_text(f"Account {number} is opened.")


@pytest.mark.rule("CON-4", "ACC-5")
def test_only_cycles_that_fit_the_currency_are_on_offer(visit: Visit):
    page = visit.page
    visit.open("/customers/new")
    cycle = page.locator("[name='account.bill_cycle']")
    assert cycle.locator("option:not([hidden])").all_inner_texts() == ["Monthly USD", "Partners USD"]
    currency = page.locator("select[name='account.currency']")
    expect(currency).to_have_class(SEARCHED)
    currency.evaluate("select => select.tomselect.setValue('GBP')")
    assert cycle.locator("option:not([hidden])").all_inner_texts() == ["Monthly GBP"]


@pytest.mark.rule("CON-4", "CUS-1")
def test_a_person_is_asked_for_other_names_than_a_company(visit: Visit):
    page = visit.page
    visit.open("/customers/new")
    expect(page.get_by_label("Company name")).to_be_visible()
    page.get_by_label("Person").check()
    expect(page.get_by_label("Company name")).to_be_hidden()
    expect(page.get_by_label("First name")).to_be_visible()


@pytest.mark.rule("CON-4", "CUS-5")
def test_phones_are_added_and_taken_away(visit: Visit):
    page = visit.page
    visit.open("/customers/new")
    page.get_by_role("button", name="Add phone number").click()
    page.get_by_role("button", name="Add phone number").click()
    expect(page.get_by_label("Phone number", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Remove this phone number").first.click()
    expect(page.get_by_label("Phone number", exact=True)).to_have_count(1)


@pytest.mark.rule("CON-2", "CHI-3", "REL-3")
def test_a_parent_is_chosen_and_previewed_in_the_modal(visit: Visit, demo: Demo):
    page = visit.page
    visit.open(f"/customers/{demo.id('customers', number='ELM')}")
    page.get_by_role("link", name="Choose parent").click()
    modal = page.locator("#frame-content")
    modal.locator("#id_parent-ts-control").fill("vantage")
    page.locator(".ts-dropdown [data-selectable]", has_text="Vantage").first.click()
    modal.get_by_role("button", name="Preview").click()
    expect(modal.get_by_text("What follows")).to_be_visible()
    expect(modal.locator("tbody tr").first).to_be_visible()
    modal.get_by_role("button", name="Cancel").click()
    expect(page.locator("#frame")).to_be_hidden()


@pytest.mark.rule("CON-3")
def test_details_change_without_leaving_the_page(visit: Visit, demo: Demo):
    page = visit.page
    visit.open(f"/accounts/{demo.id('accounts', number='HAL-HQ')}")
    expect(page.locator("#pending-figure .money")).to_be_visible()
    page.get_by_role("link", name="Managed accounts").click()
    expect(page.locator("#detail tbody tr").first).to_contain_text("HAL-")
    expect(page).to_have_url(re.compile(r"\?detail=managed$"))


@pytest.mark.uses("theme")
def test_a_theme_is_kept(visit: Visit):
    page = visit.page
    visit.open("/")
    page.get_by_role("button", name=re.compile("preferences")).click()
    page.get_by_role("button", name="Dark").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.get_by_role("button", name=re.compile("preferences")).click()
    page.get_by_role("button", name="Auto").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "auto")


def test_on_a_phone_the_menu_is_opened_by_a_button(visit: Visit):
    page = visit.page
    visit.look(390, "light")
    visit.open("/")
    expect(page.locator("#side")).to_be_hidden()
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="Customer accounts").click()
    expect(page.locator("h1")).to_have_text("Customer accounts")


@pytest.mark.rule("CON-4")
def test_the_parts_of_an_address_are_called_as_in_the_country_that_is_chosen(visit: Visit):
    page = visit.page
    visit.open("/customers/new")
    code = page.locator("label[for='id_billing_address.postal_code']")
    expect(code).to_have_text("Postal code")
    countries = page.locator("select[name='billing_address.country']")
    expect(countries).to_have_class(SEARCHED)
    for country, called in (("US", "ZIP code"), ("GB", "Postcode"), ("", "Postal code")):
        countries.evaluate("(select, country) => select.tomselect.setValue(country)", country)
        expect(code).to_have_text(called)
