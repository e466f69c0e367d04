"""Customers that change, the status of accounts, and the lists that accounts choose from."""

from datetime import date
from typing import Any

import pytest

from banyan.accounts.actions.create_account_category import create_account_category
from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.actions.create_payment_term import create_payment_term
from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.actions.save_owner import create_owner, update_owner
from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.accounts.models import AccountCategory, AccountType, Owner, PaymentTerm
from banyan.accounts.queries import account_types, accounts, accounts_of_type, bill_cycles_for, customers
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.update_customer import update_customer
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.models import Organization
from tests.business import NEW_YEAR, a_customer, an_account

pytestmark = pytest.mark.usefixtures("tenant")


@pytest.mark.rule("SYS-5", "OWN-2", "ORG-1", "ACC-7", "ACC-11")
def test_a_new_tenant_has_what_accounts_need_and_setting_up_again_adds_nothing() -> None:
    set_up_tenant()
    assert Owner.objects.count() == 1
    assert Organization.objects.get().code == "ROOT"
    assert AccountCategory.objects.get().name == "Standard"
    terms = dict(PaymentTerm.objects.values_list("name", "days"))
    assert terms == {"Due on receipt": 0, "Net 15": 15, "Net 30": 30, "Net 60": 60}


@pytest.mark.rule("CUS-1", "CUS-2", "CUS-5")
def test_a_change_of_a_customer_touches_only_what_it_names() -> None:
    customer = a_customer("Acme")
    changed = update_customer(
        customer.id, {"company_name": "Acme Ltd", "billing_address": {"city": "Bonn", "state": ""}}
    )
    assert (changed.name, changed.primary_email) == ("Acme Ltd", "ap@example.com")
    assert changed.billing_address == {"city": "Bonn"}


CASES: list[tuple[dict[str, Any], str]] = [
    ({"number": "OTHER"}, "CUS-2"),
    ({"company_name": None}, "CUS-1"),
    ({"kind": "person"}, "CUS-1"),
    ({"date_of_birth": date(1980, 1, 1)}, "CUS-3"),
    ({"primary_email": None}, "CUS-5"),
    ({"external_number": "TAKEN"}, "CUS-2"),
]


@pytest.mark.rule("CUS-1", "CUS-2", "CUS-3", "CUS-5")
@pytest.mark.parametrize(("changes", "rule"), CASES)
def test_a_change_that_breaks_a_rule_of_customers_is_refused(changes: dict[str, Any], rule: str) -> None:
    update_customer(a_customer("Other").id, {"external_number": "TAKEN"})
    with pytest.raises(Refusal) as refusal:
        update_customer(a_customer("Acme").id, changes)
    assert refusal.value.rule == rule


def test_an_unknown_customer_and_an_unknown_field_are_refused() -> None:
    with pytest.raises(Refusal) as refusal:
        update_customer(10**9, {})
    assert refusal.value.kind is Kind.UNKNOWN
    with pytest.raises(Refusal) as refusal:
        update_customer(a_customer("Acme").id, {"nickname": "A"})
    assert refusal.value.problems[0].code == "unknown_field"


ALLOWED = [
    ("active", "suspended", True),
    ("suspended", "pending_collection", True),
    ("pending_collection", "active", True),
    ("suspended", "inactive", True),
    ("inactive", "active", True),
    ("inactive", "suspended", False),
    ("inactive", "pending_collection", False),
]


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize(("old", "new", "allowed"), ALLOWED)
def test_an_inactive_account_can_only_become_active_again(old: str, new: str, allowed: bool) -> None:
    account = an_account()
    change_account_status(account.id, old)
    if allowed:
        assert change_account_status(account.id, new).status == new
        return
    with pytest.raises(Refusal) as refusal:
        change_account_status(account.id, new)
    assert refusal.value.rule == "ACC-3"


@pytest.mark.rule("ACC-3", "ACC-16")
def test_an_inactive_account_keeps_its_last_day_and_the_history_the_reason() -> None:
    account = an_account()
    assert change_account_status(account.id, "inactive", date(2026, 2, 28), "closed").inactive_since == date(
        2026, 2, 28
    )
    entry = HistoryEntry.objects.filter(subject_kind="account", subject_id=account.id).latest("id")
    assert entry.changes["status"] == ["active", "inactive"]
    assert entry.changes["status_reason"] == ["", "closed"]
    assert entry.changes["status_date"] == [None, "2026-02-28"]
    assert change_account_status(account.id, "active").inactive_since is None


@pytest.mark.rule("ACC-3")
@pytest.mark.parametrize("day", [date(2025, 12, 31), date(2199, 1, 1)])
def test_a_status_changes_between_the_start_and_today(day: date) -> None:
    with pytest.raises(Refusal) as refusal:
        change_account_status(an_account().id, "inactive", day)
    assert [problem.field for problem in refusal.value.problems] == ["status_date"]


@pytest.mark.rule("TYP-1", "TYP-2", "TYP-3")
def test_at_most_one_type_is_the_default_and_an_inactive_one_is_hidden() -> None:
    first = create_account_type("Enterprise", default=True)
    second = create_account_type("SMB", default=True)
    assert list(AccountType.objects.filter(default=True)) == [second]
    holder = an_account()
    update_account_type(second.id, {"active": False})
    assert list(account_types()) == [first]
    assert set(account_types(None)) == {first, second}
    assert not AccountType.objects.filter(default=True).exists()
    assert list(accounts_of_type(second.id)) == [holder]
    with pytest.raises(Refusal) as refusal:
        update_account_type(second.id, {"name": "Enterprise"})
    assert refusal.value.rule == "TYP-1"
    with pytest.raises(Refusal) as refusal:
        update_account_type(second.id, {"default": True})
    assert refusal.value.rule == "TYP-2"


@pytest.mark.rule("CYC-1", "ACC-5")
def test_a_bill_cycle_is_checked_and_offered_by_currency() -> None:
    dollars = create_bill_cycle("Dollars", "monthly", NEW_YEAR, "USD")
    euros = create_bill_cycle("Euros", "annual", NEW_YEAR, "EUR", "Europe/Berlin")
    every = create_bill_cycle("Every", "weekly", NEW_YEAR)
    assert list(bill_cycles_for("USD")) == [dollars, every]
    assert list(bill_cycles_for("EUR")) == [euros, every]
    with pytest.raises(Refusal) as refusal:
        create_bill_cycle("", "hourly", date(1, 1, 1), "DEM", "Mars/Olympus")
    fields = {problem.field for problem in refusal.value.problems}
    assert fields == {"name", "frequency", "start_date", "currency", "time_zone"}
    with pytest.raises(Refusal) as refusal:
        create_bill_cycle("Dollars", "monthly", NEW_YEAR)
    assert refusal.value.kind is Kind.CONFLICT


@pytest.mark.rule("ACC-7", "ACC-11", "OWN-2", "ORG-1")
def test_the_short_lists_refuse_what_is_blank_or_taken() -> None:
    assert create_payment_term("Net 45", 45).days == 45
    assert create_account_category("Wholesale").name == "Wholesale"
    branch = create_organization("Branch", "BR")
    assert branch.parent == Organization.objects.get(code="ROOT")
    owner = create_owner({"legal_name": "Banyan GmbH", "invoice_prefix": "DE-", "base_currency": "EUR"})
    assert update_owner(owner.id, {"language": "de"}).base_currency == "EUR"
    for verb, rule in [
        (lambda: create_payment_term("Net 45", 45), "ACC-11"),
        (lambda: create_payment_term("Never", -1), "ACC-11"),
        (lambda: create_account_category(" "), "ACC-7"),
        (lambda: create_organization("Branch", "BR"), "ORG-1"),
        (lambda: create_organization("Leaf", "LF", 10**9), "ORG-1"),
        (lambda: create_owner({"legal_name": "Twin", "invoice_prefix": "DE-"}), "OWN-2"),
        (lambda: create_owner({}), "OWN-2"),
    ]:
        with pytest.raises(Refusal) as refusal:
            verb()
        assert refusal.value.rule == rule


def test_search_finds_by_the_beginning_of_a_number_or_a_part_of_a_name() -> None:
    acme, beta = a_customer("Acme Tools"), a_customer("Beta")
    assert list(customers("tool")) == [acme]
    assert list(customers(beta.number.lower())) == [beta]
    assert [account.customer for account in accounts("tool")] == [acme]
