"""Sign in with e-mail address and password (ORG-3)."""

from datetime import datetime, timedelta

from django.contrib.auth.hashers import check_password, make_password
from django.db.models import Count, Q

from banyan.foundation.clock import now
from banyan.kernel.refusals import Kind, Problem, Refusal, invalid
from banyan.organizations.models import FailedSignIn, User
from banyan.organizations.queries import find_user
from banyan.organizations.users import LONGEST_EMAIL

PERIOD = timedelta(minutes=15)
FAILURES_OF_ONE_FROM_ONE_ADDRESS = 5
FAILURES_OF_ONE = 50
FAILURES_FROM_ONE_ADDRESS = 100


def sign_in(email: str, password: str, address: str) -> User:
    """The user with that e-mail address and password, asked for from a network address.

    Refused, without telling which of the two is wrong: anything else. After several failures also what is right, for a
    quarter of an hour. A failure is kept whatever becomes of the request, so this is no part of a transaction.
    """
    email, moment = email.strip()[:LONGEST_EMAIL], now()
    _refuse_after_too_many(email, address, moment)
    user = find_user(email)
    stored = user.password if user is not None and user.active and user.password else None
    if stored is None:
        make_password(password)  # as long as a check takes, so that the time doesn't tell who exists
    if user is None or stored is None or not check_password(password, stored):
        FailedSignIn.objects.create(email=email.lower(), address=address, at=moment)
        raise invalid("email", "not_signed_in", "E-mail address or password is wrong.", "ORG-3")
    FailedSignIn.objects.filter(email=email.lower(), address=address).delete()
    return user


def _refuse_after_too_many(email: str, address: str, moment: datetime) -> None:
    FailedSignIn.objects.filter(at__lt=moment - PERIOD).delete()
    of_email, from_address = Q(email=email.lower()), Q(address=address)
    failures = FailedSignIn.objects.aggregate(
        both=Count("pk", filter=of_email & from_address),
        of_email=Count("pk", filter=of_email),
        from_address=Count("pk", filter=from_address),
    )
    if (
        failures["both"] >= FAILURES_OF_ONE_FROM_ONE_ADDRESS
        or failures["of_email"] >= FAILURES_OF_ONE
        or failures["from_address"] >= FAILURES_FROM_ONE_ADDRESS
    ):
        minutes = PERIOD.seconds // 60
        message = f"That was wrong too often. Try again in {minutes} minutes."
        raise Refusal([Problem("email", "too_many_attempts", message, "ORG-3")], Kind.FORBIDDEN)
