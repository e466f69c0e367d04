"""The history that triggers write."""

import pytest
from django.db import IntegrityError, connection, transaction

from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.models import HistoryEntry, Setting

pytestmark = pytest.mark.usefixtures("tenant")


def entries() -> list[tuple[str, str, dict[str, object]]]:
    return list(
        HistoryEntry.objects.filter(subject_kind="setting").order_by("id").values_list("actor", "action", "changes")
    )


@pytest.mark.rule("ACC-16")
def test_creating_changing_and_deleting_are_kept_with_old_and_new_values():
    with acting_as(Actor.user(1, "ada")):
        setting = Setting.objects.create(key="k", value=1)
        Setting.objects.filter(id=setting.id).update(value=2)
        Setting.objects.filter(id=setting.id).delete()
    assert entries() == [
        ("ada", "created", {"key": [None, "k"], "value": [None, 1]}),
        ("ada", "changed", {"value": [1, 2]}),
        ("ada", "deleted", {"key": ["k", None], "value": [2, None]}),
    ]


@pytest.mark.rule("ACC-16")
def test_a_write_that_changes_nothing_is_no_change():
    setting = Setting.objects.create(key="k", value=1)
    Setting.objects.filter(id=setting.id).update(value=1)
    assert [action for _, action, _ in entries()] == ["created"]


@pytest.mark.rule("ACC-16")
def test_a_bulk_load_does_not_go_past_the_history():
    with connection.cursor() as cursor, cursor.copy("COPY foundation_setting (key, value) FROM STDIN") as copy:
        for number in range(3):
            copy.write_row((f"k{number}", str(number)))
    assert [(actor, action) for actor, action, _ in entries()] == [("system", "created")] * 3


@pytest.mark.rule("ACC-16")
def test_the_actor_is_the_one_of_the_block():
    with acting_as(Actor.user(1, "ada")):
        with acting_as(Actor.user(1, "grace")):
            Setting.objects.create(key="a", value=1)
        Setting.objects.create(key="b", value=1)
    Setting.objects.create(key="c", value=1)
    assert [actor for actor, _, _ in entries()] == ["grace", "ada", "system"]


@pytest.mark.rule("ACC-16")
@pytest.mark.parametrize("triggers", ["origin", "replica"], ids=["with all triggers", "with those that always are"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET actor = 'nobody'", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_history_can_not_be_edited(statement: str, triggers: str):
    Setting.objects.create(key="k", value=1)
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = {triggers}")
        with pytest.raises(IntegrityError, match="can't be edited"), transaction.atomic():
            cursor.execute(statement.format("foundation_historyentry"))
    assert len(entries()) == 1
