"""Subscriptions, orders, groups and contracts, made and changed in a browser (CON-10)."""

import pytest
from playwright.sync_api import expect

from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.shop import OPENED, Shop, Shopper
from tests.browser.using import carried_out, fill, form_of, opened, press, refused

pytestmark = [pytest.mark.rule("CON-12", "CON-10")]


@pytest.fixture
def parent(shop: Shop) -> Shopper:
    return shop.customer("Parent")


@pytest.fixture
def shopper(shop: Shop, parent: Shopper) -> Shopper:
    """A customer with three seats, below a parent."""
    made = shop.customer("Child", seats=3)
    shop.demo.ask("PUT", f"/customers/{made.id}/parent", {"parent": parent.id, "effective_date": OPENED})
    return made


@pytest.mark.rule("SUB-1", "WHO-1")
@pytest.mark.uses("new_subscription", wrongly=("new_subscription",))
def test_a_subscription_is_made_that_the_parent_pays(visit: Visit, shop: Shop, shopper: Shopper, parent: Shopper):
    page = visit.page
    visit.open(f"/subscriptions/new?account={shopper.account[4:]}")
    refused(
        visit,
        "Create subscription",
        {"start_date": OPENED, "items.quantity": "many"},
        {"items.quantity": "Choose one of the prices."},
    )
    page.locator("[name='items.price']").first.select_option(
        label=page.locator("[name='items.price'] option", has_text=f"Seat {shop.word}").first.text_content()
    )
    fill(visit, {"items.quantity": "2"})
    page.locator("#who-pays [value='parent']").check()
    expect(page.locator("#who-pays")).to_contain_text(f"The invoice goes to {parent.name}")
    carried_out(visit, "Create subscription", {}, "is created.")
    expect(page.locator(".answer-line")).to_contain_text(parent.name)
    expect(page.locator("main")).to_contain_text("On the next invoice, 7 Oct 2026")  # the first run that is due
    expect(page.locator("main")).to_contain_text("20.00")  # 2 seats at 10.00 for a month


@pytest.mark.rule("SUB-5", "WHO-1")
@pytest.mark.uses(
    "change_subscription", "subscription_payer", "cancel_subscription",
    wrongly=("change_subscription", "subscription_payer", "cancel_subscription"),
)  # fmt: skip
def test_a_subscription_is_changed_paid_by_another_and_ended(visit: Visit, shopper: Shopper, parent: Shopper):
    page, made = visit.page, shopper.subscription
    assert made is not None
    visit.open(f"/subscriptions/{made['id']}")
    opened(visit, "Change")
    quantity = page.locator("#frame input[name$='.quantity']").get_attribute("name")
    assert quantity is not None
    refused(visit, "Preview", {"date": "2026-11-20", quantity: "some"}, {quantity: "Enter a number."})
    fill(visit, {quantity: "5"})
    press(visit, "Preview")
    expect(form_of(page)).to_contain_text("What follows")
    assert findings(page) == []
    carried_out(visit, "Change", {}, "is changed.")
    opened(visit, "Choose payer")
    refused(visit, "Preview", {"who_pays": "parent", "effective_date": "2020-01-01"}, {"effective_date": "2026"})
    fill(visit, {"effective_date": "2026-11-20"})
    press(visit, "Preview")
    expect(form_of(page)).to_contain_text(parent.name)
    carried_out(visit, "Confirm", {}, "is chosen.")
    expect(page.locator(".answer-line")).to_contain_text(parent.name)
    opened(visit, "End")
    refused(visit, "Preview", {"date": "2026-01-01"}, {"date": "2026"})
    fill(visit, {"date": "2026-11-30"})
    press(visit, "Preview")
    carried_out(visit, "End it", {}, "ends.")
    expect(page.locator(".facts").first).to_contain_text("cancelled")


@pytest.mark.rule("SUB-1")
@pytest.mark.uses("activate_order", "cancel_order", "delete_order")
def test_an_order_is_activated_another_cancelled_and_deleted(visit: Visit, shop: Shop, shopper: Shopper):
    page, items = visit.page, [{"price": shop.price, "quantity": "1"}]
    first, second = (shop.demo.make("/orders", account=shopper.account, items=items) for _ in range(2))
    visit.open(f"/orders/{first['id']}")
    opened(visit, "Activate")
    carried_out(visit, "Activate", {}, "is active")
    expect(page.locator(".facts").last).to_contain_text("S")
    visit.open(f"/orders/{second['id']}")
    opened(visit, "Cancel")
    carried_out(visit, "Cancel the order", {}, "is cancelled.")
    assert findings(page) == []
    opened(visit, "Delete")
    carried_out(visit, "Delete", {}, "is deleted.")
    expect(page.get_by_role("heading", level=1)).to_have_text("Orders")


@pytest.mark.rule("GRP-1", "GRP-3")
@pytest.mark.uses(
    "new_subscription_group", "rename_subscription_group", "add_member", "remove_member", "delete_subscription_group",
    wrongly=("new_subscription_group", "rename_subscription_group", "add_member"),
)  # fmt: skip
def test_a_group_is_made_filled_emptied_and_deleted(visit: Visit, shop: Shop, shopper: Shopper, parent: Shopper):
    page, made = visit.page, shopper.subscription
    assert made is not None
    visit.open("/subscription-groups")
    opened(visit, "New group")
    refused(visit, "Create", {"name": f"Group {shop.word}"}, {"payer": "required"})
    carried_out(visit, "Create", {"payer": parent.name}, "is created.")
    opened(visit, "Rename")
    refused(visit, "Rename", {"name": " "}, {"name": "required"})
    carried_out(visit, "Rename", {"name": f"Friends {shop.word}"}, "The group is renamed.")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Friends {shop.word}")
    opened(visit, "Add existing")
    refused(visit, "Preview", {"effective_date": "2026-11-21"}, {"subscription": "required"})
    fill(visit, {"subscription": made["number"]})
    press(visit, "Preview")
    expect(form_of(page)).to_contain_text("What follows")
    carried_out(visit, "Add", {}, "The subscription is in")
    opened(visit, f"Take out {made['number']}")
    fill(visit, {"effective_date": "2026-11-21"})
    press(visit, "Preview")
    assert findings(page) == []
    carried_out(visit, "Take it out", {}, "is not in")
    expect(page.locator("main")).to_contain_text("Nobody is in this group")
    opened(visit, "Delete")
    carried_out(visit, "Delete", {}, "is deleted.")


@pytest.mark.rule("CTR-1", "CTR-2")
@pytest.mark.uses("new_contract", "terminate_contract", wrongly=("new_contract", "terminate_contract"))
def test_a_contract_is_made_and_terminated_with_what_is_under_it(visit: Visit, shop: Shop, shopper: Shopper):
    page = visit.page
    visit.open(f"/contracts/new?account={shopper.account[4:]}")
    wrong = {"name": f"Frame {shop.word}", "start_date": OPENED, "end_date": "2026-01-01"}
    refused(visit, "Create", wrong, {"end_date": "2026"})
    carried_out(visit, "Create", {"end_date": "2027-10-07"}, "is created.")
    contract = page.url.rpartition("/")[2]
    under = shop.demo.make(
        "/subscriptions",
        account=shopper.account,
        start_date=OPENED,
        items=[{"price": shop.price, "quantity": "1"}],
        contract=contract,
    )
    page.reload()
    opened(visit, "Terminate")
    refused(visit, "Preview", {"date": "2020-01-01", "reason": "Moved away"}, {"date": "2020"})
    fill(visit, {"date": "2026-12-07"})
    press(visit, "Preview")
    expect(form_of(page)).to_contain_text(under["number"])
    assert findings(page) == []
    carried_out(visit, "Terminate", {}, "is terminated.")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Active")  # until that day
    expect(page.locator("main")).to_contain_text("Moved away")


@pytest.mark.rule("CTR-1")
@pytest.mark.uses(
    "edit_contract", "attach_document", "remove_document", "delete_contract",
    wrongly=("edit_contract", "attach_document"),
)  # fmt: skip
def test_a_contract_is_changed_gets_a_document_loses_it_and_is_deleted(visit: Visit, shop: Shop, shopper: Shopper):
    page = visit.page
    made = shop.demo.make("/contracts", account=shopper.account, start_date=OPENED)
    visit.open(f"/contracts/{made['id']}")
    opened(visit, "Edit")
    refused(visit, "Save changes", {"name": "Lease", "end_date": "2026-01-01"}, {"end_date": "2026"})
    carried_out(visit, "Save changes", {"end_date": "2027-10-07"}, "is changed.")
    expect(page.locator(".page-head")).to_contain_text("Lease")
    opened(visit, "Attach a file")
    refused(visit, "Attach", {"name": "Annex"}, {"content": "required"})
    carried_out(visit, "Attach", {"content": "annex.txt"}, "Annex is attached.")
    with page.expect_download() as file:
        page.get_by_role("link", name="Annex", exact=True).click()
    assert file.value.suggested_filename == "Annex"
    opened(visit, "Remove Annex")
    carried_out(visit, "Remove", {}, "Annex is removed.")
    opened(visit, "Delete")
    carried_out(visit, "Delete", {}, "is deleted.")
