"""Which version of each party holds now (INV-9): what an invoice that is issued at this moment refers to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

from banyan.foundation.arrays import array

CURRENT_VERSIONS = """
SELECT account.id,
       (SELECT max(version.id) FROM accounts_accountversion version WHERE version.account_id = account.id),
       (SELECT max(version.id) FROM accounts_ownerversion version WHERE version.owner_id = account.owner_id),
       (SELECT max(version.id) FROM accounts_customerversion version WHERE version.customer_id = account.customer_id),
       (SELECT max(version.id) FROM accounts_paymenttermversion version
        WHERE version.payment_term_id = account.payment_term_id)
FROM accounts_account account WHERE account.id = ANY(%(payers)s::bigint[])
UNION ALL
SELECT version.account_id, max(version.id), NULL, NULL, NULL
FROM accounts_accountversion version WHERE version.account_id = ANY(%(others)s::bigint[]) GROUP BY version.account_id
"""


@dataclass(frozen=True, slots=True)
class PartyVersions:
    """The versions of the seller (an owner), the buyer (the payer's customer) and the payer's payment term."""

    seller: int
    buyer: int
    term: int


@dataclass(frozen=True, slots=True)
class CurrentVersions:
    """The parties of invoices to each of some payers, and the version of each of some accounts, payers included."""

    parties: Mapping[int, PartyVersions]
    accounts: Mapping[int, int]


def current_versions(payers: Collection[int], accounts: Collection[int]) -> CurrentVersions:
    """What holds now of these payers and of the other accounts that are named on their invoices, as of one moment."""
    others = set(accounts).difference(payers)
    with connection.cursor() as cursor:
        cursor.execute(CURRENT_VERSIONS, {"payers": array(payers), "others": array(others)})
        found = cursor.fetchall()
    return CurrentVersions(
        {account: PartyVersions(*parties) for account, _, *parties in found if parties[0] is not None},
        {account: version for account, version, *_ in found},
    )
