"""Reads of the foundation."""

from banyan.foundation.models import Setting
from banyan.foundation.settings_registry import Settings, from_stored


def read_settings() -> Settings:
    """The tenant's settings (SET-1)."""
    return from_stored(dict(Setting.objects.values_list("key", "value")))
