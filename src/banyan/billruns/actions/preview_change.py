"""Show what the next bill run would bill for a subscription before and after a change, and change nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.billruns.queries import PendingLine, pending_charges
from banyan.engine.result import Line
from banyan.foundation.numbering import taken_back
from banyan.kernel.calendar import Frequency, next_billing_date
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.queries import payer_of


@dataclass(frozen=True, slots=True)
class NextInvoices:
    """The lines of one subscription, on whichever invoice they are, that a run on `billing_date` would bill."""

    billing_date: date
    currency: str
    pending_before: Sequence[PendingLine]
    pending_after: Sequence[PendingLine]

    @property
    def before(self) -> list[Line]:
        """The lines as things are."""
        return [each.line for each in self.pending_before]

    @property
    def after(self) -> list[Line]:
        """The lines with what is looked at."""
        return [each.line for each in self.pending_after]

    @property
    def total_before(self) -> Decimal:
        return sum((line.total for line in self.before), Decimal(0))

    @property
    def total_after(self) -> Decimal:
        return sum((line.total for line in self.after), Decimal(0))


def preview_change(subscription: Subscription, change: Callable[[], object]) -> NextInvoices:
    """What the change would lead to on the payer's next billing date; refused for the same reasons (INV-8)."""
    day = next_billing_day(subscription)
    with taken_back():
        before = _lines(subscription, day)
        change()
        after = _lines(subscription, day)
    return NextInvoices(day, subscription.account.currency, before, after)


def next_invoices(subscription: Subscription) -> NextInvoices:
    """What a run on the payer's next billing date would bill as things are."""
    day = next_billing_day(subscription)
    lines = _lines(subscription, day)
    return NextInvoices(day, subscription.account.currency, lines, lines)


def preview_start(subscribe: Callable[[], Subscription]) -> NextInvoices:
    """What the first run from its start on would bill for a subscription that `subscribe` makes, and that is not kept;
    refused for the same reasons (INV-8).
    """
    with taken_back():
        subscription = subscribe()
        day = next_billing_day(subscription, subscription.start_date)
        lines = _lines(subscription, day)
    return NextInvoices(day, subscription.account.currency, [], lines)


def next_billing_day(subscription: Subscription, since: date | None = None) -> date:
    """The next billing date, from today or a later day on, of who pays for the subscription then."""
    first = max(today(), since or today())
    payer = payer_of(subscription.account_id, subscription.pk, first).account_id
    account = Account.objects.select_related("bill_cycle").get(pk=payer)
    cycle = account.bill_cycle
    return next_billing_date(cycle.start_date, Frequency(cycle.frequency), max(first, account.start_date))


def _lines(subscription: Subscription, day: date) -> list[PendingLine]:
    pending = pending_charges(subscription.account_id, day)
    return [each for each in pending if each.line.subscription_id == subscription.pk]
