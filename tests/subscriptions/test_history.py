"""What of subscriptions and their groups is in the history: who pays, members, terms, the rows themselves (ACC-16)."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.db import connection

from banyan.accounts.models import Customer
from banyan.contracts.actions.create_contract import create_contract
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer, choose_payers
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.delete_group import delete_group
from banyan.subscriptions.actions.remove_member import remove_member
from banyan.subscriptions.actions.rename_group import rename_group
from banyan.subscriptions.actions.set_contract import set_contract
from banyan.subscriptions.inputs import ItemChange, NewGroup, NewItem, NewOrder, NewPayer, WhoPaysChoice
from banyan.subscriptions.models import Subscription, SubscriptionGroup
from banyan.subscriptions.payer_dates import PayerChange, change_payers
from tests.billruns.running import run_for
from tests.business import NEW_YEAR, a_price, account_of, subscribed
from tests.relations.people import FEBRUARY, MARCH, People

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("ACC-16")]

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
Value = dict[str, Any] | None
PARENT, ELDEST, SEPARATE = (WhoPaysChoice(mode) for mode in ("parent", "eldest_ancestor", "customer_separate"))


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def entries(kind: str, number: int) -> list[HistoryEntry]:
    return list(HistoryEntry.objects.filter(subject_kind=kind, subject_id=number).order_by("id"))


def describe_payers(subscription: Subscription) -> list[tuple[str, str, Value, Value]]:
    """Actor, first day, who paid, who pays."""
    return [
        (entry.actor, entry.changes["effective_date"][1], *entry.changes["who_pays"])
        for entry in entries("subscription", subscription.pk)
        if "who_pays" in entry.changes
    ]


def told_members(group: SubscriptionGroup) -> list[tuple[str, str, list[int] | None, list[int] | None]]:
    """Actor, first day, who left, who joined."""
    return [
        (entry.actor, entry.changes["effective_date"][1], *entry.changes["members"])
        for entry in entries("subscription_group", group.pk)
        if "members" in entry.changes
    ]


def paid(mode: str, payer: Customer, until: date | None = None) -> Value:
    """As it stands in the history: by the payer's default group, unless separate."""
    group = None if mode == "customer_separate" else default_group(payer).pk
    end = {} if until is None else {"until": until.isoformat()}
    return {"mode": mode, "customer": payer.pk, "group": group, **end}


def default_group(payer: Customer) -> SubscriptionGroup:
    return SubscriptionGroup.objects.get(payer=payer, is_default=True)


@pytest.mark.rule("WHO-1")
def test_who_pays_is_told_from_the_creation_on_and_each_change_once(people: People) -> None:
    root, middle, leaf = people.chain(3)
    with acting_as(Actor.user(1, "ada")):
        subscription = subscribed(account_of(leaf), who_pays=PARENT)
    with acting_as(Actor.user(1, "ben")):
        choose_payer(subscription.pk, ELDEST, FEBRUARY)
        choose_payer(subscription.pk, SEPARATE, MARCH)
        choose_payer(subscription.pk, SEPARATE, MARCH)
        choose_payer(subscription.pk, None, APRIL)
    assert describe_payers(subscription) == [
        ("ada", "2026-01-01", None, paid("parent", middle)),
        ("ben", "2026-02-01", paid("parent", middle), paid("eldest_ancestor", root)),
        ("ben", "2026-03-01", paid("eldest_ancestor", root), paid("customer_separate", leaf)),
        ("ben", "2026-04-01", paid("customer_separate", leaf), None),
    ]


@pytest.mark.rule("WHO-1", "REL-1")
def test_another_choice_for_the_same_day_and_what_it_drops_are_told_with_what_was_to_hold(people: People) -> None:
    root, middle, leaf = people.chain(3)
    subscription = subscribed(account_of(leaf))
    choose_payer(subscription.pk, PARENT, MARCH)
    choose_payer(subscription.pk, ELDEST, MARCH)
    choose_payer(subscription.pk, SEPARATE, FEBRUARY)
    choose_payer(subscription.pk, None, FEBRUARY)
    assert [entry[1:] for entry in describe_payers(subscription)] == [
        ("2026-03-01", None, paid("parent", middle)),
        ("2026-03-01", paid("parent", middle), paid("eldest_ancestor", root)),
        ("2026-03-01", paid("eldest_ancestor", root), paid("customer_separate", leaf)),
        ("2026-02-01", None, paid("customer_separate", leaf)),
        ("2026-02-01", paid("customer_separate", leaf), None),
    ]


@pytest.mark.rule("WHO-1")
def test_an_end_is_told_where_it_is_given_and_where_it_goes(people: People) -> None:
    root, _, leaf = people.chain(3)
    subscription = subscribed(account_of(leaf))
    choose_payers([NewPayer(subscription.pk, ELDEST, FEBRUARY, until=APRIL)])
    choose_payer(subscription.pk, ELDEST, MARCH)
    choose_payers([NewPayer(subscription.pk, ELDEST, MARCH, until=MAY)])
    assert [entry[1:] for entry in describe_payers(subscription)] == [
        ("2026-02-01", None, paid("eldest_ancestor", root, APRIL)),
        ("2026-02-01", paid("eldest_ancestor", root, APRIL), paid("eldest_ancestor", root)),
        ("2026-05-01", paid("eldest_ancestor", root), None),
    ]


@pytest.mark.rule("WHO-1", "WHO-3")
def test_a_move_tells_whose_payer_it_changes_under_the_name_of_whoever_moved(people: People) -> None:
    root, middle, leaf = people.chain(3)
    other = people.customer()
    eldest = [subscribed(account_of(leaf), who_pays=ELDEST) for _ in range(3)]
    by_parent, by_name = (
        subscribed(account_of(leaf), who_pays=choice) for choice in (PARENT, WhoPaysChoice("ancestor", root.pk))
    )
    with acting_as(Actor.user(1, "mover")):
        move_customer(middle.pk, other.pk, FEBRUARY)
    moved = ("mover", "2026-02-01", paid("eldest_ancestor", root), paid("eldest_ancestor", other))
    assert [describe_payers(each)[1:] for each in eldest] == [[moved]] * 3
    assert describe_payers(by_parent)[1:] == []
    assert describe_payers(by_name)[1:] == [("mover", "2026-02-01", paid("ancestor", root), None)]
    ids = [each.pk for each in eldest]
    assert told_members(default_group(root))[-2:] == [
        ("mover", "2026-02-01", [by_name.pk], None),
        ("mover", "2026-02-01", ids, None),
    ]
    assert told_members(default_group(other)) == [("mover", "2026-02-01", None, ids)]
    with acting_as(Actor.user(1, "detacher")):
        detach_customer(middle.pk, MARCH)
    assert describe_payers(eldest[0])[-1] == ("detacher", "2026-03-01", paid("eldest_ancestor", other), None)


@pytest.mark.rule("WHO-1", "SUB-1")
def test_an_order_that_is_activated_tells_who_pays(people: People) -> None:
    root, leaf = people.chain(2)
    order = create_order(NewOrder(account_of(leaf).pk, (NewItem(a_price().pk),), NEW_YEAR, who_pays=ELDEST))
    with acting_as(Actor.user(1, "ada")):
        subscription = activate_order(order.pk).subscription
    assert subscription
    created, payer = entries("subscription", subscription.pk)
    assert (created.action, created.changes["account_id"]) == ("created", [None, order.account_id])
    assert (payer.actor, payer.changes["who_pays"]) == ("ada", [None, paid("eldest_ancestor", root)])


@pytest.mark.rule("GRP-1", "GRP-3")
def test_a_group_tells_its_making_its_names_its_members_and_its_end(people: People) -> None:
    root, leaf = people.chain(2)
    first, second = (subscribed(account_of(leaf)) for _ in range(2))
    with acting_as(Actor.user(1, "ada")):
        group = create_group(NewGroup(root.pk, "Together"))
        add_member(group.pk, first.pk, FEBRUARY)
        add_member(group.pk, second.pk, FEBRUARY)
        remove_member(group.pk, first.pk, MARCH)
        rename_group(group.pk, "Apart")
        add_member(default_group_of(root).pk, second.pk, FEBRUARY)
        delete_group(group.pk)
    assert told_members(group) == [
        ("ada", "2026-02-01", None, [first.pk]),
        ("ada", "2026-02-01", None, [second.pk]),
        ("ada", "2026-03-01", [first.pk], None),
        ("ada", "2026-02-01", [second.pk], None),
        ("ada", "2026-02-01", [first.pk], None),
    ]
    rows = [entry for entry in entries("subscription_group", group.pk) if "members" not in entry.changes]
    assert [(entry.actor, entry.action, entry.changes.get("name")) for entry in rows] == [
        ("ada", "created", [None, "Together"]),
        ("ada", "changed", ["Together", "Apart"]),
        ("ada", "deleted", ["Apart", None]),
    ]
    assert rows[0].changes["payer_id"] == [None, root.pk]


def default_group_of(payer: Customer) -> SubscriptionGroup:
    return SubscriptionGroup.objects.create(name="Default group", payer=payer, is_default=True)


@pytest.mark.rule("GRP-3")
def test_past_days_that_pass_to_the_default_group_are_told(people: People) -> None:
    root, leaf = people.chain(2)
    subscription = subscribed(account_of(leaf))
    group = create_group(NewGroup(root.pk, "Together"))
    add_member(group.pk, subscription.pk, FEBRUARY)
    remove_member(group.pk, subscription.pk, MARCH)
    delete_group(group.pk)
    was = {"mode": "ancestor", "customer": root.pk, "group": group.pk, "until": "2026-03-01"}
    assert describe_payers(subscription)[-1][1:] == ("2026-02-01", was, paid("ancestor", root, MARCH))


@pytest.mark.rule("SUB-5", "CTR-2")
def test_the_end_the_contract_and_new_terms_of_a_subscription_are_told(people: People) -> None:
    account = account_of(people.customer())
    old, new = a_price(), a_price("20")
    contract = create_contract({"account": account.pk, "start_date": NEW_YEAR})
    with acting_as(Actor.user(1, "ada")):
        subscription = subscribed(account, old)
        item = subscription.items.get()
        change_subscription(subscription.pk, MARCH, [ItemChange(item.pk, Decimal(3))])
        change_subscription(subscription.pk, MARCH, [ItemChange(item.pk, Decimal(4), new.pk)])
        set_contract(subscription.pk, contract.pk)
        cancel_subscription(subscription.pk, MAY)
    one, three, four = (
        {"id": item.pk, "price": price.pk, "quantity": f"{quantity}.000000000000"}
        for price, quantity in ((old, 1), (old, 3), (new, 4))
    )
    created, first, again, under, ended = entries("subscription", subscription.pk)
    assert {entry.actor for entry in (created, first, again, under, ended)} == {"ada"}
    assert (created.action, created.changes["number"]) == ("created", [None, subscription.number])
    assert first.changes == {"item": [one, three], "effective_date": [None, "2026-03-01"]}
    assert again.changes == {"item": [three, four], "effective_date": [None, "2026-03-01"]}
    assert under.changes == {"contract_id": [None, contract.pk]}
    assert (ended.changes["ends_before"], set(ended.changes)) == ([None, "2026-05-01"], {"ends_before", "cancelled_at"})


@pytest.mark.rule("SUB-5")
def test_a_bill_run_writes_no_history_of_what_it_bills(people: People) -> None:
    subscription = subscribed(account_of(people.customer()), who_pays=WhoPaysChoice("customer_consolidated"))
    before = len(entries("subscription", subscription.pk))
    run_for(people.cycle, FEBRUARY)
    assert subscription.items.get().billed_until == MARCH
    assert len(entries("subscription", subscription.pk)) == before


def test_what_is_written_past_the_actions_is_told_as_well(people: People) -> None:
    root, leaf = people.chain(2)
    subscription = subscribed(account_of(leaf), who_pays=ELDEST)
    (row,) = subscription.who_pays.all()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE subscriptions_whopays SET mode = 'parent' WHERE id = %s", [row.pk])
        cursor.execute("DELETE FROM subscriptions_whopays WHERE id = %s", [row.pk])
        cursor.execute(
            "INSERT INTO subscriptions_whopays (subscription_id, mode, group_id, during) VALUES (%s, %s, %s, %s)",
            [subscription.pk, "parent", row.group_id, "[2026-02-01,)"],
        )
    assert describe_payers(subscription)[1:] == [
        ("system", "2026-01-01", paid("eldest_ancestor", root), paid("parent", root)),
        ("system", "2026-01-01", paid("parent", root), None),
        ("system", "2026-02-01", None, paid("parent", root)),
    ]


@pytest.mark.rule("REL-1", "WHO-1")
@pytest.mark.parametrize("seed", range(8))
def test_who_pays_on_any_day_can_be_read_from_the_history(people: People, seed: int) -> None:
    """From its day on each entry holds up to its end, and nobody's choice after that, until another says so."""
    chance = Random(seed)
    root, leaf = people.chain(2)
    subscription, group = subscribed(account_of(leaf)), default_group_of(root).pk
    days = [NEW_YEAR + timedelta(days=number) for number in range(12)]
    wanted, read = (dict.fromkeys(days, None) for _ in range(2))
    for _ in range(25):
        since, mode = chance.choice(days[:-1]), chance.choice(["parent", "eldest_ancestor", "customer_separate", None])
        until = chance.choice([None, *(day for day in days if day > since)]) if mode else None
        before, last = dict(wanted), HistoryEntry.objects.latest("id").pk
        wanted = {day: before[day] if day < since else mode if until is None or day < until else None for day in days}
        change_payers(
            [PayerChange(subscription.pk, since, mode, group if mode in ("parent", "eldest_ancestor") else None, until)]
        )
        told = [entry.changes for entry in entries("subscription", subscription.pk) if entry.pk > last]
        for changes in sorted(told, key=lambda changes: changes["effective_date"]):
            read = read_on(read, changes)
        rows = list(subscription.who_pays.all())
        held = {day: next((row.mode for row in rows if day in row.during), None) for day in days}
        assert (held, read) == (wanted, wanted), (since, until, mode)
        assert told or before == wanted


def read_on(read: dict[date, str | None], changes: dict[str, Any]) -> dict[date, str | None]:
    """What is believed of each day after another entry."""
    since, new = date.fromisoformat(changes["effective_date"][1]), changes["who_pays"][1] or {}
    until = date.fromisoformat(new.get("until", "9999-12-31"))
    return {day: mode if day < since else new.get("mode") if day < until else None for day, mode in read.items()}
