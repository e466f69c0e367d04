"""A batch's bills into the database: item states, lines, postings, numbers, invoices, seals, in the caller's one
transaction.

Invoices come last, because their numbers do: whoever counts up an owner's counter holds it until the commit (that is
why no number is ever lost, INV-3), and the less is done while holding it the less others wait.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import TypeVar

from django.db import connection

from banyan.accounts.versions import current_versions
from banyan.billruns.copying import NULL, copy_in, optional, quoted, text
from banyan.billruns.reading import expect_few_of_many, expect_order_of_index
from banyan.billruns.rows import array_of_days
from banyan.engine.facts import DiscountTaken, TaxTaken
from banyan.engine.postings import Posting, postings, sums_by_account
from banyan.engine.result import Bill, Charged, Invoice, ItemState, Payer, Taken, UsageTaken
from banyan.foundation.arrays import array
from banyan.invoices.sealing import seal_invoices, sealed_lines
from banyan.subscriptions.default_groups import default_groups

LINE_COLUMNS = (
    "invoice_id, account_id, subscription_id, item_id, charge_id, corrects, correction, payer_trail,"
    " kind, product_id, price_id, description, period_start, period_end, quantity, unit_amount, usage, gross,"
    " discount, tax, discounts, taxes, reverse_charge, live"
)
INVOICE_COLUMNS = (
    "id, owner_id, sequence_number, account_id, for_account_id, group_id, subscription_id, charge_id, bill_run_id,"
    " status, invoice_date, due_date, currency, gross, discount, tax, seller_version, buyer_version, term_version,"
    " account_versions"
)
POSTING_COLUMNS = (
    "source_kind, source_id, posted_on, currency, debit_kind, debit_account_id, credit_kind, credit_account_id, amount"
)

# Items are locked in the order of their ids, here as in subscriptions/marking.py: nobody waits in a ring. They come in
# that order because `expect_few_of_many` leaves PostgreSQL no other join, and `expect_order_of_index` no other way to
# find them; locking them first would be one more write.
# Nobody else moves on how far an item is billed: the database refuses it.
BILLING = "SELECT set_config('banyan.billing', %(is_on)s, true)"

WRITE_ONE_STATE = """
UPDATE subscriptions_subscriptionitem SET billed_until = %(until)s, changed_from = %(changed)s
WHERE id = ANY(%(ids)s) AND revision = %(revision)s
"""

WRITE_ITEM_STATES = """
UPDATE subscriptions_subscriptionitem item SET billed_until = state.billed_until, changed_from = state.changed_from
FROM (SELECT * FROM unnest(%(ids)s::bigint[], %(revisions)s::integer[], %(until)s::date[], %(changed)s::date[])
          AS wanted(id, revision, billed_until, changed_from) ORDER BY id) AS state
WHERE item.id = state.id AND item.revision = state.revision
"""

WRITE_CHARGES = """
UPDATE subscriptions_charge charge SET billed = true
FROM unnest(%(ids)s::bigint[], %(revisions)s::integer[]) AS read(id, revision)
WHERE charge.id = read.id AND charge.revision = read.revision AND NOT charge.billed
"""

HOLD_ITEMS = "SELECT FROM subscriptions_subscriptionitem WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"
HOLD_CHARGES = "SELECT FROM subscriptions_charge WHERE id = ANY(%(ids)s) ORDER BY id FOR NO KEY UPDATE"

COUNT_UP = """
INSERT INTO invoices_invoicecounter AS counter (owner_id, last_number) VALUES (%(owner)s, %(count)s)
ON CONFLICT (owner_id) DO UPDATE SET last_number = counter.last_number + %(count)s
RETURNING last_number
"""

# the sequence is looked up once, not for each number
NEW_IDS = """
SELECT nextval((SELECT pg_get_serial_sequence(%(table)s, 'id')::regclass)) FROM generate_series(1, %(count)s)
"""


T = TypeVar("T")


class ChangedMeanwhile(Exception):
    """Something that a batch had read was changed before the batch could write: read again and bill anew."""


@dataclass(frozen=True, slots=True)
class Issued:
    """What was written: how many invoices, their total by currency, and how many payers have one held back (INV-7)."""

    invoices: int
    totals: Mapping[str, Decimal]
    held_back: int

    def __add__(self, other: "Issued") -> "Issued":
        currencies = {**self.totals, **other.totals}
        zero = Decimal(0)
        return Issued(
            self.invoices + other.invoices,
            {currency: self.totals.get(currency, zero) + other.totals.get(currency, zero) for currency in currencies},
            self.held_back + other.held_back,
        )


def totals_of(bills: Sequence[Bill]) -> Issued:
    """How many invoices the bills hold, their total by currency, and how many of them have one that is held back."""
    count = 0
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for bill in bills:
        for invoice in bill.invoices:
            count += 1
            totals[bill.payer.currency] += invoice.total
    return Issued(count, dict(totals), sum(1 for bill in bills if bill.carried))


def hold_still(items: Iterable[int], charges: Iterable[int]) -> None:
    """Nobody else changes these items and charges until the transaction ends; items first, in the order of ids."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD_ITEMS, {"ids": array(sorted(items))})
        cursor.execute(HOLD_CHARGES, {"ids": array(sorted(charges))})


def write_bills(
    bills: Sequence[Bill],
    revisions: Mapping[int, int],
    charge_revisions: Mapping[int, int],
    run_id: int,
    as_drafts: bool = False,
) -> Issued:
    """Issue the invoices of some bills, or make them drafts (RUN-7): without numbers and postings.

    Raises ChangedMeanwhile when an item or charge is no longer as it was read.
    """
    expect_few_of_many()
    expect_order_of_index()
    states = _one_state_an_item(bills)
    _write_item_states(states, revisions)
    issuing = _with_groups([(bill, invoice) for bill in bills for invoice in bill.invoices])
    if not issuing:
        return totals_of(bills)
    invoice_ids = _new_ids("invoices_invoice", len(issuing))
    numbered = list(zip(invoice_ids, issuing, strict=True))
    _write_lines(numbered)
    _write_charges(
        [line.draft.charge_id for _, invoice in issuing for line in invoice.lines if line.draft.charge_id is not None],
        charge_revisions,
    )
    if not as_drafts:
        _write_postings(numbered)
        of_lines = sealed_lines(invoice_ids)
        _write_invoices(_issued_rows(numbered, run_id))
        seal_invoices(run_id, of_lines)
    else:
        _write_invoices(_draft_rows(numbered, run_id))
    return totals_of(bills)


def _one_state_an_item(bills: Iterable[Bill]) -> list[ItemState]:
    """An item that several payers are concerned with (SUB-6) stays changed until all of them are done with it."""
    states: dict[int, ItemState] = {}
    for bill in bills:
        for state in bill.item_states:
            if state.item_id not in states or state.changed_from is not None:
                states[state.item_id] = state
    return list(states.values())


def _with_groups(issuing: list[tuple[Bill, Invoice]]) -> list[tuple[Bill, Invoice]]:
    """With the default groups that are needed for the first time (GRP-1)."""
    wanted = {invoice.new_group_of for _, invoice in issuing if invoice.new_group_of is not None}
    if not wanted:
        return issuing
    groups = default_groups(wanted)
    return [
        (bill, invoice if invoice.new_group_of is None else replace(invoice, group_id=groups[invoice.new_group_of]))
        for bill, invoice in issuing
    ]


Numbered = Sequence[tuple[int, tuple[Bill, Invoice]]]


def _new_ids(table: str, count: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(NEW_IDS, {"table": table, "count": count})
        return [row[0] for row in cursor.fetchall()]


def _write_item_states(states: Sequence[ItemState], revisions: Mapping[int, int]) -> None:
    """Mostly all items of a batch are billed until the same day; that takes half the time when it is said once."""
    if not states:
        return
    ids = array([state.item_id for state in states])
    alike = {(state.billed_until, state.changed_from, revisions[state.item_id]) for state in states}
    with connection.cursor() as cursor:
        cursor.execute(BILLING, {"is_on": "on"})
        if len(alike) == 1:
            ((until, changed, revision),) = alike
            cursor.execute(WRITE_ONE_STATE, {"ids": ids, "until": until, "changed": changed, "revision": revision})
        else:
            cursor.execute(
                WRITE_ITEM_STATES,
                {
                    "ids": ids,
                    "revisions": array([revisions[state.item_id] for state in states]),
                    "until": array_of_days([state.billed_until for state in states]),
                    "changed": array_of_days([state.changed_from for state in states]),
                },
            )
        if cursor.rowcount != len(states):
            raise ChangedMeanwhile(
                f"{len(states) - cursor.rowcount} subscription items were changed while being billed"
            )
        cursor.execute(BILLING, {"is_on": ""})


def _write_charges(charge_ids: Sequence[int], revisions: Mapping[int, int]) -> None:
    if not charge_ids:
        return
    with connection.cursor() as cursor:
        in_order = sorted(charge_ids)
        values = {"ids": array(in_order), "revisions": array([revisions[number] for number in in_order])}
        cursor.execute(WRITE_CHARGES, values)
        if cursor.rowcount != len(charge_ids):
            raise ChangedMeanwhile(
                f"{len(charge_ids) - cursor.rowcount} charges were billed, changed or deleted meanwhile"
            )


def _write_lines(numbered: Numbered) -> None:
    copy_in("invoices_invoiceline", LINE_COLUMNS, _line_rows(numbered))


def _line_rows(numbered: Numbered) -> Iterator[str]:
    """What is charged, what is taken, and the way to the payer are the same on many lines, and put into text once.

    Numbers are written with "!s": it takes half the time of a format without a specification.
    """
    charges, amounts = _Texts(_charged), _Texts(_amounts)
    way, trail = None, NULL
    for number, (_, invoice) in numbered:
        invoice_id = str(number)
        for line in invoice.lines:
            draft = line.draft
            if draft.payer is not way:  # the lines of an account come one after the other and share theirs
                way, trail = draft.payer, _trail(draft.payer)
            yield (
                f"{invoice_id}\t{draft.account_id!s}"
                f"\t{NULL if draft.subscription_id is None else draft.subscription_id!s}"
                f"\t{NULL if draft.item_id is None else draft.item_id!s}"
                f"\t{NULL if draft.charge_id is None else draft.charge_id!s}"
                f"\t{NULL if draft.corrects is None else draft.corrects.id!s}\t{draft.correction!s}"
                f"\t{trail}\t{charges[draft.charged]}\t{amounts[line.taken]}"
                f"\t{'t' if line.reverse_charge else 'f'}\tt"
            )


class _Texts(dict[T, str]):
    """Texts of values that many rows share, each written once."""

    def __init__(self, write: Callable[[T], str]) -> None:
        super().__init__()
        self._write = write

    def __missing__(self, value: T) -> str:
        written = self[value] = self._write(value)
        return written


def _charged(charged: Charged) -> str:
    product = charged.product
    return (
        f"{charged.kind}\t{NULL if product is None else product.id}\t{optional(charged.price_id)}"
        f"\t{text(charged.description)}\t{charged.period.start}\t{charged.period.end}\t{charged.quantity}"
        f"\t{optional(charged.unit_amount)}\t{_usage(charged.usage)}\t{charged.gross}"
    )


def _amounts(taken: Taken) -> str:
    return f"{taken.discount}\t{taken.tax}\t{_discounts(taken.discounts)}\t{_taxes(taken.taxes)}"


def _discounts(taken: Sequence[DiscountTaken]) -> str:
    """[[name, percent, amount]], of a fixed amount with the discount's id, as JSON; written by hand, because of all the
    work of a run this was the most.
    """
    if not taken:
        return NULL
    return _list(
        f'[{quoted(one.name)},{_text_or_null(one.percent)},"{one.amount}"'
        f"{'' if one.discount_id is None else f',{one.discount_id}'}]"
        for one in taken
    )


def _taxes(taken: Sequence[TaxTaken]) -> str:
    """[[name, percent, amount]] as JSON."""
    if not taken:
        return NULL
    return _list(f'[{quoted(one.name)},"{one.percent}","{one.amount}"]' for one in taken)


def _usage(usage: UsageTaken | None) -> str:
    """[used, own allowance, shared allowance] as JSON."""
    return NULL if usage is None else f'["{usage.used}","{usage.own_allowance}","{usage.shared_allowance}"]'


def _trail(payer: Payer) -> str:
    """The steps to the payer as JSON, [[rule, from, to]]; NULL when the line's own account simply pays."""
    if payer.rule == "WHO-5":
        return NULL
    return _list([f'["{step.rule}",{step.from_account!s},{step.to_account!s}]' for step in payer.trail])


def _list(parts: Iterable[str]) -> str:
    return f"[{','.join(parts)}]"


def _text_or_null(value: Decimal | None) -> str:
    return "null" if value is None else f'"{value}"'


def _write_postings(numbered: Numbered) -> None:
    copy_in(
        "ledger_posting",
        POSTING_COLUMNS,
        (
            row
            for invoice_id, (bill, invoice) in numbered
            for row in posting_rows(
                invoice_id,
                bill.billing_date,
                bill.payer.currency,
                postings(bill.payer.id, sums_by_account(invoice.lines)),
            )
        ),
    )


def posting_rows(invoice_id: int, day: date, currency: str, posted: Iterable[Posting]) -> Iterator[str]:
    """The postings of an invoice for POSTING_COLUMNS."""
    source = f"invoice\t{invoice_id}\t{day}\t{currency}\t"
    for posting in posted:  # kinds are put together with "+": an f-string takes three times as long over a StrEnum
        debit = source + posting.debit_kind + f"\t{posting.debit_account!s}\t"
        yield debit + posting.credit_kind + f"\t{posting.credit_account!s}\t{posting.amount!s}"


def _write_invoices(invoice_rows: Iterable[str]) -> None:
    copy_in("invoices_invoice", INVOICE_COLUMNS, invoice_rows)


NO_PARTIES_YET = "\t".join([NULL] * 4)


def _draft_rows(numbered: Numbered, run_id: int) -> Iterator[str]:
    for invoice_id, (bill, invoice) in numbered:
        yield f"{_invoice_row(invoice_id, None, 'draft', bill, invoice, run_id)}\t{NO_PARTIES_YET}"


def _issued_rows(numbered: Numbered, run_id: int) -> Iterator[str]:
    parties = _parties(numbered)
    by_owner: dict[int, int] = defaultdict(int)
    for _, (bill, _) in numbered:
        by_owner[bill.payer.owner_id] += 1
    next_number = {owner: count_up(owner, by_owner[owner]) - by_owner[owner] + 1 for owner in sorted(by_owner)}
    for (invoice_id, (bill, invoice)), kept in zip(numbered, parties, strict=True):
        owner = bill.payer.owner_id
        status = "paid" if invoice.total == 0 else "open"
        yield f"{_invoice_row(invoice_id, next_number[owner], status, bill, invoice, run_id)}\t{kept}"
        next_number[owner] += 1


def _parties(numbered: Numbered) -> list[str]:
    """INV-9: the versions of the parties of each invoice, as they hold now."""
    named = [_accounts_named(bill, invoice) for _, (bill, invoice) in numbered]
    versions = current_versions({bill.payer.id for _, (bill, _) in numbered}, set().union(*named))
    found = []
    for (_, (bill, _)), accounts in zip(numbered, named, strict=True):
        parties = versions.parties[bill.payer.id]
        kept = array(sorted([versions.accounts[account] for account in accounts]))
        found.append(f"{parties.seller}\t{parties.buyer}\t{parties.term}\t{kept}")
    return found


def _accounts_named(bill: Bill, invoice: Invoice) -> set[int]:
    """The payer, the accounts of the lines, and those on the way to the payer."""
    named = {bill.payer.id}
    way = None
    for line in invoice.lines:
        named.add(line.draft.account_id)
        if line.draft.payer is not way:  # the lines of an account share theirs
            way = line.draft.payer
            if len(way.trail) > 1:
                named.update([step.to_account for step in way.trail])
    return named


def count_up(owner_id: int, count: int) -> int:
    """The last of `count` consecutive numbers that are now this transaction's."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT_UP, {"owner": owner_id, "count": count})
        return int(cursor.fetchone()[0])


def _invoice_row(invoice_id: int, number: int | None, status: str, bill: Bill, invoice: Invoice, run_id: int) -> str:
    return (
        f"{invoice_id}\t{bill.payer.owner_id}\t{optional(number)}\t{bill.payer.id}\t{optional(invoice.for_account_id)}"
        f"\t{optional(invoice.group_id)}\t{optional(invoice.subscription_id)}\t{optional(invoice.charge_id)}\t{run_id}"
        f"\t{status}\t{bill.billing_date}\t{bill.due_date}\t{bill.payer.currency}\t{invoice.gross}\t{invoice.discount}\t{invoice.tax}"
    )
