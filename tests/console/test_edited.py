"""Forms write what their user changed, and nothing that somebody else changed since they were opened (API-7)."""

import re
import threading
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.http import HttpResponse

from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.actions.save_custom_field import create_custom_field, update_custom_field
from banyan.accounts.actions.save_owner import update_owner
from banyan.accounts.models import Account, Contact, Owner
from banyan.accounts.today import today
from banyan.contracts.actions.create_contract import create_contract
from banyan.contracts.models import Contract
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.save_contact import create_contact, update_contact
from banyan.customers.actions.update_account import update_account
from banyan.customers.actions.update_customer import update_customer
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.holding import hold
from banyan.foundation.models import HistoryEntry
from banyan.foundation.queries import read_settings
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_user import create_user
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.rename_group import rename_group
from banyan.subscriptions.inputs import ItemChange, NewGroup, WhoPaysChoice
from banyan.subscriptions.models import SubscriptionGroup
from banyan.subscriptions.queries import who_pays_on
from banyan.subscriptions.terms import terms_in_force
from tests.business import a_bill_cycle, a_price, account_of, an_account, subscribed
from tests.console.conftest import Visitor, readable
from tests.console.forms import untouched
from tests.relations.people import People

pytestmark = pytest.mark.rule("API-7")
Visiting = Callable[..., Visitor]


def at(kind: str, row: Any, rest: str = "") -> str:
    return f"/{kind.replace('_', '-')}s/{encode_id(kind, row.pk)}{rest}"


def grace() -> Any:
    """Grace acts."""
    user = create_user("Grace Hopper", "grace@acme.example")
    return acting_as(Actor.user(user.pk, user.email))


def refused(answer: HttpResponse) -> str:
    assert answer.status_code == 422, readable(answer)
    return readable(answer)


def test_an_open_form_does_not_activate_an_account_that_was_suspended_meanwhile(visitor: Visiting):
    ada, account = visitor(), an_account()
    opened = untouched(ada.get(at("account", account, "/edit")))
    assert opened["status"] == ["active"]
    change_account_status(account.pk, "suspended", today(), "They ask for it.")
    answer = ada.post(at("account", account, "/edit"), opened | {"name": "West Coast"})
    assert answer["Location"] == at("account", account)
    account.refresh_from_db()
    assert (account.name, account.status, account.status_reason) == ("West Coast", "suspended", "They ask for it.")


def test_what_two_changed_is_refused_with_both_values_and_done_when_it_is_sent_again(visitor: Visiting):
    ada, account = visitor(), an_account("Acme")
    address = at("account", account, "/edit")
    opened = untouched(ada.get(address))
    with grace():
        update_account(account.pk, {"name": "Acme North", "taxable": False})
    again = ada.post(address, opened | {"name": "Acme South"})
    told = "You entered Acme South; since you opened the form, Grace Hopper changed it from Acme to Acme North."
    assert told in refused(again)
    assert set(re.findall(r'id="id_([\w.]+)_error"', again.content.decode())) == {"name"}
    account.refresh_from_db()
    assert (account.name, account.taxable) == ("Acme North", False)
    shown = untouched(again)
    assert (shown["name"], "taxable" in shown) == (["Acme South"], False)  # what nobody here touched is as it is now
    assert ada.post(address, shown).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.taxable) == ("Acme South", False)


def test_two_who_enter_the_same_don_t_stand_in_each_other_s_way(visitor: Visiting):
    ada, account = visitor(), an_account("Acme")
    opened = untouched(ada.get(at("account", account, "/edit")))
    update_account(account.pk, {"name": "Acme North"})
    assert ada.post(at("account", account, "/edit"), opened | {"name": "Acme North"}).status_code == 302


def test_two_change_one_address_and_both_changes_stand(visitor: Visiting):
    account = an_account()
    address = {"line1": "1 Main St", "city": "Oslo", "country": "NO"}
    update_customer(account.customer_id, {"billing_address": address})
    ada, edit = visitor(), at("customer", account.customer, "/edit")
    opened = untouched(ada.get(edit))
    update_customer(account.customer_id, {"billing_address": address | {"line1": "2 Main St"}})
    assert ada.post(edit, opened | {"billing_address.city": "Bergen"}).status_code == 302
    account.customer.refresh_from_db()
    assert account.customer.billing_address == {"line1": "2 Main St", "city": "Bergen", "country": "NO"}


def test_a_form_that_nobody_touched_changes_nothing(visitor: Visiting):
    create_custom_field({"subject": "account", "key": "vip", "label": "VIP", "type": "yes_no"})
    create_custom_field({"subject": "account", "key": "since", "label": "Since", "type": "date"})
    create_custom_field({"subject": "account", "key": "size", "label": "Size", "type": "number"})
    ada, account = visitor(), an_account()
    held = {"vip": True, "since": "2026-03-01", "size": "1.50"}
    update_account(
        account.pk,
        {
            "custom_fields": held,
            "description": "Two\nlines ",
            "preferences": {"paper": "A4"},
            "billing_details": "as agreed",
            "minimum_invoice_amount": Decimal("10.00"),
        },
    )
    every = [each for each in re.findall(r'name="chosen" value="([^"]+)"', edit_page(ada, account)) if each]
    ada.post(at("account", account, "/edit"), {"configure": "1", "chosen": every})
    before = Account.objects.filter(pk=account.pk).values().get()
    opened = untouched(ada.get(at("account", account, "/edit")))
    assert opened["custom_fields.vip"] == ["true"]
    assert opened["preferences"] == ['{\r\n  "paper": "A4"\r\n}']
    entries = HistoryEntry.objects.count()
    assert ada.post(at("account", account, "/edit"), opened).status_code == 302
    assert Account.objects.filter(pk=account.pk).values().get() == before
    assert HistoryEntry.objects.count() == entries


def edit_page(ada: Visitor, account: Account) -> str:
    return ada.get(at("account", account, "/edit")).content.decode()


def test_what_is_wrong_with_what_nobody_touched_is_nobody_s_business(visitor: Visiting):
    ada, account = visitor(), an_account()
    Account.objects.filter(pk=account.pk).update(description="a\x07b")  # of before it was checked
    ada.post(at("account", account, "/edit"), {"configure": "1", "chosen": ["name", "description"]})
    opened = untouched(ada.get(at("account", account, "/edit")))
    assert ada.post(at("account", account, "/edit"), opened | {"name": "West"}).status_code == 302


def test_each_own_field_is_for_itself(visitor: Visiting):
    for key in ("one", "two"):
        create_custom_field({"subject": "customer", "key": key, "label": key, "type": "text"})
    account = an_account()
    ada, edit = visitor(), at("customer", account.customer, "/edit")
    opened = untouched(ada.get(edit))
    update_customer(account.customer_id, {"custom_fields": {"one": "theirs"}})
    assert ada.post(edit, opened | {"custom_fields.two": "mine"}).status_code == 302
    account.customer.refresh_from_db()
    assert account.customer.custom_fields == {"one": "theirs", "two": "mine"}


def test_a_field_that_can_t_be_changed_any_more_is_refused_instead_of_overlooked(visitor: Visiting):
    ada, account, payer = visitor(), an_account("Office"), an_account("Paying")
    Account.objects.filter(pk=account.pk).update(bill_cycle=payer.bill_cycle_id)
    opened = untouched(ada.get(at("account", account, "/edit")))
    other = a_bill_cycle()
    assign_responsible_account(account.pk, payer.pk, today())
    told = refused(ada.post(at("account", account, "/edit"), opened | {"bill_cycle": other.pk}))
    assert "The account is linked to a responsible or managed account, so its bill_cycle" in told


def test_what_is_typed_while_fields_are_configured_is_a_change_still(visitor: Visiting):
    ada, account = visitor(), an_account("Acme")
    address = at("account", account, "/edit")
    opened = untouched(ada.get(address))
    configured = ada.post(address, opened | {"name": "Acme South", "configure": "1", "chosen": ["name", "description"]})
    with grace():
        update_account(account.pk, {"name": "Acme North"})
    shown = untouched(configured)
    assert shown["name"] == ["Acme South"]
    assert "You entered Acme South" in refused(ada.post(address, shown))
    update_account(account.pk, {"name": "Acme"})
    assert ada.post(address, shown | {"description": "Both"}).status_code == 302
    account.refresh_from_db()
    assert (account.name, account.description) == ("Acme South", "Both")


def test_fields_that_are_hidden_elsewhere_while_a_form_is_open_are_written_all_the_same(visitor: Visiting):
    ada, account = visitor(), an_account("Acme")
    address = at("account", account, "/edit")
    opened = untouched(ada.get(address))
    ada.post("/preferences/chosen/fields:edit-account", {"back": "/", "chosen": ["taxable"]})
    assert ada.post(address, opened | {"name": "Acme South"}).status_code == 302
    account.refresh_from_db()
    assert account.name == "Acme South"


@pytest.mark.rule("CON-4")
def test_fields_that_are_configured_for_editing_are_not_those_of_a_new_one(visitor: Visiting):
    ada, account = visitor(), an_account("Acme")
    for kind, row in (("account", account), ("customer", account.customer)):
        new = untouched(ada.get(f"/{kind}s/new"))
        ada.post(at(kind, row, "/edit"), {"configure": "1", "chosen": []})
        assert untouched(ada.get(f"/{kind}s/new")).keys() == new.keys()
        edited = untouched(ada.get(at(kind, row, "/edit"))).keys()
        ada.post(f"/{kind}s/new", {"configure": "1", "chosen": ["external_number"]})
        assert untouched(ada.get(at(kind, row, "/edit"))).keys() == edited


def test_a_form_that_does_not_say_what_it_showed_is_not_taken(visitor: Visiting):
    ada, account, other = visitor(), an_account("Acme"), an_account("Other")
    address = at("account", account, "/edit")
    opened = untouched(ada.get(address))
    strange = untouched(ada.get(at("account", other, "/edit")))["as_opened"]
    for forged in ("", "nonsense", opened["as_opened"][0] + "x", strange):
        answer = ada.post(address, opened | {"name": "Acme South", "as_opened": forged})
        assert "not known what this form showed" in refused(answer)
    account.refresh_from_db()
    assert account.name == "Acme"
    assert ada.post(address, untouched(answer)).status_code == 302


def test_a_status_is_not_set_by_who_saw_another_one(visitor: Visiting):
    ada, account = visitor(), an_account()
    address = at("account", account, "/status")
    opened = untouched(ada.get(address))
    with grace():
        change_account_status(account.pk, "suspended", today())
    told = refused(ada.post(address, opened))
    assert "Since you opened the form, Grace Hopper changed it from Active to Suspended." in told
    told = refused(ada.post(address, opened | {"status": "pending_collection"}))
    assert "You entered Pending Collection; since you opened the form, Grace Hopper changed it" in told


def test_settings_that_somebody_else_changed_stay(visitor: Visiting):
    ada = visitor()
    opened = untouched(ada.get("/settings"))
    with grace():
        change_settings({"require_bill_run_approval": True, "overall_invoice_distribution": ["email"]})
    assert ada.post("/settings", {**opened, "bill_suspended_accounts": []}).status_code == 302
    now = read_settings()
    assert (now.require_bill_run_approval, now.bill_suspended_accounts) == (True, False)
    told = refused(ada.post("/settings", opened | {"overall_invoice_distribution": ["none"]}))
    assert "You entered None; since you opened the form, Grace Hopper changed it from" in told


def test_quantities_of_a_subscription_are_changed_item_by_item(visitor: Visiting, tenant: str):
    subscription = subscribed(an_account(), a_price(), a_price(), start_date=today())
    first, second = subscription.items.order_by("pk")
    ada, address = visitor(), at("subscription", subscription, "/change")
    opened = untouched(ada.get(address))
    with grace():
        change_subscription(subscription.pk, today(), [ItemChange(first.pk, Decimal(20))])
    sent = opened | {f"item.{second.pk}.quantity": "5"}
    previewed = ada.post(address, sent)
    token = re.search(r'name="confirmed" value="(\w+)"', previewed.content.decode())
    assert token
    assert ada.post(address, untouched(previewed)).status_code == 302
    held = terms_in_force([first, second], today())
    assert [quantity for _, quantity in held.values()] == [20, 5]
    told = refused(ada.post(address, opened | {f"item.{first.pk}.quantity": "7"}))
    assert "You entered 7; since you opened the form, Grace Hopper changed it from 1 to 20." in told


def test_a_payer_is_not_chosen_by_who_saw_another_one(visitor: Visiting, tenant: str):
    people = People()
    _, leaf = people.chain(2)
    subscription = subscribed(account_of(leaf))
    ada, address = visitor(), at("subscription", subscription, "/payer")
    opened = untouched(ada.get(address))
    with grace():
        choose_payer(subscription.pk, WhoPaysChoice("parent"), None)
    told = refused(ada.post(address, opened | {"who_pays": "customer_separate"}))
    assert "since you opened the form, Grace Hopper changed it from Its account" in told
    held = who_pays_on([subscription.pk], today())[subscription.pk]
    assert held.mode == "parent"


def test_contracts_groups_contacts_types_and_owners_keep_what_others_changed(visitor: Visiting):
    ada, account = visitor(), an_account()
    contract = create_contract({"account": account.pk, "name": "Frame", "start_date": date(2026, 1, 1)})
    opened = untouched(ada.get(at("contract", contract, "/edit")))
    Contract.objects.filter(pk=contract.pk).update(notice_days=90)
    assert ada.post(at("contract", contract, "/edit"), opened | {"name": "Frame 2"}).status_code == 302
    assert Contract.objects.values_list("name", "notice_days").get() == ("Frame 2", 90)

    group = create_group(NewGroup(account.customer_id, "Sites"))
    rename = at("subscription_group", group, "/rename")
    opened = untouched(ada.get(rename))
    rename_group(group.pk, "Places")
    told = refused(ada.post(rename, opened | {"name": "Shops"}))
    assert "You entered Shops; since you opened the form, system changed it from Sites to Places." in told
    assert ada.post(rename, opened).status_code == 302
    assert SubscriptionGroup.objects.get(pk=group.pk).name == "Places"

    contact = create_contact(account.pk, {"name": "Ben", "phone": "+1 415 555 2671"})
    edit = at("account", account, f"/contacts/{encode_id('contact', contact.pk)}")
    opened = untouched(ada.get(edit))
    update_contact(account.pk, contact.pk, {"phone": "+1 415 555 2672"})
    assert ada.post(edit, opened | {"name": "Ben Cole"}).status_code == 302
    assert Contact.objects.values_list("name", "phone").get() == ("Ben Cole", "+1 415 555 2672")

    kind = create_account_type("Trial", "For a month")
    edit = f"/accounts/types/{encode_id('account_type', kind.pk)}"
    opened = untouched(ada.get(edit))
    update_account_type(kind.pk, {"active": False})
    assert ada.post(edit, opened | {"name": "Test", "description": ""}).status_code == 302
    kind.refresh_from_db()
    assert (kind.name, kind.description, kind.active) == ("Test", "", False)

    owner = Owner.objects.get()
    opened = untouched(ada.get(at("owner", owner, "/edit")))
    update_owner(owner.pk, {"legal_name": "Acme Group"})
    assert ada.post(at("owner", owner, "/edit"), opened | {"address.city": "Oslo"}).status_code == 302
    owner.refresh_from_db()
    assert (owner.legal_name, owner.address) == ("Acme Group", {"city": "Oslo"})


def test_a_field_that_was_switched_off_meanwhile_does_not_stop_the_rest(visitor: Visiting):
    field = create_custom_field({"subject": "account", "key": "note", "label": "Note", "type": "text"})
    ada, account = visitor(), an_account()
    opened = untouched(ada.get(at("account", account, "/edit")))
    update_custom_field(field.pk, {"active": False})
    create_custom_field({"subject": "account", "key": "new", "label": "New", "type": "text", "required": False})
    assert ada.post(at("account", account, "/edit"), opened | {"name": "West"}).status_code == 302


def test_whoever_sends_a_form_waits_for_whoever_sends_the_same_one(fresh_tenant: str):
    order: list[str] = []
    holds, may_end = threading.Event(), threading.Event()

    def first() -> None:
        with within_tenant(fresh_tenant), transaction.atomic():
            hold("account", 1)
            holds.set()
            may_end.wait(10)
            order.append("first")
        connection.close()

    def second() -> None:
        holds.wait(10)
        with within_tenant(fresh_tenant), transaction.atomic():
            hold("account", 2)  # nobody's
            may_end.set()
            hold("account", 1)
            order.append("second")
        connection.close()

    threads = [threading.Thread(target=each) for each in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert order == ["first", "second"]
