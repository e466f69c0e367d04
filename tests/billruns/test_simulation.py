"""A simulation computes what a run would bill and changes nothing (RUN-6)."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from banyan.billruns.models import BillRun, RunMode, RunStatus
from banyan.billruns.queries import run_progress
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.inputs import NewDiscount, NewTaxRate
from banyan.kernel.ids import encode_id
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, invoices_of, lines_on, run_for, used
from tests.business import a_meter, a_price, subscribed
from tests.relations.people import People

OF_RUNS = {
    *("billruns_billrun", "billruns_batch", "billruns_heldback", "billruns_simulatedinvoice"),
    "usage_lateusagemark",
}


def everything() -> dict[str, list[Any]]:
    """Every row of the tenant, but for those of runs themselves and their history, and what items remember to look at
    again.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()")
        tables = sorted({name for (name,) in cursor.fetchall()} - OF_RUNS)
        found = {}
        for table in tables:
            cursor.execute(
                f"""SELECT to_jsonb(t) - 'changed_from' - 'revision' FROM {table} t
                    WHERE to_jsonb(t)->>'subject_kind' IS DISTINCT FROM 'bill_run' ORDER BY to_jsonb(t)::text"""
            )
            found[table] = cursor.fetchall()
    return found


def seen(run: BillRun) -> set[tuple[Any, ...]]:
    """The invoices of a real run with their lines, as the documents of a simulation say it."""
    return {
        (
            encode_id("account", invoice.account_id),
            invoice.due_date.isoformat(),
            invoice.total,
            *(
                (
                    line.kind,
                    encode_id("account", line.account_id),
                    line.period_start.isoformat(),
                    line.gross,
                    line.total,
                )
                for line in lines_on(invoice)
            ),
        )
        for invoice in invoices_of(run)
    }


def simulated(run: BillRun) -> set[tuple[Any, ...]]:
    """The invoices of a simulation with their lines."""
    return {
        (
            document["account"],
            document["due_date"],
            Decimal(document["total"]),
            *(
                (line["kind"], line["account"], line["period_start"], Decimal(line["gross"]), Decimal(line["total"]))
                for line in document["lines"]
            ),
        )
        for document in run.simulated_invoices.values_list("document", flat=True)
    }


def a_business(people: People) -> None:
    """A responsible account and a managed one, billed for January, with something of every kind to bill after that."""
    create_tax_rate(NewTaxRate("VAT", "DE", Decimal(19)))
    responsible = people.account(minimum_invoice_amount=Decimal(10))
    managed = people.account(responsible=responsible, billing_address={"country": "DE"})
    create_discount(NewDiscount(account=managed.id, percent=Decimal(10), valid_from=JANUARY))
    meter = a_meter()
    cancelled = subscribed(managed, a_price("31"))
    subscribed(managed, a_price("1", type="usage", meter=meter.id))
    subscribed(responsible, a_price("50"))
    small = people.account(minimum_invoice_amount=Decimal(100))
    subscribed(small, a_price("5"))
    run_for(people.cycle, FEBRUARY)
    cancel_subscription(cancelled.id, date(2026, 1, 16))
    create_charge(NewCharge(managed.id, "Visit", Decimal(200), FEBRUARY))
    for on in (date(2026, 1, 20), date(2026, 2, 20)):
        used(managed, meter, 9, on)


@pytest.mark.rule("RUN-6", "USE-2")
def test_a_simulation_comes_to_what_the_run_then_bills_and_changes_nothing(fresh_tenant: str) -> None:
    people = People()
    a_business(people)
    before = everything()
    simulation = run_for(people.cycle, MARCH, RunMode.SIMULATE)
    assert everything() == before
    assert simulation.status == RunStatus.COMPLETED
    run = run_for(people.cycle, MARCH)
    assert simulated(simulation) == seen(run)
    ours, theirs = (run_progress([one])[one.pk] for one in (simulation, run))
    assert (ours.totals, ours.invoice_count, ours.payers_done) == (theirs.totals, theirs.invoice_count, 2)
    assert len(seen(run)) == 1
    assert everything() != before


@pytest.mark.rule("RUN-6", "WHO-6")
def test_a_simulated_invoice_has_no_number_and_gives_the_reasons_for_its_payer(tenant: str) -> None:
    people = People()
    responsible = people.account()
    managed = people.account(responsible=responsible)
    subscribed(managed, a_price("10"))
    simulation = run_for(people.cycle, JANUARY, RunMode.SIMULATE)
    (document,) = simulation.simulated_invoices.values_list("document", flat=True)
    assert (document["id"], document["number"], document["status"]) == (None, None, "draft")
    (step,) = document["lines"][0]["payer"]["trail"]
    assert (step["rule"], step["to"]) == ("BHI-1", encode_id("account", responsible.id))
    assert managed.number in step["because"]
    assert responsible.number in step["because"]


@pytest.mark.rule("RUN-6", "RUN-3")
def test_a_simulation_can_be_repeated(tenant: str) -> None:
    people = People()
    subscribed(people.account(), a_price("10"))
    first, second = (run_for(people.cycle, JANUARY, RunMode.SIMULATE) for _ in range(2))
    assert simulated(first) == simulated(second)
    assert simulated(first)
