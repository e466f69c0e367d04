"""What the selects of subscriptions, groups and contracts search in, as [{value, text}]."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q
from django.http import HttpResponse, JsonResponse

from banyan.accounts.models import Account
from banyan.accounts.searching import first_rows_by_number
from banyan.accounts.today import today_of_customer
from banyan.console.page import PageRequest, number_in, page, text_in
from banyan.console.row_fields import label_of
from banyan.contracts.queries import contracts
from banyan.subscriptions.models import Subscription, SubscriptionGroup
from banyan.subscriptions.queries import candidates_for_group
from banyan.subscriptions.queries import groups as groups_in_reach

MOST = 20


@page()
def accounts(request: PageRequest) -> HttpResponse:
    """Any account."""
    return _rows(first_rows_by_number(Account.reachable.all(), Account.objects.all(), MOST, text_in(request, "q")))


@page()
def subscriptions(request: PageRequest) -> HttpResponse:
    """Any subscription; those of one account when it is given."""
    q, account = text_in(request, "q"), number_in(request, "account")
    found = Subscription.reachable.select_related("account").order_by("number")
    if account is not None:
        found = found.filter(account=account)
    if q:
        found = found.filter(Q(number__istartswith=q) | Q(account__number__istartswith=q))
    return _answer((row.pk, f"{row.number} · {row.account.name}") for row in found[:MOST])


@page()
def groups(request: PageRequest) -> HttpResponse:
    """Any subscription group."""
    return _answer(
        (row.pk, f"{row.name} · {row.payer.number}") for row in groups_in_reach(text_in(request, "q"))[:MOST]
    )


@page()
def account_contracts(request: PageRequest) -> HttpResponse:
    """The contracts of one account that have not ended."""
    found = contracts(None, text_in(request, "q")).filter(account=number_in(request, "account") or 0)
    return _rows(found.exclude(status__in=("ended", "terminated")).order_by("number")[:MOST])


@page()
def members_to_be(request: PageRequest, subscription_group: int) -> HttpResponse:
    """GRP-3: the subscriptions that may be put in the group."""
    row = SubscriptionGroup.reachable.get(pk=subscription_group)
    found = candidates_for_group(row, today_of_customer(row.payer_id), text_in(request, "q"), MOST)
    return _answer((each.pk, f"{each.number} · {each.account.name} ({each.account.number})") for each in found)


def _rows(rows: Iterable[Model]) -> HttpResponse:
    return _answer((row.pk, label_of(row)) for row in rows)


def _answer(pairs: Iterable[tuple[Any, str]]) -> HttpResponse:
    return JsonResponse([{"value": str(value), "text": text} for value, text in pairs], safe=False)
