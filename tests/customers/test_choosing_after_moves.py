"""Who pays by a choice that is made when moves are on record already: the same as by one made before them (WHO-1)."""

from contextlib import suppress
from datetime import date
from random import Random

import pytest

from banyan.accounts.models import Account, Customer
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.choose_payer import choose_payer, choose_payers
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.inputs import NewGroup, NewPayer, WhoPaysChoice
from banyan.subscriptions.models import Subscription, WhoPays
from banyan.subscriptions.queries import payer_of
from tests.business import a_customer, account_of, subscribed
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People

APRIL, MAY = date(2026, 4, 1), date(2026, 5, 1)
DAYS = (NEW_YEAR, date(2026, 1, 31), FEBRUARY, date(2026, 2, 28), MARCH, date(2026, 3, 31), APRIL, MAY)


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def payers(subscription: Subscription, *days: date) -> list[int]:
    """The customers that pay on these days."""
    accounts = [payer_of(subscription.account_id, subscription.id, day).account_id for day in days]
    customers = dict(Account.objects.filter(id__in=accounts).values_list("id", "customer_id"))
    return [customers[account] for account in accounts]


@pytest.mark.rule("WHO-1", "WHO-3", "WHO-5", "REL-1")
def test_a_parent_that_is_left_on_record_pays_no_more_from_that_day_on(people: People) -> None:
    parent, child = people.chain(2)
    detach_customer(child.id, MARCH)
    subscription = subscribed(account_of(child), who_pays=WhoPaysChoice("parent"))
    assert payers(subscription, NEW_YEAR, date(2026, 2, 28), MARCH) == [parent.id, parent.id, child.id]
    assert not WhoPays.objects.filter(subscription=subscription, during__contains=MARCH).exists()


@pytest.mark.rule("WHO-1", "WHO-2")
@pytest.mark.parametrize("by_setting", [False, True])
def test_the_payer_follows_moves_that_were_recorded_before(people: People, by_setting: bool) -> None:
    parent, child = people.chain(2)
    other, root = people.customer(), people.customer()
    move_customer(child.id, other.id, FEBRUARY)
    move_customer(other.id, root.id, MARCH)
    change_settings({"default_payer_and_consolidation": "eldest_ancestor" if by_setting else None})
    eldest = subscribed(account_of(child), who_pays=None if by_setting else WhoPaysChoice("eldest_ancestor"))
    assert payers(eldest, NEW_YEAR, FEBRUARY, MARCH) == [parent.id, other.id, root.id]
    nearest = subscribed(account_of(child), who_pays=WhoPaysChoice("parent"))
    assert payers(nearest, NEW_YEAR, FEBRUARY, MARCH) == [parent.id, other.id, other.id]
    by_name = subscribed(account_of(child), who_pays=WhoPaysChoice("ancestor", parent.id))
    assert payers(by_name, NEW_YEAR, FEBRUARY, MARCH) == [parent.id, child.id, child.id]


@pytest.mark.rule("GRP-3", "WHO-3")
def test_who_is_no_longer_below_a_groups_payer_leaves_the_group_that_day(people: People) -> None:
    parent, child = people.chain(2)
    group = create_group(NewGroup(parent.id, "Ours"))
    move_customer(child.id, people.customer().id, FEBRUARY)
    subscription = subscribed(account_of(child), group=group.id)
    assert payers(subscription, NEW_YEAR, FEBRUARY) == [parent.id, child.id]


@pytest.mark.rule("WHO-4")
def test_a_later_payer_that_could_not_take_the_charges_is_refused_with_the_day(people: People) -> None:
    _, child = people.chain(2)
    move_customer(child.id, a_customer("Elsewhere", "EUR").id, FEBRUARY)
    with pytest.raises(Refusal) as caught:
        subscribed(account_of(child), who_pays=WhoPaysChoice("parent"))
    (problem,) = caught.value.problems
    assert (problem.field, problem.rule) == ("who_pays", "WHO-4")
    assert "from 2026-02-01 on" in problem.message


@pytest.mark.rule("WHO-1", "REL-1")
def test_a_choice_with_an_end_follows_moves_up_to_it(people: People) -> None:
    parent, child = people.chain(2)
    other, later = people.customer(), people.customer()
    move_customer(child.id, other.id, FEBRUARY)
    move_customer(child.id, later.id, APRIL)
    subscription = subscribed(account_of(child))
    choose_payers([NewPayer(subscription.id, WhoPaysChoice("parent"), NEW_YEAR, until=MARCH)])
    assert payers(subscription, NEW_YEAR, FEBRUARY, MARCH, APRIL) == [parent.id, other.id, child.id, child.id]
    choose_payer(subscription.id, WhoPaysChoice("parent"), FEBRUARY)
    assert payers(subscription, NEW_YEAR, FEBRUARY, MARCH, APRIL) == [parent.id, other.id, other.id, later.id]


@pytest.mark.rule("WHO-1", "WHO-3", "REL-1")
@pytest.mark.parametrize("seed", range(12))
def test_choices_before_and_after_the_moves_lead_to_the_same_payers(people: People, seed: int) -> None:
    random = Random(seed)
    customers = [people.customer() for _ in range(6)]
    for low, high in zip(customers[1:4], customers, strict=False):
        move_customer(low.id, high.id, NEW_YEAR)
    chosen = [(one, choice) for one in customers[1:4] for choice in _choices(customers[: customers.index(one)])]
    before = [subscribed(account_of(one), who_pays=choice) for one, choice in chosen]
    for day in sorted(random.sample(DAYS[1:], 5)):
        low, high = random.sample(customers, 2)
        with suppress(Refusal):  # it would have been above itself
            move_customer(low.id, high.id, day)
    after = [subscribed(account_of(one), who_pays=choice) for one, choice in chosen]
    assert [payers(one, *DAYS) for one in after] == [payers(one, *DAYS) for one in before]


def _choices(ancestors: list[Customer]) -> list[WhoPaysChoice]:
    return [
        WhoPaysChoice("parent"),
        WhoPaysChoice("eldest_ancestor"),
        WhoPaysChoice("customer_consolidated"),
        *(WhoPaysChoice("ancestor", one.id) for one in ancestors),
    ]
