"""At most one row of a subject holds on any day, by a constraint of the database on boxes (REL-1)."""

from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from banyan.subscriptions.models import BillingPause
from tests.business import an_account

pytestmark = pytest.mark.usefixtures("tenant")

Days = tuple[date | None, date | None]

DAY = timedelta(days=1)
NEW_YEAR = date(2026, 1, 1)
FIRST_EVER = date(1, 1, 1)
LAST_EVER = date(9999, 12, 31)

APART: list[tuple[Days, Days]] = [
    ((NEW_YEAR, NEW_YEAR + DAY), (NEW_YEAR + DAY, NEW_YEAR + 2 * DAY)),
    ((NEW_YEAR, NEW_YEAR + DAY), (NEW_YEAR + DAY, None)),
    ((None, NEW_YEAR), (NEW_YEAR, None)),
    ((FIRST_EVER, LAST_EVER), (LAST_EVER, None)),
    ((None, FIRST_EVER), (FIRST_EVER, FIRST_EVER + DAY)),
]
TOGETHER: list[tuple[Days, Days]] = [
    ((NEW_YEAR, NEW_YEAR + DAY), (NEW_YEAR, NEW_YEAR + DAY)),
    ((NEW_YEAR, NEW_YEAR + 9 * DAY), (NEW_YEAR + 8 * DAY, NEW_YEAR + 10 * DAY)),
    ((NEW_YEAR, NEW_YEAR + 9 * DAY), (NEW_YEAR + 2 * DAY, NEW_YEAR + 3 * DAY)),
    ((NEW_YEAR, None), (LAST_EVER, None)),
    ((None, FIRST_EVER + DAY), (FIRST_EVER, None)),
    ((None, None), (NEW_YEAR, NEW_YEAR + DAY)),
]


@pytest.mark.rule("REL-1", "REL-B")
@pytest.mark.parametrize(("first", "second"), [*APART, *((second, first) for first, second in APART)])
def test_days_that_follow_each_other_are_both_taken(first: Days, second: Days) -> None:
    account = an_account()
    for during in (first, second):
        BillingPause.objects.create(account=account, kind="inactive", during=during)


@pytest.mark.rule("REL-1", "REL-B")
@pytest.mark.parametrize(("first", "second"), [*TOGETHER, *((second, first) for first, second in TOGETHER)])
def test_two_rows_that_share_a_day_are_refused_and_of_others_taken(first: Days, second: Days) -> None:
    account, other = an_account(), an_account()
    BillingPause.objects.create(account=account, kind="inactive", during=first)
    BillingPause.objects.create(account=other, kind="inactive", during=second)
    with pytest.raises(DatabaseError, match="account_has_one_pause_on_any_day"), transaction.atomic():
        BillingPause.objects.create(account=account, kind="inactive", during=second)
