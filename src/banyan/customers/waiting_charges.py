"""One-time charges that wait to be billed while their customers move: whoever is to pay then can take them (WHO-4)."""

from collections.abc import Mapping
from datetime import date

from django.db import connection

from banyan.accounts.models import Account
from banyan.kernel.frozen import frozen
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.access_scope import name_in_scope
from banyan.subscriptions.models import Charge
from banyan.subscriptions.who_pays import BY_HIERARCHY, fault_of

WAITING_BELOW = """
WITH RECURSIVE below(customer_id) AS (
    SELECT %(moved)s::bigint
    UNION
    SELECT edge.customer_id FROM below JOIN relations_customerparent edge
        ON edge.parent_id = below.customer_id AND edge.during && daterange(%(since)s, NULL)
)
SELECT charge.id, charge.description, own.owner_id, own.currency,
       banyan_account_chosen_for(charge.id, greatest(charge.date, %(since)s))
FROM below
JOIN accounts_account own ON own.customer_id = below.customer_id
JOIN subscriptions_charge charge ON charge.account_id = own.id
WHERE NOT charge.billed AND charge.who_pays_mode = ANY(%(following)s)
"""


@frozen
class WaitingCharge:
    """A charge that is not billed yet, and the account that is to pay from the day on, None for its own."""

    id: int
    description: str
    owner: int
    currency: str
    payer: int | None


def are_there_any() -> bool:
    """Whether any charge of the tenant waits for a payer that a move can change."""
    return Charge.objects.filter(billed=False, who_pays_mode__in=BY_HIERARCHY).exists()


def waiting_charges(moved: int, since: date) -> dict[int, WaitingCharge]:
    """Those of this customer and of all below it."""
    if not are_there_any():
        return {}
    with connection.cursor() as cursor:
        cursor.execute(WAITING_BELOW, {"moved": moved, "since": since, "following": list(BY_HIERARCHY)})
        return {row[0]: WaitingCharge(*row) for row in cursor.fetchall()}


def check_new_payers(
    before: Mapping[int, WaitingCharge], after: Mapping[int, WaitingCharge], problems: Problems
) -> None:
    """Notes a problem for every charge whose new payer could not take it."""
    moved = [one for one in after.values() if one.id not in before or before[one.id].payer != one.payer]
    paying = Account.objects.in_bulk({one.payer for one in moved if one.payer is not None})
    for one in moved:
        account = None if one.payer is None else paying[one.payer]
        if account is not None and (fault := fault_of(account, one.owner, one.currency)):
            number = name_in_scope(account, "of another organization")
            message = (
                f"The charge “{one.description}”, which is not billed yet, would be paid by account {number}, which "
                f"{fault}; change or delete it, or let somebody else pay for it first."
            )
            problems.add("parent", "payer_cannot_take_it", message, "WHO-4", number, Kind.CONFLICT)
