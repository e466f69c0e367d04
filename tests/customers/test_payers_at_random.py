"""Any acts of people with any reach: nobody comes to pay whom the one who acts does not reach (ORG-3)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from banyan.accounts.models import Account, Customer
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.open_accounts import open_account
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.update_account import update_account
from banyan.customers.queries import payers_on
from banyan.kernel.refusals import Refusal
from banyan.organizations.access_scope import AccessScope, scoped_to
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.relations.inputs import AccountPlacement
from banyan.relations.queries import responsible_accounts_on
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.actions.update_charge import update_charge
from banyan.subscriptions.inputs import NewCharge, NewGroup, NewItem, NewOrder, NewSubscription, WhoPaysChoice
from banyan.subscriptions.models import Charge, Order, OrderStatus, Subscription, SubscriptionGroup
from tests.business import a_price
from tests.relations.people import NEW_YEAR, People

DAYS = (NEW_YEAR, date(2026, 12, 15), date(2027, 3, 1), date(2027, 9, 1))
MODES = (None, "parent", "eldest_ancestor", "ancestor", "customer_separate", "customer_consolidated")
Paying = Mapping[tuple[str, int, date], int]


@dataclass(frozen=True, slots=True)
class Dealing:
    """What somebody does; the numbers choose who acts, on what, with whom, and from which day on."""

    what: str
    actor: int
    one: int
    other: int
    mode: str | None
    day: int


class Business:
    """Eight customers in three organizations, one of them below another, some with accounts in two; four people."""

    def __init__(self) -> None:
        north, south = (create_organization(name, name).pk for name in ("North", "South"))
        branch = create_organization("Branch", "Branch", north).pk
        people, self.price = People(), a_price().pk
        self.customers: list[int] = []
        places = (north, south, branch)
        for number in range(8):
            parent = self.customers[(number - 1) // 2] if number in (1, 2, 3, 5) else None
            above = None if parent is None else Customer.objects.get(pk=parent)
            made = people.customer(above, organization=places[number % 3]).pk
            self.customers.append(made)
            if number % 2:
                second = people.new_account(customer=made, organization=places[(number + 1) % 3])
                open_account(AccountPlacement(account=second))
        self.accounts = list(Account.objects.order_by("id").values_list("id", flat=True))
        self.reaches = (
            AccessScope(None, {north: Role.MANAGER, branch: Role.MANAGER}),
            AccessScope(None, {south: Role.MANAGER}),
            AccessScope(None, {branch: Role.OPERATOR, south: Role.MANAGER}),
            AccessScope(None, {north: Role.OPERATOR, branch: Role.OPERATOR}),
            AccessScope(Role.ADMINISTRATOR),
        )

    def payers(self) -> dict[tuple[str, int, date], int]:
        """Who is invoiced for everything there is, on some days."""
        found: dict[tuple[str, int, date], int] = {}
        charges = list(Charge.objects.all())
        for day in DAYS:
            served = Q(ends_before__isnull=True) | Q(ends_before__gt=day)
            of_each = payers_on(list(Subscription.objects.filter(served, start_date__lte=day)), day)
            found |= {("subscription", number, day): payer.account_id for number, payer in of_each.items()}
            responsible = responsible_accounts_on(self.accounts, day)
            found |= {("account", number, day): responsible.get(number, number) for number in self.accounts}
            chosen = _chosen_for(charges, day)
            for charge in charges:
                paying = chosen.get(charge.pk) or charge.account_id
                found["charge", charge.pk, day] = responsible.get(paying, paying)
        return found

    def begin(self) -> None:
        """What there is before anybody else does something: who reaches everything has it set up."""
        for number in range(len(self.accounts)):
            mode = ("parent", "eldest_ancestor", "customer_consolidated")[number % 3]
            for what in ("subscribe", "charge", "order"):
                self.do(Dealing(what, len(self.reaches) - 1, number, 0, mode, 0))
        for subscription in Subscription.objects.order_by("id")[::3]:
            cancel_subscription(subscription.pk, date(2027, 1, 10))
        assign_responsible_account(self.accounts[0], self.accounts[-1], NEW_YEAR)

    def do(self, dealing: Dealing) -> None:
        """Do it, if the address and the names in it were let in: what is named has to be reached with the role."""
        act = DEALINGS[dealing.what]
        reach = self.reaches[dealing.actor]
        with scoped_to(reach):
            try:
                with transaction.atomic():
                    act(self, dealing)
            except Refusal:
                return

    def account(self, dealing: Dealing, role: Role = Role.OPERATOR, number: int | None = None) -> Account:
        """An account that the one who acts has the role for."""
        chosen = dealing.one if number is None else number
        account = Account.objects.get(pk=self.accounts[chosen % len(self.accounts)])
        self._let_in(dealing, {account.organization_id}, role)
        return account

    def customer(self, dealing: Dealing, number: int) -> Customer:
        customer = Customer.objects.get(pk=self.customers[number % len(self.customers)])
        self._let_in(dealing, set(customer.accounts.values_list("organization_id", flat=True)), Role.MANAGER)
        return customer

    def choice(self, dealing: Dealing) -> WhoPaysChoice | None:
        if dealing.mode is None:
            return None
        named = self.customer(dealing, dealing.other).pk if dealing.mode == "ancestor" else None
        return WhoPaysChoice(dealing.mode, named)

    def subscription(self, dealing: Dealing, role: Role) -> Subscription:
        rows = list(Subscription.objects.select_related("account").order_by("id"))
        if not rows:
            raise Refusal([])
        chosen = rows[dealing.one % len(rows)]
        self._let_in(dealing, {chosen.account.organization_id}, role)
        return chosen

    def _let_in(self, dealing: Dealing, organizations: set[int], role: Role) -> None:
        held = [self.reaches[dealing.actor].role_in(one) for one in organizations]
        if not any(one.includes(role) for one in held if one):
            raise Refusal([])


def _chosen_for(charges: Sequence[Charge], day: date) -> dict[int, int | None]:
    with connection.cursor() as cursor:
        numbers = [charge.pk for charge in charges]
        cursor.execute("SELECT id, banyan_account_chosen_for(id, %s) FROM unnest(%s::bigint[]) AS id", [day, numbers])
        return dict(cursor.fetchall())


def _subscribe(business: Business, dealing: Dealing) -> None:
    account = business.account(dealing)
    items = (NewItem(business.price),)
    create_subscription(NewSubscription(account.pk, items, NEW_YEAR, who_pays=business.choice(dealing)))


def _order(business: Business, dealing: Dealing) -> None:
    account = business.account(dealing)
    create_order(NewOrder(account.pk, (NewItem(business.price),), NEW_YEAR, who_pays=business.choice(dealing)))


def _activate(business: Business, dealing: Dealing) -> None:
    order = Order.objects.filter(status=OrderStatus.DRAFT).select_related("account").order_by("id").first()
    if order:
        business._let_in(dealing, {order.account.organization_id}, Role.OPERATOR)
        activate_order(order.pk)


def _choose(business: Business, dealing: Dealing) -> None:
    subscription = business.subscription(dealing, Role.MANAGER)
    choose_payer(subscription.pk, business.choice(dealing), DAYS[dealing.day])


def _group(business: Business, dealing: Dealing) -> None:
    payer = business.customer(dealing, dealing.other)
    group = SubscriptionGroup.objects.filter(payer=payer).first() or create_group(NewGroup(payer.pk))
    add_member(group.pk, business.subscription(dealing, Role.MANAGER).pk, DAYS[dealing.day])


def _cancel(business: Business, dealing: Dealing) -> None:
    cancel_subscription(business.subscription(dealing, Role.OPERATOR).pk, date(2027, 1, 10))


def _uncancel(business: Business, dealing: Dealing) -> None:
    uncancel_subscription(business.subscription(dealing, Role.OPERATOR).pk)


def _charge(business: Business, dealing: Dealing) -> None:
    account = business.account(dealing)
    create_charge(NewCharge(account.pk, "Visit", Decimal(5), NEW_YEAR, who_pays=business.choice(dealing)))


def _change_charge(business: Business, dealing: Dealing) -> None:
    charge = Charge.objects.select_related("account").order_by("id").last()
    if charge:
        business._let_in(dealing, {charge.account.organization_id}, Role.OPERATOR)
        update_charge(charge.pk, {"who_pays": business.choice(dealing)})


def _move(business: Business, dealing: Dealing) -> None:
    customer, parent = business.customer(dealing, dealing.one), business.customer(dealing, dealing.other)
    move_customer(customer.pk, parent.pk, DAYS[dealing.day])


def _detach(business: Business, dealing: Dealing) -> None:
    detach_customer(business.customer(dealing, dealing.one).pk, DAYS[dealing.day])


def _link(business: Business, dealing: Dealing) -> None:
    account = business.account(dealing, Role.MANAGER)
    responsible = business.account(dealing, Role.MANAGER, dealing.other)
    assign_responsible_account(account.pk, responsible.pk, DAYS[dealing.day])


def _unlink(business: Business, dealing: Dealing) -> None:
    remove_responsible_account(business.account(dealing, Role.MANAGER).pk, DAYS[dealing.day])


def _default(business: Business, dealing: Dealing) -> None:
    update_account(business.account(dealing).pk, {"is_default": True})


DEALINGS: dict[str, Callable[[Business, Dealing], None]] = {
    "subscribe": _subscribe,
    "order": _order,
    "activate": _activate,
    "choose": _choose,
    "group": _group,
    "cancel": _cancel,
    "uncancel": _uncancel,
    "charge": _charge,
    "change a charge": _change_charge,
    "move": _move,
    "detach": _detach,
    "link": _link,
    "unlink": _unlink,
    "default": _default,
}

dealings = st.lists(
    st.builds(
        Dealing,
        what=st.sampled_from([*DEALINGS, "subscribe", "charge", "move"]),
        actor=st.sampled_from([0, 1, 2, 3, 0, 1, 2, 3, 4]),
        one=st.integers(0, 11),
        other=st.integers(0, 11),
        mode=st.sampled_from(MODES),
        day=st.integers(0, 3),
    ),
    min_size=20,
    max_size=30,
)


@pytest.mark.rule("ORG-3", "WHO-1", "BHI-1")
def test_nobody_comes_to_pay_who_is_not_reached_whatever_is_done(tenant: str) -> None:
    business = Business()
    organizations = dict(Account.objects.values_list("id", "organization_id"))
    changed: list[str] = []

    @settings(
        max_examples=8,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    @given(done=dealings, by_setting=st.sampled_from([None, "parent", "eldest_ancestor"]))
    def try_out(done: list[Dealing], by_setting: str | None) -> None:
        with transaction.atomic():
            change_settings({"default_payer_and_consolidation": by_setting})
            business.begin()
            before = business.payers()
            for dealing in done:
                business.do(dealing)
                after = business.payers()
                for what, number, day in beyond(business.reaches[dealing.actor], before, after, organizations):
                    raise AssertionError((dealing, what, number, day))
                changed.extend([dealing.what] if before != after and dealing.actor < 4 else [])
                before = after
            transaction.set_rollback(True)

    try_out()
    assert len(set(changed)) > 5, changed  # else hardly anything was let in, and this proves little


def beyond(
    reach: AccessScope, before: Paying, after: Paying, organizations: Mapping[int, int]
) -> list[tuple[str, int, date]]:
    """What somebody pays for who did not before, and is neither reached nor responsible for the account charged."""
    own = {("subscription", one.pk): one.account_id for one in Subscription.objects.all()}
    own |= {("charge", one.pk): one.account_id for one in Charge.objects.all()}
    found = []
    for (what, number, day), payer in after.items():
        account = own.get((what, number), number)
        stands = reach.role_in(organizations[account]) and before["account", account, day] == payer
        if before.get((what, number, day)) == payer or stands:
            continue
        held = reach.role_in(organizations[payer])
        if held is None or not held.includes(Role.OPERATOR):
            found.append((what, number, day))
    return found
