"""Sign in by a link that was made for that (ORG-3)."""

from django.db import transaction

from banyan.foundation.actors import Actor
from banyan.foundation.clock import now
from banyan.foundation.history import acting_as
from banyan.foundation.history_notes import note_in_history
from banyan.kernel.refusals import unknown
from banyan.organizations.keys import hash_of
from banyan.organizations.models import SignInLink, User


@transaction.atomic
def use_sign_in_link(secret: str, address: str = "") -> User:
    """The user whom the link is for, used from a network address; afterwards it leads nowhere. Refused: a link that was
    used, or is too old."""
    link = SignInLink.objects.select_for_update().select_related("user").filter(secret_hash=hash_of(secret)).first()
    if link is None or link.expires_at <= now() or not link.user.active:
        raise unknown("link", "This link was used already, or is too old.")
    user, told = link.user, {"link": link.pk, "made_by": link.made_by, "address": address}
    link.delete()
    with acting_as(Actor.user(user.pk, user.email)):
        note_in_history("user", user.pk, "link_used", told)
    return user
