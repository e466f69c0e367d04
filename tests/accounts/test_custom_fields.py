"""Fields of the tenant's own: declared, checked, found, changed, deleted."""

from datetime import date
from typing import Any

import pytest
from django.db import connection

from banyan.accounts.actions.delete_custom_field import delete_custom_field
from banyan.accounts.actions.save_custom_field import create_custom_field, update_custom_field
from banyan.accounts.custom_fields import having
from banyan.accounts.models import Account, Customer, CustomField, CustomSubject
from banyan.accounts.queries import accounts, customers
from banyan.customers.actions.update_account import update_account
from banyan.customers.actions.update_customer import update_customer
from banyan.kernel.refusals import Kind, Refusal
from tests.business import a_bill_cycle, account_of, create_customer, create_customers

pytestmark = pytest.mark.usefixtures("tenant")


def a_field(key: str, type_: str = "text", subject: str = "account", **given: Any) -> CustomField:
    return create_custom_field({"key": key, "type": type_, "subject": subject, **given})


def a_customer_with(customer: object = None, account: object = None) -> Customer:
    new = {"currency": "USD", "bill_cycle": a_bill_cycle().id, "custom_fields": account}
    fields = {"kind": "company", "company_name": "Acme", "primary_email": "ap@example.com"}
    return create_customer(dict(**fields, custom_fields=customer, account=new))


def fields_refused(verb: Any) -> dict[str, str]:
    """The codes of the problems that the verb is refused with, by field."""
    with pytest.raises(Refusal) as refusal:
        verb()
    assert refusal.value.rule == "FLD-1"
    return {problem.field: problem.code for problem in refusal.value.problems}


@pytest.mark.rule("FLD-1")
def test_a_field_is_a_text_labelled_after_its_key_unless_told_otherwise() -> None:
    field = create_custom_field({"subject": "customer", "key": "cost_centre"})
    assert (field.label, field.type, field.required, field.active) == ("Cost centre", "text", False, True)
    assert a_field("cost_centre").subject == "account"


DECLARATIONS: list[tuple[dict[str, object], dict[str, str]]] = [
    ({}, {"subject": "required", "key": "required"}),
    ({"subject": "invoice", "key": "Region"}, {"subject": "not_a_choice", "key": "not_a_key"}),
    ({"subject": "account", "key": "taken"}, {"key": "taken"}),
    ({"subject": "account", "key": "a", "type": "money"}, {"type": "not_a_choice"}),
    ({"subject": "account", "key": "a", "type": "choice"}, {"options": "required"}),
    ({"subject": "account", "key": "a", "options": ["x"]}, {"options": "not_a_choice"}),
    (
        {"subject": "account", "key": "a", "type": "choice", "options": ["x", "x", ""]},
        {"options.1": "twice", "options.2": "required"},
    ),
    ({"subject": "account", "key": "a", "colour": "red"}, {"colour": "unknown_field"}),
]


@pytest.mark.parametrize(("given", "codes"), DECLARATIONS)
def test_a_field_that_is_declared_wrongly_is_refused(given: dict[str, object], codes: dict[str, str]) -> None:
    a_field("taken")
    with pytest.raises(Refusal) as refusal:
        create_custom_field(given)
    assert {problem.field: problem.code for problem in refusal.value.problems} == codes


GOOD: list[tuple[str, object, object]] = [
    ("text", "West", "West"),
    ("number", 12, 12),
    ("number", "12.50", 12.5),
    ("number", 0.1, 0.1),
    ("number", -3.0, -3),
    ("date", "2026-02-28", "2026-02-28"),
    ("date", date(2026, 2, 28), "2026-02-28"),
    ("yes_no", True, True),
    ("yes_no", "no", False),
    ("choice", "Gold", "Gold"),
]


@pytest.mark.rule("FLD-1", "FLD-2")
@pytest.mark.parametrize(("type_", "given", "kept"), GOOD)
def test_a_value_is_kept_in_the_form_of_its_type_and_found_by_it(type_: str, given: object, kept: object) -> None:
    a_field("f", type_, options=["Gold", "Silver"] if type_ == "choice" else None)
    account = account_of(a_customer_with(account={"f": given}))
    a_customer_with()
    assert Account.objects.get(id=account.id).custom_fields == {"f": kept}
    asked = str(kept).lower() if type_ == "yes_no" else str(kept)
    assert list(having(accounts(), CustomSubject.ACCOUNT, {"f": asked})) == [account]


BAD: list[tuple[str, object, str]] = [
    ("text", 5, "not_text"),
    ("text", "x" * 1001, "too_long"),
    ("text", "a\x01b", "control_character"),
    ("number", "twelve", "not_a_number"),
    ("number", True, "not_a_number"),
    ("number", float("nan"), "not_a_number"),
    ("number", 10**15, "too_many_digits"),
    ("number", "12345678901234.56", "too_many_digits"),
    ("date", "28.02.2026", "not_a_date"),
    ("date", "2026-02-30", "not_a_date"),
    ("date", "20260228", "not_a_date"),
    ("date", "0001-01-01", "not_a_date"),
    ("date", 20260228, "not_a_date"),
    ("yes_no", 1, "not_a_flag"),
    ("yes_no", "maybe", "not_a_flag"),
    ("choice", "Bronze", "not_a_choice"),
    ("choice", ["Gold"], "not_a_choice"),
]


@pytest.mark.rule("FLD-1")
@pytest.mark.parametrize(("type_", "given", "code"), BAD)
def test_a_value_of_another_type_is_refused(type_: str, given: object, code: str) -> None:
    a_field("f", type_, options=["Gold", "Silver"] if type_ == "choice" else None)
    assert fields_refused(lambda: a_customer_with(account={"f": given})) == {"account.custom_fields.f": code}


@pytest.mark.rule("FLD-1")
def test_unknown_and_missing_fields_of_customer_and_account_are_told_at_once() -> None:
    a_field("region", required=True)
    a_field("segment", subject="customer", required=True)
    codes = fields_refused(lambda: a_customer_with({"region": "West"}, {"segment": "Large"}))
    assert codes == {
        "custom_fields.region": "unknown_field",
        "custom_fields.segment": "required",
        "account.custom_fields.segment": "unknown_field",
        "account.custom_fields.region": "required",
    }
    assert a_customer_with({"segment": "Large"}, {"region": "West"}).custom_fields == {"segment": "Large"}


@pytest.mark.rule("FLD-1", "API-5")
def test_a_change_sets_the_named_values_and_null_takes_one_away() -> None:
    for subject in CustomSubject:
        a_field("region", subject=subject)
        a_field("segment", subject=subject)
    values = {"region": "West", "segment": "Large"}
    customer = a_customer_with(values, values)
    account = account_of(customer)
    assert update_customer(customer.id, {"custom_fields": {"region": "East"}}).custom_fields["segment"] == "Large"
    assert update_account(account.id, {"custom_fields": {"region": None}}).custom_fields == {"segment": "Large"}
    assert update_customer(customer.id, {"custom_fields": None}).custom_fields == {}
    assert update_account(account.id, {"description": "x"}).custom_fields == {"segment": "Large"}


@pytest.mark.rule("FLD-1")
def test_a_required_value_can_be_changed_but_not_taken_away() -> None:
    a_field("region", subject="customer", required=True)
    customer = a_customer_with({"region": "West"})
    for emptied in (None, {"region": None}, {"region": " "}):
        codes = fields_refused(lambda given=emptied: update_customer(customer.id, {"custom_fields": given}))
        assert codes == {"custom_fields.region": "required"}


@pytest.mark.rule("FLD-1")
def test_a_field_that_becomes_required_is_asked_for_when_custom_fields_change() -> None:
    field = a_field("region", subject="customer")
    a_field("segment", subject="customer")
    customer = a_customer_with()
    update_custom_field(field.id, {"required": True})
    update_customer(customer.id, {"company_name": "Acme Ltd"})
    codes = fields_refused(lambda: update_customer(customer.id, {"custom_fields": {"segment": "Large"}}))
    assert codes == {"custom_fields.region": "required"}


@pytest.mark.rule("FLD-1")
def test_an_inactive_field_keeps_what_it_holds_and_takes_nothing_new() -> None:
    field = a_field("region", subject="customer", required=True)
    customer = a_customer_with({"region": "West"})
    update_custom_field(field.id, {"active": False})
    assert a_customer_with().custom_fields == {}
    assert update_customer(customer.id, {"custom_fields": {"region": "West"}}).custom_fields == {"region": "West"}
    codes = fields_refused(lambda: update_customer(customer.id, {"custom_fields": {"region": "East"}}))
    assert codes == {"custom_fields.region": "inactive_field"}
    assert update_customer(customer.id, {"custom_fields": {"region": None}}).custom_fields == {}


@pytest.mark.rule("FLD-1")
def test_what_is_in_use_of_a_field_stays() -> None:
    field = a_field("tier", "choice", "customer", options=["Gold", "Silver"])
    a_customer_with({"tier": "Gold"})
    assert fields_refused(lambda: update_custom_field(field.id, {"key": "level"})) == {"key": "fixed"}
    assert fields_refused(lambda: update_custom_field(field.id, {"type": "text", "options": []})) == {
        "type": "in_use",
        "options": "in_use",
    }
    assert update_custom_field(field.id, {"options": ["Platinum", "Gold"]}).options == ["Platinum", "Gold"]
    with pytest.raises(Refusal, match="1 customers have a value of Tier") as refusal:
        delete_custom_field(field.id)
    assert refusal.value.kind is Kind.CONFLICT


@pytest.mark.rule("FLD-1")
def test_a_field_without_values_changes_its_type_and_is_deleted() -> None:
    field = a_field("tier", "choice", "customer", options=["Gold"])
    a_customer_with()
    assert update_custom_field(field.id, {"type": "text", "options": []}).type == "text"
    delete_custom_field(field.id)
    assert fields_refused(lambda: a_customer_with({"tier": "Gold"})) == {"custom_fields.tier": "unknown_field"}


@pytest.mark.rule("FLD-2")
def test_rows_are_found_by_several_fields_and_nothing_is_found_by_a_wrong_one() -> None:
    for key, type_ in (("region", "text"), ("seats", "number")):
        a_field(key, type_, "customer")
    wanted = a_customer_with({"region": "West", "seats": 5})
    a_customer_with({"region": "West", "seats": 6})
    assert list(having(customers(), CustomSubject.CUSTOMER, {"region": "West", "seats": "5.0"})) == [wanted]
    codes = fields_refused(lambda: having(customers(), CustomSubject.CUSTOMER, {"seats": "five", "colour": "red"}))
    assert codes == {"custom_fields.seats": "not_a_number", "custom_fields.colour": "unknown_field"}


@pytest.mark.rule("FLD-2")
def test_the_index_of_custom_fields_serves_the_search() -> None:
    a_field("region")
    a_customer_with(account={"region": "West"})
    with connection.cursor() as cursor:
        for way in ("seqscan", "indexscan", "indexonlyscan"):  # a few rows are read faster by any other index
            cursor.execute(f"SET LOCAL enable_{way} = off")
    plan = having(accounts().select_related(None), CustomSubject.ACCOUNT, {"region": "West"}).explain()
    assert "account_by_custom_field" in plan


@pytest.mark.rule("FLD-1", "ERR-1")
def test_one_bad_value_stops_no_other_customer() -> None:
    a_field("seats", "number")
    cycle = a_bill_cycle().id
    new = [
        {
            "kind": "company",
            "company_name": "Acme",
            "primary_email": "ap@example.com",
            "account": {"currency": "USD", "bill_cycle": cycle, "custom_fields": {"seats": seats}},
        }
        for seats in (1, "x", 3)
    ]
    results = create_customers(new)
    assert [isinstance(result, Refusal) for result in results] == [False, True, False]
