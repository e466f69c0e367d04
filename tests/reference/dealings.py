"""Made-up businesses in a real tenant, and what happens to them, by the actions that everybody uses.

Days are in 2024, so that nothing depends on the day on which it is told. A business follows from the dice alone, so a
number tells it again. What an action refuses has not happened.
"""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from unittest.mock import patch

from django.db import transaction

from banyan.accounts.actions.create_bill_cycle import create_bill_cycle
from banyan.accounts.actions.save_owner import update_owner
from banyan.accounts.models import BillCycle, Owner
from banyan.billruns import run as steps
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.models import BillRun, RunMode
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.actions.create_price import create_price
from banyan.catalog.actions.create_product import create_product
from banyan.catalog.actions.create_tax_exemption import create_tax_exemption
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.inputs import (
    NewDiscount,
    NewMeter,
    NewPrice,
    NewProduct,
    NewTaxExemption,
    NewTaxRate,
    NewTier,
)
from banyan.catalog.models import Discount, TaxExemption, TaxRate
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.open_accounts import open_account
from banyan.customers.actions.open_customers import open_customer
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.actions.update_account import update_account
from banyan.customers.actions.update_customer import update_customer
from banyan.engine.bill import bill
from banyan.engine.facts import Family
from banyan.engine.result import Bill
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.kernel.calendar import Frequency, billing_dates
from banyan.kernel.money import minor_units
from banyan.kernel.refusals import Refusal
from banyan.relations.inputs import AccountPlacement, CustomerPlacement
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.actions.end_item import end_item
from banyan.subscriptions.actions.pause_subscription import pause_subscription
from banyan.subscriptions.actions.resume_subscription import resume_subscription
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.actions.withdraw_change import withdraw_change
from banyan.subscriptions.inputs import (
    ItemChange,
    NewCharge,
    NewGroup,
    NewItem,
    NewSubscription,
    WhoPaysChoice,
)
from banyan.usage.actions.cancel_event import cancel_event
from banyan.usage.actions.record_events import record_events
from banyan.usage.actions.replace_event import replace_event
from banyan.usage.inputs import NewEvent
from tests.billruns.running import begun, completed, forget_jobs
from tests.reference.reading import rows
from tests.reference.stories import amount, decimal, new_price

FIRST_DAY, LAST_DAY = date(2024, 1, 1), date(2024, 10, 31)
CYCLES = (
    ("monthly", FIRST_DAY),
    ("monthly", date(2024, 1, 31)),
    ("monthly", date(2024, 1, 15)),
    ("semimonthly", date(2024, 1, 10)),
    ("biweekly", date(2024, 1, 4)),
    ("quarterly", date(2024, 1, 1)),
)
PLACES = ({"country": "DE"}, {"country": "FR", "state": "Paris"}, {"country": "US", "state": "TX"}, {"country": "US"})
TAX_NUMBERS = {"DE": "DE136695976", "FR": "FR83404833048", "US": "91-1144442"}
NAMES = {("month", 1): ("month", 1), ("month", 3): ("quarter", 1), ("day", 14): ("week", 2), ("day", 10): ("day", 10)}


class Business:
    """Customers with accounts, and what happened to them."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self.today = FIRST_DAY + timedelta(days=60)
        self.currency = dice.choice(["USD", "USD", "JPY", "BHD"])
        self.decimals = minor_units(self.currency)
        self.told: list[str] = []
        self._numbers = 0
        zones = dice.choice([["UTC"], ["America/New_York"], ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"]])
        self.cycles = [
            create_bill_cycle(f"{frequency} {start}", frequency, start, None, dice.choice(zones))
            for frequency, start in dice.sample(CYCLES, dice.choice([1, 2, 2, 3]))
        ]
        self.products = [
            create_product(NewProduct(f"Product {code}", code, category)).id
            for code, category in (("plan", None), ("software", "software"))
        ]
        self.meters = [
            create_meter(NewMeter(how, aggregation=how, precision=precision))
            for how, precision in (("sum", 0), (dice.choice(["count", "max", "last", "unique"]), dice.choice([0, 1])))
        ]
        self.owner = Owner.objects.get()
        taxes = {
            "tax_rounding": dice.choice([None, "line", "document"]),
            "tax_date": dice.choice(["supply", "invoice"]),
        }
        update_owner(self.owner.id, {"address": {"country": dice.choice(["DE", "FR", "US"])}, **taxes})
        self.bills_suspended = dice.choice([True, False])
        change_settings(
            {
                "bill_suspended_accounts": self.bills_suspended,
                "default_payer_and_consolidation": dice.choice(
                    [None, None, "parent", "eldest_ancestor", "customer_separate", "customer_consolidated"]
                ),
            }
        )
        self.customers: list[int] = []
        self.accounts: list[int] = []
        self.subscriptions: list[int] = []
        self._open()

    def number(self) -> int:
        """Another one each time."""
        self._numbers += 1
        return self._numbers

    def _open(self) -> None:
        for _ in range(self.dice.choice([1, 2, 3, 3, 4])):
            place = self.dice.choice(PLACES)
            customer = open_customer(
                CustomerPlacement(
                    customer={
                        "kind": "company",
                        "company_name": f"Company {self.number()}",
                        "primary_email": "ap@example.com",
                        "tax_number": self.dice.choice([None, TAX_NUMBERS[place["country"]]]),
                        "billing_address": place,
                        "service_address": self.dice.choice([None, None, self.dice.choice(PLACES)]),
                    },
                    account=self._new_account(),
                    parent=self.dice.choice([None, *self.customers * 2]),
                )
            )
            self.customers.append(customer.id)
            for _ in range(self.dice.choice([0, 1])):
                open_account(AccountPlacement(account=self._new_account(customer=customer.id)))
        self.accounts = [row[0] for row in rows("SELECT id FROM accounts_account ORDER BY id")]

    def _new_account(self, **given: Any) -> dict[str, Any]:
        return dict(
            currency=self.currency,
            bill_cycle=self.dice.choice(self.cycles).id,
            start_date=max(cycle.start_date for cycle in self.cycles),
            number=f"N-{self.dice.randint(0, 99):02}-{self.number():02}",
            taxable=self.dice.choice([True, True, False]),
            minimum_invoice_amount=self.dice.choice([Decimal(0)] * 4 + [Decimal(30)]),
            billing_address=self.dice.choice([None, None, self.dice.choice(PLACES)]),
            **given,
        )

    def tell(self, *words: object) -> None:
        self.told.append(" ".join(str(word) for word in words))

    def money(self, most: int) -> Decimal:
        """So many hundredths at most, in whole minor units."""
        return decimal(amount(self.dice, 1, most, min(self.decimals, 2)))


def day(dice: Random, business: Business) -> date:
    return business.today + timedelta(days=dice.randint(-40, 25))


def _subscribe(dice: Random, business: Business) -> None:
    account = dice.choice(business.accounts)
    start = day(dice, business)
    types = ["recurring", "recurring", "recurring", "usage", "usage", "one_time"]
    items = tuple(
        NewItem(_price(dice, business, dice.choice(types)), Decimal(dice.randint(0, 60)) / dice.choice([1, 1, 1, 4]))
        for _ in range(dice.choice([1, 1, 2]))
    )
    new = NewSubscription(
        account=account,
        items=items,
        start_date=start,
        end_date=dice.choice([None, None, start + timedelta(days=dice.randint(1, 90))]),
        anchor=dice.choice(["cycle", "cycle", "start_date"]),
        who_pays=_choice(dice, business),
    )
    made = create_subscription(new)
    business.subscriptions.append(made.id)
    business.tell("subscribe", made.id, new)


def _price(dice: Random, business: Business, type: str, advance: bool | None = None) -> int:
    pooled = type == "usage" and dice.choice([True, True, False])
    meter = business.meters[0] if pooled else dice.choice(business.meters)
    advance = dice.choice([True, True, False]) if advance is None else advance
    price = new_price(dice, 0, type, 1, advance, pooled)
    unit, count = NAMES[price.interval]
    model = price.model
    made = create_price(
        NewPrice(
            product=dice.choice(business.products),
            currency=business.currency,
            type=type,
            model=model,
            interval=unit,
            interval_count=count,
            timing="in_advance" if price.advance and type != "usage" else "in_arrears",
            unit_amount=decimal(price.unit) if model in ("per_unit", "package") else None,
            flat_amount=decimal(price.flat) if model == "flat" else None,
            package_size=decimal(price.package) if model == "package" else None,
            tiers=tuple(
                NewTier(None if up_to is None else decimal(up_to), decimal(unit_amount), decimal(flat_amount))
                for up_to, unit_amount, flat_amount in price.tiers
            )
            if model in ("graduated", "volume")
            else None,
            meter=meter.id if type == "usage" else None,
            included_quantity=decimal(price.included) if type == "usage" else None,
            pooled=pooled,
        )
    )
    business.tell("  price", made.id, price)
    return made.id


def _choice(dice: Random, business: Business) -> WhoPaysChoice | None:
    mode = dice.choice(
        [None, None, "customer_separate", "customer_consolidated", "parent", "eldest_ancestor", "ancestor"]
    )
    if mode is None:
        return None
    return WhoPaysChoice(mode, dice.choice(business.customers) if mode == "ancestor" else None)


def _change(dice: Random, business: Business) -> None:
    """Another price or quantity of an item."""
    subscription = dice.choice(business.subscriptions)
    items = rows(
        """SELECT item.id, price.type, price.timing FROM subscriptions_subscriptionitem item
           JOIN catalog_price price ON price.id = item.price_id WHERE subscription_id = %s ORDER BY 1""",
        subscription,
    )
    item, type, timing = dice.choice(items)
    quantity = dice.choice([None, Decimal(dice.randint(0, 60))])
    price = _price(dice, business, type, timing == "in_advance") if quantity is None or dice.random() < 0.3 else None
    on = day(dice, business)
    change_subscription(subscription, on, [ItemChange(item, quantity, price)])
    business.tell("change", subscription, "item", item, on, quantity, price)


def _cancel(dice: Random, business: Business) -> None:
    subscription, on, prorate = dice.choice(business.subscriptions), day(dice, business), dice.choice([True, False])
    cancel_subscription(subscription, on, prorate)
    business.tell("cancel", subscription, on, prorate)


ITEMS = "SELECT id FROM subscriptions_subscriptionitem WHERE subscription_id = %s ORDER BY 1"
AGREED = """
SELECT terms.id FROM subscriptions_itemterms terms JOIN subscriptions_subscriptionitem item ON item.id = item_id
WHERE subscription_id = %s ORDER BY 1
"""


def _live_with(dice: Random, business: Business) -> None:
    """What becomes of a subscription: it is taken up again, pauses, goes on; items come and go; changes are dropped."""
    subscription, on = dice.choice(business.subscriptions), day(dice, business)
    what = dice.choice(["uncancel", "pause", "pause", "resume", "add", "end", "withdraw", "withdraw"])
    if what == "uncancel":
        uncancel_subscription(subscription)
    elif what == "pause":
        pause_subscription(subscription, on, dice.choice([None, on + timedelta(days=dice.randint(0, 40))]))
    elif what == "resume":
        resume_subscription(subscription, on)
    elif what == "add":
        price = _price(dice, business, dice.choice(["recurring", "usage"]))
        add_item(subscription, NewItem(price, Decimal(dice.randint(0, 60))), on)
    elif what == "end":
        items = rows(
            "SELECT id FROM subscriptions_subscriptionitem WHERE subscription_id = %s ORDER BY 1", subscription
        )
        end_item(subscription, dice.choice(items)[0], dice.choice([on, on, None]))
    else:
        withdraw_change(subscription, dice.choice(rows(AGREED, subscription))[0])
    business.tell(what, subscription, on)


def _use(dice: Random, business: Business) -> None:
    account, meter = dice.choice(business.accounts), dice.choice(business.meters)
    on = day(dice, business)
    at = datetime(on.year, on.month, on.day, dice.choice([1, 12, 23]), tzinfo=UTC)
    much = Decimal(dice.choice([dice.randint(1, 20), dice.randint(20, 200)])) / dice.choice([1, 1, 2])
    if meter.aggregation == "sum" and dice.random() < 0.2:
        much = -much
    number = rows("SELECT number FROM accounts_account WHERE id = %s", account)[0][0]
    event = NewEvent(f"event-{business.number()}", number, meter.key, at, much)
    if record_events([event]).accepted:
        business.tell("use", account, meter.key, at, much)


def _correct_usage(dice: Random, business: Business) -> None:
    """An event is cancelled, or says something else from now on."""
    event, on = dice.choice(rows("SELECT event_id FROM usage_usageevent ORDER BY 1"))[0], day(dice, business)
    if dice.choice([True, False]):
        cancel_event(event, "Sent by mistake")
        business.tell("no use", event)
        return
    at = datetime(on.year, on.month, on.day, 5, tzinfo=UTC)
    changes = dice.choice([{"quantity": Decimal(dice.randint(1, 90))}, {"timestamp": at}])
    replace_event(event, changes, "Counted wrongly")
    business.tell("other use", event, changes)


def _reissue(dice: Random, business: Business) -> None:
    invoice = dice.choice(rows("SELECT id FROM invoices_invoice WHERE status <> 'void' ORDER BY id"))[0]
    made = reissue_invoice(invoice, "Wrong address")
    business.tell("reissue", invoice, "as", made.pk)


def _charge(dice: Random, business: Business) -> None:
    account, on = dice.choice(business.accounts), day(dice, business)
    much = business.money(5000) * dice.choice([1, 1, -1])
    new = NewCharge(account, "Visit", much, on, dice.choice([None, *business.products]))
    own = rows("SELECT id FROM subscriptions_subscription WHERE account_id = %s ORDER BY id", account)
    if own and dice.random() < 0.3:
        new = replace(new, subscription=dice.choice(own)[0])
    else:
        new = replace(new, who_pays=_choice(dice, business))
    create_charge(new)
    business.tell("charge", new)


def _pay(dice: Random, business: Business) -> None:
    """A subscription gets another payer, is put into a group, or is paid by its account again."""
    subscription, on = dice.choice(business.subscriptions), day(dice, business)
    if dice.random() < 0.25:
        group = create_group(NewGroup(dice.choice(business.customers))).id
        choose_payer(subscription, None, on, group)
        business.tell("group", subscription, on, group)
        return
    choice = _choice(dice, business)
    choose_payer(subscription, choice, on)
    business.tell("payer", subscription, on, choice)


def _be_responsible(dice: Random, business: Business) -> None:
    account, on = dice.choice(business.accounts), day(dice, business)
    if dice.random() < 0.2:
        remove_responsible_account(account, on)
        business.tell("not managed", account, on)
        return
    of_cycle = "SELECT id FROM accounts_account WHERE bill_cycle_id = %s AND id <> %s ORDER BY id"
    cycle = rows("SELECT bill_cycle_id FROM accounts_account WHERE id = %s", account)[0][0]
    target = dice.choice(rows(of_cycle, cycle, account))[0]
    assign_responsible_account(account, target, on)
    business.tell("managed", account, "by", target, on)


def _plant(dice: Random, business: Business) -> None:
    """An account gets another place in the trees."""
    account, parent, on = dice.choice(business.accounts), dice.choice([None, *business.accounts]), day(dice, business)
    children = dice.choice(["move", "move", "stay"])
    set_account_parent(account, parent, on, children)
    business.tell("parent of", account, "is", parent, on, children)


def _move(dice: Random, business: Business) -> None:
    customer, parent, on = (
        dice.choice(business.customers),
        dice.choice([None, *business.customers]),
        day(dice, business),
    )
    if parent is None:
        detach_customer(customer, on)
    else:
        move_customer(customer, parent, on)
    business.tell("customer", customer, "below", parent, on)


def _change_account(dice: Random, business: Business) -> None:
    account = dice.choice(business.accounts)
    changes: dict[str, object] = dice.choice(
        [
            {"bill_cycle": dice.choice(business.cycles).id},
            {"bill_cycle": dice.choice(business.cycles).id},
            {"invoice_rendering_type": dice.choice(["per_account", "aggregated"])},
            {"minimum_invoice_amount": dice.choice([Decimal(0), Decimal(25)])},
            {"taxable": dice.choice([True, False])},
            {"is_default": True},
        ]
    )
    update_account(account, changes)
    business.tell("account", account, changes)


def _change_status(dice: Random, business: Business) -> None:
    account, on = dice.choice(business.accounts), day(dice, business)
    status = dice.choice(["active", "active", "suspended", "pending_collection", "inactive"])
    change_account_status(account, status, on)
    business.tell("status", account, status, on)


def _discount(dice: Random, business: Business) -> None:
    if dice.random() < 0.3:
        discount, on = dice.choice(list(Discount.objects.order_by("id"))), day(dice, business)
        end_validity(Discount, discount.id, on)
        business.tell("discount", discount.id, "ends", on)
        return
    fixed = dice.choice([True, False, False])
    new = NewDiscount(
        account=dice.choice(business.accounts),
        percent=None if fixed else decimal(amount(dice, 1, 5000)),
        amount=business.money(5000) if fixed else None,
        valid_from=day(dice, business),
        valid_to=dice.choice([None, None, business.today + timedelta(days=dice.randint(25, 90))]),
        products=dice.choice([None, None, (dice.choice(business.products),)]),
    )
    create_discount(new)
    business.tell("discount", new)


def _tax(dice: Random, business: Business) -> None:
    if dice.random() < 0.2:
        rate, on = dice.choice(list(TaxRate.objects.order_by("id"))), day(dice, business)
        end_validity(TaxRate, rate.id, on)
        business.tell("tax", rate.id, "ends", on)
        return
    place = dice.choice(PLACES)
    new = NewTaxRate(
        name=f"Tax {business.number()}",
        country=place["country"],
        percent=decimal(amount(dice, 1, 2500)),
        state=dice.choice([None, place.get("state")]),
        tax_category=dice.choice([None, None, "software"]),
        valid_from=dice.choice([None, day(dice, business)]),
    )
    create_tax_rate(new)
    business.tell("tax", new)


def _exempt(dice: Random, business: Business) -> None:
    if dice.random() < 0.3:
        exemption, on = dice.choice(list(TaxExemption.objects.order_by("id"))), day(dice, business)
        end_validity(TaxExemption, exemption.id, on)
        business.tell("exemption", exemption.id, "ends", on)
        return
    new = NewTaxExemption(dice.choice(business.accounts), "certificate", day(dice, business))
    create_tax_exemption(new)
    business.tell("exempt", new)


def _validate(dice: Random, business: Business) -> None:
    customer, validated = dice.choice(business.customers), dice.choice([True, True, False])
    update_customer(customer, {"tax_id_validated": validated})
    business.tell("validated", customer, validated)


def _void(dice: Random, business: Business) -> None:
    """One invoice; the lines of it are free to be billed again."""
    invoice, run = dice.choice(
        rows("SELECT id, bill_run_id FROM invoices_invoice WHERE status <> 'void' ORDER BY id") or [(0, 0)]
    )
    void_invoice(invoice)
    business.tell("void", invoice, "of run", run)


def _reverse(dice: Random, business: Business) -> None:
    run = _a_run(dice)
    reverse_run(run)
    business.tell("reverse", run)


def _a_run(dice: Random) -> int:
    runs = rows("SELECT id FROM billruns_billrun WHERE mode = 'bill' ORDER BY id")
    return int(dice.choice(runs or [(0,)])[0])


def _decide(dice: Random, business: Business) -> None:
    """What awaits approval is approved or discarded."""
    waiting = rows("SELECT id FROM billruns_billrun WHERE status = 'awaiting_approval' ORDER BY id")
    if waiting:
        decide(business, dice.choice(waiting)[0], dice.choice([True, False]))


def decide(business: Business, run: int, approved: bool) -> None:
    """Approve or discard a run; what is discarded was never billed, unless it was issued before (RUN-4)."""
    issued = set(rows("SELECT account_id FROM invoices_invoice WHERE bill_run_id = %s AND status <> 'draft'", run))
    if approved:
        approve_run(run)
    else:
        drafts = set(rows("SELECT account_id FROM invoices_invoice WHERE bill_run_id = %s AND status = 'draft'", run))
        assert not issued & drafts
        discard_run(run)
    business.tell("approve" if approved else "discard", run)


def _ask_for_approval(dice: Random, business: Business) -> None:
    change_settings({"require_bill_run_approval": dice.choice([True, False, False])})


LIFE: list[Callable[[Random, Business], None]] = (
    [_subscribe] * 3
    + [_change] * 4
    + [_cancel] * 2
    + [_live_with] * 5
    + [_use] * 5
    + [_correct_usage] * 2
    + [_charge] * 2
    + [_pay] * 3
    + [_be_responsible] * 3
    + [_plant] * 2
    + [_change_account] * 3
    + [_change_status] * 2
    + [_discount, _discount, _tax, _exempt, _validate, _move]
    + [_void] * 2
    + [_reissue] * 2
    + [_reverse, _decide, _decide, _ask_for_approval]
)


def begin(business: Business) -> None:
    """A few things before the first run."""
    dice = business.dice
    for verb in [_subscribe] * dice.randint(2, 4) + [_be_responsible, _plant, _tax, _tax, _discount] * 2:
        attempt(business, verb)


def happen(business: Business) -> None:
    """One thing happens, or is refused."""
    attempt(business, business.dice.choice(LIFE))


def attempt(business: Business, verb: Callable[[Random, Business], None]) -> None:
    told = len(business.told)
    try:
        with transaction.atomic():
            verb(business.dice, business)
    except Refusal as refusal:
        del business.told[told:]
        if verb is _subscribe and business.subscriptions:
            known = {row[0] for row in rows("SELECT id FROM subscriptions_subscription")}
            business.subscriptions = [one for one in business.subscriptions if one in known]
        business.tell("  refused:", verb.__name__, refusal.problems[0].message)
    except IndexError:  # there is nothing yet that could be chosen from
        del business.told[told:]


# runs


def dates_of(cycle: BillCycle) -> list[date]:
    """Every date that a cycle may be run for next, from the last completed one on."""
    last = rows(
        """SELECT max(billing_date) FROM billruns_billrun WHERE bill_cycle_id = %s AND mode = 'bill'
           AND status IN ('completed', 'completed_with_errors')""",
        cycle.id,
    )[0][0]
    every = list(billing_dates(cycle.start_date, Frequency(cycle.frequency), LAST_DAY))
    return [one for one in every if last is None or one >= last]


def run(
    business: Business, cycle: BillCycle, on: date, failing: Collection[int] = (), batch_size: int = 2500
) -> BillRun:
    """A run of the cycle, in which the engine can't bill the failing accounts."""
    started = begun(cycle, on)
    business.tell("run", started.pk, cycle.id, cycle.name, on, "failing", failing, "batches of", batch_size)
    return _by_workers(started, failing, batch_size)


def retry(business: Business, done: BillRun) -> tuple[BillRun, list[int]]:
    """The accounts that the run could not bill, once more."""
    listed = [row[0] for row in rows("SELECT account_id FROM billruns_runerror WHERE run_id = %s", done.pk)]
    with transaction.atomic():
        again = retry_run(done.pk)
        forget_jobs(again)
    business.tell("retry", done.pk, listed)
    return _by_workers(again, (), 1), listed


def simulate(cycle: BillCycle, on: date) -> BillRun:
    """A run that changes nothing."""
    return completed(begun(cycle, on, RunMode.SIMULATE))


def _by_workers(started: BillRun, failing: Collection[int], batch_size: int) -> BillRun:
    def billed(family: Family, on: date) -> Bill:
        if family.payer.id in failing:
            raise RuntimeError("no exchange rate")
        return bill(family, on)

    with patch.object(steps, "ACCOUNTS_A_BATCH", batch_size), patch.object(steps, "bill", billed):
        return completed(started)
