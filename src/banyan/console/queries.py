"""Reads of the console's own."""

from banyan.console.models import Preferences
from banyan.organizations.models import User


def preferences_of(user: User) -> Preferences:
    """What the user prefers; the defaults where nothing was chosen."""
    return Preferences.objects.filter(user=user).first() or Preferences(user=user)
