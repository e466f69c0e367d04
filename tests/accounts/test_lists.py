"""The lists that accounts choose from: renamed, and deleted while nothing uses them."""

from collections.abc import Callable

import pytest
from django.db.models import Model

from banyan.accounts.actions.create_account_category import create_account_category
from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.actions.create_contact_category import create_contact_category
from banyan.accounts.actions.create_payment_term import create_payment_term
from banyan.accounts.actions.delete_list_entry import ListEntry, delete_list_entry
from banyan.accounts.actions.delete_owner import delete_owner
from banyan.accounts.actions.save_account_type import create_account_type
from banyan.accounts.actions.save_owner import create_owner
from banyan.accounts.actions.update_bill_cycle import update_bill_cycle
from banyan.accounts.actions.update_list_entry import update_list_entry
from banyan.accounts.models import (
    Account,
    AccountCategory,
    AccountType,
    BillCycle,
    ContactCategory,
    Owner,
    PaymentTerm,
)
from banyan.customers.actions.save_contact import create_contact
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from tests.business import NEW_YEAR, an_account

pytestmark = pytest.mark.usefixtures("tenant")

UNUSED: list[tuple[Callable[[], ListEntry], str]] = [
    (lambda: create_account_category("Small"), "account_category"),
    (lambda: create_contact_category("Technical"), "contact_category"),
    (lambda: create_payment_term("Net 7", 7), "payment_term"),
    (lambda: create_account_type("Trial"), "account_type"),
    (lambda: create_bill_cycle("Yearly", "annual", NEW_YEAR), "bill_cycle"),
]


@pytest.mark.rule("ACC-7", "ACC-11", "ACC-12", "TYP-1", "CYC-1", "ACC-16")
@pytest.mark.parametrize(("create", "kind"), UNUSED)
def test_an_entry_that_nothing_uses_is_deleted_and_stays_in_the_history(
    create: Callable[[], ListEntry], kind: str
) -> None:
    entry = create()
    name = entry.name
    delete_list_entry(type(entry), entry.id)
    assert not type(entry).objects.filter(name=name).exists()
    last = HistoryEntry.objects.filter(subject_kind=kind).latest("id")
    assert (last.action, last.changes["name"]) == ("deleted", [name, None])


def uses(account: Account) -> dict[type[Model], tuple[int, str, str]]:
    """What an account and its contact use: the entry, its rule, and the words for its use."""
    contact = create_contact(account.id, {"name": "Ada"})
    return {
        AccountCategory: (account.category_id, "ACC-7", "1 account"),
        ContactCategory: (contact.category_id, "ACC-12", "1 contact"),
        PaymentTerm: (account.payment_term_id, "ACC-11", "1 account"),
        BillCycle: (account.bill_cycle_id, "CYC-1", "1 account"),
    }


@pytest.mark.rule("ACC-7", "ACC-11", "ACC-12", "CYC-1")
@pytest.mark.parametrize("model", [AccountCategory, ContactCategory, PaymentTerm, BillCycle])
def test_an_entry_in_use_is_kept_and_the_refusal_names_the_use(model: type[ListEntry]) -> None:
    entry_id, rule, words = uses(an_account())[model]
    with pytest.raises(Refusal, match=words) as refusal:
        delete_list_entry(model, entry_id)
    assert (refusal.value.kind, refusal.value.rule) == (Kind.CONFLICT, rule)
    assert model.objects.filter(id=entry_id).exists()


@pytest.mark.rule("TYP-1")
def test_a_type_that_accounts_hold_is_kept() -> None:
    trial = create_account_type("Trial", default=True)
    assert an_account().type == trial
    with pytest.raises(Refusal, match="The account type Trial is used by 1 account") as refusal:
        delete_list_entry(AccountType, trial.id)
    assert refusal.value.rule == "TYP-1"


@pytest.mark.rule("OWN-2")
def test_an_owner_is_deleted_unless_it_has_accounts_or_is_the_only_one() -> None:
    first = Owner.objects.get()
    with pytest.raises(Refusal, match="only owner"):
        delete_owner(first.id)
    second = create_owner({"legal_name": "Second", "invoice_prefix": "S-"})
    account = an_account()
    assert account.owner == first
    with pytest.raises(Refusal, match="used by 1 account"):
        delete_owner(first.id)
    delete_owner(second.id)
    assert Owner.objects.get() == first


def test_what_does_not_exist_is_not_found() -> None:
    for verb in (
        lambda: delete_list_entry(BillCycle, 10**9),
        lambda: delete_owner(10**9),
        lambda: update_list_entry(PaymentTerm, 10**9, {}),
        lambda: update_bill_cycle(10**9, {}),
    ):
        with pytest.raises(Refusal) as refusal:
            verb()
        assert refusal.value.kind is Kind.UNKNOWN


@pytest.mark.rule("ACC-7", "ACC-11", "ACC-12")
def test_entries_are_renamed_to_names_that_are_free() -> None:
    term = create_payment_term("Net 7", 7)
    assert update_list_entry(PaymentTerm, term.id, {"name": "One week", "days": 8}).days == 8
    for name in ("Net 30", "", None):
        with pytest.raises(Refusal) as refusal:
            update_list_entry(PaymentTerm, term.id, {"name": name, "days": None, "nickname": "x"})
        assert [problem.field for problem in refusal.value.problems] == ["nickname", "name", "days"]
    standard = AccountCategory.objects.get()
    assert update_list_entry(AccountCategory, standard.id, {"name": "Usual"}).name == "Usual"


@pytest.mark.rule("CYC-1")
def test_the_calendar_of_a_cycle_is_fixed_once_it_is_used() -> None:
    unused = create_bill_cycle("Unused", "annual", NEW_YEAR)
    assert update_bill_cycle(unused.id, {"frequency": "weekly", "currency": "EUR"}).frequency == "weekly"
    used = an_account().bill_cycle
    assert update_bill_cycle(used.id, {"name": "Monthly", "frequency": "monthly"}).name == "Monthly"
    with pytest.raises(Refusal) as refusal:
        update_bill_cycle(used.id, {"frequency": "weekly", "start_date": None})
    assert {problem.code for problem in refusal.value.problems} == {"in_use", "required"}
