"""A tenant as the second opinion knows it: plain SQL of its own, without a look at how billing reads.

What is read are the facts that people gave, and the lines that stand. Nothing that billing keeps for itself is read:
not how far an item is billed, not what was marked as changed.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time
from fractions import Fraction
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from banyan.kernel.money import minor_units
from banyan.verification.second_opinion.billing import EU
from banyan.verification.second_opinion.facts import (
    Account,
    Charge,
    Choice,
    Discount,
    Event,
    Item,
    Levied,
    Line,
    Meter,
    Price,
    Product,
    Rate,
    Taken,
    World,
)
from banyan.verification.second_opinion.periods import DAY, slot_of

UNITS = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "quarter": ("month", 3), "year": ("month", 12)}


def rows(sql: str, **values: object) -> list[Any]:
    """The rows that a statement with named values gives; sets of numbers as arrays."""
    given: dict[str, Any] = {name: list(value) if isinstance(value, set) else value for name, value in values.items()}
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        found: list[Any] = cursor.fetchall()
        return found


# who has to do with some payers

MANAGED = """
SELECT account_id FROM relations_responsibleaccount
WHERE responsible_account_id = ANY(%(ids)s) AND during @> %(on)s::date
"""

PAID_FOR = """
SELECT subscription.account_id
FROM accounts_account payer
JOIN subscriptions_subscriptiongroup grp ON grp.payer_id = payer.customer_id
JOIN subscriptions_whopays who ON who.group_id = grp.id AND who.during @> %(on)s::date
JOIN subscriptions_subscription subscription ON subscription.id = who.subscription_id
WHERE payer.id = ANY(%(ids)s) AND payer.is_default
UNION
SELECT other.id FROM accounts_account payer JOIN accounts_account other ON other.customer_id = payer.customer_id
WHERE payer.id = ANY(%(ids)s) AND payer.is_default
"""

ONCE_INVOICED = """
SELECT DISTINCT line.account_id FROM invoices_invoice invoice JOIN invoices_invoiceline line
    ON line.invoice_id = invoice.id WHERE invoice.account_id = ANY(%(ids)s)
"""

TREES = """
WITH RECURSIVE related(id) AS (
    SELECT unnest(%(ids)s::bigint[])
    UNION
    SELECT CASE WHEN edge.account_id = related.id THEN edge.parent_id ELSE edge.account_id END
    FROM related JOIN relations_accountparent edge ON related.id IN (edge.account_id, edge.parent_id)
)
SELECT id FROM related
"""

NAMED = """
SELECT line_payer.account_id
FROM invoices_invoiceline line JOIN invoices_invoice line_payer ON line_payer.id = line.invoice_id
WHERE line.account_id = ANY(%(ids)s)
UNION
SELECT payer.id
FROM subscriptions_whopays who JOIN subscriptions_subscription s ON s.id = who.subscription_id
JOIN accounts_account source ON source.id = s.account_id
LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
JOIN accounts_account payer ON payer.is_default AND payer.customer_id = coalesce(grp.payer_id, source.customer_id)
WHERE who.during @> %(on)s::date AND s.account_id = ANY(%(ids)s)
"""

CHOSEN_BY_CHARGES = """
WITH RECURSIVE below(id) AS (
    SELECT customer_id FROM accounts_account WHERE id = ANY(%(ids)s)
    UNION
    SELECT edge.customer_id FROM below JOIN relations_customerparent edge
        ON edge.parent_id = below.id AND edge.during @> %(on)s::date
)
SELECT DISTINCT charge.account_id
FROM below JOIN accounts_account source ON source.customer_id = below.id
JOIN subscriptions_charge charge ON charge.account_id = source.id
WHERE charge.who_pays_mode IS NOT NULL
"""

LINEAGES = """
WITH RECURSIVE above(start, id, levels) AS (
    SELECT DISTINCT customer_id, customer_id, 0 FROM accounts_account WHERE id = ANY(%(ids)s)
    UNION ALL
    SELECT above.start, edge.parent_id, above.levels + 1 FROM above JOIN relations_customerparent edge
        ON edge.customer_id = above.id AND edge.during @> %(on)s::date
)
SELECT start, id FROM above ORDER BY start, levels
"""

RESPONSIBLE = """
SELECT account_id, responsible_account_id FROM relations_responsibleaccount
WHERE during @> %(on)s::date AND account_id = ANY(%(ids)s)
"""


def everybody() -> set[int]:
    """All accounts of the tenant."""
    return {row[0] for row in rows("SELECT id FROM accounts_account")}


def read_world(today: date, payers: Collection[int], known_at: datetime | None = None) -> World:
    """What can be charged to these payers, which have one currency, on a billing date, and all that decides about it.

    `known_at`: without the usage that came in later.
    """
    sources = _sources(today, set(payers))
    shown = sources | set(payers) | {row[0] for row in rows(NAMED, ids=sources, on=today)}
    charge_payers = _charge_payers(today, sources)
    shown |= {choice.account for choice in charge_payers.values()}
    responsible = dict(rows(RESPONSIBLE, ids=shown, on=today))
    shown |= set(responsible.values())
    accounts = _accounts(today, shown)
    currency = next((accounts[payer].currency for payer in payers), "USD")
    prices, products, meters = _prices(sources), _products(), _meters()
    items = _items(sources, prices)
    return World(
        decimals=minor_units(currency),
        accounts=accounts,
        items=items,
        charges=_charges(sources),
        parents=_parents(sources),
        responsible=responsible,
        subscription_payers=_subscription_payers(today, sources),
        charge_payers=charge_payers,
        discounts=_discounts(shown),
        rates=_rates(),
        events=_events(items.values(), known_at),
        products=products,
        meters=meters,
        prices=prices,
    )


def _sources(today: date, payers: set[int]) -> set[int]:
    """The accounts of which charges may come to these payers, or came, and those that share pools with them."""
    paying = payers | {row[0] for row in rows(MANAGED, ids=payers, on=today)}
    sources = paying | {row[0] for row in rows(PAID_FOR, ids=paying, on=today)}
    sources |= {row[0] for row in rows(CHOSEN_BY_CHARGES, ids=paying, on=today)}
    sources |= {row[0] for row in rows(ONCE_INVOICED, ids=payers)}
    if rows("SELECT 1 FROM catalog_price WHERE pooled LIMIT 1"):
        sources |= {row[0] for row in rows(TREES, ids=sources)}
    return sources


def _parents(accounts: set[int]) -> list[tuple[int, int, date, date | None]]:
    return [
        (account, parent, first or date.min, end)
        for account, parent, first, end in rows(
            """SELECT account_id, parent_id, lower(during), upper(during) FROM relations_accountparent
               WHERE account_id = ANY(%(ids)s)""",
            ids=accounts,
        )
    ]


def _accounts(today: date, ids: set[int]) -> dict[int, Account]:
    exempt: dict[int, list[tuple[date | None, date | None]]] = {}
    for account, first, last in rows(
        "SELECT account_id, valid_from, valid_to FROM catalog_taxexemption WHERE account_id = ANY(%(ids)s)", ids=ids
    ):
        exempt.setdefault(account, []).append((first, last))
    found = {}
    for (
        id, number, currency, cycle, taxable, minimum, rendering, last_day, days, service, own, billing, seller,
        validated, tax_number, tax_rounding, tax_date,
    ) in rows(
        """SELECT a.id, a.number, a.currency, a.bill_cycle_id, a.taxable, a.minimum_invoice_amount,
                  a.invoice_rendering_type, a.inactive_since, term.days, c.service_address::text::json,
                  a.billing_address::text::json, c.billing_address::text::json, o.address::text::json,
                  c.tax_id_validated, c.tax_number, o.tax_rounding, o.tax_date
           FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id
           JOIN accounts_owner o ON o.id = a.owner_id JOIN accounts_paymentterm term ON term.id = a.payment_term_id
           WHERE a.id = ANY(%(ids)s)""",
        ids=ids,
    ):  # fmt: skip
        place: dict[str, Any] = next((one for one in (service, own, billing) if one and one.get("country")), {})
        found[id] = Account(
            id=id, number=number, currency=currency, cycle=cycle, taxable=taxable, exempt=exempt.get(id, []),
            minimum=Fraction(minimum), per_account=rendering == "per_account",
            inactive=last_day is not None and last_day < today, country=place.get("country"),
            state=place.get("state"), seller=(seller or {}).get("country"),
            vat_id=bool(validated and tax_number is not None), payment_days=days,
            rounds_documents=_rounds_documents(tax_rounding, (seller or {}).get("country")),
            taxed_on_supply=tax_date == "supply",
        )  # fmt: skip
    return found


def _rounds_documents(chosen: str | None, country: str | None) -> bool:
    """TAX-4: as the owner has it; usual in the EU is the sum of an invoice."""
    return chosen == "document" if chosen is not None else country in EU


def _items(accounts: set[int], prices: Mapping[int, Price]) -> dict[int, Item]:
    later: dict[int, list[tuple[date, int | None, Any]]] = {}
    for item, since, price, quantity in rows(
        """SELECT item_id, since, terms.price_id, terms.quantity FROM subscriptions_itemterms terms
           JOIN subscriptions_subscriptionitem item ON item.id = item_id
           JOIN subscriptions_subscription s ON s.id = item.subscription_id
           WHERE s.account_id = ANY(%(ids)s) ORDER BY since""",
        ids=accounts,
    ):
        later.setdefault(item, []).append((since, price, quantity))
    pauses, paused = _pauses(accounts), _pauses_of_subscriptions(accounts)
    earlier = _earlier_cycles(accounts)
    found = {}
    for (
        id, subscription, account, anchor, start, end, own_start, keep, price, quantity, last_day, cycle, cycle_start,
        named_only,
    ) in rows(
        """SELECT item.id, s.id, s.account_id, s.anchor, coalesce(item.start_date, s.start_date),
                  least(s.ends_before, item.ends_before), s.start_date, item.keep_until, item.price_id,
                  item.quantity, a.inactive_since, cycle.id, cycle.start_date, item.named_only
           FROM subscriptions_subscriptionitem item JOIN subscriptions_subscription s ON s.id = item.subscription_id
           JOIN accounts_account a ON a.id = s.account_id JOIN accounts_billcycle cycle ON cycle.id = a.bill_cycle_id
           WHERE s.account_id = ANY(%(ids)s) ORDER BY item.id""",
        ids=accounts,
    ):  # fmt: skip
        recurs = prices[price].type == "recurring"
        cycles = earlier.get(account, [])
        found[id] = Item(
            id=id, subscription=subscription, account=account, start=start, end=end, keep=keep, named_only=named_only,
            closed=None if last_day is None else last_day + DAY,
            prices=[(date.min, prices[price]), *((since, prices[to]) for since, to, _ in later.get(id, ()) if to)],
            quantities=[
                (date.min, Fraction(quantity)),
                *((since, Fraction(to)) for since, _, to in later.get(id, ()) if to is not None),
            ],
            pauses=[
                *paused.get(subscription, ()),
                *((first, until) for kind, first, until in pauses.get(account, ()) if recurs or kind == "inactive"),
            ],
            cycles=[*((until, old) for until, old, _ in cycles), (None, cycle)],
            anchors=[*((until, day) for until, _, day in cycles), (None, cycle_start)]
            if anchor == "cycle" else [(None, own_start)],
        )  # fmt: skip
    return found


def _pauses(accounts: set[int]) -> dict[int, list[tuple[str, date, date | None]]]:
    found: dict[int, list[tuple[str, date, date | None]]] = {}
    for account, kind, first, until in rows(
        """SELECT account_id, kind, lower(during), upper(during) FROM subscriptions_billingpause
           WHERE account_id = ANY(%(ids)s) ORDER BY during""",
        ids=accounts,
    ):
        found.setdefault(account, []).append((kind, first, until))
    return found


def _pauses_of_subscriptions(accounts: set[int]) -> dict[int, list[tuple[date, date | None]]]:
    """SUB-9: one without an end doesn't make its items wait, so it ends on a day that never comes."""
    found: dict[int, list[tuple[date, date | None]]] = {}
    for subscription, first, until in rows(
        """SELECT subscription_id, lower(during), upper(during) FROM subscriptions_subscriptionpause
           JOIN subscriptions_subscription s ON s.id = subscription_id
           WHERE s.account_id = ANY(%(ids)s) ORDER BY during""",
        ids=accounts,
    ):
        found.setdefault(subscription, []).append((first, until or date.max))
    return found


def _earlier_cycles(accounts: set[int]) -> dict[int, list[tuple[date, int, date]]]:
    found: dict[int, list[tuple[date, int, date]]] = {}
    for account, until, cycle, start in rows(
        """SELECT e.account_id, e.until, e.bill_cycle_id, cycle.start_date FROM subscriptions_earlierbillcycle e
           JOIN accounts_billcycle cycle ON cycle.id = e.bill_cycle_id
           WHERE e.account_id = ANY(%(ids)s) ORDER BY e.until""",
        ids=accounts,
    ):
        found.setdefault(account, []).append((until, cycle, start))
    return found


def _prices(accounts: set[int]) -> dict[int, Price]:
    """Those that items of the accounts have or had, and those on their lines."""
    found = {}
    for (
        id, type, product, model, interval, count, timing, unit, flat, tiers, package, included, pooled, meter,
        shows_covered,
    ) in rows(
        """SELECT id, type, product_id, model, interval, interval_count, timing, unit_amount, flat_amount,
                  tiers::text::json, package_size, included_quantity, pooled, meter_id, show_covered_usage
           FROM catalog_price
           WHERE id IN (SELECT item.price_id FROM subscriptions_subscriptionitem item
                        JOIN subscriptions_subscription s ON s.id = item.subscription_id
                        WHERE s.account_id = ANY(%(ids)s)
                        UNION SELECT terms.price_id FROM subscriptions_itemterms terms
                        JOIN subscriptions_subscriptionitem item ON item.id = terms.item_id
                        JOIN subscriptions_subscription s ON s.id = item.subscription_id
                        WHERE s.account_id = ANY(%(ids)s)
                        UNION SELECT line.price_id FROM invoices_invoiceline line
                        WHERE line.account_id = ANY(%(ids)s))""",
        ids=accounts,
    ):  # fmt: skip
        name, units = UNITS[interval]
        found[id] = Price(
            id=id, type=type, product=product, model=model, interval=(name, units * count),
            advance=type == "recurring" and timing == "in_advance", unit=Fraction(unit), flat=Fraction(flat),
            tiers=tuple(
                (None if one["up_to"] is None else Fraction(one["up_to"]), Fraction(one["unit_amount"]),
                 Fraction(one["flat_amount"]))
                for one in tiers
            ),
            package=Fraction(package or 0), included=Fraction(included), pooled=pooled, meter=meter,
            shows_covered=shows_covered,
        )  # fmt: skip
    return found


def _products() -> dict[int, Product]:
    return {
        id: Product(name, category) for id, name, category in rows("SELECT id, name, tax_category FROM catalog_product")
    }


def _meters() -> dict[int, Meter]:
    found = rows("SELECT id, aggregation, precision, unit FROM catalog_meter")
    return {id: Meter(how, precision, unit) for id, how, precision, unit in found}


def _charges(accounts: set[int]) -> dict[int, Charge]:
    """One that is dated after the last day of its account waits."""
    found = {}
    for id, account, subscription, product, description, amount, day, last_day in rows(
        """SELECT charge.id, account_id, subscription_id, product_id, charge.description, amount, date, inactive_since
           FROM subscriptions_charge charge JOIN accounts_account a ON a.id = account_id
           WHERE account_id = ANY(%(ids)s) ORDER BY charge.id""",
        ids=accounts,
    ):
        waits = last_day is not None and day > last_day
        found[id] = Charge(id, account, subscription, product, description, Fraction(amount), None if waits else day)
    return found


def _charge_payers(today: date, accounts: set[int]) -> dict[int, Choice]:
    """Whom charges with a choice of their own name, as the customers are related on the day; none if it is nobody."""
    lineage: dict[int, list[int]] = {}
    for start, customer in rows(LINEAGES, ids=accounts, on=today):
        lineage.setdefault(start, []).append(customer)
    defaults = dict(rows("SELECT customer_id, id FROM accounts_account WHERE is_default"))
    groups = dict(rows("SELECT payer_id, id FROM subscriptions_subscriptiongroup WHERE is_default"))
    found = {}
    for id, mode, named, own in rows(
        """SELECT charge.id, who_pays_mode, payer_id, customer_id
           FROM subscriptions_charge charge JOIN accounts_account a ON a.id = account_id
           WHERE account_id = ANY(%(ids)s) AND who_pays_mode IS NOT NULL""",
        ids=accounts,
    ):
        above = lineage[own]
        by_name = [one for one in above if one == named]
        candidates = {"parent": above[1:2], "eldest_ancestor": above[-1:], "ancestor": by_name}
        for payer in candidates.get(mode, [own]):
            group = None if mode == "customer_separate" else groups.get(payer, -payer)
            found[id] = Choice(mode, defaults[payer], group)
    return found


def _subscription_payers(today: date, accounts: set[int]) -> dict[int, Choice]:
    """The default account of the group's payer, or of the customer itself where there is no group."""
    return {
        subscription: Choice(mode, account, group)
        for subscription, mode, group, account in rows(
            """SELECT who.subscription_id, who.mode, who.group_id, payer.id
               FROM subscriptions_whopays who JOIN subscriptions_subscription s ON s.id = who.subscription_id
               JOIN accounts_account source ON source.id = s.account_id
               LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
               JOIN accounts_account payer ON payer.is_default
                   AND payer.customer_id = CASE WHEN grp.id IS NULL THEN source.customer_id ELSE grp.payer_id END
               WHERE who.during @> %(on)s::date AND s.account_id = ANY(%(ids)s)""",
            on=today,
            ids=accounts,
        )
    }


def _discounts(accounts: set[int]) -> dict[int, list[Discount]]:
    products: dict[int, set[int]] = {}
    for discount, product in rows("SELECT discount_id, product_id FROM catalog_discount_products"):
        products.setdefault(discount, set()).add(product)
    found: dict[int, list[Discount]] = {}
    for id, account, percent, amount, first, last in rows(
        """SELECT id, account_id, percent, amount, valid_from, valid_to FROM catalog_discount
           WHERE account_id = ANY(%(ids)s) ORDER BY id""",
        ids=accounts,
    ):
        found.setdefault(account, []).append(
            Discount(
                id,
                account,
                None if percent is None else Fraction(percent),
                None if amount is None else Fraction(amount),
                frozenset(products[id]) if id in products else None,
                first,
                last,
            )
        )
    return found


def _rates() -> list[Rate]:
    return [
        Rate(name, country, state, category, Fraction(percent), first, last)
        for name, country, state, category, percent, first, last in rows(
            "SELECT name, country, state, tax_category, percent, valid_from, valid_to FROM catalog_taxrate ORDER BY id"
        )
    ]


# usage


class Midnights:
    """The moments at which the days of an account begin (USE-2): a day begins at midnight in the time zone of the bill
    cycle that was in force the day before, but not before one that began in another zone.
    """

    def __init__(self, zones: Iterable[tuple[date | None, str]]) -> None:
        self.zones = [(until, ZoneInfo(zone)) for until, zone in zones]
        self.cuts = [until for until, _ in self.zones if until is not None]

    def day_of(self, at: datetime) -> date:
        """The day that a moment belongs to."""
        day = at.date() + 2 * DAY
        while self.begins(day) > at:
            day -= DAY
        return day

    def begins(self, day: date) -> datetime:
        """When a day begins."""
        return max([self._midnight(day), *(self._midnight(cut) for cut in self.cuts if cut < day)])

    def _midnight(self, day: date) -> datetime:
        zone = next(zone for until, zone in self.zones if until is None or day - DAY < until)
        return _midnight(day, zone)


@lru_cache(maxsize=100_000)
def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(ZoneInfo("UTC"))


def _events(items: Iterable[Item], known_at: datetime | None) -> dict[tuple[int, int], list[Event]]:
    """Of the accounts that have items for usage, in order of time."""
    metered = {(item.account, price.meter) for item in items for _, price in item.prices if price.meter is not None}
    if not metered:
        return {}
    accounts = {account for account, _ in metered}
    midnights = _midnights(accounts)
    found: dict[tuple[int, int], list[Event]] = {}
    for account, meter, at, much, value, subscription in rows(
        """SELECT event.account_id, event.meter_id, event.at, event.quantity, event.properties->>'value',
                  event.subscription_id
           FROM (SELECT event_id, account_id, meter_id, at, quantity, properties, subscription_id, received_at
                 FROM usage_usageevent
                 UNION ALL  -- what was cancelled or replaced only later
                 SELECT event_id, account_id, meter_id, at, quantity, properties, subscription_id, received_at
                 FROM usage_usagecorrection WHERE corrected_at > %(known)s::timestamptz) AS event
           WHERE event.account_id = ANY(%(ids)s) AND event.meter_id = ANY(%(meters)s)
             AND (%(known)s::timestamptz IS NULL OR event.received_at <= %(known)s)
           ORDER BY event.at, event.received_at, event.event_id""",
        ids=accounts,
        meters={meter for _, meter in metered},
        known=known_at,
    ):
        if (account, meter) in metered:
            day = midnights[account].day_of(at)
            event = Event(account, meter, day, Fraction(much), value or str(Fraction(much)), subscription)
            found.setdefault((account, meter), []).append(event)
    return found


def _midnights(accounts: set[int]) -> dict[int, Midnights]:
    zones: dict[int, list[tuple[date | None, str]]] = {}
    for account, until, zone in rows(
        """SELECT e.account_id, e.until, cycle.time_zone FROM subscriptions_earlierbillcycle e
           JOIN accounts_billcycle cycle ON cycle.id = e.bill_cycle_id WHERE e.account_id = ANY(%(ids)s)
           UNION ALL
           SELECT a.id, NULL, cycle.time_zone FROM accounts_account a
           JOIN accounts_billcycle cycle ON cycle.id = a.bill_cycle_id WHERE a.id = ANY(%(ids)s)
           ORDER BY 1, 2 NULLS LAST""",
        ids=accounts,
    ):
        zones.setdefault(account, []).append((until, zone))
    return {account: Midnights(of_account) for account, of_account in zones.items()}


# what was billed

# A line that was issued anew is the line that it repeats, decided as of the billing date of its run (INV-10).
LINES = """
SELECT line.id, invoice.id, invoice.account_id, invoice.bill_run_id, coalesce(run.billing_date, invoice.invoice_date),
       CASE WHEN invoice.reissue_of IS NULL THEN invoice.due_date END, invoice.for_account_id, invoice.group_id,
       invoice.subscription_id, invoice.charge_id, line.kind, line.account_id, line.subscription_id, line.item_id,
       line.charge_id, line.product_id, line.price_id, line.description, line.period_start, line.period_end,
       line.quantity, line.unit_amount, line.gross, line.discounts::text::json, line.taxes::text::json,
       line.payer_trail::text::json, line.corrects, line.reverse_charge, line.live, coalesce(line.repeats, line.id),
       line.usage::text::json
FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
LEFT JOIN billruns_billrun run ON run.id = invoice.bill_run_id AND invoice.reissue_of IS NOT NULL
WHERE line.account_id = ANY(%(ids)s) OR line.item_id = ANY(%(items)s)
ORDER BY line.id
"""


# Only the last time counts, of an invoice that is void by now.
MADE_VOID = """
SELECT subject_id, max(at) FROM foundation_historyentry
WHERE subject_kind = 'invoice' AND subject_id = ANY(%(ids)s) AND changes #>> '{status,1}' = 'void' GROUP BY subject_id
"""


def read_lines(world: World, at: datetime | None = None) -> list[Line]:
    """All lines of the accounts of a world that charges come from, those of void invoices as well.

    A line of an invoice that was reissued is one with those that say it again (INV-10): decided as of its run's date,
    and whatever corrects it, corrects the one of them that stood. `at`: `live` is what stood at that moment, of what
    there was already, whatever was made void since.
    """
    sources = {item.account for item in world.items.values()} | {charge.account for charge in world.charges.values()}
    found: dict[int, Line] = {}
    corrects: dict[int, int] = {}
    sayings: dict[int, list[Line]] = {}
    for (
        id, invoice, payer, run, day, due, for_account, group, separate, separate_charge, kind, account, subscription,
        item, charge, product, price, description, start, end, quantity, unit, gross, discounts, taxes, trail,
        corrected, reverse, live, first, used,
    ) in rows(LINES, ids=sources, items=set(world.items)):  # fmt: skip
        line = found[id] = Line(
            kind=kind, account=account, subscription=subscription, item=item, charge=charge, product=product,
            price=price, slot=None, start=start, end=end, gross=Fraction(gross), quantity=Fraction(quantity),
            description=description, payer=payer,
            trail=tuple((rule, source, to) for rule, source, to in trail or ()),
            taxes=[Levied(name, Fraction(percent), Fraction(much)) for name, percent, much in taxes or ()],
            reverse=reverse, id=id, live=live, invoice=invoice, run=run, billing_date=day, due=due,
            key=(for_account, group, separate, separate_charge),
            unit=None if unit is None else Fraction(unit), taken=_used(used),
        )  # fmt: skip
        line.discounts = _taken(world, line, discounts or ())
        if corrected is not None:
            corrects[id] = corrected
        sayings.setdefault(first, []).append(line)
        if item in world.items and price in world.prices:
            line.slot = slot_of(world.items[item], world.prices[price], start)
    made_void = dict(rows(MADE_VOID, ids={line.invoice for line in found.values() if not line.live}))
    stands: dict[int, Line] = {}
    for first, same in sayings.items():
        for line in same:
            line.void = not line.live
            line.void_at = made_void.get(line.invoice) if line.void else None
        stands[first] = next((line for line in same if line.stood(at)), same[-1])
        for line in same:
            line.first_id, line.first_invoice = same[0].id, same[0].invoice or 0
            line.said_again = line is not same[-1]
            if at is not None:
                line.live = line is stands[first] and line.stood(at)
    for id, corrected in corrects.items():
        found[id].corrects = stands.get(corrected)
    for line in found.values():
        first_one = line
        while first_one.corrects is not None:
            first_one = first_one.corrects
        line.slot = first_one.slot
    return list(found.values())


def _used(stored: Iterable[str] | None) -> tuple[Fraction, Fraction, Fraction] | None:
    if stored is None:
        return None
    used, own, shared = stored
    return Fraction(used), Fraction(own), Fraction(shared)


def _taken(world: World, line: Line, stored: Iterable[list[Any]]) -> list[Taken]:
    """Of a fixed amount the number of its discount stands there as well; one of earlier is known by its name."""
    found: list[Taken] = []
    for name, percent, amount, *numbers in stored:
        taken = Taken(None if percent is None else Fraction(percent), Fraction(amount))
        if numbers:
            taken.discount = int(numbers[0])
        elif percent is None:
            whole = Fraction(name.split()[0])
            known = [*world.discounts.get(line.payer, ()), *world.discounts.get(line.account, ())]
            alike = [
                one.id for one in known if one.amount == whole and one.id not in [other.discount for other in found]
            ]
            taken.discount = min(alike, default=None)
        found.append(taken)
    return found
