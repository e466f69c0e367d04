"""What another bill cycle of an account means for the periods of its subscriptions (ACC-5, SUB-2)."""

from datetime import date

from django.db.models import Max

from banyan.accounts.models import Account
from banyan.subscriptions.marking import mark_changed, mark_trees_changed
from banyan.subscriptions.models import EarlierBillCycle, SubscriptionItem


def follow_bill_cycle(account: Account, cycle_before: int, today: date) -> None:
    """From today on, or from the first day that is not billed while billing is behind, periods follow the new cycle.

    The period under way is cut there: what was billed beyond is credited and charged anew by the next run of the new
    cycle (SUB-3, SUB-5). Of an account that was never billed all periods follow the new cycle.
    """
    items = SubscriptionItem.objects.filter(subscription__account=account)
    billed_until = items.aggregate(last=Max("billed_until"))["last"]
    if billed_until is None:
        return
    until = min(today, billed_until)
    last = EarlierBillCycle.objects.filter(account=account).order_by("-until").first()
    if last is None or last.until < until:
        EarlierBillCycle.objects.create(account=account, bill_cycle_id=cycle_before, until=until)
    else:
        until = last.until
    mark_changed(dict.fromkeys(items.values_list("id", flat=True), until))
    mark_trees_changed({account.id: until})
