"""The days that accounts are not billed for, as their status and the setting want it (ACC-3)."""

from collections.abc import Collection
from datetime import date, timedelta

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.accounts.models import Account, AccountStatus
from banyan.subscriptions.marking import mark_changed
from banyan.subscriptions.models import BillingPause, PauseKind, SubscriptionItem

SUSPENDED = (AccountStatus.SUSPENDED, AccountStatus.PENDING_COLLECTION)
_ONE_DAY = timedelta(days=1)


def lock_settings() -> None:
    """Until the transaction ends no setting changes; others may hold them still too."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE foundation_setting IN ROW EXCLUSIVE MODE")


def follow_status(account: Account, inactive_before: date | None, day: date, bills_suspended: bool) -> None:
    """Pause or resume the billing of an account whose status changed on the day, and mark what that concerns.

    `inactive_before` is its last day before the change, if it was inactive. The days of pauses that are over stay.
    """
    if account.inactive_since is not None:
        if inactive_before is None:
            _mark([account.id], _cut(account.id, account.inactive_since + _ONE_DAY))
    elif inactive_before is not None:
        resumed = max(day, inactive_before + _ONE_DAY)
        _pause(account.id, PauseKind.INACTIVE, inactive_before + _ONE_DAY, resumed)
        _mark([account.id], inactive_before + _ONE_DAY)
    elif account.status in SUSPENDED and not bills_suspended:
        suspend([account.id], day)
    else:
        resume([account.id], day)


def suspend(account_ids: Collection[int], day: date) -> None:
    """What recurs is not charged from the day on; an account that is paused already stays so."""
    for account_id in account_ids:
        last = BillingPause.objects.filter(account=account_id).order_by("-during").first()
        if last is None or last.during.upper is not None:
            since = day if last is None else max(day, last.during.upper)
            _pause(account_id, PauseKind.SUSPENDED, since, None)
            _mark([account_id], since)


def resume(account_ids: Collection[int], day: date) -> None:
    """From the day on everything is charged again."""
    paused = BillingPause.objects.filter(account__in=account_ids, during__endswith__isnull=True)
    for account_id in paused.values_list("account_id", flat=True):
        _mark([account_id], _cut(account_id, day))


def _pause(account_id: int, kind: PauseKind, since: date, until: date | None) -> None:
    if until is None or since < until:
        BillingPause.objects.create(account_id=account_id, kind=kind, during=DateRange(since, until))


def _cut(account_id: int, day: date) -> date:
    """No pause holds on the day or later any more; the first day that this makes a difference to, else the day."""
    first = day
    for pause in BillingPause.objects.filter(account=account_id, during__overlap=DateRange(day, None)):
        first = min(first, max(day, pause.during.lower))
        if pause.during.lower >= day:
            pause.delete()
        else:
            pause.during = DateRange(pause.during.lower, day)
            pause.save(update_fields=["during"])
    return first


def _mark(account_ids: Collection[int], since: date) -> None:
    items = SubscriptionItem.objects.filter(subscription__account__in=account_ids)
    mark_changed(dict.fromkeys(items.values_list("id", flat=True), since))
