"""Keep which columns or fields a user chose."""

from collections.abc import Collection

from django.db import transaction

from banyan.console.models import Preferences


@transaction.atomic
def save_chosen(user_id: int, name: str, chosen: Collection[str]) -> None:
    """Keep `chosen` under the name of a list or form, such as `columns:accounts`; the others stay."""
    Preferences.objects.get_or_create(user_id=user_id)
    preferences = Preferences.objects.select_for_update().get(user_id=user_id)
    preferences.chosen = {**preferences.chosen, name: list(chosen)}
    preferences.save(update_fields=["chosen"])
