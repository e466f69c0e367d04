"""What is decided about runs and invoices, in a browser (CON-8, CON-9)."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Locator, Route, expect

from banyan.foundation.embedded import EmbeddedServer
from tests.browser.axe import findings
from tests.browser.conftest import Visit
from tests.browser.pages import Demo
from tests.browser.shop import OPENED, Shop, Shopper, open_shop
from tests.browser.using import carried_out, fill, opened, press, refused
from tests.serving import RunningServer

pytestmark = [pytest.mark.rule("CON-12", "CON-8")]
SECONDS_FOR_A_RUN = 60_000


@pytest.fixture
def own_shop(demo: Demo) -> Shop:
    """A shop of the test's own, whose cycle nobody else runs."""
    return open_shop(demo)


@pytest.fixture
def shopper(own_shop: Shop) -> Shopper:
    """A customer that is to be billed 20.00 CHF."""
    return own_shop.customer("Buyer", seats=2)


@pytest.fixture
def to_be_approved(demo: Demo) -> Iterator[None]:
    """Runs have to be approved."""
    demo.ask("PATCH", "/settings", {"require_bill_run_approval": True})
    yield
    demo.ask("PATCH", "/settings", {"require_bill_run_approval": False})


def status(visit: Visit, says: str) -> Locator:
    """Wait until the run is that far."""
    shown = visit.page.locator("#run-status")
    expect(shown).to_contain_text(says, timeout=SECONDS_FOR_A_RUN)
    return shown


def started(visit: Visit, filled: dict[str, str]) -> None:
    """Fill in what is to be run; look at what it comes to, and start it."""
    fill(visit, filled)
    press(visit, "Start the run")
    expect(visit.page.locator("#before")).to_contain_text("Start this run?")
    carried_out(visit, "Yes, start it", {}, "The run is started.")


def start(visit: Visit, shop: Shop) -> None:
    """Start the run of the shop's first billing date."""
    visit.open(f"/bill-runs/new?bill_cycle={shop.cycle[4:]}&billing_date={OPENED}")
    started(visit, {})


@pytest.mark.rule("RUN-7")
@pytest.mark.usefixtures("shopper", "to_be_approved")
@pytest.mark.uses("new_bill_run", "discard_bill_run", "approve_bill_run", wrongly=("new_bill_run",))
def test_drafts_are_discarded_and_those_of_the_next_run_approved(visit: Visit, own_shop: Shop):
    page = visit.page
    start(visit, own_shop)
    status(visit, "Awaiting Approval")
    opened(visit, "Discard")
    expect(page.locator("#frame")).to_contain_text("Delete 1 invoice")
    expect(page.locator("#frame")).to_contain_text("20.00")
    carried_out(visit, "Discard", {}, "The drafts are being discarded.")
    status(visit, "Discarded")
    visit.open("/bill-runs/new")
    wrong = {"bill_cycle": f"Shop {own_shop.word}", "billing_date": "2026-10-08"}
    refused(visit, "Start the run", wrong, {"billing_date": "7 Nov 2026"})
    started(visit, {"billing_date": OPENED})
    status(visit, "Awaiting Approval")
    assert findings(page) == []
    opened(visit, "Approve")
    expect(page.locator("#frame")).to_contain_text("Issue 1 invoice")
    carried_out(visit, "Approve", {}, "The drafts are being issued.")
    status(visit, "Completed")
    expect(page.locator("#live")).to_contain_text("ACI-")


def test_a_date_that_was_typed_is_kept_though_that_of_the_cycle_comes_late(visit: Visit, demo: Demo, own_shop: Shop):
    """The cycle's own date would be 7 Oct 2026."""
    page, late = visit.page, list[Route]()
    other = demo.id("bill-cycles", name="Monthly EUR")
    visit.open(f"/bill-runs/new?bill_cycle={other[4:]}&billing_date=2026-12-01")
    page.route(re.compile(r"/bill-runs/new\?"), lambda route: late.append(route), times=1)
    with page.expect_event("requestfailed") as given_up:
        fill(visit, {"bill_cycle": f"Shop {own_shop.word}", "billing_date": "2026-12-07"})
    assert "billing_date=2026-12-01" in given_up.value.url  # nobody waits for what the cycle alone asked
    expect(page.locator("#before")).to_contain_text("7 Dec 2026 is in the future")
    expect(page.locator("#unanswered")).to_be_hidden()
    for answer in late:
        answer.continue_()
    page.wait_for_load_state("networkidle")
    expect(page.locator("[name='billing_date']")).to_have_value("2026-12-07")
    assert len(late) == 1


@pytest.mark.rule("RUN-8", "CON-9", "INV-6")
@pytest.mark.uses("void_invoice", "reverse_bill_run")
def test_an_invoice_is_voided_and_billed_again_and_a_run_reversed(visit: Visit, own_shop: Shop, shopper: Shopper):
    page = visit.page
    start(visit, own_shop)
    status(visit, "Completed")
    page.locator("#live tbody a").first.click()
    expect(page.locator(".paper")).to_contain_text(shopper.name)
    opened(visit, "Void")
    carried_out(visit, "Void it", {}, "The invoice is void; its charges are billed by the next run.")
    expect(page.locator(".page-head")).to_contain_text("Void")
    assert findings(page) == []
    visit.open(f"/bill-runs/new?bill_cycle={own_shop.cycle[4:]}&billing_date=2026-11-07")
    started(visit, {})
    status(visit, "Completed")
    expect(page.locator("#live .figures")).to_contain_text("40.00")  # October again, and November
    opened(visit, "Reverse")
    expect(page.locator("#frame")).to_contain_text("Void 1 invoice")
    carried_out(visit, "Reverse", {}, "The invoices are being voided.")
    status(visit, "Reversed")


@pytest.mark.rule("INV-10", "INV-11", "CON-9")
@pytest.mark.uses("reissue_invoice", wrongly=("reissue_invoice",))
def test_an_invoice_is_reissued_and_each_of_the_two_leads_to_the_other(visit: Visit, own_shop: Shop, shopper: Shopper):
    page = visit.page
    start(visit, own_shop)
    status(visit, "Completed")
    page.locator("#live tbody a").first.click()
    page.locator("details.why summary").first.click()
    expect(page.locator("details.why[open] .reckoning .sum")).to_contain_text("20.00")
    number = page.get_by_role("heading", level=1).inner_text()
    opened(visit, "Reissue")
    refused(visit, "Preview", {"reason": " "}, {"reason": "required"})
    fill(visit, {"reason": "Wrong address"})
    press(visit, "Preview")
    expect(page.locator("#frame .preview")).to_contain_text(shopper.name)
    assert findings(page) == []
    carried_out(visit, "Reissue it", {}, "another one is issued instead.")
    expect(page.locator(".page-head")).to_contain_text("Void")
    page.locator(".facts a").first.click()
    expect(page.locator(".facts")).to_contain_text(number.removeprefix("Invoice "))
    expect(page.locator(".page-head")).to_contain_text("Open")


@pytest.mark.rule("RUN-4")
@pytest.mark.uses("retry_bill_run")
def test_an_account_that_could_not_be_billed_is_billed_again(
    visit: Visit, own_shop: Shop, shopper: Shopper, demo_server: RunningServer
):
    page = visit.page
    set_model(demo_server, own_shop, "haggling")
    start(visit, own_shop)
    status(visit, "Completed With Errors")
    expect(page.locator("#live")).to_contain_text(shopper.number)
    assert findings(page) == []
    set_model(demo_server, own_shop, "per_unit")
    opened(visit, "Bill again")
    carried_out(visit, "Bill again", {}, "They are being billed again.")
    expect(page.locator("#run-status .status-badge").first).to_have_text("Completed", timeout=SECONDS_FOR_A_RUN)
    expect(page.locator("#live .figures")).to_contain_text("20.00")


def set_model(server: RunningServer, shop: Shop, model: str) -> None:
    """Tamper with the price, as only somebody with the database can."""
    folder = server.variables["BANYAN_DATA_DIR"]
    with psycopg.connect(EmbeddedServer(Path(folder)).conninfo()) as database:
        database.execute("SET search_path TO demo")
        database.execute("ALTER TABLE catalog_price DISABLE TRIGGER USER")
        database.execute("UPDATE catalog_price SET model = %s WHERE id = %s", [model, shop.price[4:]])
        database.execute("ALTER TABLE catalog_price ENABLE TRIGGER USER")
