"""The settings that are kept (SET-1); the verb is `change_settings` of subscriptions."""

from collections.abc import Mapping

from django.db import connection, transaction

from banyan.foundation.models import Setting
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings, changed, default_of, to_stored


@transaction.atomic
def write_settings(changes: Mapping[str, object]) -> Settings:
    """Change what `changes` names, given as plain JSON values; the settings afterwards.

    Changes wait for each other, so that what one checked still holds when it is written. Refused as in
    `settings_registry.changed`, everything at once.
    """
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE foundation_setting IN SHARE ROW EXCLUSIVE MODE")
    before = read_settings()
    after = changed(before, changes)
    stored_before, stored_after = to_stored(before), to_stored(after)
    for key, value in stored_after.items():
        if value != stored_before[key]:
            setting, _ = Setting.objects.get_or_create(key=key, defaults={"value": default_of(key)})
            setting.value = value
            setting.save(update_fields=["value"])
    return after
