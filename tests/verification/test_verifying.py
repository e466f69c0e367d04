"""A tenant is corrupted on purpose, in one way for each check, and the check finds it (REL-C)."""

from dataclasses import dataclass

import pytest

from banyan.accounts.models import Account
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.update_account import update_account
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.inputs import ItemChange
from banyan.verification.checks import CHECKS
from banyan.verification.queries import Finding, verify
from tests.billruns.running import (
    FEBRUARY,
    JANUARY,
    execute,
    run_for,
)
from tests.business import a_price, subscribed
from tests.relations.people import People
from tests.verification.faults import FAULTS
from tests.verification.world import World


@dataclass(frozen=True)
class Corruption:
    """What is done to the rows, past triggers and the constraints that are named, and the check that has to find it."""

    finds: str
    statement: str
    constraints: tuple[tuple[str, str], ...] = ()


ALL_TIME = "daterange(NULL, NULL)"
CORRUPTIONS = (
    Corruption(
        "a customer has one parent on any day",
        "INSERT INTO relations_customerparent (customer_id, parent_id, during, created_at)"
        f" VALUES (%(bottom)s, %(top)s, {ALL_TIME}, now())",
        (("relations_customerparent", "customer_has_one_parent_on_any_day"),),
    ),
    Corruption(
        "an account has one parent on any day",
        "INSERT INTO relations_accountparent (account_id, parent_id, during, created_at)"
        f" VALUES (%(managed)s, %(payer)s, {ALL_TIME}, now())",
        (("relations_accountparent", "account_has_one_parent_on_any_day"),),
    ),
    Corruption(
        "an account has one responsible account on any day",
        "INSERT INTO relations_responsibleaccount (account_id, responsible_account_id, during, created_at)"
        f" VALUES (%(managed)s, %(payer)s, {ALL_TIME}, now())",
        (("relations_responsibleaccount", "account_has_one_responsible_account_on_any_day"),),
    ),
    Corruption(
        "a subscription has one payer and one group on any day",
        "INSERT INTO subscriptions_whopays (subscription_id, mode, group_id, during)"
        " SELECT subscription_id, mode, group_id, during FROM subscriptions_whopays LIMIT 1",
        (("subscriptions_whopays", "subscription_has_one_payer_on_any_day"),),
    ),
    Corruption(
        "the customer hierarchy has no cycle",
        "INSERT INTO relations_customerparent (customer_id, parent_id, during, created_at)"
        f" VALUES (%(top)s, %(bottom)s, {ALL_TIME}, now())",
    ),
    Corruption(
        "the account hierarchy has no cycle",
        "INSERT INTO relations_accountparent (account_id, parent_id, during, created_at)"
        f" VALUES (%(payer)s, %(managed)s, {ALL_TIME}, now())",
    ),
    Corruption(
        "the customer hierarchy is at most ten deep",
        "WITH made AS (INSERT INTO accounts_customer (kind, company_name, number, primary_email, phones,"
        " secondary_emails, custom_fields, tax_id_validated)"
        " SELECT 'company', 'Deep', 'DEEP-' || level, 'a@b.example', '[]', '[]', '{}', false"
        " FROM generate_series(1, 11) AS level RETURNING id),"
        " numbered AS (SELECT id, lag(id) OVER (ORDER BY id) AS above FROM made)"
        " INSERT INTO relations_customerparent (customer_id, parent_id, during, created_at)"
        f" SELECT id, above, {ALL_TIME}, now() FROM numbered WHERE above IS NOT NULL",
    ),
    Corruption(
        "a parent account has the owner of its children",
        "WITH other AS (INSERT INTO accounts_owner (legal_name, invoice_prefix, address, tax_registrations,"
        " base_currency, time_zone, language) SELECT 'Other', 'OTHER-', address, tax_registrations, base_currency,"
        " time_zone, language FROM accounts_owner LIMIT 1 RETURNING id)"
        " UPDATE accounts_account SET owner_id = (SELECT id FROM other) WHERE id = %(managed)s",
    ),
    Corruption(
        "a responsible account has owner, currency and bill cycle of what it manages",
        "UPDATE accounts_account SET currency = 'EUR' WHERE id = %(managed)s",
    ),
    Corruption(
        "responsible accounts make no chain",
        "INSERT INTO relations_responsibleaccount (account_id, responsible_account_id, during, created_at)"
        f" SELECT %(payer)s, id, {ALL_TIME}, now() FROM accounts_account WHERE customer_id = %(top)s",
    ),
    Corruption(
        "a customer has one default account",
        "UPDATE accounts_account SET is_default = false WHERE id = %(managed)s",
    ),
    Corruption(
        "an account is found by what its customer is found by",
        "UPDATE accounts_account SET search = '' WHERE id = %(managed)s",
    ),
    Corruption(
        "accounts that are managed without end, and no others, are marked as such",
        "UPDATE accounts_account SET managed_without_end = NOT managed_without_end WHERE id = %(payer)s",
    ),
    Corruption(
        "prices of a subscription are in the currency of its account",
        "UPDATE catalog_price SET currency = 'EUR' WHERE id ="
        " (SELECT price_id FROM subscriptions_subscriptionitem WHERE subscription_id = %(subscription)s)",
    ),
    Corruption(
        "the same usage is not charged by two items",
        "INSERT INTO subscriptions_subscriptionitem (subscription_id, price_id, quantity, revision)"
        " SELECT %(plain)s, price_id, 1, 0 FROM subscriptions_subscriptionitem WHERE subscription_id = %(metered)s",
    ),
    Corruption(
        "an invoice is the sum of its lines",
        "UPDATE invoices_invoice SET gross = gross + 0.01 WHERE id = %(invoice)s",
    ),
    Corruption(
        "discount and tax of a line are the sums of its discounts and taxes",
        "UPDATE invoices_invoiceline SET tax = tax + 0.01 WHERE invoice_id = %(invoice)s",
    ),
    Corruption(
        "a line is on an invoice, and comes from an item or a charge that is there",
        "DELETE FROM invoices_invoice WHERE id = %(voided)s",
    ),
    Corruption(
        "an invoice has owner and currency of its account, and is due after its date",
        "UPDATE invoices_invoice SET due_date = invoice_date - 1 WHERE id = %(invoice)s",
    ),
    Corruption(
        "no invoice is below zero",
        "UPDATE invoices_invoice SET gross = -gross WHERE id = %(invoice)s",
        (("invoices_invoice", "an_invoice_is_not_issued_below_zero"),),
    ),
    Corruption(
        "invoice numbers have no gap and no repeat",
        "UPDATE invoices_invoice SET sequence_number = sequence_number + 1000 WHERE id = %(invoice)s",
    ),
    Corruption(
        "what is issued has a number, and a draft has none and waits for somebody",
        "UPDATE invoices_invoice SET status = 'draft', sequence_number = NULL WHERE id = %(invoice)s",
        (("invoices_invoice", "an_issued_invoice_keeps_its_parties"),),
    ),
    Corruption(
        "the lines of a void invoice are free to be billed again, and no others",
        "UPDATE invoices_invoiceline SET live = false WHERE invoice_id = %(invoice)s",
    ),
    Corruption(
        "an issued invoice keeps versions of its own parties and of every account on its lines",
        "UPDATE invoices_invoice SET account_versions = '{}' WHERE id = %(invoice)s",
    ),
    Corruption(
        "the last version of a party is what the party is now",
        "UPDATE accounts_account SET name = 'Renamed' WHERE id = %(managed)s",
    ),
    Corruption(
        "a reissued invoice says what the one that it replaces said, line by line",
        "UPDATE invoices_invoiceline SET description = 'Other' WHERE invoice_id = %(reissued)s",
    ),
    Corruption(
        "every item is billed once for every day",
        "UPDATE invoices_invoiceline SET period_start = period_start - 1 WHERE kind = 'recurring' AND live"
        " AND period_start > '2026-01-01'",
    ),
    Corruption(
        "a charge is on one invoice when it is billed, and on none before",
        "UPDATE subscriptions_charge SET billed = false WHERE account_id = %(payer)s",
    ),
    Corruption(
        "an item knows of everything that it was billed for",
        "UPDATE subscriptions_subscriptionitem SET billed_until = '2026-01-10', changed_from = NULL"
        " WHERE subscription_id = %(subscription)s",
    ),
    Corruption(
        "an item that was billed for a month or more and costs ten or more has a line",
        "WITH freed AS (UPDATE subscriptions_subscriptionitem SET changed_from = NULL RETURNING id)"
        " DELETE FROM invoices_invoiceline USING freed WHERE item_id = freed.id",
    ),
    Corruption(
        "a correction names a line of the same item",
        "UPDATE invoices_invoiceline SET corrects = NULL WHERE kind = 'correction'",
    ),
    Corruption(
        "every posting moves an amount above zero between two kinds of accounts",
        "UPDATE ledger_posting SET amount = -amount WHERE source_id = %(invoice)s",
        (("ledger_posting", "posting_amount_is_positive"),),
    ),
    Corruption(
        "what is issued is posted to the receivables of its payer, and what is void is posted back",
        "DELETE FROM ledger_posting WHERE source_kind = 'void' AND source_id = %(voided)s",
    ),
    Corruption(
        "every posting comes from an invoice that is issued",
        "UPDATE ledger_posting SET source_id = 999999999 WHERE source_id = %(invoice)s",
    ),
    Corruption(
        "revenue and tax payable are what the lines say, account by account",
        "UPDATE ledger_posting SET credit_account_id = %(payer)s WHERE credit_account_id = %(managed)s",
    ),
    Corruption(
        "a bill cycle has one run at a time",
        "INSERT INTO billruns_billrun (bill_cycle_id, billing_date, mode, status, step, requires_approval,"
        " payers_total) SELECT bill_cycle_id, billing_date, 'bill', 'running', 'bill', false, 0"
        " FROM billruns_billrun, generate_series(1, 2) WHERE id = %(run)s",
        (("billruns_billrun", "one_bill_run_a_cycle_at_a_time"),),
    ),
    Corruption(
        "a run that has ended has done all its batches",
        "UPDATE billruns_batch SET done = false WHERE run_id = %(run)s",
    ),
    Corruption(
        "a completed run has proved itself",
        "UPDATE billruns_billrun SET certificate = NULL WHERE id = %(run)s",
        (("billruns_billrun", "a_completed_run_has_a_certificate"),),
    ),
    Corruption(
        "a run that is reversed or discarded has left nothing behind",
        "UPDATE invoices_invoice SET status = 'open' WHERE bill_run_id = %(reversed)s",
    ),
    Corruption(
        "no invoice that was issued is gone",
        "WITH gone AS (DELETE FROM invoices_invoice WHERE id = %(invoice)s RETURNING id)"
        " DELETE FROM invoices_invoiceline USING gone WHERE invoice_id = gone.id",
    ),
    Corruption(
        "an invoice is as it was issued",
        "UPDATE invoices_invoice SET due_date = due_date + 1 WHERE id = %(invoice)s",
    ),
    Corruption(
        "the lines of an invoice are as they were issued",
        "UPDATE invoices_invoiceline SET description = 'Other' WHERE invoice_id = %(invoice)s",
    ),
    Corruption(
        "a run that has ended has sealed what it issued",
        "DELETE FROM invoices_invoiceseal WHERE bill_run_id = %(run)s",
    ),
)


def broken() -> dict[str, Finding]:
    """What does not hold, by what the check says."""
    return {finding.check.says: finding for finding in verify() if not finding.holds}


@pytest.mark.rule("REL-C")
@pytest.mark.usefixtures("world")
def test_where_everything_is_as_it_should_be_every_check_looks_at_something_and_finds_nothing() -> None:
    findings = verify()
    assert [(finding.check.says, finding.shown) for finding in findings if not finding.holds] == []
    assert [finding.check.says for finding in findings if not finding.looked_at] == []


@pytest.mark.rule("REL-C", "REL-B")
@pytest.mark.parametrize("corruption", CORRUPTIONS, ids=lambda corruption: corruption.finds.replace(" ", "_"))
def test_what_is_corrupted_is_found(corruption: Corruption, world: World) -> None:
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET LOCAL session_replication_role = replica")  # no trigger, and no foreign key, is looked at
    for table, constraint in corruption.constraints:
        drop_constraint(table, constraint)
    execute(corruption.statement, world.names())
    execute("SET LOCAL session_replication_role = origin")
    assert corruption.finds in broken()


def drop_constraint(table: str, name: str) -> None:
    """Drop a constraint, or the index that is one."""
    execute(f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}")
    execute(f"DROP INDEX IF EXISTS {name}")


@pytest.mark.rule("REL-C", "SUB-5", "BHI-6")
@pytest.mark.usefixtures("tenant")
def test_periods_that_change_under_way_and_links_that_are_over_are_no_faults() -> None:
    people = People()
    payer = people.account()
    managed = people.account(responsible=payer)
    subscription = subscribed(managed, a_price("31"))
    run_for(people.cycle, JANUARY)
    weekly = a_price("10", interval="week", product=subscription.items.get().price.product_id)
    change_subscription(
        subscription.id, JANUARY.replace(day=15), [ItemChange(subscription.items.get().id, price=weekly.id)]
    )
    run_for(people.cycle, FEBRUARY)
    remove_responsible_account(managed.id, FEBRUARY)
    update_account(managed.id, {"bill_cycle": People().cycle.id})
    execute("SET CONSTRAINTS ALL IMMEDIATE")  # the history tells of it at the end of the transaction
    assert not broken()


def test_there_is_a_corruption_or_a_planted_fault_for_each_check() -> None:
    found = {corruption.finds for corruption in CORRUPTIONS} | {says for fault in FAULTS for says in fault.found_by}
    assert found == {check.says for check in CHECKS}
    assert len({check.says for check in CHECKS}) == len(CHECKS)


@pytest.mark.rule("REL-C")
@pytest.mark.usefixtures("world")
def test_many_faults_are_counted_and_the_first_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("banyan.verification.queries.MOST_SHOWN", 1)
    execute("SET CONSTRAINTS ALL IMMEDIATE")
    execute("SET LOCAL session_replication_role = replica")
    execute("UPDATE accounts_account SET is_default = false")
    execute("SET LOCAL session_replication_role = origin")
    finding = broken()["a customer has one default account"]
    assert (finding.faults, len(finding.shown)) == (Account.objects.count(), 1)
    assert finding.shown[0].endswith("has 0 default accounts")
