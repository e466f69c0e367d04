"""Customers and accounts as they are created."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account, AccountType, BillCycle, Customer
from banyan.accounts.today import today
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.propose_account_number import propose_account_number
from banyan.kernel.refusals import Refusal
from banyan.organizations.models import Organization
from tests.business import a_bill_cycle, create_account, create_accounts, create_customer, create_customers

NEW_YEAR = date(2026, 1, 1)

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.fixture
def cycle(tenant: str) -> BillCycle:
    return a_bill_cycle()


def a_new_account(cycle: BillCycle, **given: Any) -> dict[str, Any]:
    return dict(**({"currency": "USD", "bill_cycle": cycle.id, "start_date": NEW_YEAR} | given))


def a_new_customer(cycle: BillCycle, account: dict[str, Any] | None = None, **given: Any) -> dict[str, Any]:
    values = {"kind": "company", "company_name": "Acme", "primary_email": "ap@acme.example"} | given
    return dict(account=a_new_account(cycle, **(account or {})), **values)


def rules_of(refusal: Refusal) -> set[tuple[str, str | None]]:
    return {(problem.field, problem.rule) for problem in refusal.problems}


@pytest.mark.rule("ACC-3", "IMP-2")
@pytest.mark.parametrize(("status", "has_a_day"), [("active", False), ("suspended", True), ("inactive", True)])
def test_an_account_that_is_not_opened_active_says_since_when(cycle: BillCycle, status: str, has_a_day: bool) -> None:
    customer = create_customer(a_new_customer(cycle))
    new = {"customer": customer.id, "currency": "USD", "bill_cycle": cycle.id, "status": status}
    assert create_account(new).status_date == (today() if has_a_day else None)


@pytest.mark.rule("CUS-1", "CUS-2", "CUS-6", "ACC-1", "ACC-2", "ACC-3", "ACC-4", "ACC-7", "ACC-11", "ACC-12", "SYS-5")
def test_a_customer_is_created_with_its_default_account_and_every_default(cycle: BillCycle) -> None:
    customer = create_customer(a_new_customer(cycle))
    account = Account.objects.get(customer=customer)
    assert customer.name == "Acme"
    assert customer.number.startswith("C-")
    assert account.number.startswith("A-")
    assert account.is_default
    assert (account.name, account.status, account.invoice_currency) == ("Acme", "active", "USD")
    assert (account.category.name, account.payment_term.name, account.type) == ("Standard", "Net 30", None)
    assert (account.owner.id, account.organization.code) == (account.owner.id, "ROOT")
    assert account.contact_email == "ap@acme.example"
    assert account.invoice_type == "email"


@pytest.mark.rule("CUS-1")
def test_a_person_is_named_by_first_and_last_name(cycle: BillCycle) -> None:
    given = {"kind": "person", "company_name": None, "first_name": "Ada", "last_name": "Lovelace"}
    assert create_customer(a_new_customer(cycle, **given)).name == "Ada Lovelace"
    with pytest.raises(Refusal) as refusal:
        create_customer(a_new_customer(cycle, **(given | {"last_name": " "})))
    assert rules_of(refusal.value) == {("last_name", "CUS-1")}


@pytest.mark.rule("ERR-1")
def test_all_problems_of_a_customer_and_its_account_are_told_at_once(cycle: BillCycle) -> None:
    account = {"currency": "XXQ", "preferences": "not an object", "invoice_type": "carrier_pigeon", "category": 10**9}
    new = a_new_customer(cycle, account, company_name=None, primary_email="nobody", date_of_birth=date(1980, 1, 1))
    with pytest.raises(Refusal) as refusal:
        create_customer(new)
    assert rules_of(refusal.value) == {
        ("company_name", "CUS-1"),
        ("primary_email", "CUS-5"),
        ("date_of_birth", "CUS-3"),
        ("account.currency", "ACC-4"),
        ("account.preferences", "ACC-14"),
        ("account.invoice_type", "ACC-10"),
        ("account.category", "ACC-7"),
    }
    assert not Customer.objects.exists()


CASES: list[tuple[dict[str, Any], str, str]] = [
    ({"primary_email": "a@b"}, "primary_email", "CUS-5"),
    ({"secondary_emails": ["a@b.example", "no"]}, "secondary_emails.1", "CUS-5"),
    ({"phones": [{"type": "mobile", "number": "12"}]}, "phones.0.number", "CUS-5"),
    ({"phones": [{"number": "+1 415 555 2671"}]}, "phones.0", "CUS-5"),
    ({"billing_address": {"country": "XX"}}, "billing_address.country", "CUS-5"),
    ({"billing_address": {"planet": "Mars"}}, "billing_address.planet", "CUS-5"),
    ({"billing_address": {"country": "DE"}, "tax_number": "DE136695978"}, "tax_number", "CUS-4"),
    ({"number": "x" * 51}, "number", "CUS-2"),
    ({"number": "a\x00b"}, "number", "CUS-2"),
    ({"company_name": "half \ud800"}, "company_name", "CUS-1"),
    ({"kind": "robot"}, "kind", "CUS-1"),
    (
        {"kind": "person", "first_name": "A", "last_name": "B", "date_of_birth": date(2199, 1, 1)},
        "date_of_birth",
        "CUS-3",
    ),
]


@pytest.mark.rule("CUS-1", "CUS-2", "CUS-3", "CUS-4", "CUS-5")
@pytest.mark.parametrize(("given", "field", "rule"), CASES)
def test_a_wrong_value_of_a_customer_is_refused(cycle: BillCycle, given: dict[str, Any], field: str, rule: str) -> None:
    with pytest.raises(Refusal) as refusal:
        create_customer(a_new_customer(cycle, **given))
    assert (field, rule) in rules_of(refusal.value)


@pytest.mark.rule("CUS-4")
def test_a_tax_number_that_its_country_allows_is_taken(cycle: BillCycle) -> None:
    given = {"billing_address": {"country": "DE"}, "tax_number": "DE136695976"}
    assert create_customer(a_new_customer(cycle, **given)).tax_number == "DE136695976"


ACCOUNT_CASES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"currency": None}, "currency", "ACC-4"),
    ({"currency": "DEM"}, "currency", "ACC-4"),
    ({"bill_cycle": None}, "bill_cycle", "ACC-5"),
    ({"start_date": date(2025, 12, 31)}, "start_date", "ACC-6"),
    ({"number": "x" * 51}, "number", "ACC-1"),
    ({"number": "a\nb"}, "number", "ACC-1"),
    ({"invoice_type": "paper"}, "invoice_type", "ACC-10"),
    ({"preferred_language": "klingon"}, "preferred_language", "ACC-11"),
    ({"auto_pay_offset": 1000}, "auto_pay_offset", "ACC-11"),
    ({"primary_contact": {"email": "nobody"}}, "primary_contact.email", "ACC-12"),
    ({"preferences": ["a"]}, "preferences", "ACC-14"),
    ({"taxable": "yes"}, "taxable", "ACC-8"),
    ({"minimum_invoice_amount": Decimal("-1")}, "minimum_invoice_amount", "ACC-9"),
    ({"minimum_invoice_amount": Decimal("NaN")}, "minimum_invoice_amount", "ACC-9"),
    ({"minimum_invoice_amount": Decimal("0.001")}, "minimum_invoice_amount", "ACC-9"),
    ({"custom_fields": "none"}, "custom_fields", "FLD-1"),
    ({"billing_details": {"note": "\x00"}}, "billing_details", "ACC-14"),
    ({"invoice_rendering_type": "per_account"}, "invoice_rendering_type", "BHI-4"),
    ({"status": "deactivated"}, "status", "ACC-3"),
]


@pytest.mark.rule(
    "ACC-1", "ACC-3", "ACC-4", "ACC-5", "ACC-6", "ACC-8", "ACC-9", "ACC-10", "ACC-11", "ACC-12", "ACC-14", "BHI-4"
)
@pytest.mark.parametrize(("given", "field", "rule"), ACCOUNT_CASES)
def test_a_wrong_value_of_an_account_is_refused(
    cycle: BillCycle, given: dict[str, Any], field: str, rule: str | None
) -> None:
    customer = create_customer(a_new_customer(cycle))
    with pytest.raises(Refusal) as refusal:
        create_account(a_new_account(cycle, customer=customer.id, **given))
    assert (field, rule) in rules_of(refusal.value)


@pytest.mark.rule("ACC-5")
def test_a_bill_cycle_of_another_currency_is_refused(cycle: BillCycle) -> None:
    BillCycle.objects.filter(id=cycle.id).update(currency="EUR")
    with pytest.raises(Refusal) as refusal:
        create_customer(a_new_customer(cycle))
    assert rules_of(refusal.value) == {("account.bill_cycle", "ACC-5")}


@pytest.mark.rule("TYP-1", "TYP-2", "ACC-7")
def test_the_default_type_is_preselected_and_an_inactive_one_refused(cycle: BillCycle) -> None:
    preselected = AccountType.objects.create(name="SMB", default=True)
    trial = AccountType.objects.create(name="Trial", active=False)
    customer = create_customer(a_new_customer(cycle))
    assert Account.objects.get(customer=customer).type == preselected
    with pytest.raises(Refusal) as refusal:
        create_account(a_new_account(cycle, customer=customer.id, type=trial.id))
    assert refusal.value.rule == "TYP-2"


@pytest.mark.rule("CUS-6")
def test_a_new_default_account_takes_the_flag_from_the_old_one(cycle: BillCycle) -> None:
    customer = create_customer(a_new_customer(cycle))
    second, third = (
        create_account(a_new_account(cycle, customer=customer.id, is_default=flag)) for flag in (None, True)
    )
    assert not second.is_default
    assert list(Account.objects.filter(customer=customer, is_default=True)) == [third]


@pytest.mark.rule("ORG-5", "ORG-2")
def test_a_new_primary_account_takes_the_flag_within_its_organization(cycle: BillCycle) -> None:
    root = Organization.objects.get()
    branch = Organization.objects.create(name="Branch", code="BR", parent=root)
    customer = create_customer(a_new_customer(cycle, {"is_primary": True}))
    other = create_account(a_new_account(cycle, customer=customer.id, is_primary=True, organization=branch.id))
    last = create_account(a_new_account(cycle, customer=customer.id, is_primary=True))
    assert set(Account.objects.filter(is_primary=True)) == {other, last}


@pytest.mark.rule("CUS-7")
def test_a_second_account_is_refused_while_the_setting_is_off(cycle: BillCycle) -> None:
    customer = create_customer(a_new_customer(cycle))
    change_settings({"allow_multi_customer_accounts": False})
    with pytest.raises(Refusal) as refusal:
        create_account(a_new_account(cycle, customer=customer.id))
    assert refusal.value.rule == "CUS-7"


@pytest.mark.rule("ACC-1", "ACC-2", "CUS-2")
def test_numbers_that_are_taken_are_refused_also_within_one_call(cycle: BillCycle) -> None:
    first = create_customer(a_new_customer(cycle, {"number": "A-1", "external_number": "X"}, number="C-1"))
    results = create_customers(
        [
            a_new_customer(cycle, number="C-1"),
            a_new_customer(cycle, {"number": "A-1"}),
            a_new_customer(cycle, {"external_number": "X"}),
            a_new_customer(cycle, number="C-2"),
            a_new_customer(cycle, number="C-2"),
            a_new_customer(cycle),
        ]
    )
    rules = [result.rule if isinstance(result, Refusal) else None for result in results]
    assert rules == ["CUS-2", "ACC-1", "ACC-2", None, "CUS-2", None]
    assert Customer.objects.count() == 3
    assert first.number == "C-1"


@pytest.mark.rule("ACC-1")
def test_a_refused_input_does_not_keep_its_number_from_the_next_one(cycle: BillCycle) -> None:
    customer = create_customer(a_new_customer(cycle))
    new = a_new_account(cycle, customer=customer.id, number="N-1")
    bad, good = create_accounts([{**new, "currency": "XXQ"}, new])
    assert isinstance(bad, Refusal)
    assert isinstance(good, Account)


@pytest.mark.rule("ACC-1")
def test_a_proposed_number_is_free_and_proposed_once(cycle: BillCycle) -> None:
    proposed = propose_account_number()
    assert propose_account_number() != proposed
    customer = create_customer(a_new_customer(cycle, {"number": proposed}))
    assert Account.objects.get(customer=customer).number == proposed


@pytest.mark.rule("ACC-1")
def test_a_generated_number_avoids_one_that_somebody_gave(cycle: BillCycle) -> None:
    next_number = int(propose_account_number().removeprefix("A-")) + 2
    customer = create_customer(a_new_customer(cycle, {"number": f"A-{next_number:06d}"}))
    numbers = {create_account(a_new_account(cycle, customer=customer.id)).number for _ in range(4)}
    assert len(numbers) == 4
    assert f"A-{next_number:06d}" not in numbers


def test_any_number_of_customers_takes_the_same_number_of_queries(cycle: BillCycle) -> None:
    def queries_for(count: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert all(isinstance(each, Customer) for each in create_customers([a_new_customer(cycle)] * count))
        return len(queries)

    assert queries_for(2) == queries_for(50)


@pytest.mark.rule("ACC-4", "ERR-1")
def test_an_invoice_currency_other_than_the_accounts_is_refused_until_it_can_be_honoured(cycle: BillCycle) -> None:
    with pytest.raises(Refusal) as refused:
        create_customer(a_new_customer(cycle, {"currency": "USD", "invoice_currency": "EUR"}))
    assert rules_of(refused.value) == {("account.invoice_currency", "ACC-4")}
    customer = create_customer(a_new_customer(cycle, {"currency": "USD", "invoice_currency": "USD"}))
    assert Account.objects.get(customer=customer).invoice_currency == "USD"
