"""What day it is (DAT-2): for what belongs to an owner in the owner's time zone, for all else in the first owner's."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, date
from typing import TypeVar
from zoneinfo import ZoneInfo

from django.db.models import Case, DateField, Subquery, Value, When

from banyan.accounts.models import Account, Owner
from banyan.foundation.clock import now

T = TypeVar("T")
Look = Callable[[Sequence[int], date], dict[int, T]]


@dataclass(frozen=True, slots=True)
class Days:
    """The day it is at one moment: for each owner, and for what belongs to none."""

    by_owner: Mapping[int, date]
    first: date

    def of(self, owner_id: int | None) -> date:
        """The day it is for an owner."""
        return self.first if owner_id is None else self.by_owner.get(owner_id, self.first)


_asked: ContextVar[list[Days] | None] = ContextVar("asked", default=None)
"""Within `same_day_throughout`: what was answered, once somebody has asked."""


@contextmanager
def same_day_throughout() -> Iterator[None]:
    """What this block reads, it reads as of one moment: what day it is, is asked once, and only when somebody needs it.
    For what changes no owner."""
    token = _asked.set([])
    try:
        yield
    finally:
        _asked.reset(token)


def days_now() -> Days:
    """The day it is now, for all owners at once; in UTC while there is none."""
    asked = _asked.get()
    if asked is None:
        return _ask()
    if not asked:
        asked.append(_ask())
    return asked[0]


def _ask() -> Days:
    moment = now()
    zones = Owner.objects.order_by("id").values_list("id", "time_zone")
    days = {owner: moment.astimezone(ZoneInfo(zone)).date() for owner, zone in zones}
    return Days(days, next(iter(days.values()), moment.astimezone(UTC).date()))


def first_time_zone() -> Subquery:
    """In a query: the first owner's time zone; null while there is none."""
    return Subquery(Owner.objects.order_by("id").values("time_zone")[:1])


def today(owner_id: int | None = None) -> date:
    """The day it is now for an owner, or for the first owner. Ask `days_now` once where there are many."""
    return days_now().of(owner_id)


def today_of_account(account_id: int) -> date:
    """The day it is now for the owner of an account."""
    return today(Account.objects.filter(pk=account_id).values_list("owner_id", flat=True).first())


def today_of_customers(customer_ids: Collection[int]) -> dict[int, date]:
    """The day it is now for each customer: for the owner of its default account."""
    days = days_now()
    defaults = Account.objects.filter(customer_id__in=customer_ids, is_default=True)
    return {customer: days.of(owner) for customer, owner in defaults.values_list("customer_id", "owner_id")}


def today_of_customer(customer_id: int) -> date:
    """The day it is now for a customer."""
    return today_of_customers([customer_id]).get(customer_id) or today()


def today_of_rows(owner: str = "owner") -> Value | Case:
    """In a query: the day it is now for each row; `owner` leads from a row to its owner."""
    days = days_now()
    others = {of: day for of, day in days.by_owner.items() if day != days.first}
    cases = [When(**{owner: of}, then=Value(day)) for of, day in others.items()]
    return Case(*cases, default=Value(days.first), output_field=DateField()) if cases else Value(days.first)


def each_on_its_day(ids: Sequence[int], day_of: date | Mapping[int, date], look: Look[T]) -> dict[int, T]:
    """What `look` finds of all of them on a day, or of each on its own."""
    if isinstance(day_of, date):
        return look(ids, day_of)
    by_day: defaultdict[date, list[int]] = defaultdict(list)
    for each in ids:
        by_day[day_of[each]].append(each)
    return {of: what for day, some in by_day.items() for of, what in look(some, day).items()}
