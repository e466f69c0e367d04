"""Runs, invoices and set-up used in a browser (CON-8, CON-9, CON-11)."""

import secrets

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.using import carried_out, opened, refused

pytestmark = [pytest.mark.rule("CON-12")]


@pytest.mark.rule("CON-8")
def test_a_run_is_simulated_and_watched_until_it_is_done(visit: Visit):
    visit.open("/bill-runs/new")
    page = visit.page
    page.get_by_role("link", name="Monthly USD").click()
    expect(page.locator("#before")).to_contain_text("Accounts on the cycle")
    page.locator("#id_billing_date").fill("2026-11-02")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#id_billing_date_error")).to_contain_text("the next one is 1 Dec 2026")
    visit.complaints.clear()  # a browser tells of every answer that refuses
    page.locator("#id_billing_date").fill("2026-11-01")
    page.get_by_role("button", name="Simulate").click()
    expect(page.locator("#run-status")).to_contain_text("Completed", timeout=60_000)
    expect(page.get_by_role("link", name="Run it")).to_be_visible()
    page.locator("#live tbody a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Simulated invoice")
    page.get_by_text("Why?").first.click()
    expect(page.get_by_text("Who pays").first).to_be_visible()


@pytest.mark.rule("CON-9")
def test_invoices_are_found_while_one_types(visit: Visit):
    visit.open("/invoices")
    page = visit.page
    page.locator("#list-q").fill("Kaffee")
    expect(page.locator("#rows tbody tr")).to_have_count(12)
    page.locator("#rows tbody a").first.click()
    expect(page.locator(".paper")).to_contain_text("Kaffeewerk Bremen GmbH")
    with page.expect_download() as file:
        page.get_by_role("link", name="CSV").click()
    assert file.value.suggested_filename.startswith("ACE-")


@pytest.mark.rule("CON-11")
@pytest.mark.uses("new_price", "delete_price", wrongly=("new_price",))
def test_a_product_gets_a_price_with_tiers_that_is_told_before(visit: Visit):
    visit.open("/catalogue/products")
    page, name = visit.page, f"Backup {secrets.token_hex(4)}"
    page.get_by_role("link", name="New product").click()
    page.locator("#frame #id_name").fill(name)
    page.locator("#frame #id_code").fill("seats")
    page.get_by_role("button", name="Create product").click()
    expect(page.locator("#frame #id_code_error")).to_contain_text("that of another product")
    page.locator("#frame #id_code").fill(name.replace(" ", "-"))
    page.get_by_role("button", name="Create product").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    visit.complaints.clear()
    page.get_by_role("link", name="New price").click()
    page.locator("#id_model").select_option("graduated")
    page.get_by_role("button", name="Add a tier").click()
    refused(visit, "Set the price", {"tiers.up_to": "many"}, {"tiers.up_to": "'many' is not a number."})
    page.get_by_role("button", name="Add a tier").click()
    rows = page.locator("[data-row]")
    rows.nth(0).get_by_label("Up to").fill("100")
    rows.nth(0).get_by_label("Per unit").fill("1.00")
    rows.nth(1).get_by_label("Per unit").fill("0.80")
    page.locator("#quantity").fill("150")
    expect(page.locator("#quotes .is-asked")).to_contain_text("140.00")
    page.get_by_role("button", name="Set the price").click()
    page.wait_for_url("**/catalogue/prices/prc_*")
    price = page.url
    expect(page.get_by_text("2 tiers", exact=False).or_(page.locator(".list table").first)).to_be_visible()
    page.goto(f"/catalogue/products?q={name}")
    page.get_by_role("link", name=f"Delete {name}").click()
    page.locator("#frame").get_by_role("button", name="Delete").click()
    expect(page.locator("#frame .alert-danger")).to_be_visible()
    visit.complaints.clear()
    visit.open(price)
    opened(visit, "Delete")
    carried_out(visit, "Delete", {}, "is deleted.")
