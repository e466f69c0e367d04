"""Within what an event id counts once (USE-1): among the events of one organization, and for one account for ever.

Two organizations may send the same id, and neither learns of the other's. An account that goes to another organization
takes what it counted along: an event that is sent again for it is found by the scopes that it was in before.

A scope is the number of an organization, 0 for the root one, so that where there is no other a key is the checksum of
the id and nothing else. In the database `banyan_usage_key(scope, event id)` makes the key of `usage_countedid`.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection

from banyan.accounts.models import Account
from banyan.kernel.refusals import conflict, unknown
from banyan.kernel.texts import fault_of
from banyan.organizations.access_scope import current_access_scope, in_scope
from banyan.organizations.models import Organization
from banyan.usage.models import EarlierScope

LONGEST_ID = 200
OF_THE_ROOT = 0

# Whoever lets an account go to another organization waits for these when it commits: what was sent before has counted
# before somebody can send it again.
LOCK = """
SELECT pg_advisory_xact_lock_shared(hashtextextended('banyan.usage.scopes.' || current_schema(), 0))
"""

COUNTED = """
SELECT scope, key, account_id, meter_id, at
FROM unnest(%s::bigint[]) AS scope JOIN usage_countedid ON key = banyan_usage_key(scope, %s)
"""


class Counted(NamedTuple):
    """Where an id counted, and the event of it: `at` is None where its month is not kept any more."""

    scope: int
    key: UUID
    account_id: int
    meter_id: int
    at: datetime | None


def lock_scopes() -> None:
    """No account changes its scope until this transaction ends; asked before scopes are looked at."""
    with connection.cursor() as cursor:
        cursor.execute(LOCK)


def scope_of(organization: int, above: int | None) -> int:
    """The scope of an organization, by the one that it is below."""
    return OF_THE_ROOT if above is None else organization


def find_counted(event_id: str, account: int | None = None) -> Counted:
    """Where the id counted for an account in reach, or for the one that is named.

    Refused: an id that none of them has, and one that several have while none is named.
    """
    found = [] if fault_of(event_id, LONGEST_ID) else _counted(event_id, account)
    if not found:
        raise unknown("id", "There is no such usage event.", event_id)
    if len(found) > 1:
        message = f"{len(found)} accounts have an event {event_id!r}; name the account as well."
        raise conflict("account", "ambiguous", message, "USE-1", event_id)
    return found[0]


def _counted(event_id: str, account: int | None) -> list[Counted]:
    scopes = _usage_scopes_in_scope() if account is None else _scopes_of(account)
    with connection.cursor() as cursor:
        cursor.execute(COUNTED, [sorted(set(scopes)), event_id])
        found = [Counted(*row) for row in cursor.fetchall()]
    within = in_scope(Account, [one.account_id for one in found])
    return [one for one in found if one.account_id in within and account in (None, one.account_id)]


def _usage_scopes_in_scope() -> Iterable[int]:
    organizations = current_access_scope().organizations
    earlier, now = EarlierScope.objects.all(), Organization.reachable.all()
    if organizations is not None:
        within = Account.objects.filter(organization__id__any_of=list(organizations))
        earlier = earlier.filter(account_id__in=within.values("id"))
    yield from (scope_of(*row) for row in now.values_list("id", "parent_id"))
    yield from earlier.values_list("scope", flat=True).distinct()


def _scopes_of(account: int) -> Iterable[int]:
    for row in Account.objects.filter(pk=account).values_list("organization_id", "organization__parent_id"):
        yield scope_of(*row)
    yield from EarlierScope.objects.filter(account_id=account).values_list("scope", flat=True)
