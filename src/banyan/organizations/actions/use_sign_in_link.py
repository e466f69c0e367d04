"""Sign in by a link that was made for that (ORG-3)."""

from django.db import transaction

from banyan.foundation.clock import now
from banyan.kernel.refusals import unknown
from banyan.organizations.keys import hash_of
from banyan.organizations.models import SignInLink, User


@transaction.atomic
def use_sign_in_link(secret: str) -> User:
    """The user whom the link is for; afterwards it leads nowhere. Refused: a link that was used, or is too old."""
    link = SignInLink.objects.select_for_update().select_related("user").filter(secret_hash=hash_of(secret)).first()
    if link is None or link.expires_at <= now() or not link.user.active:
        raise unknown("link", "This link was used already, or is too old.")
    link.delete()
    return link.user
