"""After a run some of its payers are billed once more by other means, and what differs is kept with it (REL-E)."""

import json
from decimal import Decimal

import pytest
from django.db import connection, transaction

from banyan.api.bill_runs import bill_run_answers
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.ending import SECOND_OPINION
from banyan.billruns.models import BillRun
from banyan.cli.bill_run_shown import print_summary
from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.jobs import LONG_JOBS
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge
from banyan.verification.actions.give_second_opinion import give_second_opinion
from banyan.verification.jobs import give_second_opinion as job
from banyan.verification.queries import verify_amounts
from banyan.verification.second_opinion.opinions import on_what_stands
from banyan.verification.second_opinion.sampling import payers_to_look_at
from tests.billruns.running import FEBRUARY, JANUARY, MARCH, execute, run_for
from tests.business import a_price, subscribed
from tests.fixtures import TENANT
from tests.relations.people import NEW_YEAR, People
from tests.serving import RunningServer

pytestmark = pytest.mark.usefixtures("tenant")


class Shop:
    """Two accounts, of which one pays for the other, billed for January."""

    def __init__(self) -> None:
        self.people = People()
        self.payer = self.people.account()
        self.managed = self.people.account(responsible=self.payer)
        self.subscription = subscribed(self.payer, a_price("31"))
        subscribed(self.managed, a_price("62"))
        create_charge(NewCharge(self.payer.id, "Visit", Decimal("20.00"), NEW_YEAR))
        self.run: BillRun = run_for(self.people.cycle, JANUARY)


def past_triggers(statement: str) -> None:
    execute("SET LOCAL session_replication_role = replica")
    execute(statement)
    execute("SET LOCAL session_replication_role = origin")


@pytest.mark.rule("REL-E")
def test_a_run_that_ends_has_its_payers_looked_at_by_a_job_of_its_own() -> None:
    shop = Shop()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT priority, queue_name FROM procrastinate_jobs"
            " WHERE task_name = %s AND args->>'tenant' = %s AND args->>'run_id' = %s",
            [SECOND_OPINION, TENANT, str(shop.run.pk)],
        )
        assert cursor.fetchall() == [(-1, LONG_JOBS)]
    assert (job.name, shop.run.second_opinion) == (SECOND_OPINION, None)
    job(run_id=shop.run.pk)
    shop.run.refresh_from_db()
    assert shop.run.second_opinion == {
        "payers": 1,
        "lines": 3,
        "differences": [],
        "differences_in_all": 0,
        "changed_since": [],
    }


@pytest.mark.rule("REL-E")
def test_a_line_that_is_not_as_it_should_be_is_told_with_both_results() -> None:
    shop = Shop()
    past_triggers("UPDATE invoices_invoiceline SET gross = 63 WHERE gross = 62")
    opinion = give_second_opinion(shop.run.pk)
    assert opinion is not None
    (found,) = opinion.document()["differences"]
    assert (found["account"], found["ours"], found["theirs"]) == (shop.payer.id, {"gross": "62.00"}, {"gross": "63.00"})
    assert found["about"].endswith("recurring from 2026-01-01 to 2026-02-01")


@pytest.mark.rule("REL-E")
def test_what_follows_from_a_change_since_the_run_is_named_as_such() -> None:
    shop = Shop()
    change_subscription(shop.subscription.id, JANUARY, [ItemChange(shop.subscription.items.get().id, Decimal(2))])
    opinion = give_second_opinion(shop.run.pk)
    assert opinion is not None
    assert (opinion.differences, [found.ours for found in opinion.changed]) == (
        [],
        [{"quantity": "2", "gross": "62.00"}],
    )


@pytest.mark.rule("REL-E", "SET-1")
def test_some_payers_are_looked_at_by_chance_and_all_that_changed_or_none() -> None:
    shop = Shop()
    others = [shop.people.account() for _ in range(5)]
    change_subscription(shop.subscription.id, JANUARY, [ItemChange(shop.subscription.items.get().id, Decimal(2))])
    run = run_for(shop.people.cycle, FEBRUARY)
    looked_at = [payers_to_look_at(run.pk, 1) for _ in range(150)]  # missing one of them: once in a billion
    assert all(shop.payer.id in payers and len(payers) <= 2 for payers in looked_at)
    assert set().union(*looked_at) >= {other.id for other in others}
    change_settings({"second_opinion": 0})
    assert give_second_opinion(run.pk) is None


@pytest.mark.rule("REL-E", "RUN-8")
def test_a_run_that_was_reversed_before_is_not_looked_at() -> None:
    shop = Shop()
    reverse_run(shop.run.pk)
    assert give_second_opinion(shop.run.pk) is None


@pytest.mark.rule("REL-E", "RUN-8")
def test_a_run_that_was_reversed_is_no_excuse_for_the_others() -> None:
    """The first run for February is reversed and done again: 63 for 62 in January and in February are both found."""
    shop = Shop()
    reverse_run(run_for(shop.people.cycle, FEBRUARY).pk)
    run_for(shop.people.cycle, FEBRUARY)
    right = verify_amounts()
    assert (right.differences, right.changed) == ([], [])
    past_triggers("UPDATE invoices_invoiceline SET gross = 63 WHERE gross = 62")
    found = [one.about.start for one in verify_amounts().differences if one.ours == {"gross": "62.00"}]
    assert sorted({f"{day:%m-%d}" for day in found}) == ["01-01", "02-01"]


@pytest.mark.rule("REL-E", "INV-6")
def test_what_an_invoice_was_for_that_is_void_is_billed_again_and_nothing_else_is_excused() -> None:
    """January's invoice is void after the run for February: its three lines are to come, and a wrong line of it or of
    February is found all the same.
    """
    shop = Shop()
    run_for(shop.people.cycle, FEBRUARY)
    void_invoice(Invoice.objects.get(bill_run_id=shop.run.pk).id)
    to_come = verify_amounts()
    assert (to_come.differences, [one.theirs for one in to_come.changed]) == ([], [None, None, None])
    for month in ("01", "02"):
        with transaction.atomic():
            past_triggers(
                f"UPDATE invoices_invoiceline SET gross = 63 WHERE gross = 62 AND period_start = '2026-{month}-01'"
            )
            assert {"gross": "62.00"} in [one.ours for one in verify_amounts().differences]
            transaction.set_rollback(True)


@pytest.mark.rule("REL-E", "INV-10")
def test_what_was_issued_anew_later_stood_all_the_time() -> None:
    """January's invoice is issued anew after the run for February, and its line is corrected by the one for March."""
    shop = Shop()
    run_for(shop.people.cycle, FEBRUARY)
    change_subscription(shop.subscription.id, JANUARY, [ItemChange(shop.subscription.items.get().id, Decimal(2))])
    run_for(shop.people.cycle, MARCH)
    reissue_invoice(Invoice.objects.get(bill_run_id=shop.run.pk).id, "Wrong address")
    assert not verify_amounts().differences
    past_triggers("UPDATE invoices_invoiceline SET gross = 63 WHERE gross = 62 AND period_start = '2026-02-01'")
    assert verify_amounts().differences


@pytest.mark.rule("REL-E")
def test_a_line_that_is_lost_is_missed_in_what_stands() -> None:
    shop = Shop()
    run_for(shop.people.cycle, FEBRUARY)
    assert on_what_stands().differences == []
    past_triggers("DELETE FROM invoices_invoiceline WHERE gross = 62 AND period_start = '2026-01-01'")
    (missing,) = on_what_stands().differences
    assert (missing.account, missing.theirs, missing.ours and missing.ours["gross"]) == (shop.payer.id, None, "62.00")


@pytest.mark.rule("REL-E")
def test_what_differs_is_told_by_the_api_and_on_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    shop = Shop()
    past_triggers("UPDATE invoices_invoiceline SET gross = 63 WHERE gross = 62")
    give_second_opinion(shop.run.pk)
    shop.run.refresh_from_db()
    (answer,) = bill_run_answers([shop.run])
    assert answer.second_opinion is not None
    (found,) = answer.second_opinion.differences
    assert (found.account, found.ours, found.theirs) == (f"acc_{shop.payer.id}", {"gross": "62.00"}, {"gross": "63.00"})
    assert (found.line or "").startswith("lin_")
    print_summary(shop.run)
    told = capsys.readouterr().out
    assert "second opinion on 1 payer with 3 lines: 1 line differs" in told
    assert "gross: 63.00, should be 62.00" in told


@pytest.mark.rule("REL-E")
def test_everything_is_looked_at_as_of_its_run_and_altogether_and_a_lost_line_is_told_once() -> None:
    shop = Shop()
    run_for(shop.people.cycle, FEBRUARY)
    looks: list[tuple[int, int]] = []
    opinion = verify_amounts(lambda done, total: looks.append((done, total)))
    # twice the payer, for January and February; then both accounts of the cycle
    assert (opinion.payers, opinion.differences, looks[-1]) == (4, [], (4, 4))
    past_triggers("DELETE FROM invoices_invoiceline WHERE gross = 62 AND period_start = '2026-01-01'")
    (missing,) = verify_amounts().differences
    assert (missing.account, missing.theirs) == (shop.payer.id, None)


@pytest.mark.rule("REL-E")
def test_what_was_billed_by_earlier_rules_is_not_looked_at() -> None:
    shop = Shop()
    past_triggers("UPDATE invoices_invoiceline SET gross = 63 WHERE gross = 62")
    BillRun.objects.filter(pk=shop.run.pk).update(second_opinion={"not_given": "It was billed before."})
    run_for(shop.people.cycle, FEBRUARY)
    assert verify_amounts().differences == []


@pytest.mark.rule("REL-E")
def test_the_program_works_out_the_amounts_when_it_is_asked(server: RunningServer) -> None:
    answer = json.loads(server.program("verify", "--amounts", "--json").stdout)
    assert (answer["holds"], answer["amounts"]["differences"]) == (True, [])
    assert "every line worked out once more" in server.program("verify", "--amounts").stdout
