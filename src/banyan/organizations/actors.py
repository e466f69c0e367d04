"""Who is behind a text that tells who did something."""

from banyan.foundation.actors import COMMAND_LINE, SYSTEM, Actor, ActorKind, key_told_as
from banyan.organizations.models import User


def actor_told_as(text: str) -> Actor:
    """The actor whom `str` tells by this text: no e-mail address looks like what a key is told by, and the names of the
    command line and of Banyan itself are none. Unknown where nobody has the e-mail address any more."""
    if key := key_told_as(text):
        return key
    for other in (COMMAND_LINE, SYSTEM):
        if text == str(other):
            return other
    user = User.objects.filter(email=text).first()
    return Actor.user(user.pk, user.email) if user else Actor(ActorKind.UNKNOWN, text)
