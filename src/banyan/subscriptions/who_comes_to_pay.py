"""Who pays for what customers have, from a day on: looked at before and after a change of the hierarchy (ORG-3)."""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Q

from banyan.accounts.models import Account
from banyan.engine.facts import WhoPaysMode
from banyan.relations.edges import CUSTOMER_PARENT
from banyan.relations.payers_in_scope import Act, Pays, every_payer_is_in_scope, refuse_payers_beyond
from banyan.relations.spans import Span, spans_above
from banyan.subscriptions.models import Charge, Subscription, WhoPays
from banyan.subscriptions.who_pays import BY_HIERARCHY


@contextmanager
def only_payers_in_scope(customers: Collection[int], since: date, act: Act) -> Iterator[None]:
    """Refuse what the block does if somebody out of the caller's reach comes to pay by it for what these customers
    have, on that day or later. What only ends that somebody pays is free to all."""
    if every_payer_is_in_scope(act.role):
        yield
        return
    choices = WhoPays.objects.filter(during__overlap=DateRange(since, None))
    goes_on = Q(ends_before__isnull=True) | Q(ends_before__gt=since)
    subscriptions = list(
        Subscription.objects.select_related("account").filter(
            goes_on, account__customer__id__any_of=list(customers), pk__in=choices.values("subscription")
        )
    )
    charges = list(
        Charge.objects.select_related("account").filter(
            account__customer__id__any_of=list(customers), billed=False, who_pays_mode__in=BY_HIERARCHY
        )
    )
    things: list[Subscription | Charge] = [*subscriptions, *charges]
    own: dict[Hashable, int] = {one: one.account_id for one in things}
    before = _payers(subscriptions, charges, since)
    yield
    refuse_payers_beyond(before, _payers(subscriptions, charges, since), own, act)


def payers_from(subscription: Subscription, since: date) -> list[Pays]:
    """Who pays for one subscription on that day and later."""
    return _payers([subscription], [], since)


def _payers(subscriptions: Sequence[Subscription], charges: Sequence[Charge], since: date) -> list[Pays]:
    chosen = _chosen(subscriptions, since) + _found(charges, since)
    payers = {payer for _, payer, _, _ in chosen if payer is not None}
    accounts = dict(Account.objects.filter(customer__in=payers, is_default=True).values_list("customer_id", "id"))
    return [
        Pays(what, what.account_id if payer is None else accounts[payer], first, end)
        for what, payer, first, end in chosen
    ]


Chosen = tuple[Subscription | Charge, int | None, date, date | None]
"""What, the customer that pays (None: the account itself), and the days from the first up to the end."""


def _chosen(subscriptions: Sequence[Subscription], since: date) -> list[Chosen]:
    rows = WhoPays.objects.select_related("group").filter(
        subscription__in=subscriptions, during__overlap=DateRange(since, None)
    )
    of_each: defaultdict[int, list[WhoPays]] = defaultdict(list)
    for row in rows.order_by("during"):
        of_each[row.subscription_id].append(row)
    return [stretch for one in subscriptions for stretch in _stretches(one, of_each[one.pk], since)]


def _stretches(subscription: Subscription, rows: Iterable[WhoPays], since: date) -> Iterator[Chosen]:
    """Its choices, and the days between that its account pays for itself."""
    day: date | None = since
    for row in rows:
        first = max(row.during.lower, since)
        if day is not None and day < first:
            yield subscription, None, day, first
        payer = row.group.payer_id if row.group else subscription.account.customer_id
        yield subscription, payer, first, row.during.upper
        day = row.during.upper
    if day is not None:
        yield subscription, None, day, None


def _found(charges: Sequence[Charge], since: date) -> list[Chosen]:
    above: defaultdict[int, list[Span]] = defaultdict(list)
    customers = {charge.account.customer_id for charge in charges}
    for span in spans_above(CUSTOMER_PARENT, customers, since) if customers else ():
        above[span.start].append(span)
    return [stretch for one in charges for stretch in _by_hierarchy(one, above[one.account.customer_id], since)]


def _by_hierarchy(charge: Charge, above: Sequence[Span], since: date) -> Iterator[Chosen]:
    changes = {day for span in above for day in (span.first, span.end) if day is not None and day > since}
    days = [since, *sorted(changes)]
    for first, end in zip(days, [*days[1:], None], strict=True):
        lineage = [span.relative for span in sorted(above, key=lambda each: each.levels) if span.holds_on(first)]
        yield charge, _payer_of(charge, lineage), first, end


def _payer_of(charge: Charge, lineage: Sequence[int]) -> int | None:
    """As `banyan_account_chosen_for` finds it; the lineage begins with the charge's own customer."""
    found: Mapping[str, int | None] = {
        WhoPaysMode.PARENT: next(iter(lineage[1:]), None),
        WhoPaysMode.ELDEST_ANCESTOR: lineage[-1],
        WhoPaysMode.ANCESTOR: charge.payer_id if charge.payer_id in lineage else None,
    }
    return found[str(charge.who_pays_mode)]
