"""Reads of the console's own."""

from zoneinfo import ZoneInfo

from banyan.accounts.today import first_time_zone
from banyan.console.models import Preferences
from banyan.organizations.models import User


def preferences_of(user: User) -> Preferences:
    """What the user prefers; the defaults where nothing was chosen."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def time_zone_of(user: User) -> ZoneInfo:
    """DAT-2: in which the user sees moments: its own, or that of the first owner."""
    return ZoneInfo(user.time_zone) if user.time_zone else first_time_zone()
