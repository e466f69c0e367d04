"""Which version of each party holds now (INV-9): what an invoice that is issued at this moment refers to."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db import connection

from banyan.foundation.arrays import array

# One statement, so that all of it is of one moment. Each table of versions is walked along its index once; what many
# payers have in common, seller and payment term, is looked up once and not for each of them.
CURRENT_VERSIONS = """
WITH payer AS MATERIALIZED (
    SELECT id, customer_id, owner_id, payment_term_id FROM accounts_account WHERE id = ANY(%(payers)s::bigint[])
), latest(kind, subject, version) AS (
    SELECT 'account', account_id, max(id) FROM accounts_accountversion
    WHERE account_id = ANY(%(accounts)s::bigint[]) GROUP BY account_id
    UNION ALL
    SELECT 'owner', owner_id, max(id) FROM accounts_ownerversion
    WHERE owner_id = ANY(ARRAY(SELECT DISTINCT owner_id FROM payer)) GROUP BY owner_id
    UNION ALL
    SELECT 'customer', customer_id, max(id) FROM accounts_customerversion
    WHERE customer_id = ANY(ARRAY(SELECT customer_id FROM payer)) GROUP BY customer_id
    UNION ALL
    SELECT 'term', payment_term_id, max(id) FROM accounts_paymenttermversion
    WHERE payment_term_id = ANY(ARRAY(SELECT DISTINCT payment_term_id FROM payer)) GROUP BY payment_term_id
)
SELECT kind, array_agg(subject), array_agg(version), NULL, NULL FROM latest GROUP BY kind
UNION ALL
SELECT 'payer', array_agg(id), array_agg(owner_id), array_agg(customer_id), array_agg(payment_term_id) FROM payer
HAVING count(*) > 0
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
    with connection.cursor() as cursor:
        cursor.execute(CURRENT_VERSIONS, {"payers": array(payers), "accounts": array({*payers, *accounts})})
        found = {kind: columns for kind, *columns in cursor.fetchall()}
    if "payer" not in found:
        return CurrentVersions({}, _latest(found, "account"))
    sellers, buyers, terms = (_latest(found, kind) for kind in ("owner", "customer", "term"))
    return CurrentVersions(
        {
            payer: PartyVersions(sellers[owner], buyers[customer], terms[term])
            for payer, owner, customer, term in zip(*found["payer"], strict=True)
        },
        _latest(found, "account"),
    )


def _latest(found: Mapping[str, list[list[int]]], kind: str) -> dict[int, int]:
    """The version of each subject of a kind."""
    if kind not in found:
        return {}
    subjects, versions, *_ = found[kind]
    return dict(zip(subjects, versions, strict=True))
