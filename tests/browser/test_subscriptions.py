"""A subscription made in a browser (CON-10): the payers are named while the form is filled in."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import Demo
from tests.browser.using import fill

pytestmark = pytest.mark.rule("CON-10")


def test_payers_are_named_for_whoever_is_chosen(visit: Visit, demo: Demo):
    page = visit.page
    visit.open("/subscriptions/new")
    expect(page.locator("#who-pays")).to_contain_text("Choose an account to see who can pay.")
    page.locator("#whom .ts-control").first.click()
    page.keyboard.type("GAB-1")
    page.get_by_role("option", name=re.compile("GAB-1")).click()
    expect(page.locator("#who-pays")).to_contain_text("The invoice goes to Corelink Networks Inc. (COR-1).")
    page.get_by_label("Another item").or_(page.get_by_role("button", name="Another item")).first.click()
    expect(page.get_by_label("Price", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Create subscription").click()
    expect(page.locator(".problem").first).to_contain_text("Choose at least one price.")
    visit.complaints.clear()  # a browser tells of every answer that is a refusal


def test_payers_are_named_for_a_customer_that_is_still_to_be(visit: Visit):
    page = visit.page
    visit.open("/subscriptions/new")
    page.get_by_label("A new customer").check()
    page.get_by_label("Company name").fill("Harbour Inn")
    page.get_by_label("E-mail").fill("ap@harbour.example")
    page.get_by_label("Bill cycle").select_option(label="Monthly USD")
    fill(visit, {"account.currency": "USD", "parent": "VAN"})
    expect(page.locator("#who-pays")).to_contain_text("Its parent")
    expect(page.locator("#who-pays")).to_contain_text("The invoice goes to Vantage Distribution Inc. (VAN-1).")
