"""Customers on pages: the summary, the forms, the hierarchy."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.http import HttpResponse

from banyan.accounts.actions.save_custom_field import create_custom_field
from banyan.accounts.models import Account, Customer, Owner
from banyan.accounts.today import today
from banyan.console import search, tables
from banyan.console.models import Preferences
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.update_customer import update_customer
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.relations.queries import parent_customers_on
from tests.business import a_bill_cycle, a_customer, account_of, an_account, create_account, subscribed
from tests.console.conftest import Visitor, readable

Visiting = Callable[..., Visitor]


def at(customer: Customer, rest: str = "") -> str:
    return f"/customers/{encode_id('customer', customer.pk)}{rest}"


def columns(answer: HttpResponse) -> list[str]:
    """The headings of the list on a page."""
    headings = re.findall(r"<th [^>]*>(.*?)</th>", answer.content.decode(), re.DOTALL)
    return [re.sub(r"<[^>]+>", "", each).strip() for each in headings]


def filled_in(**given: Any) -> dict[str, Any]:
    """What a browser sends from the form of a new customer."""
    account = account_of(a_customer("Somebody else"))
    return {
        "kind": "company",
        "company_name": "Birch Ltd",
        "primary_email": "ap@birch.example",
        "account.currency": "USD",
        "account.bill_cycle": a_bill_cycle().pk,
        "account.start_date": "2026-03-01",
        "account.organization": account.organization_id,
        "account.category": account.category_id,
        "account.owner": account.owner_id,
        "account.payment_term": account.payment_term_id,
        "account.invoice_type": "email",
        "account.taxable": "on",
        **given,
    }


@pytest.mark.rule("CON-2")
def test_the_summary_shows_who_it_is_and_its_accounts(visitor: Visiting):
    customer = a_customer("Acme")
    page = visitor().text(at(customer))
    account = account_of(customer)
    assert f"Customer {customer.number} Company" in page
    assert f"{account.number} Acme · default USD $0.00 Active" in page
    assert "Primary e-mail ap@example.com" in page


@pytest.mark.rule("CON-2")
def test_columns_are_chosen_and_kept_for_the_user(visitor: Visiting):
    ada, customer = visitor(), a_customer("Acme")
    assert columns(ada.get(at(customer))) == [
        "Account",
        "Currency",
        "Balance",
        "Status",
        "Bill cycle",
        "Invoiced to",
        "",
    ]
    sent = {"chosen": ["payment_term", "start_date"], "back": at(customer)}
    assert ada.post("/preferences/chosen/columns:accounts-of-customer", sent)["Location"] == at(customer)
    assert columns(ada.get(at(customer))) == ["Account", "Payment term", "Start date", ""]
    assert "Net 30 Jan 1, 2026" in ada.text(at(customer))
    assert Preferences.objects.get(user=ada.user).chosen == {
        "columns:accounts-of-customer": ["payment_term", "start_date"]
    }


@pytest.mark.rule("CON-2", "CUS-7")
def test_there_is_no_summary_while_customers_have_one_account_each(visitor: Visiting):
    customer, ada = a_customer("Acme"), visitor()
    change_settings({"allow_multi_customer_accounts": False})
    account = encode_id("account", account_of(customer).pk)
    assert ada.get(at(customer))["Location"] == f"/accounts/{account}"
    assert "in=customers" not in ada.get("/search").content.decode()
    assert account_of(customer).number in ada.text("/search")


@pytest.mark.rule("CON-2", "CUS-7", "CHI-3")
def test_without_a_summary_the_account_tells_of_its_customer_and_where_that_stands(visitor: Visiting):
    parent = a_customer("Acme")
    child = a_customer("Acme Oslo", parent=parent)
    create_custom_field({"subject": "customer", "key": "segment", "label": "Segment"})
    update_customer(child.pk, {"tax_number": "NO 995 525 828 MVA", "custom_fields": {"segment": "Retail"}})
    ada = visitor()
    account = f"/accounts/{encode_id('account', account_of(child).pk)}"
    assert "Customer information" not in ada.text(account)
    change_settings({"allow_multi_customer_accounts": False})
    page = ada.text(account)
    assert f"Acme {parent.number} · parent Remove Acme Oslo {child.number} · this customer" in page
    for told in ("Choose parent", "Tax number NO 995 525 828 MVA", "Segment Retail", "tax number: NO 995 525 828 MVA"):
        assert told in page
    ada.post(at(child, "/parent/remove"), {"effective_date": str(today()), "confirmed": str(today())})
    assert "· parent" not in ada.text(account)


@pytest.mark.rule("CON-2", "CHI-1")
def test_with_hierarchies_off_what_is_linked_shows_and_can_be_removed_only(visitor: Visiting):
    parent, alone = a_customer("Acme"), a_customer("Birch")
    child = a_customer("Acme Oslo", parent=parent)
    change_settings({"enable_who_pays": False, "enable_customer_hierarchies": False})
    ada = visitor()
    assert "Customer hierarchy" not in ada.text(at(alone))
    page = ada.text(at(child))
    assert f"Acme {parent.number} · parent Remove" in page
    assert "Add child" not in page
    assert "What follows" in ada.text(at(child, "/parent/remove"))
    ada.post(at(child, "/parent/remove"), {"effective_date": str(today()), "confirmed": str(today())})
    assert "Customer hierarchy" not in ada.text(at(child))


@pytest.mark.rule("CUS-7", "CON-5")
def test_where_customers_have_one_account_each_a_new_one_comes_with_a_new_customer(visitor: Visiting):
    ada = visitor()
    assert "New account" in ada.text("/accounts/new")
    change_settings({"allow_multi_customer_accounts": False})
    assert ada.get("/accounts/new")["Location"] == "/customers/new"


@pytest.mark.rule("CUS-7", "ORG-3")
def test_without_a_summary_a_customer_leads_to_its_first_account_that_is_reached(visitor: Visiting):
    customer = a_customer("Acme")
    north = create_organization("North", "NORTH")
    cycle = account_of(customer).bill_cycle_id
    site = create_account({"customer": customer.pk, "currency": "USD", "bill_cycle": cycle, "organization": north.pk})
    change_settings({"allow_multi_customer_accounts": False})
    assert visitor(Role.VIEWER, north).get(at(customer))["Location"] == f"/accounts/{encode_id('account', site.pk)}"


@pytest.mark.rule("CON-4")
def test_a_customer_is_created_with_its_first_account(visitor: Visiting):
    ada = visitor()
    sent = filled_in(**{"phones.type": ["Office", "Mobile"], "phones.number": ["+1 415 555 2671", ""]})
    answer = ada.post("/customers/new", {**sent, "billing_address.city": "Oslo", "billing_address.country": "NO"})
    made = Customer.objects.get(company_name="Birch Ltd")
    assert answer["Location"] == at(made)
    assert made.phones == [{"type": "Office", "number": "+1 415 555 2671"}]
    assert made.billing_address["city"] == "Oslo"
    assert account_of(made).start_date == date(2026, 3, 1)
    assert "Birch Ltd is created." in ada.text(at(made))


@pytest.mark.rule("CON-4")
def test_create_another_leads_to_the_form_again(visitor: Visiting):
    answer = visitor().post("/customers/new", filled_in(another="1"))
    assert answer["Location"] == "/customers/new"
    assert Customer.objects.filter(company_name="Birch Ltd").exists()


@pytest.mark.rule("CON-4", "ERR-1")
def test_every_problem_is_told_beside_its_field_and_nothing_is_done(visitor: Visiting):
    sent = filled_in(company_name="", primary_email="nobody", **{"account.start_date": "2020-01-01"})
    answer = visitor().post("/customers/new", sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    for field in ("company_name", "primary_email", "account.start_date"):
        assert f'id="id_{field}_error"' in page
    assert not Customer.objects.filter(primary_email="nobody").exists()


@pytest.mark.rule("CON-4")
def test_configured_fields_are_there_the_next_time(visitor: Visiting):
    ada = visitor()
    assert 'name="account.external_number"' not in ada.get("/customers/new").content.decode()
    chosen = ["account.external_number", "shipping_address", "account.parent", "nonsense"]
    known = an_account("Parent")
    sent = filled_in(company_name="Typed Ltd", primary_email="wrong", configure="1", chosen=chosen)
    kept = ada.post("/customers/new", {**sent, "account.parent": known.pk, "shipping_address.city": "Oslo"})
    assert kept.status_code == 200
    for typed in ("Typed Ltd", "wrong", f'value="{known.pk}" selected'):
        assert typed in kept.content.decode()
    assert "is-invalid" not in kept.content.decode()
    assert not Customer.objects.filter(company_name="Typed Ltd").exists()
    page = ada.get("/customers/new").content.decode()
    assert 'name="account.external_number"' in page
    assert 'name="shipping_address.city"' in page
    assert 'name="tax_number"' not in page
    assert 'name="primary_email"' in page


@pytest.mark.rule("CON-4", "CUS-5")
def test_an_address_may_be_the_same_as_another(visitor: Visiting):
    ada, customer = visitor(), a_customer("Acme")
    ada.post(at(customer, "/edit"), {"configure": "1", "chosen": ["billing_address", "shipping_address"]})
    assert 'name="shipping_address.same"' in ada.get(at(customer, "/edit")).content.decode()
    sent = {"kind": "company", "company_name": "Acme", "primary_email": "ap@example.com"}
    ada.post(at(customer, "/edit"), {**sent, "shipping_address.city": "Oslo"})
    assert Customer.objects.get(pk=customer.pk).shipping_address == {"city": "Oslo"}
    ada.post(at(customer, "/edit"), {**sent, "shipping_address.same": "on"})
    assert Customer.objects.get(pk=customer.pk).shipping_address is None


@pytest.mark.rule("CON-4")
def test_fields_whose_setting_is_off_are_absent(visitor: Visiting):
    ada = visitor()
    assert 'name="account.responsible_account"' in ada.get("/customers/new").content.decode()
    change_settings({"enable_responsible_account_management": False, "enable_account_hierarchy_management": False})
    page = ada.get("/customers/new").content.decode()
    assert 'name="account.responsible_account"' not in page
    assert 'name="account.parent"' not in page


@pytest.mark.rule("CON-4")
def test_editing_changes_only_what_is_different(visitor: Visiting):
    ada, customer = visitor(), a_customer("Acme")
    page = ada.get(at(customer, "/edit")).content.decode()
    assert (
        f'value="{customer.number}" maxlength="50"' in page.replace("disabled", "").replace("  ", " ")
        or "disabled" in page
    )
    sent = {"kind": "company", "company_name": "Acme Ltd", "primary_email": "ap@example.com", "number": "OTHER"}
    assert ada.post(at(customer, "/edit"), sent).status_code == 302
    after = Customer.objects.get(pk=customer.pk)
    assert (after.name, after.number) == ("Acme Ltd", customer.number)


@pytest.mark.rule("FLD-2", "CON-4")
def test_own_fields_are_in_forms_lists_and_summaries(visitor: Visiting):
    create_custom_field(
        {"subject": "customer", "key": "tier", "label": "Tier", "type": "choice", "options": ["A", "B"]}
    )
    create_custom_field({"subject": "account", "key": "site", "label": "Site", "type": "number"})
    ada = visitor()
    sent = filled_in(**{"custom_fields.tier": "B", "account.custom_fields.site": "7"})
    assert ada.post("/customers/new", sent).status_code == 302
    made = Customer.objects.get(company_name="Birch Ltd")
    assert (made.custom_fields, account_of(made).custom_fields) == ({"tier": "B"}, {"site": 7})
    ada.post("/preferences/chosen/columns:accounts-of-customer", {"chosen": ["custom_site"]})
    page = ada.text(at(made))
    assert "Tier B" in page
    assert "Site" in page


@pytest.mark.rule("CHI-3", "CON-2", "REL-3")
def test_a_parent_is_chosen_previewed_and_confirmed(visitor: Visiting):
    ada, parent, child = visitor(), a_customer("Holding"), a_customer("Branch")
    subscribed(account_of(child), who_pays=None)
    sent = {"parent": parent.pk, "effective_date": str(today())}
    previewed = ada.post(at(child, "/parent"), sent)
    assert "What follows" in readable(previewed)
    assert "The one subscription concerned is paid by the same account as now." in readable(previewed)
    assert parent_customers_on([child.pk], today()) == {}
    confirmed = ada.post(at(child, "/parent"), {**sent, "confirmed": f"{parent.pk} {today()}"})
    assert confirmed["Location"] == at(child)
    assert parent_customers_on([child.pk], today()) == {child.pk: parent.pk}
    assert "Holding" in ada.text(at(child))
    assert "Branch" in ada.text(at(parent))


@pytest.mark.rule("CHI-3", "CON-2")
def test_what_was_not_previewed_is_not_confirmed(visitor: Visiting):
    ada, parent, child = visitor(), a_customer("Holding"), a_customer("Branch")
    sent = {"parent": parent.pk, "effective_date": str(today()), "confirmed": f"{child.pk} {today()}"}
    assert "What follows" in readable(ada.post(at(child, "/parent"), sent))
    assert parent_customers_on([child.pk], today()) == {}


@pytest.mark.rule("CHI-3", "CON-2")
def test_a_child_is_added_and_removed(visitor: Visiting):
    ada, parent, child = visitor(), a_customer("Holding"), a_customer("Branch")
    sent = {"child": child.pk, "effective_date": str(today()), "confirmed": f"{child.pk} {today()}"}
    assert ada.post(at(parent, "/children/add"), sent)["Location"] == at(parent)
    assert "What follows" in ada.text(at(child, "/parent/remove"))
    removed = ada.post(at(child, "/parent/remove"), {"effective_date": str(today()), "confirmed": str(today())})
    assert removed["Location"] == at(parent)
    assert parent_customers_on([child.pk], today()) == {}


@pytest.mark.rule("REL-2", "CON-2")
def test_a_cycle_is_refused_beside_the_field(visitor: Visiting):
    parent = a_customer("Holding")
    child = a_customer("Branch", parent=parent)
    answer = visitor().post(at(parent, "/parent"), {"parent": child.pk, "effective_date": str(today())})
    assert answer.status_code == 422
    assert "REL-2" in readable(answer)


@pytest.mark.rule("CUS-8")
def test_deleting_asks_first_and_says_what_stands_in_the_way(visitor: Visiting):
    ada, used, unused = visitor(), a_customer("Used"), a_customer("Unused")
    subscribed(account_of(used))
    assert "Delete Used?" in ada.text(at(used, "/delete"))
    assert Customer.objects.filter(pk=unused.pk).exists()
    refused = ada.post(at(used, "/delete"))
    assert (refused.status_code, "CUS-8" in readable(refused)) == (409, True)
    assert ada.post(at(unused, "/delete"))["Location"] == "/search"
    assert not Account.objects.filter(customer_id=unused.pk).exists()


@pytest.mark.rule("CON-1", "PERF-5")
def test_what_is_found_is_listed_once_each_on_its_pages_and_ends_with_what_to_do(
    visitor: Visiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_FOUND", 4)
    monkeypatch.setattr(search, "ROWS_OF_A_PAGE", 2)
    monkeypatch.setattr(tables, "ROWS_OF_A_PAGE", 2)
    made = [a_customer(name) for name in ("Zoe 7", "Ann 7", "Bob 7", "Cid 7", "Dan 7")]
    ada = visitor()

    def listed(address: str) -> list[str]:
        text = ada.text(address)
        return [one.name for one in made if one.name in text]

    pages = [f"/search?in=customers&q=7&page={page}" for page in (1, 2)]
    assert [listed(page) for page in pages] == [["Zoe 7", "Ann 7"], ["Bob 7", "Cid 7"]]
    assert ["Only the first 4 are listed" in ada.text(page) for page in pages] == [False, True]
    assert "page=3" not in ada.get(pages[1]).content.decode()
    assert listed("/search?in=customers&q=7&sort=customer&page=3") == ["Zoe 7"]


ALBANY = {"line1": "1 Elm Street", "city": "Albany", "state": "NY", "postal_code": "12207", "country": "US"}


@pytest.mark.rule("CUS-5")
@pytest.mark.parametrize(("owner", "country"), [("US", ""), ("DE", ", United States of America")])
def test_an_address_names_its_country_unless_it_is_the_owners(visitor: Visiting, owner: str, country: str):
    customer = a_customer("Acme")
    Owner.objects.update(address={"country": owner})
    update_customer(customer.pk, {"billing_address": ALBANY})
    page = visitor().text(at(customer))
    assert f"Billing address 1 Elm Street, ALBANY, NY 12207{country} History" in page
    assert "1 Elm Street, ALBANY, NY 12207, United States of America" in page  # the history


@pytest.mark.rule("CUS-5")
def test_the_parts_of_an_address_are_called_as_in_its_country(visitor: Visiting):
    ada, customer = visitor(), a_customer("Acme")
    assert "Postal code" in ada.text(at(customer, "/edit"))
    update_customer(customer.pk, {"billing_address": ALBANY})
    assert "ZIP code" in ada.text(at(customer, "/edit"))
    assert ada.get("/look-up/address-parts?country=GB").json()["postal_code"] == "Postcode"
    assert ada.get("/look-up/address-parts?country=%00").json()["postal_code"] == "Postal code"
