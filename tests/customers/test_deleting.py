"""What may be deleted, and what stands in the way."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from banyan.accounts.models import Account, Contact, Customer
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.inputs import NewDiscount
from banyan.catalog.models import Discount
from banyan.contracts.actions.create_contract import create_contract
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.delete_account import delete_account
from banyan.customers.actions.delete_customer import delete_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.save_contact import create_contact
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.actions.write_note import write_note
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from banyan.relations.models import AccountParent, ResponsibleAccount
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.inputs import NewCharge, NewGroup, WhoPaysChoice
from banyan.usage.actions.record_events import record_events
from banyan.usage.inputs import NewEvent
from tests.business import NEW_YEAR, a_customer, a_meter, account_of, create_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


def a_second_account(customer: Customer) -> Account:
    first = account_of(customer)
    return create_account(
        {"customer": customer.id, "currency": "USD", "bill_cycle": first.bill_cycle_id, "start_date": NEW_YEAR}
    )


def a_peer_of(account: Account) -> Account:
    """The account of another customer on the same bill cycle."""
    peer = account_of(a_customer("Peer"))
    Account.objects.filter(id=peer.id).update(bill_cycle_id=account.bill_cycle_id)
    return Account.objects.get(id=peer.id)


def charge(account: Account) -> None:
    create_charge(NewCharge(account=account.id, description="Visit", amount=Decimal(5), date=NEW_YEAR))


def use(account: Account) -> None:
    at = datetime(2026, 1, 5, tzinfo=UTC)
    record_events([NewEvent(id="e", account=account.number, meter=a_meter().key, timestamp=at, quantity=Decimal(1))])


IN_THE_WAY: list[tuple[Callable[[Account], object], str, str]] = [
    (charge, "charged", "1 charge"),
    (lambda account: subscribed(account), "charged", "1 subscription"),
    (use, "charged", "1 usage event"),
    (lambda account: set_account_parent(a_peer_of(account).id, account.id, NEW_YEAR), "linked", "1 child account"),
    (
        lambda account: assign_responsible_account(a_peer_of(account).id, account.id, NEW_YEAR),
        "linked",
        "1 managed account",
    ),
    (lambda account: create_contract({"account": account.id, "start_date": NEW_YEAR}), "contracts", "1 contract"),
]


@pytest.mark.rule("ACC-15")
@pytest.mark.parametrize(("make", "code", "words"), IN_THE_WAY)
def test_an_account_is_kept_and_the_refusal_says_what_stands_in_the_way(
    make: Callable[[Account], object], code: str, words: str
) -> None:
    account = a_second_account(a_customer("Acme"))
    make(account)
    with pytest.raises(Refusal, match=words) as refusal:
        delete_account(account.id)
    assert (refusal.value.kind, refusal.value.rule) == (Kind.CONFLICT, "ACC-15")
    assert [problem.code for problem in refusal.value.problems] == [code]


@pytest.mark.rule("CUS-8")
@pytest.mark.parametrize(("make", "code", "words"), IN_THE_WAY)
def test_a_customer_is_kept_while_one_of_its_accounts_has_anything(
    make: Callable[[Account], object], code: str, words: str
) -> None:
    customer = a_customer("Acme")
    make(a_second_account(customer))
    with pytest.raises(Refusal, match=words) as refusal:
        delete_customer(customer.id)
    assert (refusal.value.rule, [problem.code for problem in refusal.value.problems]) == ("CUS-8", [code])


@pytest.mark.rule("ACC-15")
def test_everything_in_the_way_is_told_at_once() -> None:
    account = account_of(a_customer("Acme"))
    subscribed(account)
    charge(account)
    charge(account)
    create_contract({"account": account.id, "start_date": NEW_YEAR})
    with pytest.raises(Refusal, match="1 subscription, 2 charges") as refusal:
        delete_account(account.id)
    assert [problem.code for problem in refusal.value.problems] == ["charged", "contracts", "default_account"]


@pytest.mark.rule("ACC-15", "ACC-16")
def test_an_account_that_nothing_was_charged_to_goes_with_all_that_is_its_own() -> None:
    customer = a_customer("Acme")
    account, first = a_second_account(customer), account_of(customer)
    create_contact(account.id, {"name": "Ada"})
    write_note(account.id, "Called")
    create_discount(NewDiscount(account=account.id, percent=Decimal(10)))
    set_account_parent(account.id, first.id, NEW_YEAR)
    assign_responsible_account(account.id, first.id, NEW_YEAR)
    delete_account(account.id)
    assert list(Account.objects.filter(customer=customer)) == [first]
    for model in (Contact, Discount, AccountParent, ResponsibleAccount):
        assert not model.objects.exists()
    last = HistoryEntry.objects.filter(subject_kind="account", subject_id=account.id, action="deleted").get()
    assert last.changes["number"] == [account.number, None]


@pytest.mark.rule("ACC-15", "CUS-6")
def test_the_default_account_is_deleted_only_with_its_customer() -> None:
    customer = a_customer("Acme")
    with pytest.raises(Refusal, match="delete the customer instead"):
        delete_account(account_of(customer).id)
    a_second_account(customer)
    with pytest.raises(Refusal, match="make another account the default one first") as refusal:
        delete_account(account_of(customer).id)
    assert refusal.value.rule == "CUS-6"
    delete_customer(customer.id)
    assert not Customer.objects.filter(id=customer.id).exists()
    assert not Account.objects.filter(customer_id=customer.id).exists()


@pytest.mark.rule("CUS-8")
def test_accounts_of_a_customer_that_are_linked_to_each_other_go_together() -> None:
    customer = a_customer("Acme")
    set_account_parent(a_second_account(customer).id, account_of(customer).id, NEW_YEAR)
    create_group(NewGroup(payer=customer.id, name="Empty"))
    parent = a_customer("Parent")
    move_customer(customer.id, parent.id, NEW_YEAR)
    delete_customer(customer.id)
    delete_customer(parent.id)
    assert not Customer.objects.exists()


@pytest.mark.rule("CUS-8")
def test_a_customer_with_children_or_that_pays_for_others_is_kept() -> None:
    parent = a_customer("Parent")
    child = a_customer("Child", parent=parent)
    with pytest.raises(Refusal, match="1 child customer") as refusal:
        delete_customer(parent.id)
    assert [problem.code for problem in refusal.value.problems] == ["linked"]
    subscribed(account_of(child), who_pays=WhoPaysChoice("parent"))
    with pytest.raises(Refusal) as refusal:
        delete_customer(parent.id)
    assert [problem.code for problem in refusal.value.problems] == ["linked", "pays"]


def test_what_does_not_exist_is_not_found() -> None:
    for verb in (delete_account, delete_customer):
        with pytest.raises(Refusal) as refusal:
            verb(10**9)
        assert refusal.value.kind is Kind.UNKNOWN


@pytest.mark.rule("ACC-15", "REL-B")
def test_the_database_keeps_an_account_that_has_charges() -> None:
    account = account_of(a_customer("Acme"))
    charge(account)
    with connection.cursor() as cursor, pytest.raises(IntegrityError), transaction.atomic():
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; DELETE FROM accounts_account WHERE id = %s", [account.id])
