"""An invoice is voided and the same charges are issued again at once (INV-10)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.certificate import certify
from banyan.billruns.models import BillRun
from banyan.billruns.queries import pending_charges
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.inputs import NewDiscount
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.update_customer import update_customer
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.parties import parties_of
from banyan.kernel.refusals import Kind, Refusal
from banyan.ledger.models import Posting
from banyan.ledger.queries import balances
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge
from banyan.subscriptions.models import Charge
from banyan.verification.queries import verify
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    MARCH,
    as_if_there_were_payments,
    execute,
    lines_on,
    only_invoice,
    require_approval,
    run_for,
)
from tests.business import a_price, an_account, subscribed

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("INV-10")]

HERE, THERE = ({"line1": line, "city": "Albany", "country": "US"} for line in ("1 Elm Street", "9 Oak Road"))


@pytest.fixture
def acme() -> Account:
    """Acme pays 31.00 a month less 20 % in January, and a visit of 5.00."""
    acme = an_account("Acme")
    update_customer(acme.customer_id, {"billing_address": HERE})
    subscribed(acme, a_price("31"))
    create_charge(NewCharge(acme.pk, "Visit", Decimal("5.00"), JANUARY))
    create_discount(NewDiscount(acme.pk, percent=Decimal(20), valid_from=JANUARY, valid_to=date(2026, 1, 31)))
    return acme


def first_invoice(account: Account) -> Any:
    """What the account is billed for January."""
    return only_invoice(run_for(account.bill_cycle, JANUARY), account)


def said_by(invoice: Invoice) -> list[tuple[object, ...]]:
    """Everything that the lines of an invoice say."""
    fields = [
        each.name for each in InvoiceLine._meta.fields if each.name not in ("id", "invoice_id", "live", "repeats")
    ]
    return list(InvoiceLine.objects.filter(invoice_id=invoice.pk).order_by("id").values_list(*fields))


def faults() -> list[str]:
    """What the structural checks find."""
    return [f"{finding.check.says}: {finding.shown}" for finding in verify() if not finding.holds]


@pytest.mark.rule("INV-3", "INV-9", "LED-1")
def test_the_same_charges_are_issued_at_once_under_a_new_number_with_the_parties_of_today(acme: Account) -> None:
    old = first_invoice(acme)
    assert (old.total, balances([acme.pk])[acme.pk]["USD"]) == (Decimal("28.80"), Decimal("28.80"))
    update_customer(acme.customer_id, {"billing_address": THERE})
    new = reissue_invoice(old.pk, "Wrong address")
    old.refresh_from_db()
    assert (old.status, new.status, new.reissue_of) == ("void", "open", old.pk)
    assert new.sequence_number == old.sequence_number + 1
    assert (new.invoice_date, new.due_date) == (today(), today() + timedelta(days=acme.payment_term.days))
    assert said_by(new) == said_by(old)
    assert [line.repeats for line in lines_on(new)] == [line.pk for line in lines_on(old)]
    assert [parties_of(each).billing_address for each in (old, new)] == [HERE, THERE]
    assert balances([acme.pk])[acme.pk]["USD"] == Decimal("28.80")
    posted = Posting.objects.filter(source_id=new.pk).values_list("source_kind", "posted_on").distinct()
    assert list(posted) == [("invoice", today())]
    assert faults() == []


@pytest.mark.rule("INV-8", "RUN-3")
def test_nothing_is_unbilled_by_it(acme: Account) -> None:
    old = first_invoice(acme)
    reissue_invoice(old.pk, "Wrong address")
    assert pending_charges(acme.pk, JANUARY) == []
    assert Charge.objects.filter(account=acme, billed=False).count() == 0
    next_ = only_invoice(run_for(acme.bill_cycle, FEBRUARY))
    assert [line.total for line in lines_on(next_)] == [31]


def test_who_was_invoiced_gets_it_again_also_after_the_payer_has_changed(acme: Account) -> None:
    site = an_account("Site")
    Account.objects.filter(pk=site.pk).update(bill_cycle=acme.bill_cycle)
    subscribed(site, a_price("90"))
    assign_responsible_account(site.pk, acme.pk, JANUARY)
    old = first_invoice(acme)
    remove_responsible_account(site.pk, date(2026, 1, 20))
    run_for(acme.bill_cycle, FEBRUARY)
    owed = balances([acme.pk, site.pk])
    new = reissue_invoice(old.pk, "Wrong address")
    assert new.account_id == acme.pk
    assert said_by(new) == said_by(old)
    assert {account: amounts["USD"] for account, amounts in balances([acme.pk, site.pk]).items()} == {
        account: amounts["USD"] for account, amounts in owed.items()
    }
    assert pending_charges(site.pk, FEBRUARY) == []


@pytest.mark.rule("SUB-5", "SUB-6")
def test_what_is_corrected_on_another_invoice_stays_corrected_however_often_it_is_reissued(acme: Account) -> None:
    """31 seats of 1.00 for January, 20 % off; from the 16th 62 seats: 16.00 more, less 20 %, in February."""
    other = an_account("Other")
    item = subscribed(other, a_price("31")).items.get()
    create_discount(NewDiscount(other.pk, percent=Decimal(20), valid_from=JANUARY, valid_to=date(2026, 1, 31)))
    old = first_invoice(other)
    change_subscription(item.subscription_id, date(2026, 1, 16), [ItemChange(item.pk, quantity=Decimal(2))])
    second = only_invoice(run_for(other.bill_cycle, FEBRUARY))
    correction = next(line for line in lines_on(second) if line.kind == "correction")
    assert (correction.gross, correction.corrects) == (16, lines_on(old)[0].pk)
    newer = reissue_invoice(reissue_invoice(old.pk, "Wrong address").pk, "Wrong name")
    reissue_invoice(second.pk, "Wrong address")
    assert [line.repeats for line in lines_on(newer)] == [line.pk for line in lines_on(old)]
    change_subscription(item.subscription_id, date(2026, 1, 16), [ItemChange(item.pk, quantity=Decimal(1))])
    create_charge(NewCharge(other.pk, "Visit", Decimal("100.00"), MARCH))
    third = only_invoice(run_for(other.bill_cycle, MARCH))
    taken_back = [line for line in lines_on(third) if line.period_start < FEBRUARY]
    assert [(line.gross, line.corrects) for line in taken_back] == [(-16, lines_on(old)[0].pk)]
    assert faults() == []


def test_a_reissued_invoice_that_is_voided_frees_its_charges(acme: Account) -> None:
    new = reissue_invoice(first_invoice(acme).pk, "Wrong address")
    void_invoice(new.pk)
    assert sum(pending.line.gross for pending in pending_charges(acme.pk, JANUARY)) == 36


@pytest.mark.rule("RUN-8", "RUN-9")
def test_its_run_still_proves_itself_and_is_reversed_with_the_reissued_invoice(acme: Account) -> None:
    old = first_invoice(acme)
    new = reissue_invoice(old.pk, "Wrong address")
    run = BillRun.objects.get(pk=old.bill_run_id)
    assert all(check["holds"] for check in certify(run).certificate["checks"])
    reverse_run(run.pk)
    new.refresh_from_db()
    assert new.status == "void"
    assert balances([acme.pk])[acme.pk]["USD"] == 0
    assert faults() == []


def test_who_reissued_it_and_why_is_in_the_history_of_both(acme: Account) -> None:
    old = first_invoice(acme)
    with acting_as(Actor.user(1, "ada@example.com")):
        new = reissue_invoice(old.pk, " Wrong address ")
    told = HistoryEntry.objects.filter(
        subject_kind="invoice", subject_id__in=[old.pk, new.pk], changes__has_key="reason"
    )
    assert {entry.subject_id: (entry.actor, entry.changes["reason"]) for entry in told} == {
        each.pk: ("ada@example.com", [None, "Wrong address"]) for each in (old, new)
    }


def test_an_invoice_of_nothing_is_reissued_as_paid(acme: Account) -> None:
    free = an_account("Free")
    create_charge(NewCharge(free.pk, "Visit", Decimal("5.00"), JANUARY))
    create_charge(NewCharge(free.pk, "On the house", Decimal("-5.00"), JANUARY))
    old = first_invoice(free)
    assert (old.status, reissue_invoice(old.pk, "Wrong address").status) == ("paid", "paid")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 2001, "a\x00b"])
def test_it_takes_a_reason(acme: Account, reason: str) -> None:
    with pytest.raises(Refusal) as caught:
        reissue_invoice(first_invoice(acme).pk, reason)
    assert [problem.field for problem in caught.value.problems] == ["reason"]
    assert caught.value.kind is Kind.INVALID


@pytest.mark.rule("INV-6")
def test_only_an_open_invoice_is_reissued_and_only_once(acme: Account) -> None:
    old = first_invoice(acme)
    reissue_invoice(old.pk, "Wrong address")
    with pytest.raises(Refusal) as caught:
        reissue_invoice(old.pk, "")
    assert [problem.field for problem in caught.value.problems] == ["reason", "status"]
    assert (caught.value.kind, caught.value.rule) == (Kind.CONFLICT, "INV-10")
    with pytest.raises(Refusal) as caught:
        reissue_invoice(999_999_999, "Wrong address")
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("RUN-7")
def test_a_draft_is_not_reissued_nor_an_invoice_whose_run_is_under_way(acme: Account) -> None:
    require_approval()
    draft = first_invoice(acme)
    with pytest.raises(Refusal, match="approve or discard"):
        reissue_invoice(draft.pk, "Wrong address")
    approve_run(draft.bill_run_id)
    BillRun.objects.filter(pk=draft.bill_run_id).update(status="running")
    with pytest.raises(Refusal, match="once its run has ended"):
        reissue_invoice(draft.pk, "Wrong address")


def test_a_paid_invoice_is_not_reissued(acme: Account) -> None:
    old = first_invoice(acme)
    as_if_there_were_payments()
    execute("UPDATE invoices_invoice SET status = 'paid' WHERE id = %s", [old.pk])
    with pytest.raises(Refusal, match="credit it instead"):
        reissue_invoice(old.pk, "Wrong address")


@pytest.mark.parametrize("change", ["gross = gross + 1", "account_id = account_id + 1", "currency = 'EUR'"])
def test_the_database_refuses_a_reissue_that_says_something_else(acme: Account, change: str) -> None:
    old = first_invoice(acme)
    void_invoice(old.pk)
    column, value = change.split(" = ")
    names = [field.column for field in Invoice._meta.fields if field.column not in ("id", "reissue_of", "status")]
    said = ", ".join(value if name == column else "999" if name == "sequence_number" else name for name in names)
    with pytest.raises(IntegrityError, match="does not say what"), transaction.atomic():
        execute(
            f"INSERT INTO invoices_invoice ({', '.join(names)}, status, reissue_of)"
            f" SELECT {said}, 'open', id FROM invoices_invoice WHERE id = %s",
            [old.pk],
        )


@pytest.mark.rule("DIS-4")
def test_a_fixed_discount_stays_taken_on_the_billing_date_of_a_reissued_invoice(acme: Account) -> None:
    """10.00 off the first 20.00 of the date is all that there is: the next 20.00 of it are charged whole."""
    other = an_account("Other")
    create_discount(NewDiscount(other.pk, amount=Decimal("10.00")))
    create_charge(NewCharge(other.pk, "Visit", Decimal("20.00"), JANUARY))
    old = first_invoice(other)
    assert (old.gross, old.discount) == (20, 10)
    reissue_invoice(old.pk, "Wrong address")
    create_charge(NewCharge(other.pk, "Another visit", Decimal("20.00"), JANUARY))
    second = first_invoice(other)
    assert (second.gross, second.discount) == (20, 0)
