"""What goes wrong is told by field, code and rule, all of it at once, and never as a failure of ours."""

from typing import Any

import pytest

from tests.api.asking import Api, fields_of

ACCOUNT = {"currency": "USD", "start_date": "2026-01-01"}


@pytest.mark.rule("API-3", "ERR-1")
def test_everything_that_is_wrong_with_an_account_is_told_at_once(api: Api):
    customer = api.customer()["id"]
    wrong = {
        "customer": customer,
        "currency": "XXQ",
        "bill_cycle": "cyc_999999",
        "preferences": "not an object",
        "invoice_type": "carrier_pigeon",
    }
    problem = api.refused("POST", "/accounts", wrong)
    assert fields_of(problem) == {"currency", "bill_cycle", "preferences", "invoice_type"}
    assert {"type", "title", "status", "detail", "code", "rule", "errors"} == problem.keys()
    assert problem["rule"] in {"ACC-4", "ACC-5", "ACC-10", "ACC-14"}


@pytest.mark.rule("API-3", "ERR-1")
def test_what_is_missing_or_no_id_at_all_is_told_together_with_what_breaks_a_rule(api: Api):
    problem = api.refused("POST", "/accounts", {"bill_cycle": "nonsense", "currency": "XXQ", "invoice_type": "smoke"})
    assert fields_of(problem) >= {"customer", "bill_cycle", "currency", "invoice_type"}
    assert "nonsense" in problem["detail"]


@pytest.mark.rule("API-3", "ERR-1")
def test_all_fields_of_a_wrong_form_are_told_at_once_with_the_rule_they_belong_to(api: Api):
    problem = api.refused(
        "POST", "/charges", {"account": "cus_1", "amount": 1.5, "date": "2026-02-30", "description": 7}
    )
    assert fields_of(problem) == {"account", "amount", "date", "description"}
    assert problem["rule"] == "SUB-7"
    assert api.refused("POST", "/customers", {"account": {"auto_pay_offset": "3"}})["rule"] == "ACC-11"
    assert api.refused("POST", "/accounts", {"is_primary": "no"})["rule"] == "ORG-5"


@pytest.mark.rule("ERR-1", "API-3")
def test_an_id_of_nothing_is_told_with_the_rule_of_its_field(api: Api):
    customer = api.customer()
    account = f"/accounts/{customer['default_account']}"
    for path, body, rule in (
        (f"{account}/responsible-account", {"responsible_account": "acc_999999"}, "BHI-1"),
        (f"{account}/parent", {"parent": "acc_999999"}, "AHI-1"),
        (f"/customers/{customer['id']}/parent", {"parent": "cus_999999"}, "CHI-1"),
    ):
        reply = api.ask("PUT", path, body)
        assert reply.status in (404, 422)
        assert reply.body["rule"] == rule
    assert api.refused("POST", "/owners", {})["rule"] == "OWN-2"
    assert api.refused("POST", "/owners", {"colour": "red"})["rule"] == "OWN-2"
    assert api.refused("PATCH", account, {"colour": "red"})["rule"] == "API-5"


@pytest.mark.rule("API-5")
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/products"), ("PATCH", "/settings"), ("POST", "/subscriptions"), ("POST", "/meters")]
)
def test_an_unknown_field_is_an_error(api: Api, method: str, path: str):
    assert "colour" in fields_of(api.refused(method, path, {"colour": "green"}))


@pytest.mark.rule("API-5")
def test_a_patch_refuses_an_unknown_field_and_changes_nothing(api: Api):
    account = api.customer()["default_account"]
    api.refused("PATCH", f"/accounts/{account}", {"description": "Moved", "colour": "green"})
    assert api.get(f"/accounts/{account}")["description"] == ""


@pytest.mark.rule("API-5", "ERR-1")
def test_a_patch_tells_what_is_wrong_with_the_status_and_the_rest_together(api: Api):
    account = api.customer()["default_account"]
    problem = api.refused("PATCH", f"/accounts/{account}", {"status": "asleep", "currency": "XXQ"})
    assert fields_of(problem) == {"status", "currency"}


@pytest.mark.rule("API-3")
@pytest.mark.parametrize("path", ["/accounts?colour=green", "/accounts?limit=1&limit=2", "/accounts?q=%00"])
def test_an_unknown_or_unreadable_parameter_is_an_error(api: Api, path: str):
    assert api.refused("GET", path)["errors"]


@pytest.mark.rule("API-3", "API-2")
@pytest.mark.parametrize(
    "account",
    ["no-such-account", "acc_", "acc_0", "acc_01", "acc_99999999999999999999", "cus_1", "acc_1%00", "acc_999999"],
)
def test_an_id_that_is_none_is_not_found(api: Api, account: str):
    for path in ("", "/balance", "/tree", "/payer", "/history", "/ledger", "/pending-charges", "/managed-accounts"):
        problem = api.refused("GET", f"/accounts/{account}{path}", status=404)
        assert problem["code"] == "unknown"


@pytest.mark.rule("API-3")
def test_an_unknown_address_and_a_wrong_method_are_problems_too(api: Api):
    assert api.refused("GET", "/nowhere", status=404)["code"] == "unknown"
    assert "GET" in api.refused("DELETE", "/settings", status=405)["detail"]


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"text"',
        b"\xff\xfe",
        b'{"name": "\\u0000", "code": "a"}',
        b'{"name": "\\ud800", "code": "a"}',
        b'{"name": NaN, "code": "a"}',
        b'{"name": 1e999, "code": "a"}',
        b'{"name": %s, "code": "a"}' % (b"9" * 5000),
        b"[" * 100_000,
        b'{"name": ' + b"[" * 200 + b"]" * 200 + b"}",
    ],
)
def test_a_body_that_is_no_proper_json_is_refused(api: Api, raw: bytes):
    reply = api.ask("POST", "/products", raw=raw)
    assert reply.status in (400, 422)
    assert reply.content_type.startswith("application/problem+json")


@pytest.mark.rule("API-2", "MON-1")
@pytest.mark.parametrize(
    "amount", [1.5, "1e3", "NaN", "Infinity", "1,50", " 1", "1.", ".5", "", True, None, 10**30, []]
)
def test_an_amount_is_a_plain_decimal_in_a_text(api: Api, amount: Any):
    account = api.customer()["default_account"]
    charge = {"account": account, "description": "Visit", "amount": amount, "date": "2026-01-05"}
    assert fields_of(api.refused("POST", "/charges", charge)) == {"amount"}


@pytest.mark.rule("ERR-1", "API-2", "API-3")
def test_a_complaint_tells_the_value_that_was_sent_and_what_would_be_right(api: Api):
    """Ids as the client knows them, and never as the numbers behind them."""
    wrong = {
        "account": "acc_999999",
        "items": [{"price": "prc_999999", "quantity": 1.5}, {"price": 7}],
        "start_date": "2026-02-30",
        "number": "",
        "anchor": ["cycle"],
        "contract": "ctr_999999",
    }
    problem = api.refused("POST", "/subscriptions", wrong)
    said = {error["field"]: error["message"] for error in problem["errors"]}
    assert said["account"] == "there is no such account: 'acc_999999'"
    assert said["items.0.price"] == "there is no such price: 'prc_999999'"
    assert said["contract"] == "There is no such contract: 'ctr_999999'"
    assert said["items.0.quantity"].startswith("1.5 is not a decimal")
    assert said["items.1.price"] == "7 is not the id of a price, which looks like prc_12."
    assert said["start_date"].startswith("'2026-02-30' is not a date")
    assert said["anchor"] == '["cycle"] is not a text.'


@pytest.mark.rule("ERR-1", "API-3")
@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("active", "perhaps", "'perhaps' is neither true nor false."),
        ("name", None, "null is not a text."),
        ("name", "n" * 501, "The text has 501 characters; at most 500 are allowed."),
        ("colour", "green", "There is no field colour in this request."),
    ],
)
def test_a_form_says_what_is_wrong_in_the_words_of_people(api: Api, field: str, value: Any, said: str):
    problem = api.refused("POST", "/products", {"name": "Desk", "code": "desk", field: value})
    assert [(error["field"], error["message"]) for error in problem["errors"]] == [(field, said)]


@pytest.mark.rule("ERR-1", "API-3")
def test_so_much_is_told_of_a_body_that_is_all_wrong_and_the_rest_is_counted(api: Api):
    account = f"/accounts/{api.customer()['default_account']}"
    unknown = {f"region {number}": "north" for number in range(2_500)}
    for wrong, more in (
        ({"custom_fields": unknown}, "1,500 more problems"),
        ({"custom_fields": unknown, "taxable": "yes"}, "1,501 more problems"),
        (unknown, "1,500 more problems"),
    ):
        problem = api.refused("PATCH", account, wrong)
        assert len(problem["errors"]) == 1_000
        assert more in problem["detail"]


@pytest.mark.rule("ERR-1", "CYC-1", "FLD-1")
def test_that_a_name_is_taken_is_told_with_what_else_is_wrong(api: Api):
    cycle = {"name": "Monthly", "frequency": "monthly", "start_date": "2026-01-01"}
    field = {"subject": "account", "key": "region"}
    api.make("/bill-cycles", cycle)
    api.make("/custom-fields", field)
    problem = api.refused("POST", "/bill-cycles", {**cycle, "frequency": "often", "time_zone": "Mars"}, 409)
    assert fields_of(problem) == {"name", "frequency", "time_zone"}
    assert "Europe/Berlin" in problem["detail"]
    problem = api.refused("POST", "/custom-fields", {**field, "type": "choice", "label": "\x07"}, 409)
    assert fields_of(problem) == {"key", "label", "options"}
