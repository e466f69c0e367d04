"""What the history keeps of users and keys, and that nobody in it poses as somebody else (ACC-16)."""

import pytest
from django.db import IntegrityError, transaction

from banyan.foundation.actors import COMMAND_LINE, SYSTEM, Actor
from banyan.foundation.history import acting_as, current_actor
from banyan.foundation.models import HistoryEntry, Setting
from banyan.kernel.refusals import Refusal
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from banyan.organizations.actions.sign_in import sign_in
from banyan.organizations.actions.sign_out import sign_out
from banyan.organizations.actions.use_sign_in_link import use_sign_in_link
from banyan.organizations.actors import actor_told_as
from banyan.organizations.models import SignInLink, User

pytestmark = [pytest.mark.usefixtures("tenant"), pytest.mark.rule("ACC-16")]
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def quick_hashes(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def told(kind: str, number: int) -> list[tuple[str, str, dict[str, object]]]:
    """Who did what, in the order it was done; of what came up the value alone."""
    rows = HistoryEntry.objects.filter(subject_kind=kind, subject_id=number).order_by("id")
    return [(str(row.by), row.action, {name: pair[1] for name, pair in row.changes.items()}) for row in rows]


def test_a_key_that_is_called_like_somebody_is_told_as_a_key():
    user = create_user("Ada", "ada@acme.example")
    names = ["ada@acme.example", "system", "command line", 'x" (key_1)', "a\\", "a\\\\"]
    keys = [create_api_key(name)[0] for name in names]
    actors = [Actor.user(user.pk, user.email), COMMAND_LINE, SYSTEM, *(Actor.api_key(key.pk, key.name) for key in keys)]
    for number, actor in enumerate(actors):
        with acting_as(actor):
            assert current_actor() == actor
            Setting.objects.create(key=f"k{number}", value=1)
    entries = list(HistoryEntry.objects.filter(subject_kind="setting").order_by("id"))
    assert [entry.by for entry in entries] == actors
    texts = [str(entry.by) for entry in entries]
    assert texts[:5] == [
        "ada@acme.example",
        "command line",
        "system",
        f'key "ada@acme.example" (key_{keys[0].pk})',
        f'key "system" (key_{keys[1].pk})',
    ]
    assert len(set(texts)) == len(actors)
    assert [actor_told_as(text) for text in texts] == actors


def test_no_address_of_a_user_looks_like_what_a_key_is_told_by():
    for email in ('key "CI" (key_3)', 'key "CI"@acme.example', "system", "command line"):
        with pytest.raises(Refusal):
            create_user("Eve", email)


@pytest.mark.rule("REL-B")
@pytest.mark.parametrize(
    ("kind", "number"), [("user", None), ("api_key", None), ("system", 3), ("command_line", 3), ("friend", None)]
)
def test_the_database_keeps_an_entry_of_nobody_out(kind: str, number: int | None):
    with pytest.raises(IntegrityError), transaction.atomic():
        HistoryEntry.objects.create(
            actor="x", actor_kind=kind, actor_id=number, action="changed", subject_kind="x", subject_id=1, changes={}
        )


def test_passwords_that_are_set_changed_and_taken_away_are_told_without_a_word_of_them():
    with acting_as(COMMAND_LINE):
        user = create_user("Ada", "ada@acme.example", PASSWORD)
    key, _ = create_api_key("CI")
    with acting_as(Actor.api_key(key.pk, key.name)):
        change_user(user.pk, {"password": "four words by chance"})
        change_user(user.pk, {"password": None})
        change_user(user.pk, {"name": "Ada Byron"})
    by_key = f'key "CI" (key_{key.pk})'
    assert [entry[:2] for entry in told("user", user.pk)] == [
        ("command line", "created"),
        ("command line", "password_set"),
        (by_key, "password_changed"),
        (by_key, "password_removed"),
        (by_key, "changed"),
    ]
    assert told("user", user.pk)[2][2] == {}


def test_a_password_that_is_changed_past_the_program_is_told_too():
    user = create_user("Ada", "ada@acme.example")
    User.objects.filter(pk=user.pk).update(password="x")
    assert told("user", user.pk)[-1] == ("system", "password_set", {})


def test_signing_in_and_out_is_told_with_the_address_and_what_waits_is_not():
    user = create_user("Ada", "ada@acme.example", PASSWORD)
    for _ in range(20):
        with pytest.raises(Refusal):
            sign_in(user.email, "wrong", "198.51.100.1")
    with pytest.raises(Refusal):
        sign_in("nobody@acme.example", "wrong", "198.51.100.2")
    from_stranger = ("system", "sign_in_failed", {"address": "198.51.100.1"})
    assert told("user", user.pk)[2:] == [from_stranger] * 5
    other = create_user("Ben", "ben@acme.example", PASSWORD)
    sign_out(sign_in(other.email, PASSWORD, "203.0.113.7"), "203.0.113.7")
    assert told("user", other.pk)[2:] == [
        ("ben@acme.example", "signed_in", {"address": "203.0.113.7"}),
        ("ben@acme.example", "signed_out", {"address": "203.0.113.7"}),
    ]


def test_a_link_is_told_by_whom_for_whom_and_who_used_it_without_its_secret():
    user, maker = create_user("Ada", "ada@acme.example"), create_user("Ben", "ben@acme.example")
    with acting_as(Actor.user(maker.pk, maker.email)):
        secret = create_sign_in_link(user.pk)
    link = SignInLink.objects.get()
    use_sign_in_link(secret, "203.0.113.7")
    made, used = told("user", user.pk)[1:]
    assert made[:2] == ("ben@acme.example", "link_made")
    assert made[2]["link"] == link.pk
    assert used == (
        "ada@acme.example",
        "link_used",
        {"link": link.pk, "made_by": "ben@acme.example", "address": "203.0.113.7"},
    )
    assert not any(secret in str(entry) or link.secret_hash in str(entry) for entry in (made, used))


def test_a_key_that_is_made_and_revoked_is_told_without_its_hash():
    with acting_as(COMMAND_LINE):
        key, text = create_api_key("CI")
        revoke_api_key(key.pk)
    made, revoked = told("api_key", key.pk)
    assert (made[:2], revoked[:2]) == (("command line", "created"), ("command line", "changed"))
    assert set(revoked[2]) == {"revoked_at"}
    assert not any(secret in str((made, revoked)) for secret in (text, key.key_hash))
