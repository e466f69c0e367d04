"""A field that is declared is everywhere where it belongs: nobody has to think of each place."""

from collections.abc import Mapping
from typing import Any

import pytest

from banyan.accounts.fields import ACCOUNT, CUSTOMER
from banyan.console.customer_inputs import account_inputs, customer_inputs
from banyan.foundation.declared.fields import Declaration
from banyan.foundation.declared.kinds import CustomFields
from banyan.foundation.settings_registry import Settings
from banyan.transfer.kinds.accounts import ACCOUNTS
from banyan.transfer.kinds.customers import CUSTOMERS
from tests.api.asking import Api

CREATED_WITH = {"account": {"invoice_rendering_type"}, "customer": set[str]()}
"""What a file of new rows can't say: it needs managed accounts."""


def parts(names: Any) -> set[str]:
    """The first parts of dotted names."""
    return {name.partition(".")[0] for name in names}


@pytest.mark.rule("API-6", "IMP-1", "IMP-2")
@pytest.mark.parametrize(
    ("declaration", "new", "changes", "answer"),
    [
        (CUSTOMER, "NewCustomer", "CustomerChanges", "CustomerAnswer"),
        (ACCOUNT, "NewAccount", "AccountChanges", "AccountAnswer"),
    ],
)
def test_every_declared_field_is_in_bodies_answers_forms_and_files(
    api: Api, declaration: Declaration, new: str, changes: str, answer: str
):
    schemas: Mapping[str, Any] = api.get("/openapi.json")["components"]["schemas"]
    fields = set(declaration.fields)
    assert fields <= schemas[new]["properties"].keys()
    assert fields - {"customer"} <= schemas[changes]["properties"].keys()
    assert fields <= schemas[answer]["properties"].keys()
    described = {name: schemas[answer]["properties"][name].get("description", "") for name in fields}
    assert all(declaration.fields[name].label in described[name] for name in fields)

    plain = {name for name, field in declaration.fields.items() if not isinstance(field.kind, CustomFields)}
    inputs = customer_inputs if declaration is CUSTOMER else account_inputs
    shown = inputs(Settings(), True) | inputs(Settings(), False)
    assert plain - {"customer"} <= parts(shown)
    files = CUSTOMERS if declaration is CUSTOMER else ACCOUNTS
    assert plain - CREATED_WITH[declaration.kind] <= parts(column.name for column in files.columns)


@pytest.mark.rule("ACC-14")
def test_a_purchase_order_number_is_given_changed_found_and_emptied(api: Api):
    account = api.customer()["default_account"]
    assert api.get(f"/accounts/{account}")["purchase_order_number"] is None
    changed = api.ask("PATCH", f"/accounts/{account}", {"purchase_order_number": "PO 4500017"})
    assert changed.body["purchase_order_number"] == "PO 4500017"
    found = api.get("/accounts?purchase_order_number=PO+4500017")["data"]
    assert [row["id"] for row in found] == [account]
    told = api.refused("PATCH", f"/accounts/{account}", {"purchase_order_number": "P" * 101, "taxable": "yes"})
    codes = {error["field"]: error["code"] for error in told["errors"]}
    assert codes == {"taxable": "not_a_flag", "purchase_order_number": "too_long"}
    assert (
        api.ask("PATCH", f"/accounts/{account}", {"purchase_order_number": None}).body["purchase_order_number"] is None
    )


@pytest.mark.rule("ERR-1")
def test_a_body_with_faults_is_looked_at_once(api: Api, django_assert_max_num_queries: Any):
    """What can't be read costs no statement more than the good rest."""
    cycle = api.bill_cycle()
    customer = api.customer("Counted", cycle)["id"]
    good = {"customer": customer, "currency": "USD", "bill_cycle": cycle}
    with django_assert_max_num_queries(40) as taken:
        api.make("/accounts", good)
    with django_assert_max_num_queries(len(taken)):
        api.refused("POST", "/accounts", {**good, "taxable": "perhaps", "auto_pay_offset": "soon", "number": "n" * 51})


@pytest.mark.rule("API-5")
def test_nested_objects_of_a_patch_merge(api: Api):
    customer = api.customer(billing_address={"line1": "1 Elm St", "city": "Boston", "country": "US"})["id"]
    changed = api.ask("PATCH", f"/customers/{customer}", {"billing_address": {"city": "Salem", "line1": None}}).body
    assert changed["billing_address"] == {
        **dict.fromkeys(("line1", "line2", "state", "postal_code")),
        "city": "Salem",
        "country": "US",
    }
    account = changed["default_account"]
    for change, then in (
        ({"paper": {"size": "A4"}}, {"paper": {"size": "A4"}}),
        ({"paper": {"tray": 2}}, {"paper": {"size": "A4", "tray": 2}}),
        ({"paper": None}, {}),
    ):
        assert api.ask("PATCH", f"/accounts/{account}", {"preferences": change}).body["preferences"] == then


@pytest.mark.rule("CUS-4", "API-5")
def test_a_tax_number_is_one_of_the_country_that_the_address_keeps(api: Api):
    customer = api.customer(billing_address={"city": "Berlin", "country": "DE"})["id"]
    wrong = {"billing_address": {"city": "Bonn"}, "tax_number": "DE1"}
    assert [error["code"] for error in api.refused("PATCH", f"/customers/{customer}", wrong)["errors"]] == [
        "not_a_tax_number"
    ]
