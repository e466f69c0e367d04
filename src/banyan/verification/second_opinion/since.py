"""What was changed since a run: lines that follow from it are named as such, and no alarm is raised about them."""

from dataclasses import dataclass, field
from datetime import datetime

from banyan.verification.second_opinion.comparing import Difference
from banyan.verification.second_opinion.facts import Line, Period, World
from banyan.verification.second_opinion.reading import rows

OF_ACCOUNTS = {
    "number", "bill_cycle_id", "currency", "customer_id", "owner_id", "taxable", "minimum_invoice_amount", "is_default",
    "invoice_rendering_type", "inactive_since", "status", "billing_address", "payment_term_id", "responsible_account",
    "parent", "parent_account",
}  # fmt: skip
OF_CUSTOMERS = {"service_address", "billing_address", "tax_id_validated", "tax_number"}
FIELDS = {
    "tax_rate": {"taxes"},
    "owner": {"taxes", "reverse_charge"},
    "payment_term": {"due_date"},
    "bill_cycle": {"gross", "from", "to", "quantity", "usage"},
    "meter": {"gross", "quantity", "usage"},
}
OF_PRODUCTS = {"description", "taxes", "discounts"}
OF_NOTHING_YET = ["owner", "payment_term", "bill_cycle", "meter", "product"]
"""What a change of something that many have in common can make of a line."""

ENTRIES = """
SELECT subject_kind, subject_id, (SELECT array_agg(field) FROM jsonb_object_keys(changes) AS field),
       changes #>> '{account_id,0}', changes #>> '{account_id,1}', changes #>> '{subscription_id,0}',
       changes #>> '{subscription_id,1}'
FROM foundation_historyentry
WHERE at > %(since)s AND subject_kind = ANY(%(kinds)s) AND (action <> 'created' OR NOT subject_kind = ANY(%(new)s))
"""
KINDS = [
    *("account", "customer", "subscription", "subscription_group", "discount", "tax_exemption", "charge", "product"),
    *FIELDS,
]

LATE_USAGE = """
SELECT account_id FROM usage_usageevent
WHERE account_id = ANY(%(ids)s)
  AND received_at > %(since)s AND received_at <= coalesce(%(until)s::timestamptz, 'infinity')
UNION
SELECT account_id FROM usage_usagecorrection
WHERE account_id = ANY(%(ids)s)
  AND corrected_at > %(since)s AND corrected_at <= coalesce(%(until)s::timestamptz, 'infinity')
"""

# What waits for the next run tells of what stands, and nothing of a run that has ended.
CHANGED_ITEMS = """
SELECT id FROM subscriptions_subscriptionitem WHERE changed_from IS NOT NULL AND id = ANY(%(items)s)
"""

# Whom a charge's own choice leads to follows from who is above its customer.
BELOW = """
WITH RECURSIVE below(id) AS (
    SELECT unnest(%(ids)s::bigint[])
    UNION
    SELECT edge.customer_id FROM below JOIN relations_customerparent edge ON edge.parent_id = below.id
)
SELECT account.id FROM below JOIN accounts_account account ON account.customer_id = below.id
"""

CUSTOMERS = "SELECT id, customer_id FROM accounts_account WHERE id = ANY(%(ids)s)"


@dataclass(slots=True)
class Changes:
    """Accounts, subscriptions, charges and items of which something is another than it was, and fields of all lines.

    `usage`: accounts that used something else. `void`: full periods of items that an invoice was for which was made
    void.
    """

    accounts: set[int] = field(default_factory=set)
    subscriptions: set[int] = field(default_factory=set)
    charges: set[int] = field(default_factory=set)
    items: set[int] = field(default_factory=set)
    usage: set[int] = field(default_factory=set)
    void: set[tuple[int, Period | None]] = field(default_factory=set)
    products: set[int] = field(default_factory=set)
    fields: set[str] = field(default_factory=set)

    def explain(self, world: World, found: Difference) -> bool:
        """Whether the difference may come of a change."""
        line = found.about
        accounts = {line.account, line.payer, found.account, *(account for step in line.trail for account in step[1:])}
        if accounts & self.accounts or line.subscription in self.subscriptions or line.charge in self.charges:
            return True
        if line.product in self.products and found.fields <= OF_PRODUCTS:
            return True
        if line.item in self.items or (line.item, line.slot) in self.void or found.fields <= self.fields:
            return True
        price = None if line.price is None else world.prices.get(line.price)
        if price is None or price.type != "usage":
            return False
        return line.account in self.usage or (price.pooled and bool(self.usage or self._of_pools(world)))

    def _of_pools(self, world: World) -> set[int]:
        """The items with pooled prices that changed, or whose accounts did."""
        return {
            item.id
            for item in world.items.values()
            if any(price.pooled for _, price in item.prices)
            and (item.id in self.items or item.account in self.accounts or item.subscription in self.subscriptions)
        }


def changes_since(world: World, lines: list[Line], since: datetime, until: datetime | None) -> Changes:
    """What was changed after a moment of what a world knows, which leaves out what came in or was made void after
    `until`. Without `until`, what is marked as changed and not yet billed counts as well, unless by a void invoice:
    then just the periods that it was for do.
    """
    changes = Changes()
    customers: dict[int, set[int]] = {}
    moved: set[int] = set()
    for account, customer in rows(CUSTOMERS, ids=set(world.accounts)):
        customers.setdefault(customer, set()).add(account)
    for kind, subject, fields, *accounts_and_subscriptions in rows(
        ENTRIES, since=since, kinds=KINDS, new=OF_NOTHING_YET
    ):
        before, after, *subscriptions = accounts_and_subscriptions
        changed = set(fields or ())
        if kind in FIELDS:
            changes.fields |= FIELDS[kind]
        elif kind == "account" and changed & OF_ACCOUNTS:
            changes.accounts.add(subject)
        elif kind == "customer":
            changes.accounts |= customers.get(subject, set()) if changed & OF_CUSTOMERS else set()
            moved |= {subject} if "parent" in changed else set()
        elif kind in ("subscription", "subscription_group"):
            changes.subscriptions |= {subject} if kind == "subscription" else _of_group(world, subject)
        elif kind == "product":
            changes.products.add(subject)
        elif kind == "charge" and changed - {"billed"}:
            changes.charges.add(subject)
        elif kind in ("discount", "tax_exemption"):
            changes.accounts |= {int(account) for account in (before, after) if account is not None}
            changes.accounts |= {
                account for account, own in world.discounts.items() if subject in [one.id for one in own]
            }
        changes.subscriptions |= {int(one) for one in subscriptions if one is not None}
    changes.charges |= _charges_below(world, moved)
    changes.usage |= {row[0] for row in rows(LATE_USAGE, since=since, until=until, ids=set(world.accounts))}
    void = [line for line in lines if _was_made_void(line, since, until)]
    changes.void |= {(line.item, line.slot) for line in void if line.item is not None}
    changes.charges |= {line.charge for line in void if line.charge is not None}
    if until is None:
        items = set(world.items) - {line.item for line in void}
        changes.items |= {row[0] for row in rows(CHANGED_ITEMS, items=items)}
    return changes


def _charges_below(world: World, moved: set[int]) -> set[int]:
    """The charges with a choice of their own of these customers and of all that were ever below them."""
    accounts = {row[0] for row in rows(BELOW, ids=moved)} if moved else set()
    of_none = (charge for charge in world.charges.values() if charge.subscription is None)
    return {charge.id for charge in of_none if charge.account in accounts}


def _was_made_void(line: Line, since: datetime, until: datetime | None) -> bool:
    """Whether its invoice was made void in that time, or, of earlier versions, nobody knows when; not one that was
    issued anew at once.

    What was made void after a run had ended stood in it, and what was void before it began did not: neither excuses a
    line of it.
    """
    if line.said_again:
        return False
    if line.void_at is None:
        return line.void
    return since < line.void_at and (until is None or line.void_at <= until)


def _of_group(world: World, group: int) -> set[int]:
    return {subscription for subscription, choice in world.subscription_payers.items() if choice.group == group}
