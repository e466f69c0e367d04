"""Let a user in once without a password (ORG-3)."""

import secrets
from datetime import timedelta

from django.db import transaction

from banyan.foundation.clock import now
from banyan.foundation.history import current_actor
from banyan.foundation.history_notes import note_in_history
from banyan.kernel.refusals import conflict
from banyan.organizations.keys import hash_of
from banyan.organizations.models import SignInLink, User
from banyan.organizations.tree import locked

GOOD_FOR = timedelta(days=1)
BYTES_OF_SECRET = 24


@transaction.atomic
def create_sign_in_link(user_id: int) -> str:
    """The secret of a link that signs the user in, once, within a day. Links made for the user before lead nowhere.
    Who made it is in the history of the user."""
    user = locked(User, user_id)
    if not user.active:
        raise conflict("user", "inactive", f"{user.email} is not active, so may not sign in.", "ORG-3", user.email)
    SignInLink.objects.filter(user=user).delete()
    secret = secrets.token_urlsafe(BYTES_OF_SECRET)
    link = SignInLink.objects.create(
        user=user, secret_hash=hash_of(secret), expires_at=now() + GOOD_FOR, made_by=str(current_actor())
    )
    note_in_history("user", user.pk, "link_made", {"link": link.pk, "expires_at": link.expires_at.isoformat()})
    return secret
