"""The customer hierarchy (CHI-*), and who pays after a move (WHO-*)."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from banyan.accounts.actions.save_owner import create_owner
from banyan.accounts.models import Account, Customer
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.preview_move import (
    preview_account_parent,
    preview_customer_parent,
    preview_responsible_account,
)
from banyan.engine.facts import WhoPaysMode
from banyan.invoices.models import Invoice
from banyan.kernel.refusals import Kind, Refusal
from banyan.relations.edges import CUSTOMER_PARENT, open_edges
from banyan.relations.queries import customer_ancestors, customer_hierarchy
from banyan.subscriptions.inputs import WhoPaysChoice
from banyan.subscriptions.models import Subscription, SubscriptionGroup, WhoPays
from banyan.subscriptions.queries import payer_of
from tests.business import account_of, as_issued, subscribed
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def refused(customer: Customer, parent: int, day: date = FEBRUARY) -> str | None:
    with pytest.raises(Refusal) as refusal:
        move_customer(customer.id, parent, day)
    return refusal.value.rule


def paid_subscription(customer: Customer, mode: str, payer: Customer | None = None) -> Subscription:
    choice = WhoPaysChoice(mode, payer.id if payer else None)
    return subscribed(account_of(customer), who_pays=choice)


def payer_on(subscription: Subscription, day: date) -> Account:
    return Account.objects.get(id=payer_of(subscription.account_id, subscription.id, day).account_id)


@pytest.mark.rule("CHI-1", "CHI-3", "REL-1")
def test_a_customer_shows_all_its_older_relatives_nearest_first(people: People) -> None:
    root, middle, leaf = people.chain(3)
    hierarchy = customer_hierarchy(leaf.id, NEW_YEAR)
    assert (hierarchy.ancestors, hierarchy.children) == ([middle.id, root.id], [])
    assert (hierarchy.depth, hierarchy.height) == (3, 1)
    assert customer_hierarchy(root.id, NEW_YEAR).height == 3
    other = people.customer()
    move_customer(leaf.id, other.id, FEBRUARY)
    assert customer_ancestors(leaf.id, date(2026, 1, 31)) == [middle.id, root.id]
    assert customer_ancestors(leaf.id, FEBRUARY) == [other.id]


@pytest.mark.rule("CHI-2")
def test_a_hierarchy_is_at_most_ten_deep_with_everything_below_counted(people: People) -> None:
    chain = people.chain(10)
    with pytest.raises(Refusal) as refusal:
        people.customer(chain[-1])
    assert refusal.value.rule == "CHI-2"
    top = people.customer()
    assert refused(chain[0], top.id) == "CHI-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        open_edges(CUSTOMER_PARENT, [(chain[0].id, top.id, FEBRUARY)])
    detach_customer(chain[5].id, MARCH)
    assert refused(chain[0], top.id) == "CHI-2"
    move_customer(chain[0].id, top.id, MARCH)
    assert customer_hierarchy(chain[4].id, MARCH).depth == 6


@pytest.mark.rule("REL-2", "CHI-1", "OWN-3", "REL-1")
def test_moves_that_are_refused(people: People) -> None:
    root, leaf = people.chain(2)
    foreign = people.customer(owner=create_owner({"legal_name": "Other", "invoice_prefix": "O-"}).id)
    assert refused(root, leaf.id) == "REL-2"
    assert refused(root, root.id) == "REL-2"
    assert refused(leaf, foreign.id) == "OWN-3"
    assert refused(leaf, people.customer().id, date(2025, 12, 31)) == "REL-1"
    with pytest.raises(Refusal) as refusal:
        move_customer(10**9, root.id)
    assert refusal.value.kind is Kind.UNKNOWN
    change_settings({"enable_who_pays": False})
    change_settings({"enable_customer_hierarchies": False})
    assert refused(leaf, people.customer().id) == "CHI-1"
    assert customer_ancestors(leaf.id, FEBRUARY) == [root.id]
    detach_customer(leaf.id, FEBRUARY)


@pytest.mark.rule("WHO-1", "WHO-3", "GRP-1")
def test_payers_follow_the_hierarchy_from_the_day_of_the_move(people: People) -> None:
    root, middle, leaf = people.chain(3)
    new_root, new_parent = people.chain(2)
    by_parent = paid_subscription(leaf, WhoPaysMode.PARENT)
    by_eldest = paid_subscription(leaf, WhoPaysMode.ELDEST_ANCESTOR)
    by_middle = paid_subscription(leaf, WhoPaysMode.ANCESTOR, middle)
    by_root = paid_subscription(leaf, WhoPaysMode.ANCESTOR, root)
    own = paid_subscription(leaf, WhoPaysMode.CUSTOMER_CONSOLIDATED)
    separate = paid_subscription(leaf, WhoPaysMode.CUSTOMER_SEPARATE)
    move_customer(middle.id, new_parent.id, MARCH)
    every = (by_parent, by_eldest, by_middle, by_root, own, separate)
    before = [account_of(customer) for customer in (middle, root, middle, root, leaf, leaf)]
    after = [account_of(customer) for customer in (middle, new_root, middle, leaf, leaf, leaf)]
    assert [payer_on(each, FEBRUARY) for each in every] == before
    assert [payer_on(each, MARCH) for each in every] == after
    assert SubscriptionGroup.objects.get(payer=new_root).is_default
    assert not WhoPays.objects.filter(subscription=by_root, during__contains=MARCH).exists()
    assert WhoPays.objects.filter(subscription=by_parent).count() == 1


@pytest.mark.rule("WHO-4")
def test_a_move_to_a_payer_that_cannot_take_the_charges_is_refused(people: People) -> None:
    _, leaf = people.chain(2)
    paid_subscription(leaf, WhoPaysMode.PARENT)
    assert refused(leaf, people.customer(currency="EUR").id) == "WHO-4"
    assert len(customer_ancestors(leaf.id, FEBRUARY)) == 1


@pytest.mark.rule("WHO-1", "REL-1")
def test_a_payer_that_is_to_change_later_still_changes_then_after_a_move(people: People) -> None:
    _, leaf = people.chain(2)
    subscription = paid_subscription(leaf, WhoPaysMode.PARENT)
    row = WhoPays.objects.get(subscription=subscription)
    WhoPays.objects.filter(id=row.id).update(during=(NEW_YEAR, MARCH))
    WhoPays.objects.create(
        subscription=subscription, mode=WhoPaysMode.CUSTOMER_SEPARATE, group=None, during=(date(2026, 4, 1), None)
    )
    new_parent = people.customer()
    move_customer(leaf.id, new_parent.id, FEBRUARY)
    modes = [
        (row.mode, row.group and row.group.payer_id, row.during.lower, row.during.upper)
        for row in WhoPays.objects.filter(subscription=subscription, during__fully_gt=(NEW_YEAR, FEBRUARY))
    ]
    assert sorted(modes, key=lambda mode: mode[2]) == [
        ("parent", new_parent.id, FEBRUARY, MARCH),
        ("customer_separate", None, date(2026, 4, 1), None),
    ]


def an_invoice_of(group: SubscriptionGroup, status: str, number: int | None) -> Invoice:
    account = account_of(group.payer)
    return Invoice.objects.create(
        owner=account.owner,
        sequence_number=number,
        account=account,
        group=group,
        bill_run_id=1,
        status=status,
        invoice_date=NEW_YEAR,
        due_date=NEW_YEAR,
        currency="USD",
        gross=0 if status == "paid" else 10,
        discount=0,
        tax=0,
        **({} if status == "draft" else as_issued(account)),
    )


@pytest.mark.rule("CHI-4")
@pytest.mark.parametrize(("status", "number"), [("open", 1), ("void", 1), ("draft", None)])
def test_a_customer_stays_below_its_parent_while_a_group_has_invoices(
    people: People, status: str, number: int | None
) -> None:
    root, leaf = people.chain(2)
    subscription = paid_subscription(leaf, WhoPaysMode.PARENT)
    an_invoice_of(SubscriptionGroup.objects.get(payer=root), status, number)
    with pytest.raises(Refusal) as refusal:
        detach_customer(leaf.id, FEBRUARY)
    assert (refusal.value.rule, refusal.value.kind) == ("CHI-4", Kind.CONFLICT)
    assert customer_ancestors(leaf.id, FEBRUARY) == [root.id]
    assert payer_on(subscription, FEBRUARY) == account_of(root)


@pytest.mark.rule("CHI-4", "WHO-3")
def test_removing_a_parent_takes_the_subscriptions_out_of_the_groups(people: People) -> None:
    root, middle, leaf = people.chain(3)
    of_middle = paid_subscription(middle, WhoPaysMode.PARENT)
    cut_off = paid_subscription(leaf, WhoPaysMode.ELDEST_ANCESTOR)
    inside = paid_subscription(leaf, WhoPaysMode.PARENT)
    an_invoice_of(SubscriptionGroup.objects.get(payer=root), "paid", 1)
    an_invoice_of(SubscriptionGroup.objects.get(payer=middle), "open", 2)
    detach_customer(middle.id, FEBRUARY)
    assert customer_ancestors(leaf.id, FEBRUARY) == [middle.id]
    payers = [payer_on(each, FEBRUARY) for each in (of_middle, cut_off, inside)]
    assert payers == [account_of(middle), account_of(leaf), account_of(middle)]
    assert payer_on(cut_off, NEW_YEAR) == account_of(root)
    with pytest.raises(Refusal) as refusal:
        detach_customer(middle.id, FEBRUARY)
    assert refusal.value.kind is Kind.CONFLICT


@pytest.mark.rule("REL-3", "CHI-3")
def test_a_preview_shows_who_would_pay_and_changes_nothing(people: People) -> None:
    root, leaf = people.chain(2)
    new_root, new_parent = people.chain(2)
    subscription = paid_subscription(leaf, WhoPaysMode.PARENT)
    preview = preview_customer_parent(leaf.id, new_parent.id, FEBRUARY)
    assert (preview.ancestors, preview.depth) == ([new_parent.id, new_root.id], 3)
    (line,) = preview.subscriptions
    assert line.subscription == subscription.id
    assert (line.now.account_id, line.then.account_id) == (account_of(root).id, account_of(new_parent).id)
    assert customer_ancestors(leaf.id, FEBRUARY) == [root.id]
    assert not SubscriptionGroup.objects.filter(payer=new_parent).exists()
    with pytest.raises(Refusal):
        preview_customer_parent(root.id, leaf.id, FEBRUARY)


@pytest.mark.rule("REL-3", "AHI-1", "BHI-1")
def test_previews_of_account_relations(people: People) -> None:
    boss, site = people.account(), people.account()
    subscription = subscribed(site)
    responsible = preview_responsible_account(site.id, boss.id, FEBRUARY)
    assert (responsible.ancestors, responsible.depth) == ([boss.id], 2)
    (line,) = responsible.subscriptions
    assert (line.number, line.now.account_id, line.then.account_id) == (subscription.number, site.id, boss.id)
    in_tree = preview_account_parent(site.id, boss.id, FEBRUARY)
    assert in_tree.ancestors == [boss.id]
    assert [(line.now.account_id, line.then.account_id) for line in in_tree.subscriptions] == [(site.id, site.id)]
