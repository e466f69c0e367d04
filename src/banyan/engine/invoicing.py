"""From drafts to invoices (INV-1): which lines share an invoice, in which order, and what they add up to."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from banyan.engine.discounts import discounted
from banyan.engine.facts import Family, Rendering, SubscriptionPayer, WhoPaysMode
from banyan.engine.result import Draft, Invoice, Line
from banyan.engine.taxes import Levied, is_reverse_charged, levied_on, taxed

_NOTHING = Decimal(0)


class SplitKey(NamedTuple):
    """Why an invoice is apart from the payer's others: a managed account (BHI-4), a group (GRP-2), a subscription
    (WHO-1).
    """

    for_account_id: int | None
    group_id: int | None
    subscription_id: int | None


_PLAIN = SplitKey(None, None, None)


def invoices(drafts: Iterable[Draft], family: Family) -> list[Invoice]:
    """The payer's invoices with all lines, whether they reach the minimum or not. No lines, no invoice."""
    parts: defaultdict[SplitKey, list[Draft]] = defaultdict(list)
    for draft in drafts:
        parts[split_key(draft, family.payer.rendering, family.subscription_payers)].append(draft)
    return [_invoice(key, _in_order(parts[key], family), family) for key in sorted(parts, key=_order_of_invoices)]


def split_key(draft: Draft, rendering: Rendering, subscription_payers: Mapping[int, SubscriptionPayer]) -> SplitKey:
    """The invoice a line belongs on. A correction for somebody who doesn't pay any more goes on the plain one."""
    if draft.payer.rule == "SUB-6":
        return _PLAIN
    for_account_id = None
    if rendering is Rendering.PER_ACCOUNT:
        for_account_id = next((step.from_account for step in draft.payer.trail if step.rule == "BHI-1"), None)
    chosen = None if draft.subscription_id is None else subscription_payers.get(draft.subscription_id)
    if chosen is None:
        return _PLAIN if for_account_id is None else SplitKey(for_account_id, None, None)
    if chosen.mode is WhoPaysMode.CUSTOMER_SEPARATE:
        return SplitKey(for_account_id, None, draft.subscription_id)
    return SplitKey(for_account_id, chosen.group_id, None)


def is_held_back(invoice: Invoice, minimum: Decimal) -> bool:
    """Below the minimum, which is zero or more: not issued, its charges come again with the next run (INV-7)."""
    return invoice.total < minimum


def _order_of_invoices(key: SplitKey) -> tuple[int, int, int]:
    return key.for_account_id or 0, key.group_id or 0, key.subscription_id or 0


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


def _invoice(key: SplitKey, drafts: Sequence[Draft], family: Family) -> Invoice:
    gross = discount = tax = _NOTHING
    lines = []
    taxes: dict[tuple[int, str | None], tuple[Levied, bool]] = {}
    for draft, off in zip(drafts, discounted(drafts, family), strict=True):
        product = draft.charged.product
        taxes_key = draft.account_id, None if product is None else product.tax_category
        if taxes_key not in taxes:
            account = family.accounts[draft.account_id]
            taxes[taxes_key] = levied_on(family.tax_rates, account, taxes_key[1]), is_reverse_charged(account)
        levied, reverse_charge = taxes[taxes_key]
        if draft.corrects is not None:
            reverse_charge = draft.corrects.reverse_charge
        taken = taxed(draft, off, levied, family.payer.currency)
        gross += draft.charged.gross
        discount += taken.discount
        tax += taken.tax
        lines.append(Line(draft, taken, reverse_charge))
    return Invoice(key.for_account_id, key.group_id, key.subscription_id, gross, discount, tax, tuple(lines))
