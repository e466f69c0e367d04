"""Lines are made wrong by SQL past everything that keeps them, and `verify --amounts` finds each (REL-E)."""

from collections.abc import Mapping
from decimal import Decimal

import pytest
from django.db import transaction

from banyan.accounts.actions.save_owner import update_owner
from banyan.accounts.models import Owner
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.inputs import NewDiscount, NewTaxRate
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.inputs import NewCharge, NewGroup
from banyan.verification.queries import verify_amounts
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, execute, run_for, used
from tests.business import a_meter, a_price, subscribed
from tests.relations.people import NEW_YEAR, People

pytestmark = pytest.mark.usefixtures("tenant")

OF_FEBRUARY = "kind = 'recurring' AND account_id = %(managed)s AND period_start = '2026-02-01'"
INVOICE_OF_IT = f"(SELECT invoice_id FROM invoices_invoiceline WHERE {OF_FEBRUARY})"
COPIED = (
    "account_id", "subscription_id", "item_id", "product_id", "price_id", "period_start", "period_end", "quantity",
    "unit_amount", "gross", "discount", "tax", "discounts", "taxes", "payer_trail", "reverse_charge", "live",
)  # fmt: skip

FAULTS = {
    "a line of the last month is lost": """
        DELETE FROM invoices_invoiceline WHERE account_id = %(managed)s AND kind = 'recurring'
        AND period_start = '2026-04-01'""",
    "a line of an earlier month is lost": f"DELETE FROM invoices_invoiceline WHERE {OF_FEBRUARY}",
    "usage of an earlier month is lost": """
        DELETE FROM invoices_invoiceline WHERE kind = 'usage' AND period_start = '2026-02-01'""",
    "a charge is lost": "DELETE FROM invoices_invoiceline WHERE kind = 'one_time'",
    "a line is charged again as a correction of itself": f"""
        INSERT INTO invoices_invoiceline (invoice_id, kind, correction, corrects, description, {", ".join(COPIED)})
        SELECT later.id, 'correction', 1, line.id, 'Correction: ' || line.description,
               {", ".join(f"line.{column}" for column in COPIED)}
        FROM invoices_invoiceline line, invoices_invoice later
        WHERE line.kind = 'recurring' AND line.account_id = %(managed)s AND line.period_start = '2026-02-01'
          AND later.invoice_date = '2026-03-01'""",
    "the amount is wrong": f"UPDATE invoices_invoiceline SET gross = gross + 1 WHERE {OF_FEBRUARY}",
    "the price is wrong": f"UPDATE invoices_invoiceline SET price_id = %(price)s WHERE {OF_FEBRUARY}",
    "the unit price is wrong": f"UPDATE invoices_invoiceline SET unit_amount = 7 WHERE {OF_FEBRUARY}",
    "the quantity is wrong": f"UPDATE invoices_invoiceline SET quantity = 2 WHERE {OF_FEBRUARY}",
    "what was used is wrong": """
        UPDATE invoices_invoiceline SET usage = '["34", "1", "0"]' WHERE kind = 'usage'
        AND period_start = '2026-02-01'""",
    "what was used is not said": """
        UPDATE invoices_invoiceline SET usage = NULL WHERE kind = 'usage' AND period_start = '2026-02-01'""",
    "the discount is wrong": f"""
        UPDATE invoices_invoiceline SET discount = 1, discounts = '[["10 %%", "10", "1.00"]]' WHERE {OF_FEBRUARY}""",
    "the tax is wrong": f"""
        UPDATE invoices_invoiceline SET tax = 1, taxes = '[["VAT", "20", "1.00"]]' WHERE {OF_FEBRUARY}""",
    "the account is another one": f"UPDATE invoices_invoiceline SET account_id = %(payer)s WHERE {OF_FEBRUARY}",
    "the description is another one": f"UPDATE invoices_invoiceline SET description = 'Gift' WHERE {OF_FEBRUARY}",
    "the way to the payer is another one": f"UPDATE invoices_invoiceline SET payer_trail = NULL WHERE {OF_FEBRUARY}",
    "the days are other ones": f"UPDATE invoices_invoiceline SET period_end = '2026-02-20' WHERE {OF_FEBRUARY}",
    "an invoice is moved to another account": f"""
        UPDATE invoices_invoice SET account_id = %(managed)s WHERE id = {INVOICE_OF_IT}""",
    "a line is moved to another invoice": f"""
        UPDATE invoices_invoiceline SET invoice_id = (SELECT min(id) FROM invoices_invoice
            WHERE invoice_date = '2026-03-01') WHERE {OF_FEBRUARY}""",
    "the invoice date is another one": f"""
        UPDATE invoices_invoice SET invoice_date = '2026-02-02' WHERE id = {INVOICE_OF_IT}""",
    "the due date is another one": f"UPDATE invoices_invoice SET due_date = '2026-12-31' WHERE id = {INVOICE_OF_IT}",
    "it is for one of the accounts": f"""
        UPDATE invoices_invoice SET for_account_id = %(managed)s WHERE id = {INVOICE_OF_IT}""",
    "it is of a group": f"UPDATE invoices_invoice SET group_id = %(group)s WHERE id = {INVOICE_OF_IT}",
    "it says that the customer accounts for the tax": f"""
        UPDATE invoices_invoiceline SET reverse_charge = true WHERE {OF_FEBRUARY}""",
}


def billed_for_four_months() -> Mapping[str, int]:
    """An account that pays for another one, with a discount, a tax, usage and a charge; ids that faults refer to."""
    people = People()
    update_owner(Owner.objects.get().id, {"address": {"country": "DE"}})
    payer = people.account(taxable=True, billing_address={"country": "DE"})
    managed = people.account(responsible=payer, taxable=True, billing_address={"country": "DE"})
    create_discount(NewDiscount(payer.id, percent=Decimal(10)))
    create_tax_rate(NewTaxRate("VAT", "DE", Decimal(20)))
    meter = a_meter()
    unit = {"model": "per_unit", "unit_amount": Decimal("0.5"), "meter": meter.id, "timing": "in_arrears"}
    subscribed(payer, a_price("31"))
    subscribed(managed, a_price("62"), a_price(type="usage", **unit))
    create_charge(NewCharge(managed.id, "Visit", Decimal("20.00"), NEW_YEAR))
    for month in (JANUARY, FEBRUARY, MARCH, APRIL):
        used(managed, meter, 33, month.replace(day=3))
        run_for(people.cycle, month)
    return {
        "payer": payer.id,
        "managed": managed.id,
        "price": a_price("62").id,
        "group": create_group(NewGroup(payer.customer_id)).id,
    }


@pytest.mark.rule("REL-E")
def test_every_wrong_line_is_found() -> None:
    names = billed_for_four_months()
    right = verify_amounts()
    assert (right.differences, right.changed) == ([], [])
    execute("SET LOCAL session_replication_role = replica")
    missed = []
    for fault, statement in FAULTS.items():
        with transaction.atomic():
            execute(statement, names)
            if not verify_amounts().differences:
                missed.append(fault)
            transaction.set_rollback(True)
    assert not missed, "\n".join(missed)
