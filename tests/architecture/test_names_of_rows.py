"""Whatever is shown of a row, it is called as people call it: no page says "Price object (1)"."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import Model

from banyan.accounts.models import Account, BillCycle, Customer, Owner
from banyan.billruns.models import Batch, BillRun, HeldBack, SimulatedInvoice
from banyan.catalog.models import Discount, Price, Product
from banyan.invoices.models import BilledBefore, Invoice, InvoiceCounter, InvoiceLine, InvoiceSeal
from banyan.ledger.models import Posting
from banyan.relations.models import AccountParent, CustomerParent, ResponsibleAccount
from banyan.subscriptions.models import (
    BillingPause,
    EarlierBillCycle,
    ItemTerms,
    OrderItem,
    Subscription,
    SubscriptionItem,
    SubscriptionPause,
    WhoPays,
)
from banyan.transfer.models import Export, Import, ImportPiece, ImportProgress
from banyan.usage.models import EarlierScope, LateUsageMark, UsageCorrection

DAY, MOMENT = date(2026, 2, 1), datetime(2026, 2, 1, 9, 30, tzinfo=UTC)
ACME, BETA = Account(pk=1, number="ACME-1", name="Acme"), Account(pk=2, number="BETA-1", name="Beta")
SEAT = Product(name="Seat", code="seat")
PER_SEAT = Price(product=SEAT, currency="USD", model="per_unit", unit_amount=Decimal("12.5"))
SERVICE = Subscription(number="S-1", account=ACME)
ITEM = SubscriptionItem(subscription=SERVICE, price=PER_SEAT, quantity=Decimal("3.000"))
RUN = BillRun(bill_cycle=BillCycle(name="Monthly"), billing_date=DAY)
OWNER = Owner(legal_name="Arbor Ltd", invoice_prefix="AC-")
CALLED: list[tuple[Model, str]] = [
    (PER_SEAT, "Seat, 12.50 USD"),
    (Price(product=SEAT, currency="USD", model="flat", flat_amount=Decimal("0.0025")), "Seat, 0.0025 USD"),
    (Price(product=SEAT, currency="USD", model="graduated", tiers=[{}]), "Seat, graduated USD"),
    (Price(code="seat-eur"), "seat-eur"),
    (Discount(percent=Decimal("7.500000")), "7.5 %"),
    (Discount(amount=Decimal(5), account=Account(currency="USD")), "5.00 USD"),
    (ITEM, "3 × Seat, 12.50 USD"),
    (ItemTerms(item=ITEM, since=DAY), "3 × Seat, 12.50 USD from 2026-02-01"),
    (OrderItem(price=PER_SEAT, quantity=Decimal(1)), "1 × Seat, 12.50 USD"),
    (WhoPays(subscription=SERVICE, mode="customer_separate"), f"{SERVICE}: customer separate"),
    (BillingPause(account=ACME, kind="suspended"), f"{ACME}: Suspended"),
    (SubscriptionPause(subscription=SERVICE, during=DateRange(DAY)), f"{SERVICE} paused from 2026-02-01"),
    (EarlierBillCycle(account=ACME, bill_cycle=RUN.bill_cycle, until=DAY), f"{ACME}: Monthly until 2026-02-01"),
    (AccountParent(account=ACME, parent=BETA), f"{ACME} below {BETA}"),
    (ResponsibleAccount(account=ACME, responsible_account=BETA), f"{ACME} managed by {BETA}"),
    (
        CustomerParent(customer=Customer(number="A", name="Acme"), parent=Customer(number="B", name="Beta")),
        f"{Customer(number='A', name='Acme')} below {Customer(number='B', name='Beta')}",
    ),
    (Posting(amount=Decimal("1250.5"), currency="USD", posted_on=DAY), "1,250.50 USD on 2026-02-01"),
    (InvoiceCounter(owner=OWNER), f"invoice numbers of {OWNER}"),
    (Invoice(owner=OWNER, sequence_number=7), "AC-000007"),
    (Invoice(owner=OWNER, account=ACME), f"draft for {ACME}"),
    (InvoiceLine(description="Seat"), "Seat"),
    (BilledBefore(bill_run_id=12), "billed before run_12"),
    (InvoiceSeal(bill_run_id=12), "seal of run_12"),
    (RUN, "Monthly for 2026-02-01"),
    (Batch(run=RUN, payers=1200), "Monthly for 2026-02-01: 1,200 payers"),
    (HeldBack(run=RUN, account=ACME), f"{ACME} held back on Monthly for 2026-02-01"),
    (SimulatedInvoice(run=RUN, account=ACME), f"{ACME} on Monthly for 2026-02-01"),
    (Import(file="customers.csv"), "customers.csv"),
    (ImportProgress(rows=1200), "1,200 rows"),
    (ImportPiece(place=3), "piece 3"),
    (Export(kind="customers", asked_by="Dana"), "customers for Dana"),
    (EarlierScope(account_id=7), "events of acc_7"),
    (UsageCorrection(event_id="e1", kind="replaced"), "e1: Replaced"),
    (LateUsageMark(looked_until=MOMENT), "looked at until 2026-02-01 09:30"),
]


def test_every_model_has_words_for_its_rows():
    ours = [model for model in apps.get_models() if model.__module__.startswith("banyan.")]
    assert len(ours) > 60
    assert [model.__name__ for model in ours if model.__str__ is Model.__str__] == []


@pytest.mark.parametrize(("row", "called"), CALLED, ids=[type(row).__name__ for row, _ in CALLED])
def test_a_row_is_called_as_people_call_it(row: Model, called: str):
    assert str(row) == called
    assert not re.search(r"object \(", str(row))
