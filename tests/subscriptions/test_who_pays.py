"""Who pays for a subscription: the choice, the setting, the payer's account, and the groups (WHO, GRP)."""

from datetime import date, timedelta
from random import Random

import pytest
from django.db import connection, transaction
from django.db.models import Model
from django.test.utils import CaptureQueriesContext

from banyan.accounts.models import Account, Customer
from banyan.accounts.today import today
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.engine.result import Step
from banyan.kernel.refusals import Kind, Refusal
from banyan.relations.edges import CUSTOMER_PARENT, RESPONSIBLE_ACCOUNT, end_edge, open_edges
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.choose_payer import choose_payer, choose_payers
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.delete_group import delete_group
from banyan.subscriptions.actions.remove_member import remove_member
from banyan.subscriptions.inputs import NewGroup, NewPayer, WhoPaysChoice
from banyan.subscriptions.models import Subscription, SubscriptionGroup, WhoPays
from banyan.subscriptions.queries import members_of, payer_of, subscription_payers, who_pays_on
from tests.business import NEW_YEAR, a_customer, account_of, an_account, billed_so_far, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


class Chain:
    """Root, mid and leaf: three customers, one below the other, each with an account."""

    def __init__(self, currency: str = "USD") -> None:
        self.root = a_customer("Root", currency)
        self.mid = a_customer("Mid", currency, parent=self.root)
        self.leaf = a_customer("Leaf", currency, parent=self.mid)

    @property
    def account(self) -> Account:
        return account_of(self.leaf)


@pytest.fixture
def chain(tenant: object) -> Chain:
    return Chain()


def paying_account(subscription: Subscription, on: date = NEW_YEAR) -> int:
    return payer_of(subscription.account_id, subscription.id, on).account_id


def refused(account: Account, choice: WhoPaysChoice | None = None, group: int | None = None) -> Refusal:
    with pytest.raises(Refusal) as caught:
        subscribed(account, who_pays=choice, group=group)
    return caught.value


def ids(*rows: Model) -> list[object]:
    return [row.pk for row in rows]


@pytest.mark.rule("WHO-1")
def test_each_mode_leads_to_its_payer(chain: Chain) -> None:
    def payer(mode: str, customer: Customer | None = None) -> int:
        choice = WhoPaysChoice(mode, customer and customer.id)
        return paying_account(subscribed(chain.account, who_pays=choice))

    assert payer("customer_separate") == chain.account.id
    assert payer("customer_consolidated") == chain.account.id
    assert payer("parent") == account_of(chain.mid).id
    assert payer("eldest_ancestor") == account_of(chain.root).id
    assert payer("ancestor", chain.root) == account_of(chain.root).id
    assert payer("ancestor", chain.leaf) == chain.account.id


@pytest.mark.rule("WHO-1", "GRP-1")
def test_subscriptions_with_one_payer_share_its_default_group_unless_separate(chain: Chain) -> None:
    by_root = [
        subscribed(chain.account, who_pays=WhoPaysChoice("eldest_ancestor")),
        subscribed(chain.account, who_pays=WhoPaysChoice("ancestor", chain.root.id)),
    ]
    separate = subscribed(chain.account, who_pays=WhoPaysChoice("customer_separate"))
    (group,) = SubscriptionGroup.objects.filter(payer=chain.root)
    assert group.is_default
    assert ids(*members_of(group.id, NEW_YEAR)) == ids(*by_root)
    assert who_pays_on([separate.id], NEW_YEAR)[separate.id].group is None


@pytest.mark.rule("WHO-3")
def test_only_the_customer_or_an_ancestor_can_pay(chain: Chain) -> None:
    stranger = a_customer("Stranger")
    refusal = refused(chain.account, WhoPaysChoice("ancestor", stranger.id))
    assert (refusal.rule, refusal.kind, refusal.problems[0].field) == ("WHO-3", Kind.CONFLICT, "who_pays.customer")
    assert refused(account_of(chain.root), WhoPaysChoice("ancestor", chain.leaf.id)).rule == "WHO-3"
    assert refused(account_of(chain.root), WhoPaysChoice("parent")).rule == "WHO-3"


@pytest.mark.rule("WHO-3")
def test_without_a_choice_the_account_simply_pays(chain: Chain) -> None:
    subscription = subscribed(chain.account)
    payer = payer_of(chain.account.id, subscription.id, NEW_YEAR)
    assert (payer.account_id, payer.rule) == (chain.account.id, "WHO-5")


@pytest.mark.rule("WHO-1")
def test_a_root_is_its_own_eldest_and_a_mode_must_be_one(chain: Chain) -> None:
    own = account_of(chain.root)
    assert paying_account(subscribed(own, who_pays=WhoPaysChoice("eldest_ancestor"))) == own.id
    assert refused(own, WhoPaysChoice("uncle")).kind is Kind.INVALID
    assert refused(own, WhoPaysChoice("ancestor")).problems[0].code == "required"
    assert refused(chain.account, WhoPaysChoice("parent", chain.root.id)).problems[0].field == "who_pays.customer"


@pytest.mark.rule("WHO-1")
def test_nothing_can_be_chosen_while_the_setting_is_off(chain: Chain) -> None:
    group = create_group(NewGroup(chain.root.id, "Group"))
    change_settings({"enable_who_pays": False})
    assert refused(chain.account, WhoPaysChoice("parent")).rule == "WHO-1"
    assert refused(chain.account, group=group.id).rule == "WHO-1"


@pytest.mark.rule("WHO-2")
def test_the_default_payer_is_for_customers_with_a_parent_and_for_those_who_choose_none(chain: Chain) -> None:
    change_settings({"default_payer_and_consolidation": "eldest_ancestor"})
    assert paying_account(subscribed(chain.account)) == account_of(chain.root).id
    chosen = subscribed(chain.account, who_pays=WhoPaysChoice("parent"))
    assert paying_account(chosen) == account_of(chain.mid).id
    assert not subscribed(account_of(chain.root)).who_pays.exists()


@pytest.mark.rule("WHO-2")
def test_the_hierarchy_of_the_start_date_counts(chain: Chain) -> None:
    end_edge(CUSTOMER_PARENT, chain.mid.id, date(2026, 3, 1))
    change_settings({"default_payer_and_consolidation": "eldest_ancestor"})
    february = subscribed(chain.account, start_date=date(2026, 2, 28))
    march = subscribed(chain.account, start_date=date(2026, 3, 1))
    assert paying_account(february, date(2026, 2, 28)) == account_of(chain.root).id
    assert paying_account(march, date(2026, 3, 1)) == account_of(chain.mid).id
    assert subscription_payers([march.id], date(2026, 2, 28)) == {}


@pytest.mark.rule("WHO-4")
def test_a_payer_with_another_currency_is_refused() -> None:
    root = a_customer("Root", "EUR")
    leaf = a_customer("Leaf", "USD", parent=root)
    refusal = refused(account_of(leaf), WhoPaysChoice("parent"))
    assert (refusal.rule, "EUR" in str(refusal)) == ("WHO-4", True)


@pytest.mark.rule("WHO-4")
def test_a_payer_that_is_not_active_is_refused(chain: Chain) -> None:
    change_account_status(account_of(chain.mid).id, "suspended")
    assert refused(chain.account, WhoPaysChoice("parent")).rule == "WHO-4"


@pytest.mark.rule("WHO-5", "WHO-6")
def test_the_payers_responsible_account_pays_in_the_end_and_the_trail_tells_both_steps() -> None:
    root = a_customer("Root")
    leaf = a_customer("Leaf", parent=root)
    paying, source = account_of(root), account_of(leaf)
    office = an_account("Office")
    Account.objects.filter(pk=office.pk).update(bill_cycle=paying.bill_cycle_id)
    open_edges(RESPONSIBLE_ACCOUNT, [(paying.id, office.id, NEW_YEAR)])
    subscription = subscribed(source, who_pays=WhoPaysChoice("parent"))
    payer = payer_of(source.id, subscription.id, NEW_YEAR)
    assert payer.trail == (Step("WHO-1", source.id, paying.id), Step("BHI-1", paying.id, office.id))
    assert (payer.account_id, payer.rule) == (office.id, "BHI-1")
    with pytest.raises(Refusal) as caught:
        payer_of(paying.id, subscription.id, NEW_YEAR)
    assert caught.value.kind is Kind.UNKNOWN


@pytest.mark.rule("REL-1", "WHO-1")
def test_a_change_of_payer_on_a_day_leaves_the_past_as_it_was(chain: Chain) -> None:
    subscription = subscribed(chain.account, who_pays=WhoPaysChoice("parent"))
    choose_payer(subscription.id, WhoPaysChoice("eldest_ancestor"), date(2026, 4, 1))
    choose_payer(subscription.id, None, date(2026, 3, 1))
    assert paying_account(subscription, date(2026, 2, 28)) == account_of(chain.mid).id
    assert paying_account(subscription, date(2026, 3, 1)) == chain.account.id
    assert paying_account(subscription, date(2026, 4, 1)) == chain.account.id
    with pytest.raises(Refusal) as caught:
        choose_payer(subscription.id, None, date(2025, 12, 31))
    assert caught.value.rule == "REL-1"


@pytest.mark.rule("REL-1")
def test_choosing_the_same_payer_again_changes_nothing(chain: Chain) -> None:
    subscription = subscribed(chain.account, who_pays=WhoPaysChoice("parent"))
    choose_payer(subscription.id, WhoPaysChoice("parent"), date(2026, 4, 1))
    assert subscription.who_pays.count() == 1


def choices_at_random(seed: int, chain: Chain, subscriptions: list[int]) -> list[NewPayer]:
    """Choices among these, some for a while, some in groups, some that are refused."""
    chance = Random(seed)
    groups = [create_group(NewGroup(payer.id, "Ours")).id for payer in (chain.root, chain.leaf)]
    choices = [None, *(WhoPaysChoice(mode) for mode in ("parent", "eldest_ancestor", "customer_separate", "nobody"))]
    new = []
    for _ in range(40):
        day = NEW_YEAR + timedelta(days=chance.randrange(-2, 30))
        until = day + timedelta(days=chance.randrange(20)) if chance.random() < 0.4 else None
        group = chance.choice([None, None, *groups, 10**9])
        new.append(NewPayer(chance.choice([*subscriptions, 10**9]), chance.choice(choices), day, group, until))
    return new


def payers_by_day() -> list[tuple[object, ...]]:
    rows = WhoPays.objects.order_by("subscription_id", "during")
    return list(rows.values_list("subscription_id", "mode", "group__payer_id", "group__name", "during"))


@pytest.mark.rule("WHO-1", "REL-1")
@pytest.mark.parametrize("seed", range(4))
def test_a_set_of_choices_does_what_they_do_one_after_the_other(chain: Chain, seed: int) -> None:
    subscriptions = [subscribed(chain.account).id for _ in range(4)]
    new = choices_at_random(seed, chain, subscriptions)
    with transaction.atomic():
        refusals = [[result.problems if isinstance(result, Refusal) else [] for result in choose_payers(new)]]
        payers = [payers_by_day()]
        transaction.set_rollback(True)
    alone = [result for one in new for result in choose_payers([one])]
    refusals.append([result.problems if isinstance(result, Refusal) else [] for result in alone])
    payers.append(payers_by_day())
    assert payers[0] == payers[1] != []
    assert refusals[0] == refusals[1]
    assert [] in refusals[0]
    assert any(refusals[0])


@pytest.mark.rule("WHO-1", "IMP-1")
def test_choosing_for_many_takes_as_many_queries_as_for_one(chain: Chain) -> None:
    subscriptions = [subscribed(chain.account).id for _ in range(21)]
    counts = []
    for some in (subscriptions[:1], subscriptions[1:]):
        with CaptureQueriesContext(connection) as queries:
            choose_payers([NewPayer(one, WhoPaysChoice("parent"), NEW_YEAR) for one in some])
        counts.append(len(queries))
    assert counts[1] <= counts[0]


@pytest.mark.rule("GRP-1", "GRP-3")
def test_a_new_subscription_can_be_put_in_a_group_of_its_customer_or_of_an_ancestor(chain: Chain) -> None:
    roots = create_group(NewGroup(chain.root.id, "Paid by the root"))
    own = create_group(NewGroup(chain.leaf.id, "Paid by the leaf"))
    by_root, by_leaf = subscribed(chain.account, group=roots.id), subscribed(chain.account, group=own.id)
    assert paying_account(by_root) == account_of(chain.root).id
    assert paying_account(by_leaf) == chain.account.id
    assert ids(*members_of(roots.id, NEW_YEAR)) == ids(by_root)


@pytest.mark.rule("GRP-3")
def test_a_subscription_of_a_customer_that_is_not_below_the_payer_is_refused(chain: Chain) -> None:
    group = create_group(NewGroup(chain.leaf.id, "Paid by the leaf"))
    assert refused(account_of(chain.root), group=group.id).rule == "GRP-3"
    assert refused(chain.account, WhoPaysChoice("parent"), group.id).rule == "GRP-1"
    assert refused(chain.account, group=999_999_999).kind is Kind.INVALID
    with pytest.raises(Refusal) as caught:
        add_member(group.id, subscribed(account_of(chain.root)).id)
    assert caught.value.rule == "GRP-3"


@pytest.mark.rule("GRP-3")
def test_a_group_whose_first_members_do_not_fit_is_not_made(chain: Chain) -> None:
    fits, other = subscribed(chain.account), subscribed(account_of(chain.root))
    with pytest.raises(Refusal):
        create_group(NewGroup(chain.leaf.id, "Half", (fits.id, other.id)))
    assert not SubscriptionGroup.objects.filter(payer=chain.leaf).exists()
    assert ids(*members_of(create_group(NewGroup(chain.leaf.id, "Whole", (fits.id,))).id, today())) == ids(fits)


@pytest.mark.rule("GRP-1")
def test_joining_a_group_leaves_the_one_before(chain: Chain) -> None:
    first, second = (create_group(NewGroup(chain.root.id, name)) for name in ("First", "Second"))
    subscription = subscribed(chain.account, group=first.id)
    add_member(second.id, subscription.id, date(2026, 2, 1))
    assert ids(*members_of(first.id, date(2026, 1, 31))) == ids(subscription)
    assert ids(*members_of(first.id, date(2026, 2, 1))) == []
    assert ids(*members_of(second.id, date(2026, 2, 1))) == ids(subscription)


@pytest.mark.rule("GRP-3")
def test_only_an_empty_group_can_be_deleted_and_the_past_payer_stays_known(chain: Chain) -> None:
    group = create_group(NewGroup(chain.root.id, "Group"))
    subscription = subscribed(chain.account, group=group.id)
    with pytest.raises(Refusal) as caught:
        delete_group(group.id)
    assert (caught.value.rule, caught.value.kind) == ("GRP-3", Kind.CONFLICT)
    remove_member(group.id, subscription.id, today())
    delete_group(group.id)
    assert not SubscriptionGroup.objects.filter(pk=group.id).exists()
    assert paying_account(subscription, NEW_YEAR) == account_of(chain.root).id
    assert paying_account(subscription, today()) == chain.account.id


@pytest.mark.rule("GRP-1", "REL-1")
def test_a_group_without_a_date_holds_for_what_is_still_to_be_billed(chain: Chain) -> None:
    group = create_group(NewGroup(chain.root.id, "Group"))
    subscription = subscribed(chain.account)
    billed_so_far(subscription, date(2026, 3, 1))  # in advance: the runs until 1 February billed it
    add_member(group.id, subscription.id)
    assert paying_account(subscription, date(2026, 2, 28)) == chain.account.id
    assert paying_account(subscription, date(2026, 3, 1)) == account_of(chain.root).id


@pytest.mark.rule("GRP-3")
def test_what_is_not_in_a_group_can_not_be_removed_from_it(chain: Chain) -> None:
    group = create_group(NewGroup(chain.root.id, "Group"))
    with pytest.raises(Refusal) as caught:
        remove_member(group.id, subscribed(chain.account).id)
    assert caught.value.rule == "GRP-3"


@pytest.mark.rule("GRP-3", "REL-1")
def test_a_member_that_is_to_leave_later_can_leave_earlier(chain: Chain) -> None:
    group = create_group(NewGroup(chain.root.id, "Group"))
    subscription = subscribed(chain.account, group=group.id)
    remove_member(group.id, subscription.id, date(2026, 6, 1))
    remove_member(group.id, subscription.id, date(2026, 3, 1))
    assert paying_account(subscription, date(2026, 2, 28)) == account_of(chain.root).id
    assert paying_account(subscription, date(2026, 3, 1)) == chain.account.id
    with pytest.raises(Refusal):
        remove_member(group.id, subscription.id, date(2026, 4, 1))
