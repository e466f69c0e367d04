"""What looks absurd on a run is told before it is approved (RUN-10)."""

from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.billruns import absurd
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.foundation.models import HistoryEntry
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge, NewItem
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, only_invoice, require_approval, run_for
from tests.business import a_price, an_account, subscribed
from tests.relations.people import People

pytestmark = [pytest.mark.rule("RUN-10"), pytest.mark.usefixtures("tenant")]


def charged(account: Account, amount: str, on: date) -> None:
    create_charge(NewCharge(account.id, "Visit", Decimal(amount), on))


def told(run: BillRun) -> list[tuple[int, str, str]]:
    """The warnings of a run; all of them are kept."""
    found = list(run.warnings.order_by("id").values_list("account_id", "code", "message"))
    assert run.warnings_in_all == len(found)
    return found


def test_a_total_of_ten_times_the_last_is_told_with_both_amounts():
    """10 in January. In February 99.90 to the one (10 + 89.90), 100 to the other (10 + 90), 125.50 to the third."""
    people = People()
    accounts = [people.account() for _ in range(3)]
    for account, extra in zip(accounts, ("89.90", "90.00", "115.50"), strict=True):
        subscribed(account, a_price("10"))
        charged(account, extra, FEBRUARY)
    assert told(run_for(people.cycle, JANUARY)) == []
    _, ten, more = accounts
    run = run_for(people.cycle, FEBRUARY)
    assert run.status == RunStatus.COMPLETED
    assert told(run) == [
        (more.id, "unusual_total", "The total of 125.50 USD is 12.5 times the last one, 10.00 USD on 2026-01-01"),
        (ten.id, "unusual_total", "The total of 100.00 USD is 10 times the last one, 10.00 USD on 2026-01-01"),
    ]


@pytest.mark.parametrize(
    ("last", "now", "is_told"),
    [
        ([], "5000.00", False),  # nothing to compare with
        (["5.00", "-5.00"], "5000.00", False),
        (["9.99"], "99.90", False),  # ten times, but little
        (["9.99"], "100.00", True),
        (["100.00"], "999.99", False),
        (["100.00"], "1000.00", True),
    ],
)
def test_only_what_is_much_and_can_be_compared_is_told(last: list[str], now: str, is_told: bool):
    people = People()
    account, other = people.account(), people.account()
    subscribed(other, a_price("20"))
    for amount in last:
        charged(account, amount, JANUARY)
    charged(account, now, FEBRUARY)
    run_for(people.cycle, JANUARY)
    assert bool(told(run_for(people.cycle, FEBRUARY))) == is_told


def test_the_first_run_ever_is_compared_with_nothing():
    people = People()
    charged(people.account(), "5000.00", JANUARY)
    assert told(run_for(people.cycle, JANUARY)) == []


def test_who_was_left_out_last_time_is_compared_with_the_time_before():
    """50 in January, nothing in February while another is billed, 600 in March."""
    people = People()
    account, other = people.account(), people.account()
    subscribed(other, a_price("20"))
    charged(account, "50.00", JANUARY)
    charged(account, "600.00", MARCH)
    for day in (JANUARY, FEBRUARY):
        run_for(people.cycle, day)
    (warning,) = told(run_for(people.cycle, MARCH))
    assert warning[2] == "The total of 600.00 USD is 12 times the last one, 50.00 USD on 2026-01-01"


@pytest.mark.parametrize("is_reversed", [False, True])
def test_void_invoices_and_reversed_runs_are_nothing_to_compare_with(is_reversed: bool):
    """January's 500 stands, February's 10 is taken back: March bills it too, and its 1,000 is twice 500."""
    people = People()
    account = people.account()
    for amount, day in (("500.00", JANUARY), ("10.00", FEBRUARY), ("990.00", MARCH)):
        charged(account, amount, day)
    run_for(people.cycle, JANUARY)
    february = run_for(people.cycle, FEBRUARY)
    if is_reversed:
        reverse_run(february.pk)
    else:
        void_invoice(only_invoice(february).id)
    march = run_for(people.cycle, MARCH)
    assert only_invoice(march).total == 1000
    assert told(march) == []


def test_two_runs_for_one_date_count_together_as_the_last():
    """950 and then 5 for January are 955, so 1,000 in February is nothing unusual."""
    people = People()
    account = people.account()
    charged(account, "950.00", JANUARY)
    run_for(people.cycle, JANUARY)
    charged(account, "5.00", JANUARY)
    assert told(run_for(people.cycle, JANUARY)) == []
    charged(account, "1000.00", FEBRUARY)
    assert told(run_for(people.cycle, FEBRUARY)) == []


def test_each_currency_and_each_cycle_is_compared_with_itself():
    """Ten times the last in yen; what another cycle invoiced is not looked at."""
    people = People()
    dollars, yen = people.account(), people.account(currency="JPY")
    for account, last, now in ((dollars, "700.00", "900.00"), (yen, "90", "1000")):
        charged(account, last, JANUARY)
        charged(account, now, FEBRUARY)
    other = an_account()
    charged(other, "5000.00", FEBRUARY)
    run_for(people.cycle, JANUARY)
    assert told(run_for(people.cycle, FEBRUARY)) == [
        (yen.id, "unusual_total", "The total of 1,000 JPY is 11.1 times the last one, 90 JPY on 2026-01-01")
    ]
    assert told(run_for(other.bill_cycle, FEBRUARY)) == []


def test_a_huge_quantity_and_a_huge_amount_are_told_also_on_the_first_run():
    """A billion of what costs a thousandth; 999,999,999 is no billion; a charge and a credit of a billion."""
    people = People()
    seats, fewer, charge = (people.account() for _ in range(3))
    price = a_price("0.001")
    subscribed(seats, items=(NewItem(price.id, Decimal(1_000_000_000)),))
    subscribed(fewer, items=(NewItem(price.id, Decimal(999_999_999)),))
    create_charge(NewCharge(charge.id, "Licence", Decimal("2500000000.00"), JANUARY))
    create_charge(NewCharge(charge.id, "Refund", Decimal("-1000000000.00"), JANUARY))
    create_charge(NewCharge(charge.id, "Visit", Decimal("999999999.99"), JANUARY))
    licence, *others = told(run_for(people.cycle, JANUARY))
    assert licence == (charge.id, "unusual_amount", "“Licence” comes to 2,500,000,000.00 USD")
    assert set(others) == {
        (charge.id, "unusual_amount", "“Refund” comes to -1,000,000,000.00 USD"),
        (
            seats.id,
            "unusual_quantity",
            f"“{price.product.name}” has a quantity of 1,000,000,000 and comes to 1,000,000.00 USD",
        ),
    }


@pytest.mark.rule("RUN-7")
def test_it_is_told_while_the_run_awaits_approval_and_after():
    people = People()
    account = people.account()
    charged(account, "50.00", JANUARY)
    charged(account, "5000.00", FEBRUARY)
    run_for(people.cycle, JANUARY)
    require_approval()
    run = run_for(people.cycle, FEBRUARY)
    assert run.status == RunStatus.AWAITING_APPROVAL
    warnings = told(run)
    assert [code for _, code, _ in warnings] == ["unusual_total"]
    assert told(approve_run(run.pk)) == warnings
    changes = HistoryEntry.objects.filter(subject_kind="bill_run", subject_id=run.pk).values_list("changes", flat=True)
    assert not any("warnings_in_all" in each for each in changes)


@pytest.mark.rule("RUN-6")
def test_a_simulation_tells_what_its_run_would():
    people = People()
    account = people.account()
    charged(account, "50.00", JANUARY)
    create_charge(NewCharge(account.id, "Licence", Decimal("2500000000.00"), FEBRUARY))
    run_for(people.cycle, JANUARY)
    simulated = told(run_for(people.cycle, FEBRUARY, RunMode.SIMULATE))
    assert [code for _, code, _ in simulated] == ["unusual_total", "unusual_amount"]
    assert told(run_for(people.cycle, FEBRUARY)) == simulated


def test_of_many_the_furthest_from_usual_are_kept_and_all_are_counted(monkeypatch: pytest.MonkeyPatch):
    """From 50 to 600, 700 and 800: two are kept of three totals, and one line of one."""
    monkeypatch.setattr(absurd, "KEPT", 2)
    people = People()
    for amount in ("600.00", "700.00", "800.00"):
        account = people.account()
        charged(account, "50.00", JANUARY)
        charged(account, amount, FEBRUARY)
    create_charge(NewCharge(people.account().id, "Licence", Decimal("1000000000.00"), FEBRUARY))
    run_for(people.cycle, JANUARY)
    run = run_for(people.cycle, FEBRUARY)
    messages = [message.split(" is ")[0] for message in run.warnings.order_by("id").values_list("message", flat=True)]
    assert messages == ["The total of 800.00 USD", "The total of 700.00 USD", "“Licence” comes to 1,000,000,000.00 USD"]
    assert run.warnings_in_all == 4
