"""The whole sentence: what a payer is to be invoiced on a billing date."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import localcontext
from functools import partial

from banyan.engine.difference import Owed, owed_for
from banyan.engine.drafts import one_time_charge
from banyan.engine.facts import Family
from banyan.engine.invoicing import invoices, is_held_back
from banyan.engine.payer import who_pays
from banyan.engine.pooling import allowances
from banyan.engine.rating import rate
from banyan.engine.result import Bill, Draft, Invoice, ItemState
from banyan.kernel.money import EXACT


class NoExchangeRate(ValueError):
    """A payer pays in another currency than what it has to pay for is charged in."""


def bill(family: Family, billing_date: date) -> Bill:
    """Everything that the family's payer owes up to the billing date and was not invoiced for yet.

    Nothing is changed here: feed the lines and the item states of what was issued back, and the next bill goes on from
    there; a second one for the same date is empty (RUN-3).
    """
    with localcontext(EXACT):
        items = _items_owed(family, billing_date)
        drafts = [draft for owed in items for draft in owed.drafts] + _charges_owed(family, billing_date)
        drafts = [draft for draft in drafts if draft.payer.account_id == family.payer.id]
        issued: list[Invoice] = []
        carried: list[Invoice] = []
        for invoice in invoices(drafts, family, billing_date):
            (carried if is_held_back(invoice, family.payer.minimum_invoice_amount) else issued).append(invoice)
        return Bill(
            payer=family.payer,
            billing_date=billing_date,
            due_date=billing_date + timedelta(days=family.payer.payment_days),
            invoices=tuple(issued),
            carried=tuple(carried),
            item_states=tuple(_item_states(items, family.payer.id, carried)),
        )


def _items_owed(family: Family, billing_date: date) -> list[Owed]:
    """The items that concern this payer: those it pays for today, and those whose billed lines may have to be
    corrected.
    """
    rate_of = partial(rate, usage=family.usage, pooled=allowances(family.pools))
    subscription_payers, responsible, billed = family.subscription_payers, family.responsible, family.billed
    payer_id, currency = family.payer.id, family.payer.currency
    found = []
    for item in family.items:
        payer = who_pays(item.account_id, subscription_payers.get(item.subscription_id), responsible)
        if payer.account_id == payer_id or item.course.changed_from is not None:
            owed = owed_for(item, payer, billing_date, rate_of, billed.get(item.id, ()))
            if item.course.terms[-1].price.currency != currency:
                _refuse_another_currency(owed, family)
            found.append(owed)
    return found


def _refuse_another_currency(owed: Owed, family: Family) -> None:
    """WHO-4, RUN-4: raise NoExchangeRate rather than invoice what costs dollars in euros."""
    if any(draft.payer.account_id == family.payer.id for draft in owed.drafts):
        currency = owed.item.course.terms[-1].price.currency
        raise NoExchangeRate(_no_rate(family, owed.item.account_id, currency))


def _no_rate(family: Family, account_id: int, currency: str) -> str:
    payer, charged = family.payer, family.accounts[account_id].number
    return (
        f"Account {payer.number} pays in {payer.currency}, for account {charged} that is charged in {currency}, "
        "and there is no exchange rate."
    )


def _charges_owed(family: Family, billing_date: date) -> list[Draft]:
    """The one-time charges that are due (SUB-7)."""
    drafts = []
    for charge in family.charges:
        if charge.date <= billing_date:
            chosen = family.chosen_for(charge.subscription_id, charge.id)
            payer = who_pays(charge.account_id, chosen, family.responsible)
            if payer.account_id == family.payer.id and charge.currency != family.payer.currency:
                raise NoExchangeRate(_no_rate(family, charge.account_id, charge.currency))
            drafts.append(one_time_charge(charge, payer, family.payer.currency))
    return drafts


def _item_states(items: Iterable[Owed], payer_id: int, carried: Iterable[Invoice]) -> Iterable[ItemState]:
    """How far each item is billed once the invoices are issued; nothing for an item with a line that is carried
    (INV-7). Of one that is billed for a part of a period the whole of it is looked at again.
    """
    carried_items = {line.item_id for invoice in carried for line in invoice.lines}
    for owed in items:
        if owed.item.id in carried_items:
            continue
        course = owed.item.course
        if course.changed_from is not None:
            state = _state(owed, payer_id)
            if state is not None and (
                state.billed_until != course.billed_until or state.changed_from != course.changed_from
            ):
                yield state
        elif owed.billed_until != course.billed_until:
            yield ItemState(owed.item.id, owed.billed_until, owed.billed_until if owed.in_part else None)


def _state(owed: Owed, payer_id: int) -> ItemState | None:
    """What becomes of a changed item. It stays changed while a comparison waits or lines for other payers remain; of
    those only today's payer goes on.
    """
    remains = owed.waits or owed.in_part or any(draft.payer.account_id != payer_id for draft in owed.drafts)
    if remains and owed.payer.account_id != payer_id:
        return None
    return ItemState(owed.item.id, owed.billed_until, owed.item.course.changed_from if remains else None)
