"""Subscriptions are paused, resumed, extended and go on after all; charges are changed and deleted."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.shop import Shop
from tests.browser.using import carried_out, fill, press, refused


def confirmed(visit: Visit, address: str, filled: dict[str, str | bool], button: str, said: str) -> None:
    """Filled in rightly it is previewed, then done."""
    visit.open(address)
    fill(visit, filled)
    press(visit, "Preview")
    carried_out(visit, button, {}, said)


def wrong(visit: Visit, address: str, filled: dict[str, str | bool], field: str, words: str) -> None:
    visit.open(address)
    refused(visit, "Preview", filled, {field: words})


@pytest.mark.rule("SUB-8", "SUB-9", "CON-10")
@pytest.mark.uses(
    *("pause_subscription", "resume_subscription", "uncancel_subscription", "new_item", "end_item", "withdraw_change"),
    wrongly=("pause_subscription", "resume_subscription", "new_item", "end_item"),
)
def test_a_subscription_is_paused_resumed_extended_and_goes_on_after_all(visit: Visit, shop: Shop):
    shopper = shop.customer("Lively", 2)
    assert shopper.subscription is not None
    number, item = shopper.subscription["id"], shopper.subscription["items"][0]["id"]
    at = f"/subscriptions/{number}"
    wrong(visit, f"{at}/pause", {"date": "2026-12-20", "until": "2026-12-10"}, "until", "2026")
    confirmed(visit, f"{at}/pause", {"date": "2026-12-10", "until": ""}, "Pause", "is paused.")
    wrong(visit, f"{at}/resume", {"date": "2026-12-01"}, "date", "2026")
    confirmed(visit, f"{at}/resume", {"date": "2026-12-20"}, "Resume", "goes on.")
    visit.open(f"{at}/items/new")
    price = f"Seat {shop.word}"
    refused(visit, "Preview", {"price": price, "quantity": "some"}, {"quantity": "Enter a number."})
    confirmed(
        visit, f"{at}/items/new", {"price": price, "quantity": "3", "start_date": "2026-11-20"}, "Add", "is added."
    )
    added = visit.page.locator(f"a[href*='{number}'][href$='/end']").last.get_attribute("href") or ""
    wrong(visit, added, {"date": "2020-01-01"}, "date", "2026")
    confirmed(visit, added, {"date": "2027-01-01"}, "End it", "ends.")
    shop.demo.ask("POST", f"{at}/change", {"date": "2027-03-07", "items": [{"id": item, "quantity": "9"}]})
    visit.open(at)
    withdrawn = visit.page.locator("a[href*='/changes/']").first.get_attribute("href") or ""
    visit.open(withdrawn)
    press(visit, "Preview")
    carried_out(visit, "Take it back", {}, "is taken back.")
    shop.demo.ask("POST", f"{at}/cancel", {"date": "2027-02-07"})
    visit.open(f"{at}/uncancel")
    press(visit, "Preview")
    carried_out(visit, "Take it back", {}, "goes on.")


@pytest.mark.rule("SUB-7", "RUN-11")
@pytest.mark.uses("edit_charge", "delete_charge", wrongly=("edit_charge",))
def test_a_charge_is_changed_and_deleted_before_it_is_billed(visit: Visit, shop: Shop):
    shopper = shop.customer("Charged")
    made = shop.demo.make("/charges", account=shopper.account, description="Visit", amount="20.00", date="2026-12-01")
    visit.open(f"/charges/{made['id']}/edit")
    expect(visit.page.locator("[name='amount']")).to_have_value("20.00")
    refused(visit, "Save changes", {"amount": "some"}, {"amount": "Enter a number."})
    carried_out(visit, "Save changes", {"amount": "25.00", "reason": "Two visits"}, "is changed.")
    visit.page.get_by_role("link", name="Visit").click()
    expect(visit.page.locator(".history")).to_contain_text("Two visits")
    visit.open(f"/charges/{made['id']}/delete")
    carried_out(visit, "Delete", {"reason": "A mistake"}, "is deleted.")
    expect(visit.page.get_by_role("region", name="Deleted before they were billed")).to_contain_text("A mistake")
