"""What must never happen is refused by the database too, whoever asks for it (REL-B)."""

from dataclasses import dataclass

import psycopg
import pytest
from django.db import IntegrityError, transaction

from tests.billruns.running import execute
from tests.verification.world import World


@dataclass(frozen=True)
class Refused:
    """What somebody does with SQL, and the constraint that refuses it."""

    what: str
    statement: str
    constraint: str


OF_INVOICE = "WHERE id = %(invoice)s"
OF_LINES = "WHERE invoice_id = %(invoice)s"
OF_ITEM = "WHERE subscription_id = %(subscription)s"
NEVER = "an_issued_invoice_never_changes"

REFUSED = (
    *(
        Refused(f"{column} of an issued invoice", f"UPDATE invoices_invoice SET {column} = {value} {OF_INVOICE}", NEVER)
        for column, value in (
            ("sequence_number", "77"),
            ("owner_id", "owner_id + 1"),
            ("account_id", "%(managed)s"),
            ("for_account_id", "%(managed)s"),
            ("group_id", "1"),
            ("subscription_id", "%(subscription)s"),
            ("bill_run_id", "%(reversed)s"),
            ("invoice_date", "invoice_date - 365"),
            ("due_date", "due_date + 365"),
            ("currency", "'EUR'"),
            ("gross", "gross + 1"),
            ("discount", "1"),
            ("tax", "tax + 1"),
        )
    ),
    *(
        Refused(f"{column} of a line", f"UPDATE invoices_invoiceline SET {column} = {value} {OF_LINES}", NEVER)
        for column, value in (
            ("invoice_id", "%(voided)s"),
            ("account_id", "%(managed)s"),
            ("price_id", "price_id + 1"),
            ("quantity", "quantity + 1"),
            ("unit_amount", "1"),
            ("gross", "gross + 1"),
            ("discounts", """'[["10 %%", "10", "1.00"]]'"""),
            ("taxes", """'[["VAT", "10", "1.00"]]'"""),
            ("description", "'Other'"),
            ("payer_trail", "'[]'"),
            ("period_start", "period_start - 365"),
            ("corrects", "id"),
        )
    ),
    Refused("an issued invoice is deleted", f"DELETE FROM invoices_invoice {OF_INVOICE}", NEVER),
    Refused("a line is deleted", f"DELETE FROM invoices_invoiceline {OF_LINES}", NEVER),
    Refused(
        "an invoice is marked as paid although nobody paid",
        f"UPDATE invoices_invoice SET status = 'paid' {OF_INVOICE}",
        "what_is_paid_was_paid",
    ),
    Refused(
        "a counter of invoice numbers is lowered",
        "UPDATE invoices_invoicecounter SET last_number = last_number - 1",
        "numbers_are_never_given_back",
    ),
    Refused(
        "a counter of invoice numbers is deleted",
        "DELETE FROM invoices_invoicecounter",
        "numbers_are_never_given_back",
    ),
    Refused("a seal is changed", "UPDATE invoices_invoiceseal SET lines = '{0}'", "a_seal_never_changes"),
    Refused("a seal is deleted", "DELETE FROM invoices_invoiceseal", "a_seal_never_changes"),
    Refused("all seals are deleted", "TRUNCATE invoices_invoiceseal", "a_seal_never_changes"),
    Refused(
        "an item is billed a month ahead",
        f"UPDATE subscriptions_subscriptionitem SET billed_until = billed_until + 31 {OF_ITEM}",
        "only_billing_moves_billed_until_on",
    ),
    Refused(
        "an item that was never billed is billed for five years",
        "UPDATE subscriptions_subscriptionitem SET billed_until = '2031-01-01' WHERE id = %(unbilled)s",
        "only_billing_moves_billed_until_on",
    ),
    Refused(
        "an item is billed before it is there",
        "INSERT INTO subscriptions_subscriptionitem (subscription_id, price_id, quantity, revision, billed_until)"
        f" SELECT subscription_id, price_id, quantity, 0, '2026-03-01' FROM subscriptions_subscriptionitem {OF_ITEM}",
        "only_billing_moves_billed_until_on",
    ),
    Refused(
        "the quantity of a billed item is changed without terms",
        f"UPDATE subscriptions_subscriptionitem SET quantity = quantity + 1 {OF_ITEM}",
        "a_billed_item_changes_by_terms",
    ),
    Refused(
        "the price of a billed item is changed without terms",
        f"UPDATE subscriptions_subscriptionitem SET price_id = price_id + 1 {OF_ITEM}",
        "a_billed_item_changes_by_terms",
    ),
    Refused(
        "the amount of a billed charge is changed",
        "UPDATE subscriptions_charge SET amount = amount + 1 WHERE billed",
        "a_billed_charge_never_changes",
    ),
    Refused("usage is deleted", "DELETE FROM usage_usageevent", "usage_stays"),
    Refused("usage is changed", "UPDATE usage_usageevent SET quantity = quantity + 1", "usage_stays"),
    Refused("a month of usage is emptied", "TRUNCATE usage_usageevent", "usage_stays"),
    Refused("an id of usage is forgotten, so that it may count again", "DELETE FROM usage_countedid", "usage_stays"),
    Refused(
        "a posting has an invented source",
        "INSERT INTO ledger_posting (source_kind, source_id, posted_on, currency, debit_kind, debit_account_id,"
        " credit_kind, credit_account_id, amount) VALUES ('gift', 1, '2026-01-01', 'USD', 'receivable', %(payer)s,"
        " 'revenue', %(payer)s, 1)",
        "posting_has_a_known_source",
    ),
    Refused(
        "a posting is changed",
        "UPDATE ledger_posting SET posted_on = posted_on - 365 WHERE source_id = %(invoice)s",
        "the_ledger_is_append_only",
    ),
    Refused(
        "a completed run loses its certificate",
        "UPDATE billruns_billrun SET certificate = NULL WHERE id = %(run)s",
        "a_completed_run_has_a_certificate",
    ),
    Refused(
        "an organization comes to be above itself",
        "UPDATE organizations_organization SET parent_id = %(lower)s WHERE id = %(upper)s",
        "organization_tree_has_no_cycle",
    ),
)


@pytest.mark.rule("REL-B")
@pytest.mark.parametrize("refused", REFUSED, ids=lambda refused: refused.what.replace(" ", "_"))
def test_the_database_refuses(refused: Refused, world: World) -> None:
    with pytest.raises(IntegrityError) as caught, transaction.atomic():
        execute(refused.statement, world.names())
    assert isinstance(caught.value.__cause__, psycopg.Error)
    assert caught.value.__cause__.diag.constraint_name == refused.constraint
