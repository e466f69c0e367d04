"""Accounts on pages: their tabs, what their menu does, Customer Accounts with the types."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpResponse

from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.models import Account, AccountStatus, AccountType, Contact, ContactCategory, Note
from banyan.accounts.today import today
from banyan.console.account_tabs import DETAILS, TABS
from banyan.console.customer_inputs import account_inputs
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.update_account import update_account
from banyan.foundation.queries import read_settings
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.relations.queries import parent_accounts_on, responsible_accounts_on
from banyan.usage.actions.record_events import record_events
from banyan.usage.inputs import NewEvent
from tests.business import a_bill_cycle, a_customer, a_meter, an_account, subscribed
from tests.console.conftest import Visitor, readable

Visiting = Callable[..., Visitor]


def at(account: Account, rest: str = "") -> str:
    return f"/accounts/{encode_id('account', account.pk)}{rest}"


@pytest.mark.rule("CON-3")
def test_the_summary_shows_balance_status_dates_and_payment(visitor: Visiting):
    page = visitor().text(at(an_account()))
    for words in ("Balance $0.00", "Pending charges", "Next invoice date", "Payment term Net 30", "Status Active"):
        assert words in page
    for menu in ("Customer Billing", "Customer", "Account"):
        assert menu in page


@pytest.mark.rule("CON-3")
@pytest.mark.parametrize("tab", ["summary", *TABS])
def test_every_tab_has_an_address_of_its_own(visitor: Visiting, tab: str):
    account, ada = an_account(), visitor()
    subscribed(account)
    assert account.number in ada.text(at(account, f"/{tab}"))
    assert ada.get(at(account, "/nonsense")).status_code == 404


@pytest.mark.rule("USE-4")
def test_usage_that_no_price_covers_is_listed_by_meter_and_day(visitor: Visiting):
    account, meter, ada = an_account(), a_meter(), visitor()
    assert "No unrated usage" in ada.text(at(account, "/unrated"))
    day = datetime(2026, 3, 5, 12, tzinfo=UTC)
    record_events([NewEvent(f"e{n}", account.number, meter.key, day, Decimal(n)) for n in (1, 6)])
    page = ada.text(at(account, "/unrated"))
    assert "No unrated usage" not in page
    assert f"{meter.key} 2 7 No item charges it" in page  # two events, of 1 and 6


@pytest.mark.rule("CON-3")
@pytest.mark.parametrize("detail", list(DETAILS))
def test_every_detail_has_an_address_of_its_own(visitor: Visiting, detail: str):
    assert visitor().get(at(an_account(), f"?detail={detail}")).status_code == 200


@pytest.mark.rule("CON-3", "INV-8")
def test_pending_charges_are_those_of_the_next_run(visitor: Visiting):
    account = an_account()
    subscribed(account)
    page = visitor().text(at(account, "/pending"))
    assert "What a run on" in page
    assert "$10.00" in page


@pytest.mark.rule("CON-3", "ACC-12")
def test_a_note_is_by_whoever_is_signed_in(visitor: Visiting):
    ada, account = visitor(), an_account()
    assert ada.post(at(account, "/notes/new"), {"text": "Call on Friday"})["Location"] == at(account)
    assert Note.objects.get().author == "administrator-root@acme.example"
    assert "Call on Friday" in ada.text(at(account))


@pytest.mark.rule("CON-3", "ACC-12")
def test_contacts_are_added_changed_and_deleted(visitor: Visiting):
    ada, account = visitor(), an_account()
    category = ContactCategory.objects.get().pk
    refused = ada.post(at(account, "/contacts/new"), {"name": "", "email": "", "category": category})
    assert refused.status_code == 422
    ada.post(at(account, "/contacts/new"), {"name": "Ben", "email": "", "category": category})
    contact = Contact.objects.get()
    address = at(account, f"/contacts/{encode_id('contact', contact.pk)}")
    ada.post(address, {"name": "Ben Cole", "email": "ben@acme.example", "category": category})
    assert "Ben Cole" in ada.text(at(account, "?detail=contacts"))
    assert ada.get(at(an_account("Other"), f"/contacts/{encode_id('contact', contact.pk)}")).status_code == 404
    assert "Delete Ben Cole?" in ada.text(f"{address}/delete")
    ada.post(f"{address}/delete")
    assert not Contact.objects.exists()


@pytest.mark.rule("CON-3", "ACC-3")
def test_the_status_changes_with_a_day_and_a_reason(visitor: Visiting):
    ada, account = visitor(), an_account()
    sent = {"status": "suspended", "on": str(today()), "reason": "disputed"}
    ada.post(at(account, "/status"), sent)
    assert Account.objects.get(pk=account.pk).status == AccountStatus.SUSPENDED
    assert re.search(r"Suspended since \w+ \d+, \d+: disputed", ada.text(at(account)))
    refused = ada.post(at(account, "/status"), {**sent, "status": "inactive", "on": "2020-01-01"})
    assert (refused.status_code, "ACC-3" in readable(refused)) == (422, True)


@pytest.mark.rule("CON-3", "BHI-1", "REL-3")
def test_a_responsible_account_is_chosen_previewed_confirmed_and_removed(visitor: Visiting):
    ada = visitor()
    payer = an_account("Payer")
    account = Account.objects.get(pk=an_account("Managed").pk)
    Account.objects.filter(pk=account.pk).update(bill_cycle=payer.bill_cycle_id)
    address = at(account, "/responsible-account")
    assert payer.number in ada.get(f"{address}/candidates?q=Payer").content.decode()
    sent = {"responsible_account": payer.pk, "effective_date": str(today())}
    told = readable(ada.post(address, sent))
    goes = f"is invoiced to Payer ({payer.number}) instead of Managed ({account.number})"
    assert f"what is charged to Managed ( {account.number} ) {goes}".replace("( ", "(").replace(" )", ")") in told
    assert "It has no subscription yet." in told
    assert "as it is" not in told
    ada.post(address, {**sent, "confirmed": f"{payer.pk} {today()} "})
    assert responsible_accounts_on([account.pk], today()) == {account.pk: payer.pk}
    assert "Managed" in ada.text(at(account))
    ada.post(f"{address}/remove", {"effective_date": str(today()), "confirmed": str(today())})
    assert responsible_accounts_on([account.pk], today()) == {}


@pytest.mark.rule("CON-3", "AHI-4")
def test_a_parent_account_is_chosen_and_removed(visitor: Visiting):
    ada, parent, account = visitor(), an_account("Parent"), an_account("Child")
    sent = {"parent": parent.pk, "effective_date": str(today()), "children": "stay"}
    ada.post(at(account, "/parent"), {**sent, "confirmed": f"{parent.pk} {today()} stay"})
    assert parent_accounts_on([account.pk], today()) == {account.pk: parent.pk}
    assert account.number in ada.text(at(parent, "?detail=children"))
    ada.post(at(account, "/parent/remove"), {"effective_date": str(today()), "confirmed": str(today())})
    assert parent_accounts_on([account.pk], today()) == {}


@pytest.mark.rule("CON-4", "ACC-1")
def test_another_account_is_opened_with_a_proposed_number(visitor: Visiting):
    ada, first = visitor(), an_account()
    number = ada.post("/accounts/number").json()["number"]
    sent = {
        "customer": first.customer_id,
        "number": number,
        "currency": "USD",
        "bill_cycle": first.bill_cycle_id,
        "start_date": "2026-02-01",
        "organization": first.organization_id,
        "category": first.category_id,
        "owner": first.owner_id,
        "payment_term": first.payment_term_id,
        "invoice_type": "none",
    }
    answer = ada.post("/accounts/new", sent)
    made = Account.objects.get(number=number)
    assert answer["Location"] == at(made)
    assert (made.start_date, made.taxable, made.invoice_type) == (date(2026, 2, 1), False, "none")
    again = ada.post("/accounts/new", sent)
    assert (again.status_code, 'id="id_number_error"' in again.content.decode()) == (422, True)


@pytest.mark.rule("CON-4")
def test_an_account_is_edited(visitor: Visiting):
    ada, account = visitor(), an_account()
    sent = {
        "name": "West Coast",
        "currency": "USD",
        "status": "active",
        "bill_cycle": account.bill_cycle_id,
        "start_date": str(account.start_date),
        "organization": account.organization_id,
        "category": account.category_id,
        "owner": account.owner_id,
        "payment_term": account.payment_term_id,
        "invoice_type": account.invoice_type,
        "is_default": "on",
        "taxable": "on",
    }
    assert ada.post(at(account, "/edit"), sent)["Location"] == at(account)
    assert Account.objects.get(pk=account.pk).name == "West Coast"
    assert "name: Acme → West Coast" in ada.text(at(account, "?detail=history"))
    assert ada.post(at(account, "/edit"), sent | {"status_reason": "Unpaid"}).status_code == 422  # of which status?
    unpaid = {"status": "suspended", "status_reason": "Unpaid"}
    assert ada.post(at(account, "/edit"), sent | unpaid)["Location"] == at(account)
    assert Account.objects.get(pk=account.pk).status == AccountStatus.SUSPENDED
    assert "status_reason" not in ada.get("/accounts/new").content.decode()
    assert re.search(r"Suspended since \w+ \d+, \d+: Unpaid", ada.text(at(account)))
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.INACTIVE, inactive_since=today())
    assert ada.post(at(account, "/edit"), sent | {"name": "East", "status": "suspended"}).status_code == 422
    assert Account.objects.get(pk=account.pk).name == "West Coast"


def told_at(answer: HttpResponse) -> set[str]:
    """The fields beside which something is told."""
    assert answer.status_code == 422
    return set(re.findall(r'id="id_([\w.]+)_error"', answer.content.decode()))


@pytest.mark.rule("CON-4", "ERR-1")
def test_what_cannot_be_read_is_told_together_with_what_is_refused_of_the_rest_and_nothing_is_done(visitor: Visiting):
    ada, account = visitor(), an_account()
    sent = {
        "currency": "USD",
        "bill_cycle": account.bill_cycle_id,
        "organization": account.organization_id,
        "category": account.category_id,
        "owner": account.owner_id,
        "payment_term": account.payment_term_id,
        "invoice_type": "none",
        "start_date": "someday",
    }
    new = sent | {"customer": account.customer_id, "number": account.number}
    assert told_at(ada.post("/accounts/new", new)) == {"start_date", "number"}
    assert told_at(ada.post("/accounts/new", new | {"number": "", "customer": ""})) == {"start_date", "customer"}
    Account.objects.filter(pk=account.pk).update(status=AccountStatus.INACTIVE, inactive_since=today())
    changed = sent | {"status": "suspended", "name": "a\u202eb", "is_default": "on"}
    assert told_at(ada.post(at(account, "/edit"), changed)) == {"start_date", "status", "name"}
    assert Account.objects.values_list("name", "status").get() == (account.name, "inactive")


@pytest.mark.rule("CON-3", "ACC-16", "ORG-3")
def test_the_history_calls_things_by_their_names_as_far_as_they_are_reached(visitor: Visiting):
    account, payer = an_account("Managed"), an_account("Payer")
    north = create_organization("North", "NORTH")
    cycle = a_bill_cycle()
    update_account(account.pk, {"bill_cycle": cycle.pk, "organization": north.pk})
    history = at(account, "?detail=history")
    page = visitor().text(history)
    assert f"bill cycle: {account.bill_cycle.name} → {cycle.name}" in page
    assert f"organization: {account.organization.name} → North" in page
    assert f"organization: {account.organization.name}" not in visitor(Role.VIEWER, north).text(history)
    assert payer.number not in page


@pytest.mark.rule("CON-3", "CUS-6", "ORG-5")
def test_the_summary_says_whose_default_and_primary_account_it_is(visitor: Visiting):
    account = an_account()
    Account.objects.filter(pk=account.pk).update(is_primary=True)
    page = visitor().text(at(account))
    assert "Default account of Acme" in page
    assert f"Primary account of {account.organization.name}" in page


@pytest.mark.rule("CON-3", "SUB-7", "ORG-3")
def test_a_charge_or_credit_is_added_by_whoever_may(visitor: Visiting):
    ada, account = visitor(), an_account(currency="JPY")
    sent = {"description": "Goodwill", "amount": "-500", "date": "2026-03-01"}
    refused = ada.post(at(account, "/charges/new"), {**sent, "amount": "-500.5"})
    assert (refused.status_code, "0 decimals (JPY)" in readable(refused)) == (422, True)
    answer = ada.post(at(account, "/charges/new"), sent)
    assert "Goodwill – Credit -¥500" in ada.text(answer["Location"])
    assert "New charge or credit" in ada.text(at(account))
    viewer = visitor(Role.VIEWER)
    assert viewer.post(at(account, "/charges/new"), sent).status_code == 403
    assert "New charge or credit" not in viewer.text(at(account))


@pytest.mark.rule("CON-3", "BHI-3")
def test_what_a_setting_switches_off_is_not_in_the_menu_but_links_can_be_removed(visitor: Visiting):
    ada, office, paying = visitor(), an_account("Office"), an_account("Paying")
    Account.objects.filter(pk=office.pk).update(bill_cycle=paying.bill_cycle_id)
    assign_responsible_account(office.pk, paying.pk, today())
    assert "Choose responsible account" in ada.text(at(office))
    assert "Choose parent account" in ada.text(at(office))
    change_settings({"enable_responsible_account_management": False, "enable_account_hierarchy_management": False})
    page = ada.text(at(office))
    assert "Remove responsible account" in page
    for words in ("Choose responsible account", "Choose parent account", "Remove from parent account"):
        assert words not in page
    assert "Remove responsible account" not in ada.text(at(paying))


@pytest.mark.rule("CON-4", "ACC-4", "OWN-3")
def test_what_is_fixed_is_greyed(visitor: Visiting):
    ada, charged, free = visitor(), an_account("Charged"), an_account("Free")
    subscribed(charged)
    assert greyed(ada.get(at(charged, "/edit"))) == {"number", "currency", "owner"}
    assert greyed(ada.get(at(free, "/edit"))) == {"number"}


@pytest.mark.rule("CON-4", "BHI-4")
def test_the_rendering_is_greyed_until_there_is_a_managed_account(visitor: Visiting):
    ada, office, paying = visitor(), an_account("Office"), an_account("Paying")
    Account.objects.filter(pk=office.pk).update(bill_cycle=paying.bill_cycle_id)
    shown = {"configure": "1", "chosen": ["invoice_rendering_type"]}
    assert "invoice_rendering_type" in greyed(ada.post(at(paying, "/edit"), shown))
    assign_responsible_account(office.pk, paying.pk, today())
    assert "invoice_rendering_type" not in greyed(ada.get(at(paying, "/edit")))


@pytest.mark.rule("CON-4", "TYP-3", "ACC-10")
def test_what_an_account_holds_stays_chosen_though_it_is_not_on_offer_any_more(visitor: Visiting):
    ada, account = visitor(), an_account()
    trial = create_account_type("Trial")
    update_account(account.pk, {"type": trial.pk, "preferred_language": "pt-BR"})
    ada.post(at(account, "/edit"), {"configure": "1", "chosen": ["type", "preferred_language", "name"]})
    update_account_type(trial.pk, {"active": False})
    change_settings({"overall_invoice_distribution": ["none", "paper"]})
    sent = chosen_in(ada.get(at(account, "/edit")))
    assert (sent["type"], sent["invoice_type"], sent["preferred_language"]) == (str(trial.pk), "email", "pt-BR")
    refused = ada.post(at(account, "/edit"), {**sent, "name": "Site", "start_date": str(account.start_date)})
    assert "Trial is inactive; give the account another type. (TYP-3)" in readable(refused)
    ada.post(at(account, "/edit"), {**sent, "type": "", "name": "Site", "start_date": str(account.start_date)})
    account.refresh_from_db()
    held = (account.name, account.type, account.invoice_type, account.preferred_language)
    assert held == ("Site", None, "email", "pt-BR")


def chosen_in(answer: HttpResponse) -> dict[str, str]:
    """What the selects of a form send if nobody touches them."""
    found = {}
    for name, options in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', answer.content.decode(), re.S):
        values = re.findall(r'<option value="([^"]*)"([^>]*)>', options)
        found[name] = next((value for value, rest in values if "selected" in rest), values[0][0] if values else "")
    return found


def greyed(answer: HttpResponse) -> set[str]:
    """The fields of a form that can't be filled in."""
    fields = re.findall(r'<(?:input|select)[^>]*name="([^"]+)"([^>]*)>', answer.content.decode())
    return {name for name, rest in fields if " disabled" in rest}


@pytest.mark.rule("CON-5")
def test_the_list_has_contact_type_and_organization_and_is_filtered(visitor: Visiting):
    ada = visitor()
    account, other = an_account("Acme"), an_account("Birch")
    Account.objects.filter(pk=other.pk).update(status=AccountStatus.SUSPENDED, contact_phone="+1 415 555 2671")
    page = ada.text("/accounts")
    assert f"{account.number} Acme · default All Unassigned ap@example.com Active" in page
    assert "+1 415 555 2671 Suspended" in page
    assert account.number not in ada.text("/accounts?status=suspended")
    assert other.number not in ada.text("/accounts?q=acme")
    assert "Nothing found" in ada.text("/accounts?q=zzzz")
    assert ada.get("/accounts?page=99&sort=-nonsense").status_code == 200


@pytest.mark.rule("API-9", "ERR-1")
@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/accounts?status=open", "'open' is not a valid status for this list; there are Active, Suspended"),
        ("/accounts?type=9999999999999999999", "'9999999999999999999' is not a valid type for this list; there are"),
        ("/accounts?organization=x", "'x' is not a valid organization for this list; there are"),
        ("/invoices?status=opened", "'opened' is not a valid status for this list; there are Overdue, Draft, Open, "),
        ("/invoices?since=soon", "'soon': Enter a valid date."),
        ("/subscriptions?status=x", "'x' is not a valid status for this list; there are "),
        ("/orders?status=x", "'x' is not a valid status for this list; there are "),
        ("/bill-runs?mode=try", "'try' is not a valid mode for this list; there are Runs, Simulations."),
        ("/bill-runs?bill_cycle=x", "'x' is not a valid bill cycle for this list; there are none."),
        ("/imports?kind=produce", "'produce' is not a valid kind for this list; there are "),
        (
            "/catalogue/products?active=perhaps",
            "'perhaps' is not a valid status for this list; there are On sale, Not on sale.",
        ),
        ("/catalogue/prices?type=x", "'x' is not a valid type for this list; there are "),
        ("/ledger?owner=x", "'x' is not a valid owner for this list; there are "),
    ],
)
def test_a_list_asked_for_by_a_word_that_there_is_not_says_so(visitor: Visiting, address: str, says: str):
    page = visitor().get(address)
    assert page.status_code == 422
    assert says in html.unescape(page.content.decode())


@pytest.mark.rule("ACC-4")
@pytest.mark.parametrize(("currency", "offered"), [(None, [""]), ("JPY", ["", "JPY"])])
def test_an_account_is_offered_no_currency_of_invoices_but_its_own(
    tenant: str, currency: str | None, offered: list[str]
):
    field: Any = account_inputs(read_settings(), currency is None, currency=currency)["invoice_currency"].field
    assert [value for value, _ in field.choices] == offered


@pytest.mark.rule("CON-5", "TYP-1", "TYP-2", "TYP-3")
def test_types_are_added_edited_and_deactivated_in_the_panel(visitor: Visiting):
    ada = visitor()
    ada.post("/accounts/types", {"name": "Premium", "default": "on", "active": "on"})
    premium = AccountType.objects.get(name="Premium")
    assert premium.default
    assert "name" in readable(ada.post("/accounts/types", {"name": "Premium", "active": "on"})).lower()
    address = f"/accounts/types/{encode_id('account_type', premium.pk)}"
    assert "New type" in ada.text(address)
    ada.post(address, {"name": "Gold", "active": "on"})
    account = an_account()
    Account.objects.filter(pk=account.pk).update(type=premium)
    assert account.number in ada.text(f"{address}/deactivate")
    ada.post(f"{address}/deactivate")
    assert not AccountType.objects.get(name="Gold").active
    assert "Gold is deactivated." in ada.text("/accounts")
    assert "Inactive (1) Gold 1 account to get another Activate" in ada.text("/accounts")
    assert account.number in ada.text(f"/accounts?type={premium.pk}")
    assert "It is in the lists again" in ada.text(f"{address}/activate")
    ada.post(f"{address}/activate")
    assert AccountType.objects.get(name="Gold").active
    assert "Inactive (" not in ada.text("/accounts")


@pytest.mark.rule("CON-5", "ACC-15")
def test_deleting_an_account_asks_first_and_is_refused_once_it_is_charged(visitor: Visiting):
    ada, account = visitor(), an_account()
    subscribed(account)
    assert "can't be undone" in ada.text(at(account, "/delete")).replace("&#x27;", "'")
    refused = ada.post(at(account, "/delete"))
    assert (refused.status_code, "ACC-15" in readable(refused)) == (409, True)


@pytest.mark.rule("CON-1")
def test_search_finds_by_number_name_and_e_mail_as_one_types(visitor: Visiting):
    ada, customer = visitor(), a_customer("Zephyr Works")
    for q in ("zeph", customer.number, "ap@example.com"):
        assert "Zephyr Works" in ada.text(f"/search?q={q}")
        assert "Zephyr Works" in ada.text(f"/search/quick?q={q}")
    assert "Zephyr Works" in ada.text("/search?in=accounts&q=zephyr")
    assert "Nothing found" in ada.text("/search/quick?q=%00zzz")
    assert ada.text("/search/quick?q=") == ""
