"""Businesses made up at random live in a real tenant, and every run bills what the reference says, to the cent (REL-D).

What is made up, and by which of the two tests: E compares the engine alone (test_against_reference.py, thousands of
runs a minute), D all from from the actions to the tables (this one).

| of | what happens | by |
| --- | --- | --- |
| runs | cycle after cycle, in any order; dates left out and caught up; the same date again; small batches | D |
| runs | approved, discarded, reversed, also under later ones; accounts fail and are retried; simulated | D |
| invoices | voided alone and billed again | E D |
| invoices | minimums, credits that are carried; split by group, subscription, managed account | E D |
| payers | who pays in every mode, groups, other default accounts, customers that move | D |
| payers | responsible accounts that come and go, on any day; corrections that go to whoever was invoiced | E D |
| subscriptions | all models, intervals, timings, anchors; price and quantity change in mid-period, backdated | E D |
| subscriptions | ended from the start, cancelled with and without proration, for another day, resumed | E D |
| accounts | suspended, inactive and active again, with and without Bill Suspended Accounts; other bill cycles | E D |
| usage | late, between runs, in time zones; sum, count, max, last, unique; precisions; allowances | D |
| pools | of trees that change, with items that change | D (E: trees that stay) |
| discounts | percent, fixed, for some products, dated, ended; the payer's or the sources' | E D |
| taxes | by country, state, category; dated; not taxable, exempt for some time, reverse charge | E D |
| money | currencies with 0, 2 and 3 decimals, one-time charges and credits | D |

Not made up: several owners, contracts, concurrent changes (see billruns/test_concurrent_change.py).
"""

import os
from fractions import Fraction
from random import Random
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from banyan.accounts.models import BillCycle
from banyan.billruns.models import BillRun, RunMode
from banyan.verification.queries import verify
from tests.reference.dealings import (
    Business,
    Expected,
    begin,
    dates_of,
    decide,
    happen,
    retry,
    run,
    simulate,
)
from tests.reference.reading import rows
from tests.reference.test_against_reference import shown_naively

STORIES = os.environ.get("BANYAN_STORIES")


def shown_invoices(run_id: int, accounts: set[int]) -> dict[int, list[Any]]:
    """What is on the invoices of a run, as shown_naively gives it, by account."""
    lines: dict[int, list[Any]] = {}
    for invoice, kind, account, item, charge, start, gross, discounts, taxes, reverse in rows(
        """SELECT line.invoice_id, kind, line.account_id, coalesce(item_id, 0), coalesce(charge_id, 0),
                  CASE kind WHEN 'correction' THEN '' ELSE period_start::text END, line.gross,
                  discounts::text::json, taxes::text::json, reverse_charge
           FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
           WHERE bill_run_id = %s""",
        run_id,
    ):
        lines.setdefault(invoice, []).append(
            (
                kind, account, item, charge, start, Fraction(gross),
                [(percent is None, Fraction(percent or 0), Fraction(much)) for _, percent, much in discounts or []],
                [(name, Fraction(percent), Fraction(much)) for name, percent, much in taxes or []],
                reverse,
            )
        )  # fmt: skip
    found: dict[int, list[Any]] = {account: [] for account in accounts}
    for invoice, account, for_account, group, subscription, total in rows(
        """SELECT id, account_id, for_account_id, group_id, subscription_id, gross - discount + tax
           FROM invoices_invoice WHERE bill_run_id = %s AND status <> 'void' ORDER BY id""",
        run_id,
    ):
        if account in accounts:
            key = repr((for_account, group, subscription))
            found[account].append((False, key, Fraction(total), sorted(lines[invoice])))
    return {account: sorted(invoices) for account, invoices in found.items()}


def compare(done: BillRun, expected: Expected) -> None:
    issued = {account: [one for one in invoices if not one["held"]] for account, invoices in expected.items()}
    shown = {account: shown_naively(invoices) for account, invoices in issued.items()}
    found = shown_invoices(done.pk, set(expected))
    assert found == shown, f"on {done.billing_date}:\n{found}\n{shown}"


def live(business: Business) -> None:
    """A business from its beginning on: things happen, cycles are run in any order, and every run is compared."""
    dice = business.dice
    begin(business)
    for _ in range(dice.randint(3, 9)):
        for _ in range(dice.randint(1, 5)):
            happen(business)
        cycle = dice.choice(business.cycles)
        dates = dates_of(cycle)
        waits = rows(
            "SELECT 1 FROM billruns_billrun WHERE bill_cycle_id = %s AND status = 'awaiting_approval'", cycle.id
        )
        if not dates or waits:
            continue
        on = dice.choice(dates[:3])
        if dice.random() < 0.15:
            compare_simulation(*simulate(business, cycle, on))
        failing = dice.sample(business.accounts, 1) if dice.random() < 0.15 else ()
        done, expected = run(business, cycle, on, failing, dice.choice([1, 2500]))
        compare(done, expected)
        check_run(done, expected, failing)
        business.today = max(business.today, on)
        for _ in range(dice.randint(0, 2)):
            happen(business)
        if done.errors.exists() and dice.random() < 0.7 and BillRun.objects.get(pk=done.pk).errors.exists():
            retry_if_possible(business, done)


def retry_if_possible(business: Business, done: BillRun) -> None:
    done.refresh_from_db()
    if done.status in ("completed_with_errors", "awaiting_approval"):
        compare(*retry(business, done))


def settle(business: Business) -> None:
    """Nothing waits any more, and every cycle is run up to the end, twice: the second time there is nothing new."""
    for (waiting,) in rows("SELECT id FROM billruns_billrun WHERE status = 'awaiting_approval' ORDER BY id"):
        decide(business, waiting, True)
    for cycle in business.dice.sample(business.cycles, len(business.cycles)):
        done, expected = run(business, cycle, dates_of(cycle)[-1])
        compare(done, expected)
        check_run(done, expected, ())
        if done.status == "awaiting_approval":
            decide(business, done.pk, True)
        check_nothing_is_left(business, cycle, done)


def check_nothing_is_left(business: Business, cycle: BillCycle, done: BillRun) -> None:
    """A run for the same date bills nothing more, but for what is held back (RUN-3)."""
    simulated, expected = simulate(business, cycle, done.billing_date)
    compare_simulation(simulated, expected)
    assert all(one["held"] for invoices in expected.values() for one in invoices)
    if business.dice.random() < 0.3:
        compare(*run(business, cycle, done.billing_date))


def check_run(done: BillRun, expected: Expected, failing: Any) -> None:
    assert done.certificate is not None
    assert all(check["holds"] for check in done.certificate["checks"]), done.certificate
    assert not done.certificate["checks"][2]["found"], done.certificate
    held = sum(any(one["held"] for one in invoices) for invoices in expected.values())
    counted = sum(batch.held_back for batch in done.batches.all())
    assert counted == held, (counted, [one for found in expected.values() for one in found if one["held"]])
    assert {row[0] for row in rows("SELECT account_id FROM billruns_runerror WHERE run_id = %s", done.pk)} <= set(
        failing
    )


def compare_simulation(done: BillRun, expected: Expected) -> None:
    assert done.mode == RunMode.SIMULATE
    found: dict[int, Fraction] = {}
    for account, total in rows(
        "SELECT account_id, (document->>'total')::numeric FROM billruns_simulatedinvoice WHERE run_id = %s", done.pk
    ):
        found[account] = found.get(account, Fraction(0)) + Fraction(total)
    assert found == {
        account: sum(one["total"] for one in invoices if not one["held"])
        for account, invoices in expected.items()
        if any(not one["held"] for one in invoices)
    }


def check_invariants(business: Business) -> None:
    """What has to be true of every business at any time, read from the tables."""
    assert live_sums() == sums_of(business.lines)
    for says, faults in INVARIANTS.items():
        found = rows(faults)
        assert not found, (says, found)
    broken = [(found.check.says, found.shown) for found in verify() if not found.holds]
    assert not broken, broken


def live_sums() -> dict[Any, Fraction]:
    """What is billed for each item and charge to whom; nothing twice and nothing lost if the reference has the same."""
    found = rows(
        """SELECT item_id, charge_id, invoice.account_id, sum(line.gross)
           FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
           WHERE invoice.status <> 'void' GROUP BY 1, 2, 3"""
    )
    return {tuple(whose): Fraction(gross) for *whose, gross in found}


def sums_of(lines: list[dict[str, Any]]) -> dict[Any, Fraction]:
    found: dict[Any, Fraction] = {}
    for line in lines:
        if line["live"]:
            whose = (line["item"], line["charge"], line["invoiced"])
            found[whose] = found.get(whose, Fraction(0)) + line["gross"]
    return found


INVARIANTS = {
    "no item is billed twice from a day on, and no charge": """
        SELECT item_id, charge_id, period_start FROM invoices_invoiceline WHERE live AND kind <> 'correction'
        GROUP BY 1, 2, 3 HAVING count(*) > 1""",
    "a line is live as long as its invoice is not void": """
        SELECT line.id FROM invoices_invoiceline line LEFT JOIN invoices_invoice invoice ON invoice.id = invoice_id
        WHERE invoice.id IS NULL OR live = (status = 'void')""",
    "a line is on the invoice of the payer that its steps lead to": """
        SELECT line.id FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = invoice_id
        WHERE coalesce((payer_trail -> -1 ->> 2)::bigint, line.account_id) <> invoice.account_id""",
    "who owes what is what is issued to him and not void": """
        SELECT account_id, sum(amount) FROM (
            SELECT debit_account_id AS account_id, amount FROM ledger_posting WHERE debit_kind = 'receivable'
            UNION ALL SELECT credit_account_id, -amount FROM ledger_posting WHERE credit_kind = 'receivable'
            UNION ALL SELECT account_id, -(gross - discount + tax) FROM invoices_invoice
                      WHERE status NOT IN ('draft', 'void')
        ) movement GROUP BY 1 HAVING sum(amount) <> 0""",
    "revenue and taxes are what is owed": """
        SELECT currency, sum(amount) FROM (
            SELECT currency, CASE WHEN debit_kind = 'receivable' THEN amount ELSE -amount END AS amount
            FROM ledger_posting
            UNION ALL SELECT currency, -(gross - discount + tax) FROM invoices_invoice
                      WHERE status NOT IN ('draft', 'void')
        ) movement GROUP BY 1 HAVING sum(amount) <> 0""",
    "numbers of an owner are 1, 2, 3 and so on": """
        SELECT owner_id FROM invoices_invoice WHERE sequence_number IS NOT NULL GROUP BY owner_id
        HAVING (min(sequence_number), max(sequence_number), count(DISTINCT sequence_number))
            <> (1, count(*), count(*))""",
}


@pytest.mark.rule("REL-D")
@settings(
    max_examples=int(STORIES or 12),
    derandomize=STORIES is None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(number=st.integers(0, 10**9))
def test_whatever_happens_the_database_has_the_invoices_of_the_reference(tenant: str, number: int) -> None:
    tell(number)


def tell(number: int) -> None:
    """The story of that number; what happened until it failed is in the notes of the failure."""
    business: Business | None = None
    with transaction.atomic():
        try:
            business = Business(Random(number))
            live(business)
            settle(business)
            check_invariants(business)
            connection.check_constraints()
        except Exception as failure:
            failure.add_note("\n".join(business.told if business else []))
            raise
        finally:
            transaction.set_rollback(True)
