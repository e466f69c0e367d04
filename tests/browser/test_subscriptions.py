"""A subscription made in a browser (CON-10): the payers are named while the form is filled in."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.pages import Demo
from tests.browser.shop import OPENED, Shop
from tests.browser.using import carried_out, fill

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


@pytest.mark.rule("GRP-3", "WHO-1")
@pytest.mark.uses("new_subscription")
def test_who_pays_follows_the_group_that_is_chosen_and_that_is_what_is_made(visit: Visit, shop: Shop):
    page, payer, site = visit.page, shop.customer("Payer"), shop.customer("Site")
    shop.demo.ask("PUT", f"/customers/{site.id}/parent", {"parent": payer.id, "effective_date": OPENED})
    group = shop.demo.make("/subscription-groups", payer=payer.id, name=f"Group of {payer.name}")
    visit.open("/subscriptions/new")
    fill(visit, {"account": site.number, "start_date": OPENED})
    expect(page.locator("#what select option", has_text="CHF").first).to_be_attached()
    offered = page.locator("#what select").first.locator("option").all_inner_texts()[1:]
    assert [text for text in offered if "CHF" not in text] == []
    expect(page.locator("#who-pays .way").first).to_contain_text(f"The invoice goes to {site.name}")
    fill(visit, {"group": group["name"]})
    promised = f"The invoice goes to {payer.name} ({payer.number}), with the group {group['name']}."
    expect(page.locator("#who-pays .way").first).to_contain_text(promised)
    page.get_by_label("Price", exact=True).select_option(index=1)
    carried_out(visit, "Create subscription", {}, "is created.")
    expect(page.locator(".answer-line")).to_contain_text(f"Invoiced to {payer.name} ({payer.number})")


@pytest.mark.rule("ACC-3", "CON-10")
def test_what_cannot_be_chosen_is_not_on_offer_and_the_form_says_why(visit: Visit, shop: Shop):
    page, site = visit.page, shop.customer("Alone")
    visit.open("/subscriptions/new")
    fill(visit, {"account": site.number})
    page.locator("select[name='group'] + .ts-wrapper .ts-control").click()
    expect(page.locator(".ts-dropdown .no-results:visible")).to_contain_text("No group fits: its payer has to be")
    shop.demo.ask("PATCH", f"/accounts/{site.account}", {"status": "suspended"})
    visit.open("/subscriptions/new")
    page.locator("select[name='account'] + .ts-wrapper input").fill(site.number)
    expect(page.locator(".ts-dropdown .no-results:visible")).to_contain_text("No active account fits")
