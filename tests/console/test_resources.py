"""Pages of what is simply listed, created, changed and deleted (CON-11)."""

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from banyan.accounts.models import BillCycle, CustomField, Owner, PaymentTerm
from banyan.catalog.models import Discount, Price, Product
from banyan.console.billing_urls import RESOURCES
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.models import ApiKey, Membership, Organization, User
from banyan.organizations.roles import Role
from tests.business import an_account
from tests.console.conftest import Visitor, readable
from tests.console.forms import untouched

pytestmark = [pytest.mark.rule("CON-11")]

GOOD: dict[str, dict[str, Any]] = {
    "bill-cycles": {"name": "Weekly", "frequency": "weekly", "start_date": "2026-01-05", "time_zone": "UTC"},
    "lists/payment-terms": {"name": "Net 7", "days": "7"},
    "lists/account-types": {"name": "Site", "active": "on"},
    "lists/account-categories": {"name": "Gold"},
    "lists/contact-categories": {"name": "Accounting"},
    "lists/custom-fields": {
        "subject": "account", "key": "size", "label": "Size", "type": "choice", "options": "small\nlarge",
        "active": "on",
    },
    "catalogue/products": {"name": "Storage", "code": "storage", "active": "on"},
    "catalogue/meters": {"key": "calls", "aggregation": "sum", "precision": "0"},
    "taxes/rates": {"name": "VAT", "country": "DE", "percent": "19"},
    "owners": {
            "legal_name": "Second GmbH", "invoice_prefix": "SEC-", "base_currency": "EUR", "language": "de",
            "time_zone": "Europe/Berlin", "tax_date": "supply", "address.city": "Bonn", "address.country": "DE",
            "tax_registrations.country": "DE", "tax_registrations.number": "DE136695976",
    },
    "organizations": {"name": "North", "code": "NORTH"},
    "users": {"name": "Ben Bo", "email": "ben@acme.example"},
}  # fmt: skip
"""Of each resource what makes a good one."""


CHOSEN = re.compile(r'<select name="([^"]+)"(?:(?!</select>).)*<option value="([^"]*)" selected', re.DOTALL)


@pytest.mark.parametrize("resource", RESOURCES, ids=lambda each: each.path)
def test_every_list_can_be_read(visitor: Callable[..., Visitor], resource: Any):
    assert resource.many.lower() in visitor().text(f"/{resource.path}").lower()


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize("path", GOOD)
def test_nonsense_in_any_field_is_refused_beside_a_field_or_taken(visitor: Callable[..., Visitor], path: str):
    ada = visitor()
    for name in (*GOOD[path], "valid_from", "currency", "options"):
        assert ada.post(f"/{path}/new", GOOD[path] | {name: "bell \x07"}).status_code in (302, 422)


@pytest.mark.rule("ERR-1")
def test_what_cannot_be_read_is_told_with_what_is_refused_of_the_rest(visitor: Callable[..., Visitor]):
    rate = GOOD["taxes/rates"] | {"percent": "200", "valid_to": "someday"}
    page = visitor().post("/taxes/rates/new", rate).content.decode()
    assert all(f'id="id_{name}_error"' in page for name in ("percent", "valid_to"))


@pytest.mark.parametrize("path", GOOD)
def test_it_is_created_shown_changed_and_deleted(visitor: Callable[..., Visitor], path: str):
    ada, good = visitor(), GOOD[path]
    wrong = ada.post(f"/{path}/new", dict.fromkeys(good, ""))
    assert wrong.status_code == 422
    assert "This field is required" in readable(wrong)
    assert ada.post(f"/{path}/new", good).status_code == 302
    name = good.get("name") or good.get("legal_name") or good.get("key")
    listed = ada.get(f"/{path}").content.decode()
    assert name in listed or name.capitalize() in listed
    numbers = [int(number) for number in re.findall(rf'href="/{path}/[a-z]+_(\d+)/edit"', listed)]
    for edit in re.findall(rf'href="(/{path}/[a-z]+_{max(numbers, default=0)}/edit)"', listed):
        chosen = dict(CHOSEN.findall(ada.get(edit).content.decode()))
        assert ada.post(edit, {**chosen, **good}).status_code == 302
    deletes = re.findall(rf'href="(/{path}/[a-z]+_\d+/delete)"', listed)
    for delete in deletes:
        assert "Delete" in ada.text(delete)
    assert not deletes or 302 in [ada.post(delete).status_code for delete in deletes]


def test_what_is_in_use_is_not_deleted_and_the_page_says_why(visitor: Callable[..., Visitor]):
    owner = Owner.objects.get()
    answer = visitor().post(f"/owners/own_{owner.pk}/delete")
    assert answer.status_code == 409
    assert "is the only owner; add another one before it is deleted. OWN-2" in readable(answer)
    assert Owner.objects.exists()


def test_only_what_was_changed_is_changed(visitor: Callable[..., Visitor]):
    ada = visitor()
    ada.post("/bill-cycles/new", GOOD["bill-cycles"])
    cycle = BillCycle.objects.get(name="Weekly")
    assert ada.post(f"/bill-cycles/cyc_{cycle.pk}/edit", {**GOOD["bill-cycles"], "name": "Mondays"}).status_code == 302
    cycle.refresh_from_db()
    assert (cycle.name, cycle.frequency) == ("Mondays", "weekly")
    assert "Next billing dates" in ada.text(f"/bill-cycles/cyc_{cycle.pk}")


def test_an_address_and_rows_of_a_form_reach_the_action(visitor: Callable[..., Visitor]):
    visitor().post("/owners/new", GOOD["owners"])
    owner = Owner.objects.get(invoice_prefix="SEC-")
    assert owner.address == {"city": "Bonn", "country": "DE"}
    assert owner.tax_registrations == [{"country": "DE", "number": "DE136695976"}]


def test_options_are_one_a_line(visitor: Callable[..., Visitor]):
    visitor().post("/lists/custom-fields/new", GOOD["lists/custom-fields"])
    assert CustomField.objects.get(key="size").options == ["small", "large"]


def test_a_problem_is_told_beside_its_field(visitor: Callable[..., Visitor]):
    ada = visitor()
    ada.post("/catalogue/products/new", GOOD["catalogue/products"])
    answer = ada.post("/catalogue/products/new", GOOD["catalogue/products"])
    assert answer.status_code == 422
    assert "that of another product (CAT-1)" in re.search(r'id="id_code_error".*?</div>', answer.content.decode())[0]


@pytest.mark.rule("ORG-3")
def test_a_viewer_reads_and_changes_nothing(visitor: Callable[..., Visitor]):
    ben = visitor(Role.VIEWER)
    assert "New payment term" not in ben.text("/lists/payment-terms")
    assert "/edit" not in ben.get("/lists/payment-terms").content.decode()
    assert ben.post("/lists/payment-terms/new", {"name": "Net 1", "days": "1"}).status_code == 403
    assert ben.get("/users").status_code == 403
    assert "API keys" not in ben.text("/")
    assert not PaymentTerm.objects.filter(name="Net 1").exists()


TIERED = {
    "currency": "USD", "type": "recurring", "model": "graduated", "interval": "month", "interval_count": "1",
    "tiers.up_to": ["100", ""], "tiers.unit_amount": ["1.00", "0.80"], "tiers.flat_amount": ["", ""],
}  # fmt: skip


@pytest.fixture
def product(tenant: str) -> Product:
    return Product.objects.create(name="Storage", code="storage")


@pytest.mark.rule("CAT-2")
def test_a_price_says_what_it_will_ask_before_it_is_set(visitor: Callable[..., Visitor], product: Product):
    answer = visitor().post(
        "/catalogue/prices/new", {**TIERED, "product": product.pk, "preview": "yes", "quantity": "150"}
    )
    assert "150 $140.00" in readable(answer)
    assert not Price.objects.exists()


@pytest.mark.rule("CAT-3")
def test_a_price_with_tiers_is_set_and_asks_the_same(visitor: Callable[..., Visitor], product: Product):
    ada = visitor()
    wrong = ada.post("/catalogue/prices/new", {**TIERED, "product": product.pk, "tiers.up_to": ["100", "200"]})
    assert wrong.status_code == 422
    assert "(CAT-3)" in readable(wrong)
    assert ada.post("/catalogue/prices/new", {**TIERED, "product": product.pk}).status_code == 302
    price = Price.objects.get()
    assert "2 tiers from $1.00 per unit, each month" in ada.text(f"/catalogue/products/prd_{product.pk}")
    assert "150 $140.00" in ada.text(f"/catalogue/prices/prc_{price.pk}?quantity=150")


@pytest.mark.rule("API-1")
def test_a_key_is_shown_once_and_revoked(visitor: Callable[..., Visitor]):
    ada = visitor()
    made = ada.post("/api-keys/new", {"name": "Shop", "role": "operator"}).content.decode()
    key = ApiKey.objects.get(name="Shop")
    secret = re.search(r'id="secret" value="([^"]+)"', made)[1]
    assert secret not in ada.get("/api-keys").content.decode()
    assert ada.post(f"/api-keys/key_{key.pk}/delete").status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


@pytest.mark.rule("ORG-3")
def test_a_user_gets_a_role_and_a_link_and_loses_the_role(visitor: Callable[..., Visitor]):
    ada = visitor()
    ada.post("/users/new", GOOD["users"])
    ben, root = User.objects.get(email="ben@acme.example"), Organization.objects.get(parent=None)
    assert ada.post(f"/users/usr_{ben.pk}/roles/new", {"organization": root.pk, "role": "viewer"}).status_code == 302
    membership = Membership.objects.get(user=ben)
    assert "Viewer" in ada.text(f"/users/usr_{ben.pk}")
    assert "Ben Bo" in ada.text(f"/organizations/org_{root.pk}")
    link = ada.post(f"/users/usr_{ben.pk}/sign-in-link").content.decode()
    assert re.search(r'value="http://console.example/sign-in/[^"]+"', link)
    assert ada.post(f"/users/usr_{ben.pk}/roles/mbr_{membership.pk}/end").status_code == 302
    assert not Membership.objects.filter(user=ben).exists()


@pytest.mark.rule("SET-1")
def test_settings_are_changed_and_refused_with_what_they_need(visitor: Callable[..., Visitor]):
    ada = visitor()
    opened = untouched(ada.get("/settings"))
    given = opened | {"overall_invoice_distribution": ["email"], "enable_customer_hierarchies": []}
    refused = ada.post("/settings", given)
    assert refused.status_code == 422
    assert "Enable WhoPays (enable_who_pays) needs Enable Customer Hierarchies (" in readable(refused)
    assert (
        ada.post(
            "/settings", {**given, "enable_customer_hierarchies": "on", "require_bill_run_approval": "on"}
        ).status_code
        == 302
    )
    assert re.search(r'name="require_bill_run_approval"[^>]*checked', ada.get("/settings").content.decode())
    ben = visitor(Role.VIEWER)
    assert "take an administrator" in ben.text("/settings")
    assert ben.post("/settings", given).status_code == 403


@pytest.mark.rule("DIS-1")
def test_a_discount_is_given_where_the_role_holds_and_ended(visitor: Callable[..., Visitor]):
    account, ada = an_account("Acme"), visitor()
    given = {"account": account.pk, "percent": "10"}
    both = ada.post("/discounts/new", {**given, "amount": "5"})
    assert both.status_code == 422
    assert "(DIS-1)" in readable(both)
    assert ada.post("/discounts/new", given).status_code == 302
    discount = Discount.objects.get()
    assert "10 %" in ada.text("/discounts")
    assert ada.post(f"/discounts/dsc_{discount.pk}/edit", {"valid_to": "2026-12-31"}).status_code == 302
    discount.refresh_from_db()
    assert discount.valid_to == date(2026, 12, 31)
    north = create_organization("North", "NORTH")
    ben = visitor(Role.MANAGER, north)
    assert "There is no such account" in readable(ben.post("/discounts/new", given))
    assert ben.get(f"/discounts/dsc_{discount.pk}/delete").status_code == 404


@pytest.mark.rule("TAX-2")
def test_an_account_is_exempted(visitor: Callable[..., Visitor]):
    account, ada = an_account("Acme"), visitor()
    assert ada.post("/taxes/exemptions/new", {"account": account.pk, "certificate": "C-1"}).status_code == 302
    assert "C-1" in ada.text("/taxes/exemptions")
