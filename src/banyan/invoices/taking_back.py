"""Taking back how far items were billed, when what billed them is void or discarded (INV-6, RUN-7, RUN-8).

A run keeps how every item stood before it billed it further (BilledBefore), those too that got no line because nothing
was used, or it was free. So an item that nothing billed since stands afterwards as if the run had never been. One that
was billed on top stays billed and is marked as changed: the next run compares it with the lines that are left (SUB-5).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection

KEPT = """
    SELECT each.item_id, (array_agg(kept.billed_until ORDER BY kept.id))[1] AS billed_until,
           min(kept.changed_from) AS changed_from, (array_agg(kept.until ORDER BY kept.id DESC))[1] AS until
    FROM invoices_billedbefore kept, unnest(kept.items, kept.payers) AS each(item_id, payer_id)
    WHERE kept.bill_run_id = %(run)s AND kept.first_payer <= %(last)s AND kept.last_payer >= %(first)s
      AND each.payer_id BETWEEN %(first)s AND %(last)s
    GROUP BY each.item_id
"""

HOLD_ITEMS = f"""
SELECT item.id FROM subscriptions_subscriptionitem item
WHERE item.id IN (SELECT kept.item_id FROM ({KEPT}) kept)
   OR item.id IN (SELECT line.item_id FROM invoices_invoiceline line WHERE line.invoice_id = ANY(%(invoices)s))
ORDER BY item.id FOR UPDATE
"""

# `since`: from where on the run billed the item, by what was kept, else by its lines; `starts`: the first day of any of
# its lines. Where other lines are live from there on, another run billed the item too: then it is compared again. One
# of which nothing was kept, as of a run before that was done, is billed until its last live line ends.
TAKE_BACK = f"""
WITH kept AS MATERIALIZED ({KEPT}), lined AS MATERIALIZED (
    SELECT line.item_id, min(line.period_start) AS starts,
           min(line.period_start) FILTER (WHERE line.kind <> 'correction') AS since
    FROM invoices_invoiceline line
    WHERE line.invoice_id = ANY(%(invoices)s) AND line.item_id IS NOT NULL
    GROUP BY line.item_id
), taken AS MATERIALIZED (
    SELECT item.id, item.billed_until, item.changed_from, kept.item_id IS NOT NULL AS is_kept,
           kept.billed_until AS before, kept.changed_from AS changed_before, kept.until, lined.starts,
           item.billed_until IS NOT DISTINCT FROM kept.until AS is_last,
           item.billed_until IS NOT DISTINCT FROM kept.billed_until AS is_back,
           CASE WHEN kept.item_id IS NULL THEN lined.since ELSE coalesce(kept.billed_until, subscription.start_date) END
               AS since
    FROM kept FULL JOIN lined ON lined.item_id = kept.item_id
    JOIN subscriptions_subscriptionitem item ON item.id = coalesce(kept.item_id, lined.item_id)
    JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
    WHERE lined.item_id IS NOT NULL OR NOT %(part)s OR NOT EXISTS (
        SELECT 1 FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.item_id = kept.item_id AND line.live AND invoice.bill_run_id = %(run)s)
), stands AS (
    SELECT taken.id,
           CASE WHEN is_kept AND is_last THEN greatest(before, other.until)
                WHEN NOT is_kept AND since IS NOT NULL AND billed_until IS NOT NULL
                    THEN least(billed_until, greatest(since, other.until))
                ELSE billed_until END AS billed_until,
           least(changed_from, changed_before,
                 CASE WHEN NOT (is_kept AND (is_last OR is_back)) OR other.found OR starts < since
                      THEN least(starts, since) END) AS changed_from
    FROM taken, LATERAL (
        SELECT max(line.period_end) FILTER (WHERE line.kind <> 'correction') AS until, count(*) > 0 AS found
        FROM invoices_invoiceline line
        WHERE line.item_id = taken.id AND line.live AND line.period_start >= taken.since
    ) AS other
)
UPDATE subscriptions_subscriptionitem item
SET billed_until = stands.billed_until, changed_from = stands.changed_from, revision = item.revision + 1
FROM (SELECT * FROM stands ORDER BY id) AS stands WHERE item.id = stands.id
"""

FORGET = """
DELETE FROM invoices_billedbefore
WHERE bill_run_id = %(run)s AND first_payer >= %(first)s AND last_payer <= %(last)s
"""

FORGET_PART = """
UPDATE invoices_billedbefore kept SET (items, payers) = (
    SELECT coalesce(array_agg(each.item_id ORDER BY each.place), '{}'),
           coalesce(array_agg(each.payer_id ORDER BY each.place), '{}')
    FROM unnest(kept.items, kept.payers) WITH ORDINALITY AS each(item_id, payer_id, place)
    WHERE each.payer_id NOT BETWEEN %(first)s AND %(last)s OR EXISTS (
        SELECT 1 FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.item_id = each.item_id AND line.live AND invoice.bill_run_id = %(run)s))
WHERE kept.bill_run_id = %(run)s AND kept.first_payer <= %(last)s AND kept.last_payer >= %(first)s
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Invoices of one run that are taken back, all of them with payers from `first` to `last`.

    `part`: the run goes on to hold for others of its invoices, and for items that these have a line for.
    """

    run: int
    first: int
    last: int
    invoices: Sequence[int]
    part: bool

    def hold_items(self) -> None:
        """Lock every item that this concerns, in the order of their ids, as bill runs take them."""
        self._execute(HOLD_ITEMS)

    def take_back_items(self) -> None:
        """Let the held items stand as before the run; the lines of the invoices are no longer live."""
        self._execute(TAKE_BACK)
        self._execute(FORGET_PART if self.part else FORGET)

    def _execute(self, statement: str) -> None:
        values: dict[str, Any] = {"run": self.run, "first": self.first, "last": self.last, "part": self.part}
        with connection.cursor() as cursor:
            cursor.execute(statement, values | {"invoices": list(self.invoices)})
