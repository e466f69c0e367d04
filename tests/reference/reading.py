"""A tenant as the naive one's dicts: plain SQL of the tests' own, without a look at how the application reads.

What is read are the facts that people gave: who belongs to whom, what was ordered, used and agreed. Nothing that
billing keeps for itself is read: not how far an item is billed, not what was marked as changed, no line.
"""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from django.db import connection

EVER = date(9999, 1, 1)
UNITS = {"day": ("day", 1), "week": ("day", 7), "month": ("month", 1), "quarter": ("month", 3), "year": ("month", 12)}


def rows(sql: str, *values: object) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def read_world(today: date, decimals: int) -> dict[str, Any]:
    """Everything as it is on a billing date, in accounts whose currency has so many decimals."""
    meters = rows("SELECT id, aggregation, precision FROM catalog_meter")
    return {
        "decimals": decimals,
        "accounts": _accounts(today),
        "items": _items(today),
        "charges": _charges(),
        "parents": rows("SELECT account_id, parent_id, lower(during), upper(during) FROM relations_accountparent"),
        "responsible": dict(
            rows(
                "SELECT account_id, responsible_account_id FROM relations_responsibleaccount WHERE during @> %s::date",
                today,
            )
        ),
        "who_pays": _who_pays(today),
        "discounts": _discounts(today),
        "rates": _rates(today),
        "events": _events(),
        "categories": dict(rows("SELECT id, tax_category FROM catalog_product")),
        "meters": {id: {"aggregation": how, "precision": precision} for id, how, precision in meters},
    }


def _accounts(today: date) -> dict[int, Any]:
    exempt = {
        row[0]
        for row in rows(
            """SELECT account_id FROM catalog_taxexemption
               WHERE (valid_from IS NULL OR valid_from <= %s) AND (valid_to IS NULL OR valid_to >= %s)""",
            today,
            today,
        )
    }
    found = {}
    for (
        id, number, cycle, taxable, minimum, rendering, last_day, service, own, billing, seller, validated, tax_number,
    ) in rows(
        """SELECT a.id, a.number, a.bill_cycle_id, a.taxable, a.minimum_invoice_amount, a.invoice_rendering_type,
                  a.inactive_since, c.service_address::text::json, a.billing_address::text::json,
                  c.billing_address::text::json, o.address::text::json, c.tax_id_validated, c.tax_number
           FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id JOIN accounts_owner o
           ON o.id = a.owner_id"""
    ):  # fmt: skip
        place = next((one for one in (service, own, billing) if one and one.get("country")), {})
        found[id] = {
            "number": number, "cycle": cycle, "taxable": taxable, "exempt": id in exempt, "minimum": Fraction(minimum),
            "per_account": rendering == "per_account", "inactive": last_day is not None and last_day < today,
            "country": place.get("country"), "state": place.get("state"), "seller": (seller or {}).get("country"),
            "vat_id": validated and tax_number is not None,
        }  # fmt: skip
    return found


def _items(today: date) -> dict[int, Any]:
    prices = _prices()
    terms: dict[int, list[Any]] = {}
    for item, since, price, quantity in rows(
        """SELECT item.id, NULL::date, item.price_id, item.quantity FROM subscriptions_subscriptionitem item
           UNION ALL SELECT item_id, since, price_id, quantity FROM subscriptions_itemterms
           ORDER BY 1, 2 NULLS FIRST"""
    ):
        agreed = {"since": since, "price": prices[price], "quantity": Fraction(quantity)}
        terms.setdefault(item, []).append(agreed)
    found = {}
    for id, subscription, account, anchor, start, end, keep, last_day, cycle, cycle_start in rows(
        """SELECT item.id, s.id, s.account_id, s.anchor, s.start_date, s.end_date, item.keep_until, a.inactive_since,
                  cycle.id, cycle.start_date
           FROM subscriptions_subscriptionitem item JOIN subscriptions_subscription s ON s.id = item.subscription_id
           JOIN accounts_account a ON a.id = s.account_id JOIN accounts_billcycle cycle ON cycle.id = a.bill_cycle_id"""
    ):
        earlier = rows(
            """SELECT e.until, e.bill_cycle_id, cycle.start_date FROM subscriptions_earlierbillcycle e
               JOIN accounts_billcycle cycle ON cycle.id = e.bill_cycle_id WHERE e.account_id = %s ORDER BY e.until""",
            account,
        )
        recurs = terms[id][0]["price"]["type"] == "recurring"
        pauses = rows(
            """SELECT lower(during), upper(during) FROM subscriptions_billingpause
               WHERE account_id = %s AND (kind = 'inactive' OR %s) ORDER BY during""",
            account,
            recurs,
        )
        found[id] = {
            "subscription": subscription, "account": account, "start": start, "end": end, "keep": keep,
            "closed": None if last_day is None else last_day + timedelta(days=1),
            "pauses": pauses, "terms": _from_start(terms[id], start),
            "cycles": [*((until, old) for until, old, _ in earlier), (None, cycle)],
            "anchors": [*((until, day) for until, _, day in earlier), (None, cycle_start)]
            if anchor == "cycle" else [(None, start)],
        }  # fmt: skip
    return found


def _from_start(terms: list[Any], start: date) -> list[Any]:
    """What was agreed for the start or an earlier day replaces what was agreed first."""
    early = [one for one in terms if one["since"] is None or one["since"] <= start]
    return [early[-1] | {"since": start}, *(one for one in terms if one["since"] is not None and one["since"] > start)]


def _prices() -> dict[int, Any]:
    found = {}
    for (
        id, type, product, model, interval, count, timing, unit, flat, tiers, package, included, pooled, meter,
    ) in rows(
        """SELECT id, type, product_id, model, interval, interval_count, timing, unit_amount, flat_amount,
                  tiers::text::json, package_size, included_quantity, pooled, meter_id FROM catalog_price"""
    ):  # fmt: skip
        name, units = UNITS[interval]
        found[id] = {
            "id": id, "type": type, "product": product, "model": model, "interval": (name, units * count),
            "advance": type == "recurring" and timing == "in_advance", "unit": Fraction(unit), "flat": Fraction(flat),
            "tiers": [
                (None if one["up_to"] is None else Fraction(one["up_to"]), Fraction(one["unit_amount"]),
                 Fraction(one["flat_amount"]))
                for one in tiers
            ],
            "package": Fraction(package or 0), "included": Fraction(included), "pooled": pooled, "meter": meter,
        }  # fmt: skip
    return found


def _charges() -> dict[int, Any]:
    """One that is dated after the last day of its account waits."""
    found = {}
    for id, account, product, amount, day, last_day in rows(
        """SELECT charge.id, account_id, product_id, amount, date, inactive_since
           FROM subscriptions_charge charge JOIN accounts_account a ON a.id = account_id"""
    ):
        waits = last_day is not None and day > last_day
        found[id] = {
            "account": account, "product": product, "amount": Fraction(amount), "date": EVER if waits else day,
        }  # fmt: skip
    return found


def _who_pays(today: date) -> dict[int, Any]:
    """The default account of the group's payer, or of the customer itself where there is no group."""
    return {
        subscription: {"mode": mode, "account": account, "group": group}
        for subscription, mode, group, account in rows(
            """SELECT who.subscription_id, who.mode, who.group_id, payer.id
               FROM subscriptions_whopays who JOIN subscriptions_subscription s ON s.id = who.subscription_id
               JOIN accounts_account source ON source.id = s.account_id
               LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
               JOIN accounts_account payer ON payer.is_default
                   AND payer.customer_id = CASE WHEN grp.id IS NULL THEN source.customer_id ELSE grp.payer_id END
               WHERE who.during @> %s::date""",
            today,
        )
    }


def _discounts(today: date) -> dict[int, Any]:
    found: dict[int, list[Any]] = {}
    for id, account, percent, amount in rows(
        """SELECT id, account_id, percent, amount FROM catalog_discount
           WHERE (valid_from IS NULL OR valid_from <= %s) AND (valid_to IS NULL OR valid_to >= %s) ORDER BY id""",
        today,
        today,
    ):
        products = [row[0] for row in rows("SELECT product_id FROM catalog_discount_products WHERE discount_id=%s", id)]
        found.setdefault(account, []).append(
            {
                "percent": None if percent is None else Fraction(percent),
                "amount": None if amount is None else Fraction(amount),
                "products": frozenset(products) or None,
            }
        )
    return found


def _rates(today: date) -> list[Any]:
    return [
        {"name": name, "country": country, "state": state, "category": category, "percent": Fraction(percent)}
        for name, country, state, category, percent in rows(
            """SELECT name, country, state, tax_category, percent FROM catalog_taxrate
               WHERE (valid_from IS NULL OR valid_from <= %s) AND (valid_to IS NULL OR valid_to >= %s) ORDER BY id""",
            today,
            today,
        )
    ]


def _events() -> list[Any]:
    """In order of time, the day being that of the time zone of the account's bill cycle."""
    return [
        {"account": account, "meter": meter, "day": day, "much": Fraction(much), "value": value or str(Fraction(much))}
        for account, meter, day, much, value in rows(
            """SELECT event.account_id, event.meter_id, (event.at AT TIME ZONE cycle.time_zone)::date, event.quantity,
                      event.properties->>'value'
               FROM usage_usageevent event JOIN accounts_account a ON a.id = event.account_id
               JOIN accounts_billcycle cycle ON cycle.id = a.bill_cycle_id
               ORDER BY event.at, event.received_at, event.event_id"""
        )
    ]
