"""Reads of the console's own."""

from zoneinfo import ZoneInfo

from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from banyan.accounts.today import first_time_zone
from banyan.console.models import Preferences
from banyan.organizations.models import User


def preferences_of(user: User) -> Preferences:
    """What the user prefers; the defaults where nothing was chosen."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)


def users_with_zones() -> QuerySet[User]:
    """Users with the time zones that they see moments in: their own, or the first owner's."""
    return User.objects.annotate(sees_in=Coalesce("time_zone", first_time_zone(), Value("UTC")))


def time_zone_of(user: User) -> ZoneInfo:
    """DAT-2: in which one of `users_with_zones` sees moments."""
    return ZoneInfo(vars(user)["sees_in"])
