"""Have a user who is signed in say the password once more, before something is done that a passer-by may not do."""

from django.contrib.auth.hashers import check_password

from banyan.kernel.refusals import invalid
from banyan.organizations.attempts import AttemptLimit, count_attempt, succeeded
from banyan.organizations.models import User
from banyan.organizations.passwords import LONGEST

CONFIRMING, AT_ONCE = "confirming", 5


def confirm_password(user: User, password: str) -> None:
    """Refused: a wrong one; after five in vain the next one waits, as when signing in (ORG-6). What is counted stays,
    so this is no part of a transaction."""
    limits = [AttemptLimit(CONFIRMING, str(user.pk), AT_ONCE)]
    count_attempt(limits)
    if not user.password or len(password) > LONGEST or not check_password(password, user.password):
        raise invalid("current_password", "wrong_password", "This is not your password.", "ORG-6")
    succeeded(limits, (CONFIRMING,))
