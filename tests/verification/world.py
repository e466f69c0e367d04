"""A tenant with some of everything that `banyan verify` looks at, billed for four months."""

from datetime import date
from decimal import Decimal

from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.reissue_invoice import reissue_invoice
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.models import BillRun
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.inputs import NewDiscount, NewTaxRate
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.actions.update_account import update_account
from banyan.engine.facts import PriceType
from banyan.invoices.actions.void_invoice import void_invoice
from banyan.invoices.models import Invoice
from banyan.organizations.actions.create_organization import create_organization
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import ItemChange, NewCharge, WhoPaysChoice
from banyan.subscriptions.models import Subscription
from tests.billruns.running import APRIL, FEBRUARY, JANUARY, MARCH, require_approval, run_for, used
from tests.business import a_meter, a_price, account_of, subscribed
from tests.relations.people import NEW_YEAR, People

HOME = {"line1": "1 Main St", "city": "Springfield", "country": "US"}


class World:
    """Customers with every kind of relation, billed for January to April: changed, corrected, void, reissued, reversed.

    `payer` pays for itself and for `managed`, with 10 % off and 5 % tax; `hotel` gets an invoice for each of its
    accounts; the customer `bottom` is paid for by its parent and, for one subscription and one charge, pays on invoices
    of their own.
    """

    def __init__(self) -> None:
        people = People()
        self.cycle = people.cycle
        self.top, self.middle, self.bottom = people.chain(3)
        self.payer = people.account(billing_address=HOME)
        self.managed = people.account(responsible=self.payer)
        set_account_parent(self.managed.id, self.payer.id, NEW_YEAR)
        self.hotel = people.account()
        self.room = people.account(responsible=self.hotel)
        update_account(self.hotel.id, {"invoice_rendering_type": "per_account"})
        self.upper = create_organization("Upper", "upper")
        self.lower = create_organization("Lower", "lower", self.upper.id)
        create_tax_rate(NewTaxRate("Sales tax", "US", Decimal(5)))
        create_discount(NewDiscount(self.payer.id, percent=Decimal(10), valid_from=NEW_YEAR))
        self._subscribe()
        self._bill(people)

    def _subscribe(self) -> None:
        self.subscription = subscribed(self.payer, a_price("31"))
        self.plain = subscribed(self.payer, a_price("50"), a_price("0"))
        subscribed(self.managed, a_price("62"))
        subscribed(self.hotel, a_price("40"))
        subscribed(self.room, a_price("70", timing="in_arrears"))
        meter = a_meter()
        self.metered = subscribed(self.payer, a_price("0.50", type=PriceType.USAGE, meter=meter.id))
        for day in (JANUARY, FEBRUARY, MARCH):
            used(self.payer, meter, 100, day.replace(day=10))
        paid_above, separate = (subscribed(account_of(self.bottom), a_price(price)) for price in ("10", "45"))
        choose_payer(paid_above.id, WhoPaysChoice("parent"), NEW_YEAR)
        choose_payer(separate.id, WhoPaysChoice("customer_separate"), NEW_YEAR)
        self.paid_above, self.separate = paid_above, separate
        self.unbilled = subscribed(self.payer, a_price("33"), start_date=date(2027, 1, 1))
        self.charge = create_charge(NewCharge(self.payer.id, "Visit", Decimal("20.00"), NEW_YEAR))
        by_itself = WhoPaysChoice("customer_separate")
        fee = NewCharge(account_of(self.bottom).id, "Fee", Decimal("15.00"), NEW_YEAR, who_pays=by_itself)
        self.fee = create_charge(fee)

    def _bill(self, people: People) -> None:
        self.run: BillRun = run_for(people.cycle, JANUARY)
        self.invoice = Invoice.objects.get(bill_run_id=self.run.pk, account=self.payer)
        item = self.subscription.items.get()
        change_subscription(self.subscription.id, JANUARY.replace(day=15), [ItemChange(item.id, quantity=Decimal(2))])
        self.voided = void_invoice(Invoice.objects.get(bill_run_id=self.run.pk, group__isnull=False).id)
        require_approval()
        self.february = approve_run(run_for(people.cycle, FEBRUARY).pk)
        wrong = Invoice.objects.filter(bill_run_id=self.february.pk, account=self.hotel).order_by("id")[0]
        self.reissued = reissue_invoice(wrong.id, "Wrong address")
        discard_run(run_for(people.cycle, MARCH).pk)
        require_approval(False)
        self.reversed = reverse_run(run_for(people.cycle, MARCH).pk)
        self.march = run_for(people.cycle, MARCH)
        self.april = run_for(people.cycle, APRIL)

    def names(self) -> dict[str, int]:
        """What the statements of the tests may refer to."""
        return {
            "top": self.top.id,
            "bottom": self.bottom.id,
            "payer": self.payer.id,
            "managed": self.managed.id,
            "hotel": self.hotel.id,
            "room": self.room.id,
            "subscription": self.subscription.id,
            "plain": self.plain.id,
            "metered": self.metered.id,
            "separate": self.separate.id,
            "paid_above": self.paid_above.id,
            "unbilled": _first_item(self.unbilled),
            "charge": self.charge.id,
            "fee": self.fee.id,
            "invoice": self.invoice.id,
            "voided": self.voided.id,
            "run": self.run.pk,
            "february": self.february.pk,
            "reversed": self.reversed.pk,
            "reissued": self.reissued.pk,
            "april": self.april.pk,
            "upper": self.upper.id,
            "lower": self.lower.id,
        }


class QuietWorld(World):
    """The same, where nothing was void, reversed or reissued: who works amounts out anew has no excuse for another."""

    def _bill(self, people: People) -> None:
        self.run = run_for(people.cycle, JANUARY)
        self.invoice = Invoice.objects.get(bill_run_id=self.run.pk, account=self.payer)
        item = self.subscription.items.get()
        change_subscription(self.subscription.id, JANUARY.replace(day=15), [ItemChange(item.id, quantity=Decimal(2))])
        self.february, self.march, self.april = (run_for(people.cycle, day) for day in (FEBRUARY, MARCH, APRIL))
        self.voided = self.reissued = self.invoice
        self.reversed = self.march


def _first_item(subscription: Subscription) -> int:
    return subscription.items.order_by("id")[0].id
