"""Whatever stands in a field, the answer is never a failure of ours (ERR-1)."""

from collections.abc import Iterator
from itertools import cycle, islice
from typing import Any

import pytest

from tests.api.asking import Api

FEW = 3
NASTY = (
    *(None, True, False, 0, -1, 7, 10**40, 1.5),
    *("", " ", "x" * 5000, "a\x01b", "\u202e", "acc_1", "acc_999999999", "no-such-id", "'; DROP TABLE x; --"),
    *("2026-02-30", "0001-01-01", "1900-01-01", "2199-12-31", "2999-12-31", "9999-12-31"),
    *("1e5", "-1", "0", "999999999999999999", "0.000000000001", "NaN"),
    *([], [[]], {}, {"a": {"b": []}}, ["x"], ["x", "x"], [None], [{}], {"": ""}),
)


def good_requests(api: Api) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """One good request of each kind, about things that exist."""
    monthly, price = api.bill_cycle(), api.price()
    root, leaf = api.customer("Root", monthly), api.customer("Leaf", monthly)
    account, other = leaf["default_account"], root["default_account"]
    items = [{"price": price, "quantity": "1"}]
    subscription = api.make("/subscriptions", {"account": account, "start_date": "2026-01-01", "items": items})
    address = {"line1": "1 High Street", "city": "Springfield", "state": "IL", "postal_code": "62701", "country": "US"}
    new_account = {
        "currency": "USD",
        "bill_cycle": monthly,
        "number": "A-1",
        "external_number": "E-1",
        "name": "North",
        "description": "Depot",
        "owner": api.get("/owners")["data"][0]["id"],
        "organization": api.get("/organizations")["data"][0]["id"],
        "type": None,
        "category": api.get("/account-categories")["data"][0]["id"],
        "status": "active",
        "start_date": "2026-01-01",
        "taxable": True,
        "invoice_currency": "USD",
        "minimum_invoice_amount": "5.00",
        "preferred_language": "en",
        "invoice_type": "email",
        "invoice_rendering_type": "aggregated",
        "payment_term": api.get("/payment-terms")["data"][0]["id"],
        "auto_pay": False,
        "auto_pay_offset": -3,
        "dunning_enabled": False,
        "primary_contact": {"name": "Ada", "email": "ada@acme.example", "phone": "+1 415 555 2671"},
        "billing_address": address,
        "shipping_address": address,
        "billing_details": {"po": "7"},
        "preferences": {"theme": "dark"},
        "custom_fields": {},
        "is_default": False,
        "is_primary": False,
        "parent": other,
        "responsible_account": other,
    }
    yield "POST", "/accounts", {"customer": leaf["id"], **new_account}
    fixed = ("parent", "responsible_account", "is_default")
    changed = {key: value for key, value in new_account.items() if key not in fixed} | {"external_number": "E-2"}
    status = {"status": "active", "status_date": "2026-01-05", "status_reason": "Holiday"}
    yield "PATCH", f"/accounts/{account}", {**changed, **status, "number": api.get(f"/accounts/{account}")["number"]}
    customer = {
        "kind": "person",
        "first_name": "Ada",
        "last_name": "Byron",
        "company_name": None,
        "number": "C-1",
        "external_number": "X-1",
        "date_of_birth": "1980-01-01",
        "tax_number": "91-1144442",
        "tax_id_validated": False,
        "phones": [{"type": "mobile", "number": "+1 415 555 2671"}],
        "primary_email": "ada@acme.example",
        "secondary_emails": ["b@acme.example"],
        "billing_address": address,
        "service_address": None,
        "shipping_address": None,
        "custom_fields": {},
    }
    yield (
        "POST",
        "/customers",
        {**customer, "parent": root["id"], "account": {"currency": "USD", "bill_cycle": monthly}},
    )
    yield "PATCH", f"/customers/{leaf['id']}", {**customer, "number": leaf["number"], "external_number": "X-2"}
    yield "PUT", f"/customers/{leaf['id']}/parent", {"parent": root["id"], "effective_date": "2026-02-01"}
    yield "POST", f"/customers/{leaf['id']}/parent/preview", {"parent": root["id"], "effective_date": "2026-02-01"}
    for relation, field in (("parent", "parent"), ("responsible-account", "responsible_account")):
        for ending in ("/preview", ""):
            verb = "POST" if ending else "PUT"
            yield verb, f"/accounts/{account}/{relation}{ending}", {field: other, "effective_date": "2026-02-01"}
    yield "POST", "/owners", {"legal_name": "Acme", "invoice_prefix": "ACM-", "address": address, "language": "en"}
    registrations = [{"country": "US", "number": "12"}]
    owner = {"legal_name": "Acme", "tax_registrations": registrations, "base_currency": "EUR", "time_zone": "UTC"}
    yield "PATCH", f"/owners/{new_account['owner']}", {**owner, "invoice_prefix": "NEW-", "address": address}
    yield "POST", "/organizations", {"name": "North", "code": "N", "parent": new_account["organization"]}
    yield "POST", "/account-types", {"name": "Trial", "description": "Short", "default": False, "active": True}
    yield "POST", "/account-categories", {"name": "Small"}
    yield "PATCH", f"/account-categories/{new_account['category']}", {"name": "Usual"}
    yield "POST", "/payment-terms", {"name": "Net 7", "days": 7}
    yield "PATCH", f"/payment-terms/{new_account['payment_term']}", {"name": "Month", "days": 31}
    yield from requests_about_contacts_and_contracts(api, account, subscription["items"][0]["price"])
    frequency = {"frequency": "monthly", "start_date": "2026-01-01"}
    yield "POST", "/bill-cycles", {"name": "M", "currency": "USD", "time_zone": "UTC", **frequency}
    yield "PATCH", f"/bill-cycles/{monthly}", {"name": "N", "currency": None, "time_zone": "UTC", **frequency}
    yield "POST", "/products", {"name": "Seats", "code": "seats", "tax_category": "software", "active": True}
    meter = {"key": "calls", "name": "Calls", "unit": "call", "aggregation": "sum", "precision": 0}
    yield "POST", "/meters", meter
    product = api.get("/products")["data"][0]["id"]
    tiers = [{"up_to": "10", "unit_amount": "1", "flat_amount": "1"}, {"up_to": None, "unit_amount": "0.5"}]
    interval = {"interval": "month", "interval_count": 1, "timing": "in_arrears"}
    usage = {"meter": api.make("/meters", {"key": "bytes"})["id"], "included_quantity": "5", "pooled": True}
    tiered = {"product": product, "currency": "USD", "type": "usage", "model": "graduated", "tiers": tiers}
    yield "POST", "/prices", {**tiered, **usage, **interval, "code": "tiered"}
    package = {"type": "recurring", "model": "package", "unit_amount": "9.99", "package_size": "100"}
    yield "POST", "/prices", {"product": product, "currency": "USD", **package}
    validity = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    yield "POST", "/discounts", {"account": account, "percent": "10", "products": [product], **validity}
    yield "POST", "/discounts", {"account": account, "amount": "10.00", **validity}
    tax = {"name": "VAT", "country": "DE", "percent": "19", "state": "BY", "tax_category": "software"}
    yield "POST", "/tax-rates", {**tax, **validity}
    who_pays = {"mode": "ancestor", "customer": leaf["id"]}
    dates = {"start_date": "2026-01-01", "end_date": "2026-12-01", "anchor": "cycle", "number": "S-1"}
    yield "POST", "/subscriptions", {"account": account, "items": items, **dates, "who_pays": who_pays}
    item = {"id": subscription["items"][0]["id"], "quantity": "2", "price": price}
    yield "POST", f"/subscriptions/{subscription['id']}/change", {"date": "2026-02-01", "items": [item]}
    yield "PUT", f"/subscriptions/{subscription['id']}/who-pays", {**who_pays, "effective_date": "2026-02-01"}
    group = {"payer": leaf["id"], "name": "Together", "members": [subscription["id"]]}
    yield "POST", "/subscription-groups", group
    made = api.make("/subscription-groups", {"payer": leaf["id"], "name": "Members"})["id"]
    member = {"subscription": subscription["id"], "effective_date": "2026-02-01"}
    yield "POST", f"/subscription-groups/{made}/members", member
    yield "POST", f"/subscriptions/{subscription['id']}/cancel", {"date": "2026-06-01", "prorate": False}
    visit = {"description": "Visit", "amount": "5.00", "date": "2026-01-05", "product": product}
    yield "POST", "/charges", {"account": account, **visit}
    event = {"id": "e1", "account": account, "meter": "bytes", "timestamp": "2026-01-05T10:00:00Z", "quantity": "1"}
    yield "POST", "/usage-events", {"events": [{**event, "properties": {"value": "x"}}]}
    yield "POST", "/bill-runs", {"bill_cycle": monthly, "billing_date": "2026-01-01", "mode": "simulate"}
    yield "PATCH", "/settings", {"bill_suspended_accounts": True, "overall_invoice_distribution": ["email"]}


def requests_about_contacts_and_contracts(
    api: Api, account: str, price: str
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Good requests about contacts, notes, custom fields and contracts."""
    category = api.get("/contact-categories")["data"][0]["id"]
    yield "POST", "/contact-categories", {"name": "Technical"}
    yield "PATCH", f"/contact-categories/{category}", {"name": "Usual"}
    contact = {"name": "Ada", "email": "ada@acme.example", "phone": "+1 415 555 2671", "category": category}
    yield "POST", f"/accounts/{account}/contacts", contact
    yield "PATCH", f"/accounts/{account}/contacts/{api.make(f'/accounts/{account}/contacts', contact)['id']}", contact
    yield "POST", f"/accounts/{account}/notes", {"text": "Called"}
    note = api.make(f"/accounts/{account}/notes", {"text": "Called"})["id"]
    yield "PATCH", f"/accounts/{account}/notes/{note}", {"text": "Called again"}
    field = {"subject": "account", "key": "tier", "type": "choice", "options": ["Gold"], "label": "Tier"}
    yield "POST", "/custom-fields", {**field, "required": False, "active": True}
    for type_ in ("text", "number", "date", "yes_no"):
        api.make("/custom-fields", {"subject": "account", "key": type_, "type": type_})
    made = api.make("/custom-fields", {**field, "key": "level"})["id"]
    yield "PATCH", f"/custom-fields/{made}", {**field, "key": "level"}
    held = {"text": "x", "number": 1.5, "date": "2026-01-31", "yes_no": True, "level": "Gold"}
    yield "PATCH", f"/accounts/{account}", {"custom_fields": held}
    dates = {"start_date": "2026-01-01", "end_date": "2027-01-01", "signed_on": "2025-12-01", "notice_days": 30}
    contract = {**dates, "account": account, "number": "K-1", "name": "Frame", "notes": "Old", "renewal": "automatic"}
    yield "POST", "/contracts", {**contract, "renewal_months": 12}
    made = api.make("/contracts", {**contract, "number": "K-2"})["id"]
    yield "PATCH", f"/contracts/{made}", {**contract, "number": "K-3", "renewal_months": 6}
    yield "POST", f"/contracts/{made}/documents", {"name": "a.txt", "media_type": "text/plain", "content": "eA=="}
    new = {"account": account, "start_date": "2026-01-01", "end_date": "2026-06-01", "contract": made}
    yield "POST", "/subscriptions", {**new, "items": [{"price": price}]}
    for ending in ("/preview", ""):
        yield "POST", f"/contracts/{made}/terminate{ending}", {"date": "2026-06-01", "reason": "Moved"}
    discount = api.make("/discounts", {"account": account, "percent": "10"})["id"]
    yield "PATCH", f"/discounts/{discount}", {"valid_to": "2026-12-31"}
    rate = api.make("/tax-rates", {"name": "VAT", "country": "DE", "percent": "19"})["id"]
    yield "PATCH", f"/tax-rates/{rate}", {"valid_to": "2026-12-31"}


def spoilt(value: Any, nasty: Iterator[Any]) -> Iterator[Any]:
    """The value with nasty ones in the place of it and of each part of it: the next few, so that all get a turn."""
    yield from islice(nasty, FEW)
    if isinstance(value, dict):
        for field, part in value.items():
            for spoilt_part in spoilt(part, nasty):
                yield {**value, field: spoilt_part}
    if isinstance(value, list):
        for spoilt_part in (each for part in value[:1] for each in spoilt(part, nasty)):
            yield [spoilt_part, *value[1:]]


@pytest.mark.rule("ERR-1", "API-3")
def test_a_nasty_value_in_any_field_is_never_a_failure_of_ours(api: Api):
    nasty = cycle(NASTY)
    for method, path, body in good_requests(api):
        for spoilt_body in spoilt(body, nasty):
            reply = api.ask(method, path, spoilt_body)
            assert reply.status < 500, (method, path, spoilt_body)
            assert "overtaken" not in {error["code"] for error in (reply.body or {}).get("errors", ())}, reply
        assert api.ask(method, path, body).status < 500


@pytest.mark.rule("ERR-1", "API-3", "API-4")
def test_a_nasty_parameter_of_any_list_is_never_a_failure_of_ours(api: Api):
    document = api.get("/openapi.json")
    account = api.customer()["default_account"]
    for path, operations in document["paths"].items():
        address = path.removeprefix("/api/v1").replace("{account_id}", account)
        if "get" not in operations or "{" in address:
            continue
        for parameter in operations["get"]["parameters"]:
            for value in ("", "x", "-1", "acc_1", "%00", "%ff", "2026-02-30", "9999-12-31", "x" * 3000, "eyJ9", "WzFd"):
                reply = api.ask("GET", f"{address}?{parameter['name']}={value}")
                assert reply.status < 500, (address, parameter["name"], value)
