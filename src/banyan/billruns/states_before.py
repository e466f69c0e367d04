"""What a batch keeps in mind: how far each item was billed before, so that it can be taken back (RUN-7, RUN-8)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from banyan.billruns.copying import copy_in, optional
from banyan.billruns.models import Batch
from banyan.engine.facts import Family
from banyan.engine.result import Bill
from banyan.foundation.arrays import array

Stood = tuple[date | None, date | None, date | None]
"""How far an item was billed, since when it was changed, and how far it is billed now."""


def keep_states_before(batch: Batch, bills: Sequence[Bill], families: Iterable[Family]) -> None:
    """Keep how the items that these bills bill further stood when they were read.

    A row for all items that stood alike, not one an item: most of a batch stand alike.
    """
    courses = {item.id: item.course for family in families for item in family.items}
    alike: defaultdict[Stood, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for bill in bills:
        payer = bill.payer.id
        for state in bill.item_states:
            course = courses[state.item_id]
            items, payers = alike[course.billed_until, course.changed_from, state.billed_until]
            items.append(state.item_id)
            payers.append(payer)
    place = f"{batch.run_id}\t{batch.first_account}\t{batch.last_account}"
    copy_in(
        "invoices_billedbefore",
        "bill_run_id, first_payer, last_payer, billed_until, changed_from, until, items, payers",
        (
            f"{place}\t{optional(before)}\t{optional(changed)}\t{optional(until)}\t{array(items)}\t{array(payers)}"
            for (before, changed, until), (items, payers) in alike.items()
        ),
    )
