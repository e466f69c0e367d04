"""One-time charges: who pays for them, and changing them before they are billed (SUB-7, WHO-2)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.models import BillRun, RunMode
from banyan.billruns.queries import pending_charges
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.open_accounts import open_account
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice
from banyan.kernel.refusals import Kind, Refusal
from banyan.relations.inputs import AccountPlacement
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.delete_charge import delete_charge
from banyan.subscriptions.actions.delete_group import delete_group
from banyan.subscriptions.actions.preview_charge import preview_charge
from banyan.subscriptions.actions.update_charge import update_charge
from banyan.subscriptions.inputs import NewCharge, WhoPaysChoice
from banyan.subscriptions.models import Charge, SubscriptionGroup
from banyan.verification.queries import verify, verify_amounts
from tests.billruns.running import (
    APRIL,
    FEBRUARY,
    JANUARY,
    MARCH,
    checks,
    invoices_of,
    lines_by,
    require_approval,
    run_for,
    totals,
    without_guards,
)
from tests.business import a_price, account_of, subscribed
from tests.relations.people import People

pytestmark = pytest.mark.usefixtures("tenant")

PARENT, SEPARATE = WhoPaysChoice("parent"), WhoPaysChoice("customer_separate")


def charged(account: Account, **given: object) -> Charge:
    """20.00 for a visit in January, unless told otherwise."""
    terms = {"description": "Visit", "amount": Decimal("20.00"), "date": date(2026, 1, 5)} | given
    return create_charge(NewCharge(account=account.id, **terms))  # type: ignore[arg-type]


def billed(people: People, on: date) -> BillRun:
    run = run_for(people.cycle, on)
    assert set(checks(run).values()) == {True}
    assert [found.shown for found in verify() if not found.holds] == []
    return run


def code_of(verb: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        verb()
    (problem,) = caught.value.problems
    return problem.field, problem.code


@pytest.mark.rule("SUB-7", "WHO-1")
def test_a_charge_that_names_a_subscription_is_paid_like_it_and_stands_on_its_invoice() -> None:
    people = People()
    root, leaf = people.chain(2)
    account = account_of(leaf)
    subscription = subscribed(account, a_price("31"), who_pays=PARENT)
    charged(account, subscription=subscription.id)
    run = billed(people, FEBRUARY)
    (invoice,) = invoices_of(run)
    assert (invoice.account_id, invoice.total) == (account_of(root).id, 20 + 31 + 31)
    assert {line.subscription_id for line in lines_by(run)} == {subscription.id}


@pytest.mark.rule("SUB-7", "WHO-2")
def test_a_charge_without_a_choice_follows_the_setting_as_a_subscription_does() -> None:
    people = People()
    root, leaf = people.chain(2)
    change_settings({"default_payer_and_consolidation": "parent"})
    subscribed(account_of(leaf), a_price("31"))
    charge = charged(account_of(leaf))
    assert (charge.who_pays_mode, charge.payer_id) == ("parent", None)
    run = billed(people, FEBRUARY)
    (invoice,) = invoices_of(run)
    group = SubscriptionGroup.objects.get(payer=root)
    assert (invoice.account_id, invoice.group_id, invoice.total) == (account_of(root).id, group.id, 82)
    assert charged(account_of(root)).who_pays_mode is None


@pytest.mark.rule("SUB-7", "WHO-2", "WHO-5")
@pytest.mark.parametrize(
    ("mode", "who"), [("parent", 1), ("eldest_ancestor", 0), ("customer_consolidated", 2), ("customer_separate", 2)]
)
def test_each_way_to_choose_leads_a_charge_to_its_payer(mode: str, who: int) -> None:
    people = People()
    family = people.chain(3)
    charged(account_of(family[2]), who_pays=WhoPaysChoice(mode))
    charged(account_of(family[2]), who_pays=WhoPaysChoice("ancestor", family[0].pk), amount=Decimal("7.00"))
    expected = {account_of(family[who]).id: Decimal("20.00")}
    root = account_of(family[0]).id
    expected[root] = expected.get(root, Decimal(0)) + Decimal("7.00")
    assert totals(billed(people, FEBRUARY)) == expected


@pytest.mark.rule("SUB-7", "DAT-3", "WHO-5")
def test_the_payer_of_a_charge_is_the_one_of_the_billing_date_also_after_a_move() -> None:
    people = People()
    root, leaf = people.chain(2)
    other = people.customer()
    charged(account_of(leaf), who_pays=PARENT)
    charged(account_of(leaf), who_pays=WhoPaysChoice("ancestor", root.pk), amount=Decimal("5.00"))
    move_customer(leaf.pk, other.pk, date(2026, 1, 20))
    # the named one is no ancestor any more, so the account pays for itself
    assert totals(billed(people, FEBRUARY)) == {account_of(other).id: 20, account_of(leaf).id: 5}


def apart(run: BillRun) -> set[tuple[int, int | None, int | None, Decimal]]:
    """The payer, group and charge of each invoice, and what it comes to."""
    return {(one.account_id, one.group_id, one.charge_id, one.total) for one in invoices_of(run)}


@pytest.mark.rule("SUB-7", "WHO-1", "INV-1")
def test_a_separate_charge_has_an_invoice_of_its_own_also_when_it_is_billed_or_issued_again() -> None:
    people = People()
    account = people.account()
    subscribed(account, a_price("31"))
    plain, one, other = charged(account), charged(account, who_pays=SEPARATE), charged(account, who_pays=SEPARATE)
    run = billed(people, FEBRUARY)
    expected = {(account.id, None, None, 62 + plain.amount), (account.id, None, one.id, one.amount)}
    assert apart(run) == {*expected, (account.id, None, other.id, other.amount)}
    of_one, of_other = (Invoice.objects.get(charge_id=each.id) for each in (one, other))
    assert reissue_invoice(of_one.pk, "Wrong address").charge_id == one.id
    void_invoice(of_other.pk)
    assert verify_amounts().differences == []
    assert apart(billed(people, MARCH)) == {
        (account.id, None, None, Decimal(31)),
        (account.id, None, other.id, other.amount),
    }
    assert verify_amounts().differences == []


@pytest.mark.rule("SUB-7", "WHO-1", "INV-1")
def test_a_charge_of_a_separate_subscription_stands_on_the_invoice_of_that_subscription() -> None:
    people = People()
    account = people.account()
    subscription = subscribed(account, a_price("31"), who_pays=SEPARATE)
    charged(account, subscription=subscription.id)
    (invoice,) = invoices_of(billed(people, FEBRUARY))
    assert (invoice.subscription_id, invoice.charge_id, invoice.total) == (subscription.id, None, 20 + 62)


def test_the_database_refuses_an_invoice_for_a_charge_alone_that_is_also_for_a_subscription() -> None:
    people = People()
    account = people.account()
    subscription, charge = subscribed(account, who_pays=SEPARATE), charged(account)
    require_approval()
    run_for(people.cycle, FEBRUARY)
    draft = Invoice.objects.filter(subscription=subscription)
    refused = pytest.raises(IntegrityError, match="an_invoice_for_a_charge_alone")
    with refused, transaction.atomic(), without_guards("invoices_invoice"):
        draft.update(charge_id=charge.id)


@pytest.mark.rule("SUB-7", "GRP-1", "GRP-2")
@pytest.mark.parametrize(
    ("mode", "who"), [("parent", 1), ("eldest_ancestor", 0), ("customer_consolidated", 2), ("ancestor", 0)]
)
def test_a_charge_is_in_the_default_group_of_its_payer_which_is_made_for_it(mode: str, who: int) -> None:
    people = People()
    family = people.chain(3)
    account, payer = account_of(family[2]), account_of(family[who])
    charge = charged(account, who_pays=WhoPaysChoice(mode, family[0].pk if mode == "ancestor" else None))
    group = SubscriptionGroup.objects.get(payer=family[who], is_default=True)
    other = charged(payer, amount=Decimal("5.00"))
    assert apart(billed(people, FEBRUARY)) == {
        (payer.id, group.pk, None, charge.amount),
        (payer.id, None, None, other.amount),
    }
    assert verify_amounts().differences == []


@pytest.mark.rule("SUB-7", "GRP-1", "GRP-2")
def test_a_group_that_only_a_move_leads_to_is_made_by_the_run_and_by_nothing_that_only_looks() -> None:
    people = People()
    (_, leaf), other = people.chain(2), people.customer()
    charged(account_of(leaf), who_pays=PARENT)
    charged(account_of(other), amount=Decimal("5.00"))
    move_customer(leaf.pk, other.pk, date(2026, 1, 20))
    of_other = SubscriptionGroup.objects.filter(payer=other)
    assert [each.line.gross for each in pending_charges(account_of(other).id, FEBRUARY)] == [5, 20]
    simulation = run_for(people.cycle, FEBRUARY, RunMode.SIMULATE)
    documents = [row.document for row in simulation.simulated_invoices.order_by("id")]
    assert [(each["group"], each["total"]) for each in documents] == [(None, "5.00"), (None, "20.00")]
    assert not of_other.exists()
    run = billed(people, FEBRUARY)
    payer = account_of(other).id
    assert apart(run) == {(payer, None, None, Decimal(5)), (payer, of_other.get().pk, None, Decimal(20))}
    assert verify_amounts().differences == []


@pytest.mark.rule("SUB-7", "GRP-3")
def test_a_default_group_that_was_deleted_while_a_charge_waits_is_made_anew() -> None:
    people = People()
    root, leaf = people.chain(2)
    charged(account_of(leaf), who_pays=PARENT)
    delete_group(SubscriptionGroup.objects.get(payer=root).pk)
    (invoice,) = invoices_of(billed(people, FEBRUARY))
    assert invoice.group_id == SubscriptionGroup.objects.get(payer=root).pk


@pytest.mark.rule("SUB-7", "REL-C", "REL-E")
def test_what_is_deleted_chosen_otherwise_or_moved_after_it_was_billed_raises_no_alarm() -> None:
    people = People()
    (_, leaf), other = people.chain(2), people.customer()
    account = account_of(leaf)
    deleted, chosen, moved = (charged(account, who_pays=way) for way in (SEPARATE, PARENT, PARENT))
    run = billed(people, FEBRUARY)
    for invoice in invoices_of(run):
        void_invoice(invoice.pk)
    delete_charge(deleted.id)
    update_charge(chosen.id, {"who_pays": SEPARATE})
    second = billed(people, MARCH)
    assert {one.charge_id for one in invoices_of(second)} == {None, chosen.id}
    move_customer(leaf.pk, other.pk, FEBRUARY)
    assert [found.shown for found in verify() if not found.holds] == []
    assert verify_amounts().differences == []
    of_moved = Invoice.objects.get(bill_run_id=second.pk, charge_id__isnull=True)
    void_invoice(of_moved.pk)
    assert totals(billed(people, APRIL)) == {account_of(other).id: moved.amount}
    assert verify_amounts().differences == []


@pytest.mark.rule("SUB-7", "WHO-4", "RUN-4")
def test_a_charge_is_never_invoiced_in_another_currency_than_its_own() -> None:
    """Who was chosen pays in euros by now: the payer is listed, and the dollars are not billed as euros."""
    people = People()
    root, leaf = people.chain(2)
    charged(account_of(leaf), who_pays=PARENT)
    with without_guards("accounts_account"):
        Account.objects.filter(customer=root).update(currency="EUR")
    run = run_for(people.cycle, FEBRUARY)
    assert (run.status, invoices_of(run)) == ("completed_with_errors", [])
    (error,) = run.errors.all()
    assert "pays in EUR" in error.message
    assert "charged in USD" in error.message


@pytest.mark.rule("SUB-7", "WHO-4", "CUS-6")
def test_who_is_to_pay_for_a_charge_keeps_a_default_account_that_can_take_it() -> None:
    people = People()
    root, middle, leaf = people.chain(3)
    charge = charged(account_of(leaf), who_pays=PARENT)
    euros = people.new_account(customer=middle.pk, currency="EUR", is_default=True)
    assert code_of(lambda: open_account(AccountPlacement(account=euros))) == ("is_default", "payer_cannot_take_it")
    dollars = open_account(AccountPlacement(account={**euros, "currency": "USD"}))
    assert totals(billed(people, FEBRUARY)) == {dollars.pk: charge.amount}
    open_account(AccountPlacement(account=euros))
    charged(account_of(leaf), who_pays=WhoPaysChoice("eldest_ancestor"))
    open_account(AccountPlacement(account={**euros, "customer": middle.pk}))
    of_root = people.new_account(customer=root.pk, currency="EUR", is_default=True)
    assert code_of(lambda: open_account(AccountPlacement(account=of_root))) == ("is_default", "payer_cannot_take_it")


@pytest.mark.rule("SUB-7", "WHO-4")
def test_a_move_to_who_can_not_take_a_waiting_charge_is_refused() -> None:
    people = People()
    _, leaf = people.chain(2)
    euros = people.customer(currency="EUR")
    charged(account_of(leaf), who_pays=PARENT)
    assert code_of(lambda: move_customer(leaf.pk, euros.pk, MARCH)) == ("parent", "payer_cannot_take_it")
    assert not SubscriptionGroup.objects.filter(payer=euros).exists()


@pytest.mark.rule("SUB-7", "BHI-1")
def test_whoever_is_responsible_for_the_chosen_payer_is_invoiced() -> None:
    people = People()
    root, leaf = people.chain(2)
    responsible = people.account()
    assign_responsible_account(account_of(root).id, responsible.id, JANUARY)
    charged(account_of(leaf), who_pays=PARENT)
    assert [each.bill.payer.id for each in pending_charges(account_of(leaf).id, FEBRUARY)] == [responsible.id]
    assert totals(billed(people, FEBRUARY)) == {responsible.id: 20}


@pytest.mark.rule("SUB-7", "ERR-1")
def test_a_charge_whose_payer_can_not_be_is_refused() -> None:
    people = People()
    root, leaf = people.chain(2)
    account, other = account_of(leaf), people.account()
    subscription = subscribed(account)
    assert code_of(lambda: charged(account_of(root), who_pays=PARENT)) == ("who_pays.mode", "no_parent")
    assert code_of(lambda: charged(account, who_pays=WhoPaysChoice("ancestor"))) == ("who_pays.customer", "required")
    assert code_of(lambda: charged(account, who_pays=WhoPaysChoice("moon"))) == ("who_pays.mode", "not_a_choice")
    assert code_of(lambda: charged(other, subscription=subscription.id)) == ("subscription", "of_another_account")
    assert code_of(lambda: charged(account, subscription=999_999_999)) == ("subscription", "unknown")
    both = code_of(lambda: charged(account, subscription=subscription.id, who_pays=PARENT))
    assert both == ("who_pays", "contradicts_subscription")


@pytest.mark.rule("SUB-7")
def test_a_charge_is_changed_and_deleted_until_it_is_billed() -> None:
    people = People()
    root, leaf = people.chain(2)
    account = account_of(leaf)
    charge, gone = charged(account), charged(account)
    delete_charge(gone.id)
    assert update_charge(charge.id, {}).revision == 0
    update_charge(charge.id, {"amount": Decimal("30.00"), "who_pays": PARENT})
    assert totals(billed(people, FEBRUARY)) == {account_of(root).id: 30}
    assert code_of(lambda: update_charge(charge.id, {"amount": Decimal(1)})) == ("charge", "billed")
    assert code_of(lambda: delete_charge(charge.id)) == ("charge", "billed")
    with pytest.raises(Refusal) as caught:
        delete_charge(gone.id)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("SUB-7")
def test_a_subscription_takes_the_place_of_a_choice_and_the_other_way_round() -> None:
    people = People()
    _, leaf = people.chain(2)
    account = account_of(leaf)
    subscription = subscribed(account)
    charge = charged(account, who_pays=PARENT)
    changed = update_charge(charge.id, {"subscription": subscription.id})
    assert (changed.subscription_id, changed.who_pays_mode) == (subscription.id, None)
    changed = update_charge(charge.id, {"who_pays": PARENT})
    assert (changed.subscription_id, changed.who_pays_mode) == (None, "parent")
    assert code_of(lambda: update_charge(charge.id, {"account": account.id + 1})) == ("account", "fixed")


@pytest.mark.rule("RUN-11")
def test_the_history_tells_who_made_changed_and_deleted_a_charge() -> None:
    people = People()
    account = people.account()
    with acting_as(Actor.user(1, "ada")):
        charge = charged(account)
        number = charge.id
        update_charge(number, {"amount": Decimal("30.00")}, "  Agreed by phone ")
        update_charge(number, {"amount": Decimal("30.00")}, "Nothing changes")
        charged(account)
    with acting_as(Actor.user(1, "bob")):
        delete_charge(number, "Entered twice")
    rows = HistoryEntry.objects.filter(subject_kind="charge", subject_id=number).order_by("id")
    assert [(row.actor, row.action) for row in rows] == [("ada", "created"), ("ada", "changed"), ("bob", "deleted")]
    assert rows[1].changes == {"amount": [20.0, 30.0], "reason": [None, "Agreed by phone"]}
    assert (rows[2].changes["amount"], rows[2].changes["reason"]) == ([30.0, None], [None, "Entered twice"])
    assert HistoryEntry.objects.filter(changes__has_key="reason").count() == 2
    other = charged(account)
    assert code_of(lambda: delete_charge(other.id, "x" * 2001)) == ("reason", "too_long")
    assert code_of(lambda: update_charge(other.id, {"amount": Decimal(1)}, "\x00")) == ("reason", "not_text")
    assert Charge.objects.get(pk=other.id).amount == 20


@pytest.mark.rule("SUB-7")
def test_the_preview_warns_of_a_charge_that_is_not_paid_by_whoever_pays_for_all_else() -> None:
    people = People()
    root, leaf = people.chain(2)
    account = account_of(leaf)
    subscription = subscribed(account, who_pays=PARENT)
    new = NewCharge(account.id, "Visit", Decimal(20), MARCH)
    warned = preview_charge(new)
    assert (warned.payer.account_id, len(warned.warnings)) == (account.id, 1)
    quiet = preview_charge(NewCharge(account.id, "Visit", Decimal(20), MARCH, subscription=subscription.id))
    assert (quiet.payer.account_id, quiet.warnings) == (account_of(root).id, [])
    assert not Charge.objects.exists()
    with CaptureQueriesContext(connection) as of_one:
        preview_charge(new)
    for _ in range(3):
        subscribed(account, who_pays=PARENT)
    with CaptureQueriesContext(connection) as of_four:
        assert preview_charge(new).warnings == warned.warnings
    assert len(of_four) <= len(of_one)


def test_the_database_refuses_two_ways_to_pay_for_a_charge_and_another_accounts_subscription() -> None:
    people = People()
    _, leaf = people.chain(2)
    subscription = subscribed(account_of(leaf))
    mine, other = charged(account_of(leaf), subscription=subscription.id), charged(people.account())
    with pytest.raises(IntegrityError, match="charge_is_paid_like_its_subscription_or_by_choice"), transaction.atomic():
        Charge.objects.filter(pk=mine.pk).update(who_pays_mode="parent")
    with pytest.raises(IntegrityError, match="names a subscription of another account"), transaction.atomic():
        Charge.objects.filter(pk=other.pk).update(subscription=subscription)
    Charge.objects.filter(pk=other.pk).update(billed=True)
    with pytest.raises(IntegrityError, match="is billed and stays as it is"), transaction.atomic():
        Charge.objects.filter(pk=other.pk).update(who_pays_mode="customer_separate")
