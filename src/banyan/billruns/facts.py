"""Rows to frozen facts: the families of the payers of a batch, in a fixed number of set-based reads.

Order of the reads: payers, whose charges come to them, items and charges, what was billed of changed items, prices,
discounts and taxes, usage and pools. Nothing here decides: who pays, what a period costs and what was billed too much
is the engine's.
"""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from banyan.billruns.items import ReadItems, items_by_id, items_of_accounts, items_of_subscriptions
from banyan.billruns.pools import usage_facts
from banyan.billruns.reading import expect_few_of_many
from banyan.billruns.rows import Row, array_of_days, rows
from banyan.catalog.facts import load_discounts, load_prices, load_tax_rates
from banyan.engine.facts import (
    Account,
    BilledLine,
    Course,
    Discount,
    DiscountTaken,
    Family,
    Item,
    LineKind,
    OneTimeCharge,
    PayingAccount,
    Price,
    Product,
    Rendering,
    SubscriptionPayer,
    TaxDate,
    TaxTaken,
    Validity,
    WhoPaysMode,
)
from banyan.engine.payer import paying_account
from banyan.engine.periods import first_open_day, full_period
from banyan.engine.taxes import tax_rounding
from banyan.foundation.arrays import array
from banyan.kernel.calendar import Period

PAYERS = """
SELECT account.id, account.number, account.owner_id, account.currency, account.minimum_invoice_amount,
       account.invoice_rendering_type, term.days, coalesce(account.inactive_since < %(on)s, false),
       owner.tax_rounding, owner.address->>'country', owner.tax_date
FROM accounts_account account
JOIN accounts_paymentterm term ON term.id = account.payment_term_id
JOIN accounts_owner owner ON owner.id = account.owner_id
"""

PAYERS_OF_CYCLE = (
    PAYERS
    + """
LEFT JOIN relations_responsibleaccount edge ON edge.account_id = account.id AND edge.during @> %(on)s::date
WHERE account.bill_cycle_id = %(cycle)s AND account.id BETWEEN %(first)s AND %(last)s
  AND (edge.id IS NULL{or_else})
ORDER BY account.id
"""
)
OR_ONCE_INVOICED = """
       OR account.id IN (SELECT invoice.account_id FROM invoices_invoiceline line
                         JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
                         WHERE line.item_id = ANY(%(items)s) AND line.live)"""

ACCOUNTS_OF_CYCLE = """
SELECT id FROM accounts_account WHERE bill_cycle_id = %(cycle)s AND id BETWEEN %(first)s AND %(last)s ORDER BY id
"""

PAYERS_BY_ID = PAYERS + " WHERE account.id = ANY(%(ids)s) ORDER BY account.id"

MANAGED = """
SELECT edge.account_id, edge.responsible_account_id FROM relations_responsibleaccount edge
WHERE edge.during @> %(on)s::date
  AND (edge.responsible_account_id = ANY(%(ids)s) OR edge.account_id = ANY(%(ids)s))
"""

MANAGED_BY_SOMEBODY = """
SELECT edge.account_id, edge.responsible_account_id FROM relations_responsibleaccount edge
WHERE edge.during @> %(on)s::date AND edge.account_id = ANY(%(ids)s)
"""

SUBSCRIPTION_PAYERS = """
WITH valid AS (
    SELECT who.subscription_id, who.mode, who.group_id, subscription.account_id,
           coalesce(grp.payer_id, source.customer_id) AS customer_id
    FROM subscriptions_whopays who
    JOIN subscriptions_subscription subscription ON subscription.id = who.subscription_id
    JOIN accounts_account source ON source.id = subscription.account_id
    LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
    WHERE who.during @> %(on)s::date AND {of}
)
SELECT valid.subscription_id, valid.mode, payer.id, valid.group_id
FROM valid JOIN accounts_account payer ON payer.customer_id = valid.customer_id AND payer.is_default
"""
BY_SOURCE = "subscription.account_id = ANY(%(ids)s)"
BY_SUBSCRIPTION = "who.subscription_id = ANY(%(ids)s)"
# Those in a group that an account's customer pays for, and those without one of that customer's other accounts.
BY_PAYER = """who.id = ANY(ARRAY(
    SELECT named.id FROM accounts_account payer
    JOIN subscriptions_subscriptiongroup paid ON paid.payer_id = payer.customer_id
    JOIN subscriptions_whopays named ON named.group_id = paid.id AND named.during @> %(on)s::date
    WHERE payer.id = ANY(%(ids)s) AND payer.is_default
    UNION ALL
    SELECT named.id FROM accounts_account payer
    JOIN accounts_account other ON other.customer_id = payer.customer_id AND other.id <> payer.id
    JOIN subscriptions_subscription paid ON paid.account_id = other.id
    JOIN subscriptions_whopays named ON named.subscription_id = paid.id AND named.group_id IS NULL
        AND named.during @> %(on)s::date
    WHERE payer.id = ANY(%(ids)s) AND payer.is_default))"""

CHANGED_ITEMS_INVOICED_TO = """
SELECT DISTINCT item.id
FROM subscriptions_subscriptionitem item
JOIN invoices_invoiceline line ON line.item_id = item.id AND line.live
JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
WHERE item.changed_from IS NOT NULL AND invoice.account_id = ANY(%(ids)s)
"""
AMONG = " AND item.id = ANY(%(items)s)"

BILLED_LINES = """
SELECT coalesce(line.repeats, line.id), line.item_id, invoice.account_id,
       coalesce(payer.inactive_since < %(on)s, false), line.kind, line.price_id, line.period_start, line.period_end,
       line.quantity, line.gross, line.discounts, line.taxes, line.correction, line.corrects, line.reverse_charge
FROM unnest(%(ids)s::bigint[], %(since)s::date[]) AS wanted(item_id, since)
JOIN invoices_invoiceline line
    ON line.item_id = wanted.item_id AND line.period_start >= wanted.since AND line.live
JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
JOIN accounts_account payer ON payer.id = invoice.account_id
ORDER BY coalesce(line.repeats, line.id)
"""

ACCOUNTS = """
SELECT account.id, account.number, account.taxable, place->>'country', place->>'state', owner.address->>'country',
       customer.tax_id_validated AND customer.tax_number IS NOT NULL
FROM accounts_account account
JOIN accounts_owner owner ON owner.id = account.owner_id
JOIN accounts_customer customer ON customer.id = account.customer_id,
LATERAL (SELECT CASE WHEN customer.service_address->>'country' IS NOT NULL THEN customer.service_address
                     WHEN account.billing_address->>'country' IS NOT NULL THEN account.billing_address
                     ELSE customer.billing_address END AS place) AS tax
WHERE account.id = ANY(%(ids)s)
"""

EXEMPT = """
SELECT account_id, valid_from, valid_to FROM catalog_taxexemption WHERE account_id = ANY(%(ids)s)
"""

# What the live first billings of invoices of this date took of fixed discounts (DIS-4); one that was issued anew is of
# the billing date of its run (INV-10).
FIXED_TAKEN = """
SELECT invoice.account_id, (taken->>3)::bigint, sum((taken->>2)::numeric)
FROM invoices_invoice invoice
LEFT JOIN billruns_billrun run ON run.id = invoice.bill_run_id AND invoice.reissue_of IS NOT NULL
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id AND line.live AND line.kind <> 'correction',
LATERAL jsonb_array_elements(line.discounts) AS taken
WHERE invoice.account_id = ANY(%(ids)s) AND coalesce(run.billing_date, invoice.invoice_date) = %(on)s
  AND jsonb_array_length(taken) = 4
GROUP BY invoice.account_id, (taken->>3)::bigint
"""

CHARGES = """
SELECT charge.id, charge.account_id, charge.product_id, product.name, product.tax_category, charge.description,
       charge.amount, account.currency, charge.date, charge.subscription_id, charge.who_pays_mode, charge.revision
FROM subscriptions_charge charge
JOIN accounts_account account ON account.id = charge.account_id
LEFT JOIN catalog_product product ON product.id = charge.product_id
WHERE {which} AND NOT charge.billed AND charge.date <= %(on)s
  AND coalesce(charge.date <= account.inactive_since, true)
"""
CHARGES_OF_ACCOUNTS = CHARGES.format(which="charge.account_id = ANY(%(ids)s)")
CHARGES_OF_SUBSCRIPTIONS = CHARGES.format(which="charge.subscription_id = ANY(%(ids)s)")
CHARGES_BY_CHOICE = """
WITH RECURSIVE below(customer_id) AS (
    SELECT customer_id FROM accounts_account WHERE id = ANY(%(ids)s) AND is_default
    UNION
    SELECT edge.customer_id FROM below JOIN relations_customerparent edge
        ON edge.parent_id = below.customer_id AND edge.during @> %(on)s::date
)
""" + CHARGES.format(
    which="""charge.who_pays_mode IS NOT NULL AND charge.account_id IN (
    SELECT source.id FROM below JOIN accounts_account source ON source.customer_id = below.customer_id)"""
)
ANY_BY_CHOICE = """
SELECT EXISTS (SELECT FROM subscriptions_charge WHERE NOT billed AND who_pays_mode IS NOT NULL AND date <= %(on)s)
"""

CHARGE_PAYERS = """
SELECT charge.id, charge.who_pays_mode, chosen.id, grp.id,
       CASE WHEN grp.id IS NULL AND charge.who_pays_mode <> 'customer_separate' THEN chosen.customer_id END
FROM subscriptions_charge charge
JOIN accounts_account chosen ON chosen.id = banyan_account_chosen_for(charge.id, %(on)s)
LEFT JOIN subscriptions_subscriptiongroup grp
    ON grp.payer_id = chosen.customer_id AND grp.is_default AND charge.who_pays_mode <> 'customer_separate'
WHERE charge.id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Families:
    """What a batch needs: the families that have something to look at, and the revision in which each item was read."""

    families: tuple[Family, ...]
    revisions: Mapping[int, int]
    charge_revisions: Mapping[int, int]
    payers: int


NOTHING = Families((), {}, {}, 0)
"""Nothing was read."""


def families_of_cycle(
    bill_cycle_id: int,
    first_account: int,
    last_account: int,
    billing_date: date,
    changed_items: Collection[int],
) -> Families:
    """The families of the payers of a bill cycle in a range of account ids: those that nobody is responsible for, and
    those that were once invoiced for one of `changed_items`, which may have to be corrected (SUB-6).
    """
    expect_few_of_many()
    found = rows(
        PAYERS_OF_CYCLE.format(or_else=OR_ONCE_INVOICED if changed_items else ""),
        cycle=bill_cycle_id,
        first=first_account,
        last=last_account,
        on=billing_date,
        items=array(changed_items),
    )
    return _families(found, billing_date, changed_items)


def payers_of_cycle(bill_cycle_id: int, first_account: int, last_account: int) -> list[int]:
    """The accounts of a bill cycle in a range of account ids."""
    return [row[0] for row in rows(ACCOUNTS_OF_CYCLE, cycle=bill_cycle_id, first=first_account, last=last_account)]


def families_of(payer_ids: Sequence[int], billing_date: date, changed_items: Collection[int] | None = None) -> Families:
    """The families of these payers, whatever their bill cycle.

    `changed_items`: among which to look for changed ones that were once invoiced to them (SUB-6); None: all.
    """
    expect_few_of_many()
    return _families(rows(PAYERS_BY_ID, ids=array(payer_ids), on=billing_date), billing_date, changed_items)


def _families(payer_rows: list[Row], on: date, changed_items: Collection[int] | None) -> Families:
    payers = {row[0]: row for row in payer_rows}
    ids = list(payers)
    responsible: dict[int, int] = dict(rows(MANAGED, ids=array(ids), on=on))
    own = [account for account in ids if account not in responsible]
    sources = array(own + [managed for managed, target in responsible.items() if target in payers])
    subscription_payers = _subscription_payers(sources, on)
    read = _items(sources, subscription_payers, _once_invoiced_to(ids, changed_items), on)
    items = [read.items[number] for number in sorted(read.items)]
    subscription_payers |= _payers_by_subscription(items, subscription_payers, on)
    # a payer chosen for a subscription may itself be managed, possibly by an account outside this batch (WHO-5)
    charged = {item.account_id for item in items}
    chargeable = {payer.account_id for payer in subscription_payers.values()} | charged
    responsible |= _responsible_for(chargeable - payers.keys() - responsible.keys(), on)
    charges = _charges(sources, subscription_payers, on)
    charge_payers = _charge_payers(charges, on)
    responsible |= _responsible_for(
        {payer.account_id for payer in charge_payers.values()} - payers.keys() - responsible.keys(), on
    )
    billed = _billed(items, on)
    accounts = _accounts(charged | {charge.account_id for charge in charges.found})
    discounts = load_discounts(list(set(accounts) | set(ids)))
    fixed_taken = _fixed_taken(ids, discounts, on)
    tax_rates = load_tax_rates()
    used = usage_facts(read.items, on)
    grouped = _by_payer(items, charges.found, billed, responsible, subscription_payers, charge_payers, payers.keys())
    return Families(
        families=tuple(
            Family(
                payer=_paying_account(payers[payer]),
                accounts=accounts,
                items=tuple(family_items),
                charges=tuple(family_charges),
                billed=billed,
                usage=used.usage,
                pools=used.pools_of(item.id for item in family_items),
                responsible=responsible,
                subscription_payers=subscription_payers,
                discounts=discounts,
                tax_rates=tax_rates,
                fixed_taken=fixed_taken.get(payer, {}),
                charge_payers=charge_payers,
            )
            for payer, (family_items, family_charges) in sorted(grouped.items())
        ),
        revisions=read.revisions,
        charge_revisions=charges.revisions,
        payers=len(own),
    )


def _paying_account(row: Row) -> PayingAccount:
    id_, number, owner_id, currency, minimum, rendering, payment_days, inactive, rounding, country, tax_date = row
    return PayingAccount(
        id=id_,
        number=number,
        owner_id=owner_id,
        currency=currency,
        minimum_invoice_amount=minimum,
        rendering=Rendering(rendering),
        payment_days=payment_days,
        inactive=inactive,
        tax_rounding=tax_rounding(rounding, country),
        tax_date=TaxDate(tax_date),
    )


def _responsible_for(accounts: Collection[int], on: date) -> dict[int, int]:
    return dict(rows(MANAGED_BY_SOMEBODY, ids=array(accounts), on=on)) if accounts else {}


def _subscription_payers(accounts: str, on: date) -> dict[int, SubscriptionPayer]:
    """Of the subscriptions of these accounts, and of those that these accounts pay for others (WHO-4)."""
    found = rows(SUBSCRIPTION_PAYERS.format(of=BY_SOURCE), ids=accounts, on=on)
    found += rows(SUBSCRIPTION_PAYERS.format(of=BY_PAYER), ids=accounts, on=on)
    return {row[0]: SubscriptionPayer(WhoPaysMode(row[1]), row[2], row[3]) for row in found}


def _payers_by_subscription(
    items: Iterable[Item], known: Mapping[int, SubscriptionPayer], on: date
) -> dict[int, SubscriptionPayer]:
    """Of subscriptions that came in only because an earlier line of theirs is corrected."""
    missing = {item.subscription_id for item in items} - known.keys()
    if not missing:
        return {}
    found = rows(SUBSCRIPTION_PAYERS.format(of=BY_SUBSCRIPTION), ids=array(missing), on=on)
    return {row[0]: SubscriptionPayer(WhoPaysMode(row[1]), row[2], row[3]) for row in found}


def _items(
    sources: str, subscription_payers: Mapping[int, SubscriptionPayer], changed: Set[int], on: date
) -> ReadItems:
    """Items of the accounts, of subscriptions paid for others, and changed ones with earlier lines on these payers."""
    read = items_of_accounts(sources, on) | items_of_subscriptions(array(subscription_payers), on)
    return read | items_by_id(array(changed - read.items.keys()))


def _once_invoiced_to(payers: Iterable[int], among: Collection[int] | None) -> set[int]:
    """The changed items, of these or of all, that have a line on an invoice of one of the payers."""
    if among is None:
        return {row[0] for row in rows(CHANGED_ITEMS_INVOICED_TO, ids=array(payers))}
    if not among:
        return set()
    return {row[0] for row in rows(CHANGED_ITEMS_INVOICED_TO + AMONG, ids=array(payers), items=array(among))}


@dataclass(frozen=True, slots=True)
class _Charges:
    """One-time charges, which of them have a choice of their own, and the revision that each was read in."""

    found: tuple[OneTimeCharge, ...]
    by_choice: Collection[int]
    revisions: Mapping[int, int]


def _charges(accounts: str, subscription_payers: Collection[int], on: date) -> _Charges:
    """Of the accounts, of the subscriptions that these accounts pay for, and those that may have chosen them."""
    found = rows(CHARGES_OF_ACCOUNTS, ids=accounts, on=on)
    if subscription_payers:
        found += rows(CHARGES_OF_SUBSCRIPTIONS, ids=array(subscription_payers), on=on)
    if rows(ANY_BY_CHOICE, on=on)[0][0]:
        found += rows(CHARGES_BY_CHOICE, ids=accounts, on=on)
    in_order = sorted({row[0]: row for row in found}.values(), key=lambda row: (row[8], row[0]))
    return _Charges(
        tuple(
            OneTimeCharge(
                row[0],
                row[1],
                Product(row[2], row[3], row[4]) if row[2] is not None else None,
                *row[5:10],
            )
            for row in in_order
        ),
        {row[0] for row in in_order if row[10] is not None},
        {row[0]: row[11] for row in in_order},
    )


def _charge_payers(charges: _Charges, on: date) -> dict[int, SubscriptionPayer]:
    """Of those with a choice of their own, as the hierarchy of the day has it; none where that leads to nobody."""
    if not charges.by_choice:
        return {}
    found = rows(CHARGE_PAYERS, ids=array(charges.by_choice), on=on)
    return {row[0]: SubscriptionPayer(WhoPaysMode(row[1]), *row[2:]) for row in found}


def _first_changed_slot(course: Course) -> date:
    """The start of the earliest full period that is to be compared, by whichever of the item's prices and anchors: a
    pause or another bill cycle may have left one that is billed in part before the change.
    """
    since = first_open_day(course)
    anchors = {course.anchor, *(earlier.anchor for earlier in course.earlier_anchors)}
    return min(full_period(terms.price, anchor, since).start for terms in course.terms for anchor in anchors)


def _billed(items: Iterable[Item], on: date) -> dict[int, tuple[BilledLine, ...]]:
    changed = {item.id: _first_changed_slot(item.course) for item in items if item.course.changed_from is not None}
    if not changed:
        return {}
    found = rows(BILLED_LINES, ids=array(changed), since=array_of_days(changed.values()), on=on)
    prices = load_prices({row[5] for row in found})
    billed = defaultdict(list)
    for row in found:
        billed[row[1]].append(_billed_line(row, prices))
    return {item: tuple(lines) for item, lines in billed.items()}


def _billed_line(row: Row, prices: Mapping[int, Price]) -> BilledLine:
    return BilledLine(
        id=row[0],
        item_id=row[1],
        invoiced_account_id=row[2],
        invoiced_account_inactive=row[3],
        kind=LineKind(row[4]),
        price=prices[row[5]],
        period=Period(row[6], row[7]),
        quantity=row[8],
        gross=row[9],
        discounts=tuple(
            DiscountTaken(name, None if percent is None else Decimal(percent), Decimal(amount), *discount_id)
            for name, percent, amount, *discount_id in _stored(row[10])
        ),
        taxes=tuple(TaxTaken(name, Decimal(percent), Decimal(amount)) for name, percent, amount in _stored(row[11])),
        correction=row[12],
        corrects=row[13],
        reverse_charge=row[14],
    )


def _stored(document: str | None) -> list[Any]:
    """A JSON column as a cursor of Django's gives it: text, or None for nothing."""
    return json.loads(document) if document else []


def _accounts(ids: Iterable[int]) -> dict[int, Account]:
    wanted = array(ids)
    exempt: dict[int, tuple[Validity, ...]] = {}
    for account_id, first, last in rows(EXEMPT, ids=wanted):
        exempt[account_id] = (*exempt.get(account_id, ()), Validity(first, last))
    return {row[0]: _account(row, exempt.get(row[0], ())) for row in rows(ACCOUNTS, ids=wanted)}


def _account(row: Row, exempt: tuple[Validity, ...]) -> Account:
    id_, number, taxable, country, state, seller_country, has_vat_id = row
    return Account(id_, number, taxable, country, state, seller_country, has_vat_id, exempt)


def _fixed_taken(
    payers: Iterable[int], discounts: Mapping[int, Iterable[Discount]], on: date
) -> dict[int, dict[int, Decimal]]:
    """What invoices of the date took of fixed discounts already, by payer and discount; asked only if there are any."""
    if all(discount.percent is not None for own in discounts.values() for discount in own):
        return {}
    taken: dict[int, dict[int, Decimal]] = defaultdict(dict)
    for payer, discount_id, amount in rows(FIXED_TAKEN, ids=array(payers), on=on):
        taken[payer][discount_id] = amount
    return taken


def _by_payer(
    items: Iterable[Item],
    charges: Iterable[OneTimeCharge],
    billed: Mapping[int, Sequence[BilledLine]],
    responsible: Mapping[int, int],
    subscription_payers: Mapping[int, SubscriptionPayer],
    charge_payers: Mapping[int, SubscriptionPayer],
    payers: Set[int],
) -> dict[int, tuple[list[Item], list[OneTimeCharge]]]:
    """Deal items and charges out to the payers of this batch; an item goes to each payer it may concern."""
    grouped: dict[int, tuple[list[Item], list[OneTimeCharge]]] = defaultdict(lambda: ([], []))
    for item in items:
        today = paying_account(item.account_id, subscription_payers.get(item.subscription_id), responsible)
        if item.id in billed:
            concerned = {today} | {line.invoiced_account_id for line in billed[item.id]}
            for payer in concerned & payers:
                grouped[payer][0].append(item)
        elif today in payers:
            grouped[today][0].append(item)
    for charge in charges:
        chosen = charge_payers.get(charge.id) or subscription_payers.get(charge.subscription_id or 0)
        payer = paying_account(charge.account_id, chosen, responsible)
        if payer in payers:
            grouped[payer][1].append(charge)
    return grouped
