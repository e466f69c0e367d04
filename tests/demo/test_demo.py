"""The demo, run as people run it: twelve months of a company whose figures can be checked by hand (SYS-2)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from django.db import connections
from django.db.models import Sum
from pytest_django import DjangoDbBlocker

from banyan.accounts.models import Account
from banyan.billruns.models import BillRun, RunStatus
from banyan.foundation.tenants.queries import within_tenant
from banyan.invoices.models import Invoice, InvoiceLine
from banyan.invoices.queries import invoices, lines_of
from banyan.organizations.queries import api_keys
from banyan.subscriptions.models import Charge
from banyan.usage.models import UsageEvent

pytestmark = [pytest.mark.rule("SYS-2"), pytest.mark.usefixtures("in_demo")]


def run_demo() -> str:
    command = [sys.executable, "-m", "banyan.cli", "demo", "--no-serve"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def printed(django_db_setup: None) -> str:
    """What the demo printed the first time."""
    return run_demo()


@pytest.fixture
def in_demo(printed: str, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Within the demo's tenant."""
    with django_db_blocker.unblock(), within_tenant("demo"):
        yield
        connections.close_all()


def invoices_of(account: str, day: date) -> list[Invoice]:
    return list(invoices().filter(account__number=account, invoice_date=day).order_by("id"))


def lines_on(account: str, day: date) -> list[tuple[str, Decimal, Decimal, Decimal]]:
    """Account, gross, discount and tax of each line of the account's only invoice of a day."""
    (invoice,) = invoices_of(account, day)
    numbers = dict(Account.objects.values_list("id", "number"))
    return [(numbers[line.account_id], line.gross, line.discount, line.tax) for line in lines_of(invoice.pk)]


def money(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(amount) for amount in amounts)


def test_every_run_of_twelve_months_is_completed() -> None:
    runs = BillRun.objects.all()
    assert runs.count() == 4 * 12 + 4
    assert set(runs.values_list("status", flat=True)) == {RunStatus.COMPLETED}
    assert all(run.errors.count() == 0 for run in runs)


def test_what_is_printed_names_runs_payers_rules_and_what_to_try(printed: str) -> None:
    words = ("Opened 77 accounts of 34 customers", "Monthly EUR", "BHI-1", "EMB-EAST pays", "What to try next", "curl")
    assert all(word in printed for word in words)


@pytest.mark.rule("DIS-3", "TAX-1")
def test_before_2026_the_discount_of_a_managed_account_holds_for_its_own_lines() -> None:
    """20 % off Berlin's seats; 19 % tax in Germany, 20 % in France; 815.00 net and 157.40 tax."""
    assert lines_on("HAL-HQ", date(2025, 11, 1)) == [
        ("HAL-HQ", *money("200.00", "0", "38.00")),
        ("HAL-BERLIN", *money("300.00", "60.00", "45.60")),
        ("HAL-HAMBURG", *money("120.00", "0", "22.80")),
        ("HAL-LYON", *money("180.00", "0", "36.00")),
        ("HAL-PARIS", *money("75.00", "0", "15.00")),
    ]


@pytest.mark.rule("DIS-2")
def test_from_2026_the_discount_of_the_responsible_account_overrides_it() -> None:
    """10 % off everything: 787.50 net and 151.92 tax."""
    (invoice,) = invoices_of("HAL-HQ", date(2026, 1, 1))
    assert (invoice.gross, invoice.discount, invoice.tax, invoice.total) == money("875", "87.50", "151.92", "939.42")


@pytest.mark.rule("DIS-4", "MON-2")
def test_a_fixed_discount_is_split_over_the_lines_by_their_amounts() -> None:
    """25.00 over 200.00 and 150.00: 14.29 and 10.71; 19 % of 185.71 and 139.29 are 35.28 and 26.47."""
    assert lines_on("BRU-1", date(2025, 11, 1)) == [
        ("BRU-1", *money("200.00", "14.29", "35.28")),
        ("BRU-1", *money("150.00", "10.71", "26.47")),
    ]


@pytest.mark.rule("INV-7")
def test_three_small_months_are_invoiced_together_once_they_reach_the_minimum() -> None:
    """54.00 a month with tax, a minimum of 150.00."""
    assert invoices_of("LUM-1", date(2025, 11, 1)) == invoices_of("LUM-1", date(2025, 12, 1)) == []
    (invoice,) = invoices_of("LUM-1", date(2026, 1, 1))
    assert invoice.total == Decimal("162.00")


@pytest.mark.rule("SUB-5", "SUB-6")
def test_a_cancellation_in_mid_month_is_credited_with_its_tax() -> None:
    """16 of March's 31 days of 200.00 are 103.23, with 19.61 of tax."""
    credit, seats = lines_on("KAF-1", date(2026, 4, 1))
    assert credit == ("KAF-1", *money("-103.23", "0", "-19.61"))
    assert seats == ("KAF-1", *money("300.00", "0", "57.00"))


@pytest.mark.rule("SUB-5")
def test_an_upgrade_in_mid_month_is_charged_for_the_days_that_it_holds() -> None:
    """10 seats cost 180.00, 25 cost 405.00; 225.00 more for 21 of April's 30 days are 157.50."""
    assert [line[1] for line in lines_on("NOR-1", date(2026, 5, 1))] == list(money("157.50", "405.00"))


@pytest.mark.rule("POO-1", "POO-2")
def test_the_franchise_pays_exactly_for_what_it_used_beyond_its_pool() -> None:
    """40 sites with 500 orders each; 20,280 orders in November: 280 at 0.02."""
    november = InvoiceLine.objects.filter(kind="usage", period_start=date(2025, 11, 1), description="Online orders")
    assert november.aggregate(gross=Sum("gross"), quantity=Sum("quantity")) == {
        "gross": Decimal("5.60"),
        "quantity": 280,
    }


@pytest.mark.rule("USE-2", "SUB-5")
def test_orders_that_were_reported_late_are_billed_as_a_difference() -> None:
    """20,580 orders in January, 400 more are known in February: 580 and then 980 beyond the pool of 20,000, at 0.02."""

    def billed_for_january(day: date) -> Decimal:
        on = Invoice.objects.filter(invoice_date=day).values_list("id", flat=True)
        lines = InvoiceLine.objects.filter(invoice_id__in=list(on), period_start=date(2026, 1, 1))
        return lines.filter(description__contains="Online orders").aggregate(gross=Sum("gross"))["gross"]

    assert billed_for_january(date(2026, 2, 1)) == Decimal("11.60")
    assert billed_for_january(date(2026, 3, 1)) == Decimal("8.00")


@pytest.mark.rule("BHI-4", "BHI-7")
def test_sites_that_moved_west_are_invoiced_to_the_west_each_on_its_own_invoice() -> None:
    def sites(day: date) -> list[str]:
        found = [invoice.for_account for invoice in invoices_of("EMB-WEST", day)]
        return [site.number for site in found if site]

    west = [f"EMB-W{number:02}" for number in range(1, 15)]
    moved = ["EMB-C09", "EMB-C10", "EMB-C11", "EMB-C12"]
    assert sorted(sites(date(2026, 4, 1))) == west
    assert sorted(sites(date(2026, 5, 1))) == moved + west


@pytest.mark.rule("WHO-1", "GRP-2")
def test_each_mode_of_who_pays_leads_to_its_payer() -> None:
    """Elmwood's subscriptions: 80 apart, 92 together; 40 to its parent, 210 to the root, 24 to the one it named."""
    totals = {
        number: sorted(invoice.total for invoice in invoices_of(number, date(2025, 11, 15)))
        for number in ("ELM-1", "DEL-1", "VAN-1", "BRI-1")
    }
    assert totals == {
        "ELM-1": list(money("80", "92")),
        "DEL-1": list(money("224")),
        "VAN-1": list(money("210", "220")),
        "BRI-1": list(money("104", "160")),
    }


def counted() -> dict[str, int]:
    return {
        model.__name__: model._default_manager.count()
        for model in (Account, BillRun, Invoice, InvoiceLine, UsageEvent, Charge)
    }


def test_repeating_it_brings_in_nothing_twice_and_bills_nothing_twice() -> None:
    before = counted()
    assert "The company already exists, with 34 customers." in run_demo()
    assert counted() == before
    assert len([key for key in api_keys() if key.revoked_at is None]) == 1


def bill_run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "banyan.cli", "bill-run", *arguments, "--tenant", "demo", "--json"]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


@pytest.mark.rule("RUN-6", "SYS-3")
def test_a_simulation_shows_the_next_month_and_bills_nothing() -> None:
    before = Invoice.objects.count()
    done = bill_run("simulate", "Monthly GBP", "2026-11-01")
    assert done.returncode == 0
    run = json.loads(done.stdout)
    assert (run["status"], run["invoices"], run["totals"]) == ("completed", 3, {"GBP": "912.00"})
    assert Invoice.objects.count() == before


@pytest.mark.rule("RUN-1", "SYS-3")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["start", "Monthly GPB", "2026-11-01"], "there are Monthly EUR, Monthly GBP"),
        (["start", "Monthly GBP", "2026-11-02"], "is not a billing date"),
        (["start", "Monthly GBP", "2026-09-01"], "is earlier"),
        (["start", "Monthly GBP", "November"], "is not a date"),
    ],
)
def test_a_run_that_is_not_possible_is_refused_in_words(arguments: list[str], words: str) -> None:
    done = bill_run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
