"""What the selects of subscriptions, groups and contracts search in, as [{value, text}]."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Model, Q
from django.http import HttpResponse, JsonResponse

from banyan.accounts.models import Account, AccountStatus, Customer
from banyan.accounts.searching.numbers import first_rows_by_number
from banyan.accounts.today import today, today_of_customer
from banyan.console.page import PageRequest, day_in, number_in, page, text_in
from banyan.console.row_fields import label_of
from banyan.contracts.queries import contracts
from banyan.relations.queries import customer_ancestors
from banyan.subscriptions.models import Subscription, SubscriptionGroup
from banyan.subscriptions.queries import candidates_for_group, in_scope_of_payer, that_take
from banyan.subscriptions.queries import groups as groups_in_scope

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
def subscribers(request: PageRequest) -> HttpResponse:
    """ACC-3, GRP-3: the accounts that may be given a subscription, in the group if one is given."""
    may = Q(status=AccountStatus.ACTIVE)
    group = SubscriptionGroup.reachable.filter(pk=number_in(request, "group") or 0).first()
    if group is not None:
        may &= in_scope_of_payer(group.payer_id, day_in(request, "start_date") or today())
    return _rows(
        first_rows_by_number(Account.reachable.filter(may), Account.objects.all(), MOST, text_in(request, "q"))
    )


@page()
def groups(request: PageRequest) -> HttpResponse:
    """GRP-3, WHO-4: the groups that a subscription of the account, or of a new customer below the parent, may be in."""
    day, found = day_in(request, "start_date") or today(), groups_in_scope(text_in(request, "q"))
    account = Account.reachable.filter(pk=number_in(request, "account") or 0).first()
    parent = Customer.reachable.filter(pk=number_in(request, "parent") or 0).first()
    if text_in(request, "whose") == "new":
        above = [parent.pk, *customer_ancestors(parent.pk, day)] if parent else []
        found = that_take(found, above, text_in(request, "currency"))
    elif account is not None:
        above = [account.customer_id, *customer_ancestors(account.customer_id, day)]
        found = that_take(found, above, account.currency, account.owner_id)
    return _answer((row.pk, f"{row.name} · {row.payer.number}") for row in found[:MOST])


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
