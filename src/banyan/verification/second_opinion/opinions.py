"""What the second opinion says of a run, and of everything that stands."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from banyan.verification.second_opinion.billing import bill, every_part
from banyan.verification.second_opinion.comparing import Difference, differences, issued, place_of, words
from banyan.verification.second_opinion.facts import Invoice, Line, World
from banyan.verification.second_opinion.reading import read_lines, read_world, rows
from banyan.verification.second_opinion.since import Changes, changes_since

TOGETHER = 25
"""So many payers are looked at in one go: what is in memory doesn't grow with the tenant."""

MOST_TOLD = 100


@dataclass(slots=True)
class Opinion:
    """How many payers and lines were looked at, and what is not as it should be; `changed` are the differences that
    follow, or may, from what was changed since. Up to the day `before` the tenant was billed by other rules: nothing of
    those days is missed.
    """

    payers: int = 0
    lines: int = 0
    differences: list[Difference] = field(default_factory=list)
    changed: list[Difference] = field(default_factory=list)
    before: date | None = None
    _told: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, world: World, found: Iterable[Difference], changes: Callable[[], Changes]) -> None:
        """Take over what was found; only then is it asked what was changed. A line that is missed is so by every later
        look as well, and told once.
        """
        for one in found:
            if one.theirs is None:
                missed = one.account, *place_of(one.about)
                if missed in self._told or (self.before is not None and one.about.start <= self.before):
                    continue
                self._told.add(missed)
            (self.changed if changes().explain(world, one) else self.differences).append(one)

    def document(self) -> dict[str, Any]:
        """As it is kept with a run."""
        return {
            "payers": self.payers,
            "lines": self.lines,
            "differences": [_told(one) for one in self.differences[:MOST_TOLD]],
            "differences_in_all": len(self.differences),
            "changed_since": [_told(one) for one in self.changed[:MOST_TOLD]],
        }


def _told(found: Difference) -> dict[str, Any]:
    return {
        "account": found.account,
        "line": found.line,
        "about": words(found.about),
        "ours": found.ours and dict(found.ours),
        "theirs": found.theirs and dict(found.theirs),
    }


BEFORE_OPINIONS = "SELECT max(billing_date) FROM billruns_billrun WHERE second_opinion ? 'not_given'"


def _begun() -> Opinion:
    ((before,),) = rows(BEFORE_OPINIONS)
    return Opinion(before=before)


RUN = """
SELECT billing_date, started_at, finished_at FROM billruns_billrun WHERE id = %(run)s
"""

LOOKED_AT_BEFORE = """
SELECT account.id, max(run.billing_date)
FROM accounts_account account
JOIN billruns_billrun run ON run.id < %(run)s AND run.mode = 'bill' AND run.bill_cycle_id IN (
    SELECT account.bill_cycle_id
    UNION SELECT earlier.bill_cycle_id FROM subscriptions_earlierbillcycle earlier
    WHERE earlier.account_id = account.id)
WHERE account.id = ANY(%(ids)s)
  AND run.status IN ('completed', 'completed_with_errors', 'awaiting_approval', 'reversed')
GROUP BY account.id
"""

LEFT_OUT = "SELECT account_id FROM billruns_runerror WHERE run_id = %(run)s"

CURRENCIES = (
    "SELECT currency, array_agg(id ORDER BY id) FROM accounts_account WHERE id = ANY(%(ids)s) GROUP BY currency"
)


def on_run(
    run: int,
    payers: Collection[int],
    on_payers: Callable[[int], object] = lambda done: None,
    opinion: Opinion | None = None,
) -> Opinion:
    """Bills these payers once more as of a run, with the lines that stood before it, and compares every line.

    `on_payers` is told how many payers were looked at, from time to time; `opinion` is gone on with.
    """
    ((billing_date, started_at, finished_at),) = rows(RUN, run=run)
    left_out = {row[0] for row in rows(LEFT_OUT, run=run)}
    opinion = _begun() if opinion is None else opinion
    for together in chunks(set(payers) - left_out):
        world = read_world(billing_date, together, finished_at)
        lines = read_lines(world, started_at)
        every = every_part(world, lines, billing_date)
        changes = Remembered(world, lines, started_at, finished_at)
        earlier = dict(rows(LOOKED_AT_BEFORE, run=run, ids=set(together)))
        for payer in together:
            theirs = [line for line in lines if (line.run, line.payer) == (run, payer) and not line.said_again]
            before = stood_before(run, lines, theirs)
            ours = dated(world, bill(world, before, billing_date, payer, every), billing_date)
            opinion.lines += len(theirs)
            opinion.add(world, differences(world, payer, issued(ours, theirs, earlier.get(payer)), theirs), changes)
        opinion.payers += len(together)
        on_payers(opinion.payers)
    return opinion


def stood_before(run: int, lines: Iterable[Line], theirs: Iterable[Line]) -> list[Line]:
    """What stood when a payer was billed: what was live and was there before its first invoice of the run."""
    first = min((line.first_invoice for line in theirs), default=None)
    return [line for line in lines if line.live and line.run != run and (first is None or (line.invoice or 0) < first)]


def dated(world: World, invoices: list[Invoice], billing_date: date) -> list[Invoice]:
    """With the dates of their lines' invoices (INV-2)."""
    for invoice in invoices:
        for line in invoice.lines:
            line.set_dates(billing_date, world.accounts[line.payer].payment_days)
    return invoices


class Remembered:
    """What was changed since a moment, looked up once and only if it is asked for."""

    def __init__(self, world: World, lines: list[Line], since: datetime, until: datetime | None) -> None:
        self.given = world, lines, since, until
        self.found: Changes | None = None

    def __call__(self) -> Changes:
        """What was changed."""
        if self.found is None:
            self.found = changes_since(*self.given)
        return self.found


def chunks(payers: Collection[int]) -> Iterator[list[int]]:
    """Few at a time, of one currency."""
    for _, ids in rows(CURRENCIES, ids=set(payers)):
        for first in range(0, len(ids), TOGETHER):
            yield ids[first : first + TOGETHER]


# everything

GIVEN = """
FROM billruns_billrun run JOIN invoices_invoice invoice ON invoice.bill_run_id = run.id
WHERE run.mode = 'bill' AND run.status IN ('completed', 'completed_with_errors', 'awaiting_approval')
  AND NOT coalesce(run.second_opinion ? 'not_given', false)
"""
EVERY_RUN = f"SELECT run.id, array_agg(DISTINCT invoice.account_id) {GIVEN} GROUP BY run.id ORDER BY run.id"

HOW_MANY = f"SELECT count(DISTINCT (run.id, invoice.account_id)) {GIVEN}"


def on_everything(on_payers: Callable[[int], object] = lambda done: None) -> Opinion:
    """Every line of every run as of the run, and whether all of them together are what they should be.

    `on_payers` is told how often a payer was looked at so far, of `how_many_looks`.
    """
    opinion = _begun()
    for run, payers in rows(EVERY_RUN):
        opinion = on_run(run, payers, on_payers, opinion)
    return on_what_stands(on_payers, opinion)


def how_many_looks() -> int:
    """At how many payers, once for each run that invoiced them and once altogether, `on_everything` looks."""
    ((of_runs,),) = rows(HOW_MANY)
    altogether = sum(len(_payers_of(cycle, run)) for cycle, run, *_ in rows(LAST_RUNS))
    return int(of_runs) + altogether


# what stands

LAST_RUNS = """
SELECT run.bill_cycle_id, run.id, run.billing_date, run.started_at FROM billruns_billrun run
WHERE run.mode = 'bill' AND run.status IN ('completed', 'completed_with_errors', 'awaiting_approval')
  AND NOT EXISTS (SELECT 1 FROM billruns_billrun later WHERE later.bill_cycle_id = run.bill_cycle_id
      AND later.mode = 'bill' AND later.status IN ('completed', 'completed_with_errors', 'awaiting_approval')
      AND (later.billing_date, later.id) > (run.billing_date, run.id))
"""

PAYERS_OF = "SELECT id FROM accounts_account WHERE bill_cycle_id = %(cycle)s ORDER BY id"

HELD_BACK = """
SELECT account_id, total FROM billruns_heldback held JOIN billruns_billrun run ON run.id = held.run_id
WHERE account_id = ANY(%(ids)s) AND run.billing_date = %(on)s
"""


def on_what_stands(on_payers: Callable[[int], object] = lambda done: None, opinion: Opinion | None = None) -> Opinion:
    """Whether anything was left to bill or to correct on the date that each bill cycle was run for last: of all that
    was issued since ever, nothing must be missing, twice or wrong."""
    opinion = _begun() if opinion is None else opinion
    for cycle, run, billing_date, started_at in rows(LAST_RUNS):
        for together in chunks(_payers_of(cycle, run)):
            _look_at(opinion, together, billing_date, started_at)
            on_payers(opinion.payers)
    return opinion


def _payers_of(cycle: int, run: int) -> set[int]:
    left_out = {row[0] for row in rows(LEFT_OUT, run=run)}
    return {row[0] for row in rows(PAYERS_OF, cycle=cycle)} - left_out


def _look_at(opinion: Opinion, payers: Collection[int], billing_date: date, started_at: datetime) -> None:
    world = read_world(billing_date, payers)
    lines = read_lines(world)
    every = every_part(world, lines, billing_date)
    changes = Remembered(world, lines, started_at, None)
    held: dict[int, list[Fraction]] = {}
    for account, total in rows(HELD_BACK, ids=set(payers), on=billing_date):
        held.setdefault(account, []).append(Fraction(total))
    for payer in payers:
        left = dated(world, bill(world, lines, billing_date, payer, every), billing_date)
        wrong = [
            line
            for invoice in left
            if not invoice.says_nothing and not (invoice.held and invoice.total in held.get(payer, ()))
            for line in invoice.lines
            if not line.covered
        ]
        opinion.payers += 1
        opinion.lines += sum(1 for line in lines if line.live and line.payer == payer)
        opinion.add(world, differences(world, payer, wrong, ()), changes)
