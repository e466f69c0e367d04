"""How far ahead a billing date may lie (RUN-10)."""

from datetime import date, timedelta

from banyan.accounts.today import today
from banyan.billruns.models import BillRun, RunMode
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Problems, invalid

DAYS_IN_SIGHT = 731
"""Two years: so far ahead charges are worked out where nothing is billed. What lies beyond is a mistyped year."""


def check_not_too_far_ahead(problems: Problems, billing_date: date, mode: str, ahead: bool) -> None:
    """A run that bills: up to Bill Ahead Days after today, unless it is asked for. A simulation: within sight."""
    now = today()
    if mode == RunMode.SIMULATE:
        if is_out_of_sight(billing_date):
            problems.add("billing_date", "out_of_sight", out_of_sight(billing_date), "RUN-10", str(billing_date))
        return
    days = read_settings().bill_ahead_days
    if not ahead and billing_date > now + timedelta(days=days):
        message = (
            f"{billing_date} is {(billing_date - now).days:,} days ahead of today, {now}; a run bills at most"
            f" {days:,} days ahead (Bill Ahead Days). Give ahead: true if that is meant: {locks(billing_date)}"
        )
        problems.add("billing_date", "too_far_ahead", message, "RUN-10", str(billing_date))


def locks(billing_date: date) -> str:
    """What a run dated ahead locks."""
    return (
        "no earlier date of the cycle can be billed any more, the numbers of its invoices are used up, they count from"
        f" {billing_date} on, and what changes until then is credited or charged by a later run."
    )


def is_further_than_usual(billing_date: date) -> bool:
    """Whether a run that bills for that date has to be asked for."""
    return billing_date > today() + timedelta(days=read_settings().bill_ahead_days)


def is_out_of_sight(billing_date: date) -> bool:
    """Whether that date lies further ahead than charges are worked out."""
    return billing_date > today() + timedelta(days=DAYS_IN_SIGHT)


def out_of_sight(billing_date: date) -> str:
    """Why nothing is worked out for that date."""
    return f"{billing_date} is more than two years ahead; charges are worked out for up to two years from today"


def check_within_sight(billing_date: date) -> None:
    """Refused: a date for which no charges are worked out."""
    if is_out_of_sight(billing_date):
        raise invalid("billing_date", "out_of_sight", out_of_sight(billing_date), "RUN-10", str(billing_date))


def counts_from(run: BillRun) -> date | None:
    """The day from which the invoices of a run count (LED-2), while that lies ahead."""
    return run.billing_date if run.mode == RunMode.BILL and run.billing_date > today() else None
