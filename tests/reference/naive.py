"""The billing mathematics once more, as simply as possible (REL-D): fractions, day by day, no memory but the lines.

It knows a company as plain dicts (see stories.py and reading.py), as they are on the billing date. Every run works out,
from the first day of every item on, what should have been charged, and takes away what was. Slow, and written from the
rules without a look at the engine.
"""

from datetime import date, timedelta
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import ceil, floor

DAY = timedelta(days=1)


def run(world, lines, today, accounts=None, name=None):
    """Bills the accounts, or all, in turn and returns their invoices; issued lines are appended to `lines`.

    `name` is what the lines call the run, its date if it has none.
    """
    far = max([today, *(line["slot"][1] for line in lines if line["slot"])])
    slots = {id: slots_of(item, far) for id, item in world["items"].items()}
    result = {}
    for account in sorted(world["accounts"] if accounts is None else accounts):
        result[account] = bill(world, lines, today, account, slots)
        for invoice in result[account]:
            if not invoice["held"]:
                lines.extend(
                    line | {"run": name or today, "invoiced": account, "key": invoice["key"]}
                    for line in invoice["lines"]
                )
    return result


def bill(world, lines, today, account, slots):
    drafts = []
    for id, item in world["items"].items():
        live = [line for line in lines if line["live"] and line["item"] == id]
        drafts += drafts_of_item(world, id, item, live, today, slots)
    billed_charges = {line["charge"] for line in lines if line["live"]}
    for id, charge in world["charges"].items():
        if charge["date"] <= today and id not in billed_charges:
            payer, managed = who_pays(world, charge["account"], None)
            drafts.append(
                draft(
                    "one_time",
                    charge["account"],
                    None,
                    charge["date"],
                    charge["amount"],
                    payer,
                    managed,
                    charge=id,
                    product=charge["product"],
                )
            )
    invoices = {}
    for one in drafts:
        if one["payer"] == account:
            invoices.setdefault(key_of(world, account, one), []).append(one)
    return [invoice_of(world, account, key, invoices[key]) for key in invoices]


# periods


def boundary(anchor, interval, number):
    unit, count = interval
    if unit == "day":
        return anchor + timedelta(days=count * number)
    month = anchor.year * 12 + anchor.month - 1 + count * number
    last = (date(month // 12 + (month % 12 == 11), (month + 1) % 12 + 1, 1) - DAY).day
    return date(month // 12, month % 12 + 1, min(anchor.day, last))


@cache
def full_period(anchor, interval, day):
    number = 0
    while boundary(anchor, interval, number) > day:
        number -= 1
    while boundary(anchor, interval, number + 1) <= day:
        number += 1
    return boundary(anchor, interval, number), boundary(anchor, interval, number + 1)


def in_force(item, day):
    """The terms on a day, or None."""
    if item["closed"] is not None and item["closed"] <= day:
        return None
    if day < item["start"] or any(first <= day and (end is None or day < end) for first, end in item["pauses"]):
        return None
    if item["end"] is None or day < item["end"]:
        return [terms for terms in item["terms"] if terms["since"] <= day][-1]
    if item["keep"] is not None and day < item["keep"]:
        before = [terms for terms in item["terms"] if terms["since"] < item["end"]] or item["terms"][:1]
        price = before[-1]["price"]
        return before[-1] if price["advance"] and price["type"] == "recurring" else None
    return None


def long_after(item, day):
    """A day that no period which is under way on the given one reaches."""
    intervals = [terms["price"]["interval"] for terms in item["terms"]]
    longest = max(count * (1 if unit == "day" else 31) for unit, count in intervals)
    return max(day, item["start"]) + longest * 2 * DAY


def slots_of(item, far):
    """Every full period with its parts: {(start, end): [part]}, a part with its days, terms and charge date."""
    if item["terms"][0]["price"]["type"] == "one_time":
        if in_force(item, item["start"]) is None:
            return {}
        part = {"from": item["start"], "to": item["start"] + DAY, "terms": item["terms"][0], "due": item["start"]}
        return {(item["start"], item["start"] + DAY): [part]}
    days = []
    day = item["start"]
    end = long_after(item, far)
    while day < end:
        terms = in_force(item, day)
        if terms is not None:
            anchor = next((one for until, one in item["anchors"] if until is None or day < until))
            days.append((day, terms, full_period(anchor, terms["price"]["interval"], day)))
        day += DAY
    slots = {}
    last = None
    for day, terms, period in days:
        if last is not None and last["terms"] is terms and (last["period"], last["to"]) == (period, day):
            last["to"] = day + DAY
            continue
        last = {"from": day, "to": day + DAY, "terms": terms, "period": period}
        slots.setdefault(period, []).append(last)
    in_order = sorted((part for parts in slots.values() for part in parts), key=lambda part: part["from"])
    for before, part in pairwise([None, *in_order]):
        old, new = before and before["terms"]["price"], part["terms"]["price"]
        same = before and (old["interval"], old["advance"]) == (new["interval"], new["advance"])
        same = same and before["to"] == part["from"]
        part["rhythm"] = before["rhythm"] if same else part["from"]
    for period, parts in slots.items():
        for part in parts:
            alike = [other for other in parts if other["rhythm"] == part["rhythm"]]
            part["due"] = alike[0]["from"] if part["terms"]["price"]["advance"] else alike[-1]["to"]
            if part["terms"]["price"]["pooled"]:
                part["due"] = period[1]
    for before, part in pairwise(in_order):
        part["due"] = max(before["due"], part["due"])
    return slots


# amounts


def rounded(amount, places):
    whole = floor(abs(amount) * 10**places + Fraction(1, 2))
    return Fraction(whole if amount >= 0 else -whole, 10**places)


def money(world, amount):
    return rounded(amount, world["decimals"])


def price_of(price, quantity):
    if price["model"] == "flat":
        return price["flat"]
    if price["model"] == "per_unit":
        return price["unit"] * quantity
    if price["model"] == "package":
        return price["unit"] * ceil(quantity / price["package"])
    if quantity == 0:
        return Fraction(0)
    bounds = [Fraction(0)] + [up_to for up_to, _, _ in price["tiers"]]
    if price["model"] == "volume":
        _, unit, flat = next(tier for tier in price["tiers"] if tier[0] is None or quantity <= tier[0])
        return quantity * unit + flat
    total = Fraction(0)
    for below, (up_to, unit, flat) in zip(bounds, price["tiers"], strict=False):
        if quantity > below:
            total += ((quantity if up_to is None else min(quantity, up_to)) - below) * unit + flat
    return total


def used(world, account, meter, start, end):
    """What its meter's aggregation makes of the events in order of time."""
    events = [one for one in world["events"] if (one["account"], one["meter"]) == (account, meter)]
    events = [one for one in events if start <= one["day"] < end]
    if not events:
        return Fraction(0)
    much = [one["much"] for one in events]
    aggregation = world["meters"][meter]["aggregation"]
    if aggregation == "unique":
        return Fraction(len({one["value"] for one in events}))
    found = {"sum": sum(much), "count": len(much), "max": max(much), "last": much[-1]}[aggregation]
    return rounded(Fraction(found), world["meters"][meter]["precision"])


def root(world, account, day):
    """The top of the tree that an account is in on a day; each edge holds on the days since `first`, before `end`."""
    for child, parent, first, end in world["parents"]:
        if child == account and first <= day and (end is None or day < end):
            return root(world, parent, day)
    return account


def cycle_on(item, day):
    return next(cycle for until, cycle in item["cycles"] if until is None or day < until)


def largest_remainder(amount, weights, unit):
    total = sum(weights)
    exact = [amount * weight / total for weight in weights]
    parts = [floor(share / unit) * unit for share in exact]
    while sum(parts) < amount:
        place = max(range(len(parts)), key=lambda i: (exact[i] - parts[i], -i))
        parts[place] += unit
        exact[place] = Fraction(-1)
    return parts


def free_units(world, id, period, slots):
    """Own and shared allowance that a pooled item takes in a full period."""
    members = []
    last_day = period[1] - DAY
    mine = next(part for part in slots[id][period] if part["terms"]["price"]["pooled"])
    meter, cycle = mine["terms"]["price"]["meter"], cycle_on(world["items"][id], mine["from"])
    for other, item in world["items"].items():
        parts = [part for part in slots[other].get(period, []) if part["terms"]["price"]["pooled"]]
        parts = [part for part in parts if part["terms"]["price"]["meter"] == meter]
        parts = [part for part in parts if cycle_on(item, part["from"]) == cycle]
        if parts and root(world, item["account"], last_day) == root(world, world["items"][id]["account"], last_day):
            needed = sum(used(world, item["account"], meter, part["from"], part["to"]) for part in parts)
            number = world["accounts"][item["account"]]["number"]
            members.append((number, other, needed, parts[-1]["terms"]["price"]["included"]))
    members.sort()
    needs = [max(Fraction(0), needed - allowance) for _, _, needed, allowance in members]
    unused = sum(max(Fraction(0), allowance - needed) for _, _, needed, allowance in members)
    shared = (
        needs
        if unused >= sum(needs)
        else largest_remainder(unused, needs, Fraction(1, 10 ** world["meters"][meter]["precision"]))
    )
    for (_, other, needed, allowance), share in zip(members, shared, strict=True):
        if other == id:
            return min(needed, allowance) + share
    raise AssertionError("an item is in its own pool")


def amounts(world, id, period, parts, slots):
    """Each part's amount, in order of time."""
    result = []
    taken = Fraction(0)
    for part in parts:
        price, quantity = part["terms"]["price"], part["terms"]["quantity"]
        if price["type"] == "usage":
            free = free_units(world, id, period, slots) if price["pooled"] else price["included"]
            much = used(world, world["items"][id]["account"], price["meter"], part["from"], part["to"])
            covered = min(much, max(Fraction(0), free - taken))
            taken += covered
            result.append(money(world, price_of(price, much - covered)))
        elif price["type"] == "one_time":
            result.append(money(world, price_of(price, quantity)))
        else:
            share = Fraction((part["to"] - part["from"]).days, (period[1] - period[0]).days)
            result.append(money(world, price_of(price, quantity) * share))
    return result


# who pays


def who_pays(world, account, subscription):
    """The payer, and the account that it is responsible for if that is why."""
    chosen = world["who_pays"].get(subscription)
    paying = account if chosen is None else chosen["account"]
    if paying in world["responsible"]:
        return world["responsible"][paying], paying
    return paying, None


# what is left to bill


def draft(kind, account, item, start, gross, payer, managed, **more):
    nothing = {"subscription": None, "charge": None, "product": None, "corrects": None, "slot": None, "former": False}
    given = {"kind": kind, "account": account, "item": item, "start": start, "gross": gross, "payer": payer}
    return nothing | given | {"managed": managed, "live": True} | more


def drafts_of_item(world, id, item, live, today, slots):
    if item["pauses"] and item["pauses"][-1][1] is None:
        return []
    payer, managed = who_pays(world, item["account"], item["subscription"])
    drafts = []
    for period in sorted(set(slots[id]) | {line["slot"] for line in live}):
        lines = [line for line in live if line["slot"] == period]
        parts = slots[id].get(period, [])
        due = [part for part in parts if part["due"] <= today]
        if lines and len(due) < len(parts):
            continue
        about = {"subscription": item["subscription"], "slot": period}
        gross = amounts(world, id, period, due, slots)
        originals = [line for line in lines if line["kind"] != "correction"]
        left_over = [
            line for line in lines if line["corrects"] and not any(line["corrects"] is one for one in originals)
        ]
        missing = []
        for account in {line["invoiced"] for line in left_over}:
            corrections = [line for line in left_over if line["invoiced"] == account]
            missing.append((-sum(line["gross"] for line in corrections), corrections[-1]))
        billed_to = max([date.min, *(line["end"] for line in originals)])
        if originals:
            billed = sum(line["gross"] for line in lines) - sum(line["gross"] for line in left_over)
            before = [amount for part, amount in zip(due, gross, strict=True) if part["from"] < billed_to]
            missing.append((sum(before) - billed, originals[-1]))
        for part, amount in zip(due, gross, strict=True):
            price = part["terms"]["price"]
            about |= {"product": price["product"], "end": part["to"]}
            if amount and part["from"] >= billed_to:
                drafts.append(draft(price["type"], item["account"], id, part["from"], amount, payer, managed, **about))
        for amount, corrected in missing:
            if amount:
                former = corrected["invoiced"]
                about |= {"corrects": corrected, "former": False, "product": corrected["product"]}
                if former == payer or world["accounts"][former]["inactive"]:
                    drafts.append(draft("correction", item["account"], id, None, amount, payer, managed, **about))
                else:
                    about |= {"former": True}
                    drafts.append(draft("correction", item["account"], id, None, amount, former, None, **about))
    return drafts


# invoices


def key_of(world, account, one):
    if one["former"]:
        return (None, None, None)
    managed = one["managed"] if world["accounts"][account]["per_account"] else None
    chosen = world["who_pays"].get(one["subscription"])
    if chosen is None:
        return (managed, None, None)
    if chosen["mode"] == "customer_separate":
        return (managed, None, one["subscription"])
    return (managed, chosen["group"], None)


def invoice_of(world, account, key, drafts):
    def place(one):
        return (
            world["accounts"][one["account"]]["number"],
            one["subscription"] is None,
            one["subscription"] or 0,
            one["item"] or one["charge"],
            one["start"] or date.max,
        )

    lines = sorted(drafts, key=place)
    for line in lines:
        line["discounts"] = []
        line["left"] = line["gross"]
        if line["corrects"] is not None:
            for percent, _ in line["corrects"]["discounts"]:
                if percent is not None:
                    take(line, percent, money(world, line["left"] * percent / 100))
    ordinary = [line for line in lines if line["corrects"] is None]
    if world["discounts"].get(account):
        discount(world, world["discounts"][account], ordinary)
    else:
        for source in sorted({line["account"] for line in ordinary}):
            discount(
                world, world["discounts"].get(source, []), [line for line in ordinary if line["account"] == source]
            )
    for line in lines:
        line["reverse"] = line["corrects"]["reverse"] if line["corrects"] else is_reversed(world, line["account"])
        if line["corrects"] is None:
            rates = [(rate["name"], rate["percent"]) for rate in world["rates"] if matches(world, rate, line)]
        else:
            rates = [(name, percent) for name, percent, _ in line["corrects"]["taxes"]]
        line["taxes"] = [(name, percent, money(world, line["left"] * percent / 100)) for name, percent in rates]
    total = sum(line["left"] + sum(amount for _, _, amount in line["taxes"]) for line in lines)
    return {
        "key": key,
        "lines": lines,
        "total": total,
        "held": total < 0 or total < world["accounts"][account]["minimum"],
    }


def take(line, percent, amount):
    line["discounts"].append((percent, amount))
    line["left"] -= amount


def discount(world, discounts, lines):
    for one in discounts:
        covered = [line for line in lines if one["products"] is None or line["product"] in one["products"]]
        if one["percent"] is not None:
            for line in covered:
                take(line, one["percent"], money(world, line["left"] * one["percent"] / 100))
            continue
        covered = [line for line in covered if line["left"] > 0]
        if covered:
            left = [line["left"] for line in covered]
            shares = largest_remainder(min(one["amount"], sum(left)), left, Fraction(1, 10 ** world["decimals"]))
            for line, share in zip(covered, shares, strict=True):
                if share:
                    take(line, None, share)


def is_reversed(world, account):
    about = world["accounts"][account]
    between = {about["seller"], about["country"]} == {"DE", "FR"}
    return between and about["vat_id"] and about["taxable"] and not about["exempt"]


def matches(world, rate, line):
    account = world["accounts"][line["account"]]
    return (
        account["taxable"]
        and not account["exempt"]
        and not (is_reversed(world, line["account"]) and rate["state"] is None)
        and account["country"] == rate["country"]
        and rate["state"] in (None, account["state"])
        and rate["category"] in (None, world["categories"].get(line["product"]))
    )
