"""Give customers a parent, another one, or none, with all that follows for who pays (CHI-1, CHI-2, WHO-1)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import partial

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange

from banyan.accounts.models import Account
from banyan.accounts.today import today, today_of_customers
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.moved_customers import (
    everybody_below,
    no_such_customer,
    only_payers_in_scope_after_move,
    starts_of,
)
from banyan.customers.payers_after_move import rederive_payers
from banyan.customers.waiting_charges import are_there_any, check_new_payers, waiting_charges
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Problems, Refusal
from banyan.relations.checks import (
    check_customer_links_allowed,
    check_depth,
    check_effective_date,
    check_no_cycle,
    check_not_itself,
    check_same_owner_of_customers,
    check_until,
)
from banyan.relations.edges import CUSTOMER_PARENT, HeldEdges, lock, refused_by_the_database
from banyan.relations.inputs import NewLink
from banyan.relations.spans import Span, held_above, held_below, levels_below
from banyan.relations.subjects import day_of_change
from banyan.subscriptions.models import Charge, WhoPays
from banyan.subscriptions.who_pays import BY_HIERARCHY

_FIELD = "parent"


@transaction.atomic
def move_customers(new: Sequence[NewLink]) -> list[Refusal | None]:
    """Each customer is below its target from its day on, or below nobody; a refusal at a position stops no other.

    A move is checked against those before it. Where who pays for subscriptions may change, customers move one by one.
    """
    lock(CUSTOMER_PARENT)
    subjects = {link.subject for link in new}
    starts, days = starts_of(subjects), today_of_customers(subjects)
    dated = [replace(link, effective_date=_day(link, starts, days)) for link in new]
    first_day = min((link.effective_date for link in dated if link.effective_date), default=date.max)
    with only_payers_in_scope_after_move(subjects, first_day):
        if _is_simple(dated) or _is_paid_for_by_choice(subjects, first_day):
            return [_move_alone(link) for link in dated]
        return _move_at_once(dated, starts, first_day)


def move_customer(customer_id: int, parent_id: int, effective_date: date | None = None) -> None:
    """From `effective_date` (default today) on the customer, with everybody below it, is below the parent.

    Subscriptions below that the parent or eldest ancestor pays for go to the new one's default group; those with
    a named payer that is no longer an ancestor are paid by their accounts again. The same parent again changes nothing.
    """
    (refusal,) = move_customers([NewLink(customer_id, parent_id, effective_date)])
    if refusal:
        raise refusal


def _day(link: NewLink, starts: Mapping[int, date], days: Mapping[int, date]) -> date:
    subject = link.subject
    return day_of_change(link.effective_date, starts.get(subject, date.min), days.get(subject) or today())


def _is_simple(new: Sequence[NewLink]) -> bool:
    """One move that stays: looking for choices of payers first would take longer than to derive those there are."""
    return len(new) == 1 and new[0].target is not None and new[0].until is None


def _is_paid_for_by_choice(customer_ids: set[int], since: date) -> bool:
    rows = WhoPays.objects.filter(during__overlap=DateRange(since, None))
    if not rows.exists() and not are_there_any():
        return False
    below = list(everybody_below(customer_ids, since))
    of_charges = Charge.objects.filter(billed=False, who_pays_mode__in=BY_HIERARCHY)
    return (
        rows.filter(subscription__account__customer__id__any_of=below).exists()
        or of_charges.filter(account__customer__id__any_of=below).exists()
    )


def _move_alone(link: NewLink) -> Refusal | None:
    """One move with what follows for who pays, on its first day and, where it ends, on the day it does."""
    assert link.effective_date is not None  # a day was decided
    day, until = link.effective_date, link.until
    try:
        with transaction.atomic():
            if link.target is None:
                detach_customer(link.subject, day)
                return None
            charges = waiting_charges(link.subject, day)
            (refusal,) = _move_at_once([replace(link, until=None)], starts_of({link.subject}), day)
            if refusal:
                return refusal
            problems = Problems()
            check_new_payers(charges, waiting_charges(link.subject, day), problems)
            rederive_payers(link.subject, day, problems)
            if until is not None:
                detach_customer(link.subject, until)
    except Refusal as refusal:
        return refusal
    return None


def _move_at_once(new: Sequence[NewLink], starts: dict[int, date], first_day: date) -> list[Refusal | None]:
    customers = {link.subject for link in new} | {link.target for link in new if link.target is not None}
    accounts = {
        account.customer_id: account for account in Account.objects.filter(customer_id__in=customers, is_default=True)
    }
    edges = HeldEdges(CUSTOMER_PARENT, first_day)
    edges.hold_above(customers)
    below = partial(levels_below, CUSTOMER_PARENT)
    if len(new) > 1:
        edges.hold_below({link.subject for link in new})
        below = partial(held_below, edges)
    settings = read_settings()
    results = [_move(link, accounts, starts, edges, below, settings) for link in new]
    with refused_by_the_database():
        edges.write()
    return results


def _move(
    link: NewLink,
    accounts: dict[int, Account],
    starts: dict[int, date],
    edges: HeldEdges,
    below: Callable[[int, date, date | None], Sequence[Span]],
    settings: Settings,
) -> Refusal | None:
    try:
        if link.subject not in accounts:
            raise no_such_customer(link.subject)
        problems, day = Problems(), link.effective_date
        assert day is not None  # a day was decided
        check_effective_date(day, starts[link.subject], problems)
        check_until(day, link.until, problems)
        if link.target is None:
            problems.raise_if_any()
            edges.unlink(link.subject, day)
            return None
        check_customer_links_allowed(settings, _FIELD, problems)
        if link.target not in accounts:
            problems.add(_FIELD, "unknown", f"There is no such customer: {link.target}.", None, link.target)
            problems.raise_if_any()
        check_same_owner_of_customers(accounts[link.subject], accounts[link.target], _FIELD, problems)
        check_not_itself(link.subject, link.target, _FIELD, "customer", problems)
        above = held_above(edges, link.target, day, link.until)
        check_no_cycle(link.subject, above, _FIELD, "customer", problems)
        if not problems.found:
            check_depth(above, below(link.subject, day, link.until), day, _FIELD, problems)
        problems.raise_if_any()
        edges.link(link.subject, link.target, day, link.until)
    except Refusal as refusal:
        return refusal
    return None
