"""A user sees moments in its own time zone (DAT-2)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from banyan.accounts.models import Owner
from banyan.console.descriptions import describe_history
from banyan.console.localized import moment, written_in
from banyan.foundation.models import HistoryEntry
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.models import User
from tests.console.conftest import Visitor

HALF_PAST_TWELVE = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
"""01:30 of the next day in Auckland (UTC+13), 05:30 of the same day in Los Angeles (UTC-7)."""
ASKED = {"accept-language": "en-GB"}


def since(visitor: Visitor, user: User) -> str:
    """When the page of a user says it was made, and the list of users too."""
    fact = re.search(r"<dt>Since</dt><dd>([^<]+)</dd>", visitor.get(f"/users/usr_{user.pk}", **ASKED).content.decode())
    assert fact is not None
    assert fact[1] in visitor.get("/users", **ASKED).content.decode()
    return fact[1]


@pytest.mark.rule("DAT-2", "CON-11")
def test_one_moment_is_tomorrow_for_a_user_in_auckland_and_today_for_one_in_los_angeles(
    visitor: Callable[..., Visitor],
):
    ada = visitor()
    assert ada.user is not None
    ben = create_user("Ben", "ben@acme.example")
    User.objects.filter(pk=ben.pk).update(created_at=HALF_PAST_TWELVE)
    seen = []
    for zone in ("Pacific/Auckland", "America/Los_Angeles", "Asia/Dubai"):
        change_user(ada.user.pk, {"time_zone": zone})
        seen.append(since(ada, ben))
    assert seen == ["01/04/2026, 01:30 NZDT", "31/03/2026, 05:30 PDT", "31/03/2026, 16:30 UTC+04"]


@pytest.mark.rule("DAT-2")
def test_a_user_without_a_time_zone_sees_moments_in_the_first_owners(visitor: Callable[..., Visitor]):
    ada = visitor()
    ben = create_user("Ben", "ben@acme.example")
    User.objects.filter(pk=ben.pk).update(created_at=HALF_PAST_TWELVE)
    first = Owner.objects.order_by("id").first()
    assert first is not None
    Owner.objects.filter(pk=first.pk).update(time_zone="Europe/Berlin")
    assert since(ada, ben) == "31/03/2026, 14:30 CEST"


@pytest.mark.rule("DAT-2")
def test_a_user_chooses_its_time_zone_among_its_preferences_and_gives_it_up_again(visitor: Callable[..., Visitor]):
    ada = visitor()
    assert ada.user is not None
    chosen = {"theme": "auto", "locale": "", "time_zone": "Pacific/Auckland"}
    assert ada.post("/preferences", chosen).status_code == 302
    assert User.objects.get(pk=ada.user.pk).time_zone == "Pacific/Auckland"
    assert ada.post("/preferences", {**chosen, "theme": "dark"}).status_code == 302
    changes = HistoryEntry.objects.filter(subject_kind="user", subject_id=ada.user.pk, action="changed")
    assert [entry.changes for entry in changes] == [{"time_zone": [None, "Pacific/Auckland"]}]
    assert ada.post("/preferences", {**chosen, "time_zone": "Mars/Olympus"}).status_code == 422
    assert ada.post("/preferences", {**chosen, "time_zone": ""}).status_code == 302
    assert User.objects.get(pk=ada.user.pk).time_zone is None


@pytest.mark.rule("DAT-2", "CON-11")
def test_an_administrator_gives_a_user_a_time_zone(visitor: Callable[..., Visitor]):
    ada = visitor()
    new = {"name": "Ben", "email": "ben@acme.example", "password": "", "time_zone": "Europe/Berlin"}
    assert ada.post("/users/new", new).status_code == 302
    ben = User.objects.get(email="ben@acme.example")
    assert ben.time_zone == "Europe/Berlin"
    assert "Time zone Europe/Berlin" in ada.text(f"/users/usr_{ben.pk}")
    assert ada.post(f"/users/usr_{ben.pk}/edit", {**new, "active": "on", "time_zone": ""}).status_code == 302
    assert User.objects.get(pk=ben.pk).time_zone is None
    assert "Time zone The first owner’s" in ada.text(f"/users/usr_{ben.pk}")


@pytest.mark.rule("DAT-2")
def test_the_abbreviation_is_that_of_the_time_of_the_year():
    with written_in("en_GB", lambda: ZoneInfo("Europe/Berlin")):
        winter, summer = (datetime(2026, month, 1, 12, tzinfo=UTC) for month in (1, 7))
        assert (moment(winter), moment(summer)) == ("01/01/2026, 13:00 CET", "01/07/2026, 14:00 CEST")


@pytest.mark.rule("DAT-2", "ACC-16")
def test_moments_that_the_history_keeps_are_told_in_the_users_time_zone_too():
    entry = HistoryEntry(action="changed", changes={"cancelled_at": [None, "2026-03-31T12:30:00+00:00"]})
    with written_in("en_GB", lambda: ZoneInfo("Pacific/Auckland")):
        (told,) = describe_history("subscription", [entry])
    assert told.changes == [("cancelled at", None, "01/04/2026, 01:30 NZDT")]
