"""Subscriptions, groups and charges, and who pays for them on a day."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import connection
from django.db.models import Case, F, Q, QuerySet, Value

from banyan.accounts.models import Account, AccountStatus
from banyan.engine.facts import SubscriptionPayer, WhoPaysMode
from banyan.engine.payer import who_pays
from banyan.engine.result import Payer
from banyan.foundation.models import HistoryEntry
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import unknown
from banyan.relations.queries import customers_below, responsible_accounts_on
from banyan.subscriptions.models import Charge, Order, Subscription, SubscriptionGroup, WhoPays

SUBSCRIPTION_PAYERS = """
SELECT choice.subscription_id, choice.mode, paying.id, choice.group_id
FROM subscriptions_whopays choice
JOIN subscriptions_subscription subscription ON subscription.id = choice.subscription_id
JOIN accounts_account own ON own.id = subscription.account_id
LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = choice.group_id
JOIN accounts_account paying ON paying.customer_id = coalesce(grp.payer_id, own.customer_id) AND paying.is_default
WHERE choice.subscription_id = ANY(%s) AND choice.during @> %s::date
"""


def subscriptions(q: str | None = None) -> QuerySet[Subscription]:
    """Subscriptions with account, items and later terms; `q` is part of a number."""
    found = Subscription.reachable.select_related("account").prefetch_related("items", "pauses").order_by("id")
    return found.filter(number__icontains=q) if q else found


STATUSES = ("scheduled", "active", "cancelled", "ended")
"""What a subscription is on a day, by its dates."""


def in_status(rows: QuerySet[Subscription], status: str, on: date | Value | Case) -> QuerySet[Subscription]:
    """Those that are `scheduled`, `active`, `cancelled` or `ended` on a day."""
    over = Q(ends_before__lte=on)
    conditions = {
        "scheduled": ~over & Q(start_date__gt=on),
        "active": ~over & Q(start_date__lte=on),
        "cancelled": over & Q(cancelled_at__isnull=False),
        "ended": over & Q(cancelled_at__isnull=True),
    }
    return rows.filter(conditions[status])


def orders(q: str | None = None) -> QuerySet[Order]:
    """Orders with their items; `q` is part of a number."""
    found = Order.reachable.prefetch_related("items").order_by("id")
    return found.filter(number__icontains=q) if q else found


def groups(q: str | None = None) -> QuerySet[SubscriptionGroup]:
    """Subscription groups with their payer; `q` is part of a name."""
    found = SubscriptionGroup.reachable.select_related("payer").order_by("id")
    return found.filter(name__icontains=q) if q else found


def that_take(
    rows: QuerySet[SubscriptionGroup], payers: Iterable[int], currency: str, owner: int | None = None
) -> QuerySet[SubscriptionGroup]:
    """GRP-3, WHO-4: those whose payer is one of these customers, by an account in reach that can take charges of that
    currency, and owner."""
    paying = Account.reachable.filter(is_default=True, status=AccountStatus.ACTIVE, currency=currency)
    if owner is not None:
        paying = paying.filter(owner=owner)
    return rows.filter(payer__in=paying.filter(customer__in=list(payers)).values("customer"))


def in_scope_of_payer(payer_id: int, on: date) -> Q:
    """GRP-3, WHO-4: the accounts that can be in a group of the payer on the day, by customer, currency and owner."""
    paying = Account.objects.get(customer_id=payer_id, is_default=True)
    return Q(customer__in=customers_below(payer_id, on), currency=paying.currency, owner=paying.owner_id)


def members_of(group_id: int, on: date) -> QuerySet[Subscription]:
    """GRP-3: the subscriptions in a group on a day, or from their start on when they start later."""
    from_start = Q(start_date__gt=on, who_pays__during__startswith=F("start_date"))
    return subscriptions().filter(Q(who_pays__during__contains=on) | from_start, who_pays__group=group_id).distinct()


def members_since(group_id: int, day: date) -> QuerySet[Subscription]:
    """GRP-3: the subscriptions in a group on that day or a later one: while there are any, it can't be deleted."""
    since = Q(who_pays__during__contains=day) | Q(who_pays__during__startswith__gt=day)
    return subscriptions().filter(since, who_pays__group=group_id).distinct()


def candidates_for_group(group: SubscriptionGroup, on: date, q: str = "", limit: int = 20) -> list[Subscription]:
    """GRP-3, WHO-4: the subscriptions in reach that could be put in the group on the day, by number.

    Those of the payer and of customers below it that fit its default account, are served and are not in the group. None
    while who pays is switched off (WHO-1), and where that account, which would pay, is out of reach.
    """
    paying = Account.reachable.filter(customer_id=group.payer_id, is_default=True).first()
    if paying is None or not read_settings().enable_who_pays:
        return []
    found = Subscription.reachable.select_related("account__customer").filter(
        Q(ends_before__isnull=True) | Q(ends_before__gt=on),
        account__customer_id__in=customers_below(group.payer_id, on),
        account__currency=paying.currency,
        account__owner_id=paying.owner_id,
    )
    if q:
        found = found.filter(
            Q(number__istartswith=q) | Q(account__number__istartswith=q) | Q(account__name__icontains=q)
        )
    members = members_by_group([group.id], on).get(group.id, [])
    return list(found.exclude(id__in=members).order_by("number")[:limit])


def members_by_group(group_ids: Iterable[int], on: date) -> dict[int, list[int]]:
    """GRP-3: the subscriptions in each group on a day, or from their start on when they start later."""
    rows = WhoPays.objects.filter(_holds(on), group__in=list(group_ids))
    members: dict[int, list[int]] = {}
    for group_id, subscription_id in rows.order_by("subscription_id").values_list("group_id", "subscription_id"):
        members.setdefault(group_id, []).append(subscription_id)
    return members


def charges(q: str | None = None) -> QuerySet[Charge]:
    """One-time charges with account and product; `q` is part of a description."""
    found = Charge.reachable.select_related("account", "product").order_by("id")
    return found.filter(description__icontains=q) if q else found


@dataclass(frozen=True, slots=True)
class DeletedCharge:
    """A charge that was deleted before it was billed (RUN-11): what it was, who deleted it, when and why."""

    at: datetime
    actor: str
    description: str
    amount: Decimal
    date: date
    reason: str


def deleted_charges(account_id: int, limit: int) -> list[DeletedCharge]:
    """The charges of an account that were deleted, the last one first."""
    entries = HistoryEntry.objects.filter(
        subject_kind="charge", action="deleted", changes__account_id=[account_id, None]
    ).order_by("-id")
    return [
        DeletedCharge(
            entry.at,
            str(entry.by),
            entry.changes["description"][0],
            Decimal(str(entry.changes["amount"][0])),
            date.fromisoformat(entry.changes["date"][0]),
            entry.changes.get("reason", [None, ""])[1],
        )
        for entry in entries[:limit]
    ]


def who_pays_on(subscription_ids: Iterable[int], on: date) -> dict[int, WhoPays]:
    """The choice (WHO-1) that holds on the day, or at a later start, by subscription; with group."""
    rows = WhoPays.objects.select_related("group").filter(_holds(on), subscription__in=list(subscription_ids))
    return {row.subscription_id: row for row in rows}


def _holds(on: date) -> Q:
    return Q(during__contains=on) | Q(subscription__start_date__gt=on, during__startswith=F("subscription__start_date"))


def subscription_payers(subscription_ids: Iterable[int], on: date) -> dict[int, SubscriptionPayer]:
    """WHO-4: mode, paying account and group that hold for each subscription on the day; none where its account pays."""
    with connection.cursor() as cursor:
        cursor.execute(SUBSCRIPTION_PAYERS, [list(subscription_ids), on])
        return {row[0]: SubscriptionPayer(WhoPaysMode(row[1]), row[2], row[3]) for row in cursor.fetchall()}


def payer_of(account_id: int, subscription_id: int | None, on: date) -> Payer:
    """WHO-5, WHO-6: who is invoiced for a charge of the account, or of a subscription of it, on the day and why."""
    chosen = None
    if subscription_id is not None:
        if not Subscription.objects.filter(pk=subscription_id, account=account_id).exists():
            raise unknown("subscription", "the account has no such subscription", subscription_id)
        chosen = subscription_payers([subscription_id], on).get(subscription_id)
    concerned = [account_id] if chosen is None else [account_id, chosen.account_id]
    return who_pays(account_id, chosen, responsible_accounts_on(concerned, on))


def payers_of_subscriptions(account_id: int, subscription_ids: Collection[int], on: date) -> dict[int, Payer]:
    """WHO-5: who is invoiced for each of these subscriptions of an account on the day and why."""
    chosen = subscription_payers(subscription_ids, on)
    responsible = responsible_accounts_on({account_id, *(each.account_id for each in chosen.values())}, on)
    return {each: who_pays(account_id, chosen.get(each), responsible) for each in subscription_ids}


def subscription_numbers(subscription_ids: Iterable[int | None]) -> dict[int, str]:
    """The number of each subscription."""
    wanted = {number for number in subscription_ids if number is not None}
    return dict(Subscription.objects.filter(pk__in=wanted).values_list("pk", "number"))


def served_on(account_id: int, day: date) -> QuerySet[Subscription]:
    """The subscriptions of an account that are served on a day."""
    served = Q(ends_before__isnull=True) | Q(ends_before__gt=day)
    return Subscription.objects.filter(served, account=account_id, start_date__lte=day)


def payer_of_charge(charge: Charge, on: date) -> Payer:
    """SUB-7, WHO-6: who is invoiced for a one-time charge on the day and why."""
    if charge.who_pays_mode is None:
        return payer_of(charge.account_id, charge.subscription_id, on)
    with connection.cursor() as cursor:
        cursor.execute("SELECT banyan_account_chosen_for(%s, %s)", [charge.pk, on])
        (account,) = cursor.fetchone()
    chosen = None if account is None else SubscriptionPayer(WhoPaysMode(charge.who_pays_mode), account, None)
    concerned = [charge.account_id] if chosen is None else [charge.account_id, chosen.account_id]
    return who_pays(charge.account_id, chosen, responsible_accounts_on(concerned, on))
