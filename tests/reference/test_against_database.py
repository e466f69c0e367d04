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
from collections.abc import Iterable
from datetime import date
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
from banyan.verification.second_opinion.billing import bill, every_part
from banyan.verification.second_opinion.comparing import Difference
from banyan.verification.second_opinion.facts import Invoice
from banyan.verification.second_opinion.opinions import chunks, on_run, on_what_stands, stood_before
from banyan.verification.second_opinion.reading import read_lines, read_world
from tests.reference.dealings import (
    Business,
    begin,
    dates_of,
    decide,
    happen,
    retry,
    run,
    simulate,
)
from tests.reference.reading import rows

Expected = dict[int, list[Invoice]]
STORIES = os.environ.get("BANYAN_STORIES")


def compare(done: BillRun, accounts: Iterable[int]) -> dict[int, list[Invoice]]:
    """Every line of the run is what the second opinion says; what that invoices each account for."""
    opinion = on_run(done.pk, set(accounts))
    differ = [found for found in [*opinion.differences, *opinion.changed] if not is_dropped(found)]
    assert not differ, f"on {done.billing_date}:\n" + "\n".join(str(found) for found in differ)
    return expected(done.billing_date, accounts, done.pk)


def is_dropped(found: Difference) -> bool:
    """A line that says only that nothing is to be paid is not carried where it made no invoice in an earlier run."""
    return found.theirs is None and found.about.covered


def expected(on: date, accounts: Iterable[int], run: int | None = None) -> dict[int, list[Invoice]]:
    """What the second opinion invoices each account for, given the lines that stood before a run, or stand now."""
    result = {}
    for together in chunks(set(accounts)):
        world = read_world(on, together)
        lines = read_lines(world)
        every = every_part(world, lines, on)
        for account in together:
            theirs = [line for line in lines if (line.run, line.payer) == (run, account)]
            before = [line for line in lines if line.live] if run is None else stood_before(run, lines, theirs)
            result[account] = bill(world, before, on, account, every)
    return result


def accounts_of(cycle: BillCycle, failing: Iterable[int] = ()) -> set[int]:
    return {row[0] for row in rows("SELECT id FROM accounts_account WHERE bill_cycle_id = %s", cycle.id)} - set(failing)


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
            compare_simulation(simulate(cycle, on), expected(on, accounts_of(cycle)))
        failing = dice.sample(business.accounts, 1) if dice.random() < 0.15 else ()
        done = run(business, cycle, on, failing, dice.choice([1, 2500]))
        check_run(done, compare(done, accounts_of(cycle, failing)), failing)
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
        done = run(business, cycle, dates_of(cycle)[-1])
        check_run(done, compare(done, accounts_of(cycle)), ())
        if done.status == "awaiting_approval":
            decide(business, done.pk, True)
        check_nothing_is_left(business, cycle, done)


def check_nothing_is_left(business: Business, cycle: BillCycle, done: BillRun) -> None:
    """A run for the same date bills nothing more, but for what is held back (RUN-3)."""
    left = expected(done.billing_date, accounts_of(cycle))
    compare_simulation(simulate(cycle, done.billing_date), left)
    assert all(one.held or is_nothing(one) for invoices in left.values() for one in invoices)
    if business.dice.random() < 0.3:
        compare(run(business, cycle, done.billing_date), accounts_of(cycle))


def is_nothing(invoice: Invoice) -> bool:
    return all(line.covered for line in invoice.lines)


def check_run(done: BillRun, expected: Expected, failing: Any) -> None:
    assert done.certificate is not None
    assert all(check["holds"] for check in done.certificate["checks"]), done.certificate
    assert not done.certificate["checks"][2]["found"], done.certificate
    held = [any(one.held and not one.says_nothing for one in invoices) for invoices in expected.values()]
    counted = sum(batch.held_back for batch in done.batches.all())
    assert counted == sum(held), (counted, [one for found in expected.values() for one in found if one.held])
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
        account: sum((one.total for one in invoices if not one.held), Fraction(0))
        for account, invoices in expected.items()
        if any(not one.held and not is_nothing(one) for one in invoices)
    }


def check_invariants(business: Business) -> None:
    """What has to be true of every business at any time, read from the tables."""
    opinion = on_what_stands()
    assert not opinion.differences, opinion.document()
    for says, faults in INVARIANTS.items():
        found = rows(faults)
        assert not found, (says, found)
    broken = [(found.check.says, found.shown) for found in verify() if not found.holds]
    assert not broken, broken


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
