"""Show what the next bill run would bill for a subscription before and after a change, and change nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.billruns.queries import PendingLine, next_run_dates, pending_charges
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
    """What the change would lead to on the first billing date yet to be billed on which it makes a difference, else on
    the next one from today; refused for the same reasons (INV-8).
    """
    days = next_billing_days(subscription)
    with taken_back():
        before = {day: _lines(subscription, day) for day in days}
        change()
        for day in days:
            after = _lines(subscription, day)
            if _shown(before[day]) != _shown(after):
                break
    return NextInvoices(day, subscription.account.currency, before[day], after)


def next_invoices(subscription: Subscription) -> NextInvoices:
    """What the next run that bills anything of it would bill as things are."""
    day, lines = _first_with_lines(subscription, next_billing_days(subscription))
    return NextInvoices(day, subscription.account.currency, lines, lines)


def preview_start(subscribe: Callable[[], Subscription]) -> NextInvoices:
    """What the first run that bills anything would bill for a subscription that `subscribe` makes, and that is not
    kept; refused for the same reasons (INV-8).
    """
    with taken_back():
        subscription = subscribe()
        day, lines = _first_with_lines(subscription, next_billing_days(subscription))
    return NextInvoices(day, subscription.account.currency, [], lines)


def next_billing_days(subscription: Subscription) -> list[date]:
    """The first billing date, of who pays for the subscription, that no run is completed for, and the next one from
    today, or its start, on: the same day unless a run is due (RUN-1).
    """
    start = max(today(subscription.account.owner_id), subscription.start_date)
    payer = payer_of(subscription.account_id, subscription.pk, start).account_id
    account = Account.objects.select_related("bill_cycle").get(pk=payer)
    (day,) = next_run_dates([account.bill_cycle]).values()
    not_billed = _on_or_after(account, day)
    following = _on_or_after(account, max(start, not_billed))
    return sorted({not_billed, following})


def _on_or_after(payer: Account, day: date) -> date:
    cycle = payer.bill_cycle
    return next_billing_date(cycle.start_date, Frequency(cycle.frequency), max(day, payer.start_date))


def _first_with_lines(subscription: Subscription, days: Sequence[date]) -> tuple[date, list[PendingLine]]:
    for day in days:
        lines = _lines(subscription, day)
        if lines:
            break
    return day, lines


def _lines(subscription: Subscription, day: date) -> list[PendingLine]:
    pending = pending_charges(subscription.account_id, day)
    return [each for each in pending if each.line.subscription_id == subscription.pk]


def _shown(pending: Sequence[PendingLine]) -> list[tuple[object, ...]]:
    """What people see of the lines."""
    return [
        (line.item_id, line.charge_id, line.description, line.period, line.quantity, line.gross, line.net, line.tax,
         line.payer.account_id)
        for line in (each.line for each in pending)
    ]  # fmt: skip
