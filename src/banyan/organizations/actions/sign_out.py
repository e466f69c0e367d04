"""Keep in the history that a user signed out (ORG-6)."""

from banyan.foundation.actors import Actor
from banyan.foundation.history import acting_as
from banyan.foundation.history_notes import note_in_history
from banyan.organizations.models import User


def sign_out(user: User, address: str) -> None:
    """The user ended a session, from a network address; the session itself is the console's."""
    with acting_as(Actor.user(user.pk, user.email)):
        note_in_history("user", user.pk, "signed_out", {"address": address})
