"""The days of accounts: on which one an event falls (USE-2). Whatever asks that asks here."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from banyan.accounts.models import Account
from banyan.kernel.calendar import Period
from banyan.subscriptions.models import EarlierBillCycle
from banyan.usage.inputs import Moments

_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class AccountDays:
    """USE-2: when the days of an account begin. `time_zone` is that of its bill cycle, `earlier` are those of the bill
    cycles before it, in order of time, each with the day on which the next cycle took over.

    A day begins at midnight in the zone of the cycle that held on the day before it: so the day on which another cycle
    takes over is cut by the old one's midnight, and what was billed up to there stays as it is. No day begins before
    the last such cut; of zones that are a day apart, the first days of the new one are shorter, or have no moment.
    Every moment is therefore in exactly one day, and every event in exactly one period.
    """

    time_zone: str
    earlier: tuple[tuple[date, str], ...] = ()

    def begin(self, day: date) -> datetime:
        """The first moment of a day, in UTC."""
        return _begin(self, day)

    def day_of(self, at: datetime) -> date:
        """The day that a moment is in."""
        day = at.astimezone(UTC).date() + _ONE_DAY
        while self.begin(day) > at:
            day -= _ONE_DAY
        return day

    def moments(self, days: Period) -> Moments:
        """The moments of some days."""
        return Moments(self.begin(days.start), self.begin(days.end))


def days_of(account_ids: Collection[int]) -> dict[int, AccountDays]:
    """The days of each of the accounts, in two queries."""
    ids = list(account_ids)
    if not ids:
        return {}
    earlier = _earlier(ids)
    zones = Account.objects.filter(pk__any_of=ids).values_list("id", "bill_cycle__time_zone")
    return {account: AccountDays(zone, earlier.get(account, ())) for account, zone in zones}


def _earlier(ids: Collection[int]) -> Mapping[int, tuple[tuple[date, str], ...]]:
    rows = EarlierBillCycle.objects.filter(account__id__any_of=ids).order_by("account_id", "until")
    found = defaultdict(list)
    for account, until, zone in rows.values_list("account_id", "until", "bill_cycle__time_zone"):
        found[account].append((until, zone))
    return {account: tuple(zones) for account, zones in found.items()}


@lru_cache(maxsize=65_536)
def _begin(days: AccountDays, day: date) -> datetime:
    cuts = [until for until, _ in days.earlier]
    place = bisect_left(cuts, day)  # the first cycle that still held on the day before
    zone = days.earlier[place][1] if place < len(cuts) else days.time_zone
    midnight = datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)
    return midnight if place == 0 else max(midnight, _begin(days, cuts[place - 1]))
