"""An event id counts once in an organization, and once for an account wherever it goes (USE-1, ORG-3)."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from threading import Event
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction

from banyan.accounts.models import Account
from banyan.customers.actions.update_account import update_account
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.access_scope import AccessScope, scoped_to
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.usage.actions.cancel_event import cancel_event
from banyan.usage.actions.record_events import Recorded, record_events
from banyan.usage.actions.replace_event import replace_event
from banyan.usage.queries import event_of, usage_in_periods
from banyan.usage.scopes import find_counted
from banyan.verification.checks.items import USAGE
from tests.business import an_account
from tests.usage.metering import Metering, asked, codes

YEAR = date(2026, 1, 1), date(2027, 1, 1)


class TwoOrganizations(Metering):
    """North and South, each with an account, and one in the root organization."""

    def __init__(self) -> None:
        super().__init__()
        self.north, self.south = (create_organization(name, name).pk for name in ("North", "South"))
        self.northern, self.southern = an_account("Northern"), an_account("Southern")
        self.move(self.northern, self.north)
        self.move(self.southern, self.south)
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM usage_earlierscope")  # as if they had been opened there

    def move(self, account: Account, organization: int) -> None:
        update_account(account.pk, {"organization": organization})

    def send(self, account: Account, *ids: str, quantity: str = "1") -> Recorded:
        return record_events([self.event(id_, quantity, account=account.number) for id_ in ids])

    def used(self, account: Account) -> Decimal:
        return usage_in_periods([asked(account.pk, self.meter.pk, YEAR)])["it"]

    def reach(self, organization: int) -> Any:
        return scoped_to(AccessScope(None, {organization: Role.MANAGER}, organization))


@pytest.fixture
def two(tenant: str) -> Iterator[TwoOrganizations]:
    two = TwoOrganizations()
    yield two
    with connection.cursor() as cursor:  # what counted is kept: verification looks at all of it
        cursor.execute(USAGE[0].faults.replace("number.kept + number.cancelled <> number.counted", "true"))
        assert cursor.fetchall() == []


def told(recorded: Recorded) -> tuple[int, int, list[str]]:
    return recorded.accepted, recorded.duplicates, [code for _, code in codes(recorded)]


@pytest.mark.rule("USE-1", "ORG-3")
def test_the_same_ids_of_two_organizations_both_count_and_neither_learns_of_the_other(two: TwoOrganizations) -> None:
    for account, quantity in ((two.northern, "5"), (two.southern, "7"), (two.account, "9")):
        assert told(two.send(account, "a", "b", quantity=quantity)) == (2, 0, [])
        assert told(two.send(account, "a", "b", quantity=quantity)) == (0, 2, [])
        assert two.used(account) == 2 * int(quantity)
    assert told(two.send(two.southern, "a", quantity="8")) == (0, 0, ["different_content"])


@pytest.mark.rule("USE-1")
def test_in_one_batch_an_id_counts_once_for_each_organization(two: TwoOrganizations) -> None:
    accounts = (two.northern, two.southern, two.account, two.northern)
    assert told(record_events([two.event("a", account=each.number) for each in accounts])) == (3, 1, [])


@pytest.mark.rule("USE-1")
def test_within_an_organization_an_id_counts_for_one_account_only(two: TwoOrganizations) -> None:
    other = an_account("Other")
    two.move(other, two.north)
    two.send(two.northern, "a")
    assert told(two.send(other, "a")) == (0, 0, ["different_content"])


@pytest.mark.rule("USE-1", "ORG-2")
def test_an_event_that_is_sent_again_after_its_account_went_elsewhere_counts_once(two: TwoOrganizations) -> None:
    two.send(two.northern, "a", "b")
    for organization in (two.south, two.north, two.south):
        two.move(two.northern, organization)
        assert told(two.send(two.northern, "a", "b")) == (0, 2, [])
        assert told(two.send(two.northern, "a", quantity="3")) == (0, 0, ["different_content"])
    assert two.used(two.northern) == 2
    assert told(two.send(two.northern, "c")) == (1, 0, [])
    two.move(two.northern, two.north)
    assert told(two.send(two.northern, "c")) == (0, 1, [])


@pytest.mark.rule("USE-1", "ORG-3")
def test_an_account_that_came_from_elsewhere_takes_nothing_along_but_its_own_ids(two: TwoOrganizations) -> None:
    """South learns nothing of what else counted in North by sending for an account that came from there."""
    other = an_account("Other")
    two.move(other, two.north)
    two.send(other, "a")
    two.move(two.northern, two.south)
    assert told(two.send(two.northern, "a")) == (1, 0, [])
    assert told(two.send(two.northern, "a")) == (0, 1, [])
    assert told(two.send(two.southern, "a")) == (0, 0, ["different_content"])


@pytest.mark.rule("USE-4", "ORG-3")
def test_an_event_is_corrected_for_the_account_that_has_it(two: TwoOrganizations) -> None:
    for account in (two.northern, two.southern):
        two.send(account, "a", quantity="10")
    with pytest.raises(Refusal) as caught:
        cancel_event("a", "Twice")
    (problem,) = caught.value.problems
    assert (problem.field, problem.code, caught.value.kind) == ("account", "ambiguous", Kind.CONFLICT)
    with two.reach(two.north):
        replace_event("a", {"quantity": Decimal(4)}, "Mistyped")
    assert (two.used(two.northern), two.used(two.southern)) == (4, 10)
    cancel_event("a", "Twice", two.southern.pk)
    assert (two.used(two.northern), two.used(two.southern)) == (4, 0)
    with two.reach(two.north), pytest.raises(Refusal) as caught:
        cancel_event("a", "Twice", two.southern.pk)
    (problem,) = caught.value.problems
    assert (problem.field, problem.code, caught.value.kind) == ("account", "unknown", Kind.INVALID)
    assert told(two.send(two.southern, "a", quantity="10")) == (0, 1, [])


@pytest.mark.rule("USE-4", "ORG-3")
def test_an_event_is_found_by_its_id_where_its_account_is_now(two: TwoOrganizations) -> None:
    two.send(two.northern, "a", quantity="10")
    two.move(two.northern, two.south)
    with two.reach(two.north), pytest.raises(Refusal):
        find_counted("a")
    with two.reach(two.south):
        replace_event("a", {"quantity": Decimal(4)}, "Mistyped")
        event = event_of(find_counted("a"), "a")
    assert event is not None
    assert (event.quantity, two.used(two.northern)) == (4, 4)
    assert told(two.send(two.northern, "a", quantity="10")) == (0, 1, [])


@pytest.mark.rule("USE-1")
@pytest.mark.parametrize("goes_elsewhere", [False, True], ids=["stays", "has gone elsewhere"])
def test_an_event_that_many_connections_send_at_once_counts_once(fresh_tenant: str, goes_elsewhere: bool) -> None:
    two = TwoOrganizations()
    two.send(two.northern, "before")
    if goes_elsewhere:
        two.move(two.northern, two.south)

    def send(_: int) -> Recorded:
        with within_tenant(fresh_tenant):
            try:
                return two.send(two.northern, "before", *(f"e{number}" for number in range(50)))
            finally:
                connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(send, range(4)))
    assert sum(one.accepted for one in found) == 50
    assert {one.accepted + one.duplicates for one in found} == {51}
    assert two.used(two.northern) == 51


@pytest.mark.rule("USE-1", "ORG-2")
def test_a_batch_that_is_under_way_while_its_account_goes_elsewhere_is_known_there(fresh_tenant: str) -> None:
    """The move waits for it, and who sends the same again after the move waits for the move."""
    two, taken, go_on = TwoOrganizations(), Event(), Event()

    def send_slowly() -> None:
        with within_tenant(fresh_tenant):
            with transaction.atomic():
                two.send(two.northern, "a")
                taken.set()
                assert go_on.wait(30)
            connections.close_all()

    def move() -> None:
        with within_tenant(fresh_tenant):
            two.move(two.northern, two.south)
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        sent = pool.submit(send_slowly)
        assert taken.wait(30)
        moved = pool.submit(move)
        wait_for_who_waits_for_a_lock()
        assert not moved.done()
        go_on.set()
        sent.result(30)
        moved.result(30)
    assert Account.objects.get(pk=two.northern.pk).organization_id == two.south
    assert told(two.send(two.northern, "a")) == (0, 1, [])


@pytest.mark.rule("USE-1", "PERF-4")
def test_a_move_gives_up_rather_than_let_all_usage_wait_for_a_long_batch(fresh_tenant: str) -> None:
    two, taken, go_on = TwoOrganizations(), Event(), Event()
    two.send(two.account, "makes the month")
    with connection.cursor() as cursor:
        cursor.execute("ALTER FUNCTION banyan_wait_for_usage_being_taken_in() SET lock_timeout = '20ms'")

    def send_slowly() -> Recorded:
        with within_tenant(fresh_tenant):
            with transaction.atomic():
                recorded = two.send(two.northern, "a")
                taken.set()
                assert go_on.wait(30)
            connections.close_all()
        return recorded

    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_slowly)
        assert taken.wait(30)
        with pytest.raises(OperationalError, match="lock timeout"):
            two.move(two.northern, two.south)
        assert told(two.send(two.southern, "a")) == (1, 0, [])
        go_on.set()
        assert told(sent.result(30)) == (1, 0, [])
    assert Account.objects.get(pk=two.northern.pk).organization_id == two.north


def wait_for_who_waits_for_a_lock() -> None:
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks, pg_sleep(0.01) WHERE NOT granted AND locktype = 'advisory'")
            if cursor.fetchone()[0]:
                return
    raise AssertionError("nobody waits")
