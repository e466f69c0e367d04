"""From drafts to invoices (INV-1): which lines share an invoice, in which order, and what they add up to."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import NamedTuple

from banyan.engine.discounts import discounted
from banyan.engine.facts import Family, Rendering, WhoPaysMode
from banyan.engine.result import Discounted, Draft, Invoice, Line
from banyan.engine.taxes import Levies, taxed

_NOTHING = Decimal(0)


class SplitKey(NamedTuple):
    """Why an invoice is apart from the payer's others: a managed account (BHI-4), a group (GRP-2), a subscription or
    a charge that is by itself (WHO-1, SUB-7). `new_group_of`: see SubscriptionPayer.
    """

    for_account_id: int | None = None
    group_id: int | None = None
    new_group_of: int | None = None
    subscription_id: int | None = None
    charge_id: int | None = None


_PLAIN = SplitKey()


def invoices(drafts: Iterable[Draft], family: Family, billing_date: date) -> list[Invoice]:
    """The payer's invoices with all lines, whether they reach the minimum or not. No lines, no invoice; nor one of
    nothing but usage that allowances covered (POO-3).
    """
    parts: defaultdict[SplitKey, list[Draft]] = defaultdict(list)
    for draft in drafts:
        parts[split_key(draft, family)].append(draft)
    keys = [
        key for key in sorted(parts, key=_order_of_invoices) if not all(one.charged.is_covered for one in parts[key])
    ]
    in_order = {key: _in_order(parts[key], family) for key in keys}
    offs = iter(discounted([draft for key in keys for draft in in_order[key]], family, billing_date))
    levies = Levies(family, billing_date)
    return [_invoice(key, in_order[key], list(islice(offs, len(in_order[key]))), levies, family) for key in keys]


def split_key(draft: Draft, family: Family) -> SplitKey:
    """The invoice a line belongs on. A correction for somebody who doesn't pay any more goes on the plain one."""
    if draft.payer.rule == "SUB-6":
        return _PLAIN
    for_account_id = None
    if family.payer.rendering is Rendering.PER_ACCOUNT:
        for_account_id = next((step.from_account for step in draft.payer.trail if step.rule == "BHI-1"), None)
    chosen = family.chosen_for(draft.subscription_id, draft.charge_id)
    if chosen is None:
        return _PLAIN if for_account_id is None else SplitKey(for_account_id)
    if chosen.mode is not WhoPaysMode.CUSTOMER_SEPARATE:
        return SplitKey(for_account_id, chosen.group_id, chosen.new_group_of)
    if draft.subscription_id is not None:
        return SplitKey(for_account_id, subscription_id=draft.subscription_id)
    return SplitKey(for_account_id, charge_id=draft.charge_id)


def is_held_back(invoice: Invoice, minimum: Decimal) -> bool:
    """Below the minimum, which is zero or more: not issued, its charges come again with the next run (INV-7)."""
    return invoice.total < minimum


def _order_of_invoices(key: SplitKey) -> tuple[int, ...]:
    """A group that is yet to be made comes after those that there are, as it will once it is."""
    return key.for_account_id or 0, key.new_group_of is not None, *(part or 0 for part in key[1:])


def _in_order(drafts: list[Draft], family: Family) -> list[Draft]:
    """The payer's own lines first, then by account number; of an account by subscription, item and period (INV-5)."""

    def place(draft: Draft) -> tuple[object, ...]:
        return (
            draft.account_id != family.payer.id,
            family.accounts[draft.account_id].number,
            draft.subscription_id is None,
            draft.subscription_id or 0,
            draft.item_id or draft.charge_id or 0,
            draft.charged.period.start,
            draft.correction,
        )

    return sorted(drafts, key=place) if len(drafts) > 1 else drafts


def _invoice(
    key: SplitKey, drafts: Sequence[Draft], offs: Sequence[Discounted], levies: Levies, family: Family
) -> Invoice:
    levied = [levies.on(draft) for draft in drafts]
    taken = taxed(drafts, offs, [levy for levy, _ in levied], family.payer.tax_rounding, family.payer.currency)
    gross = discount = tax = _NOTHING
    lines = []
    for draft, took, (_, reverse_charge) in zip(drafts, taken, levied, strict=True):
        gross += draft.charged.gross
        discount += took.discount
        tax += took.tax
        lines.append(Line(draft, took, reverse_charge))
    return Invoice(*key, gross=gross, discount=discount, tax=tax, lines=tuple(lines))
