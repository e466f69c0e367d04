"""Let other accounts be invoiced for accounts' charges, or no longer (BHI-1 to BHI-5)."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from banyan.accounts.models import Account
from banyan.accounts.today import today
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Problems, Refusal
from banyan.relations.checks import (
    check_not_managed,
    check_not_responsible,
    check_responsible_account,
    check_same_tree,
)
from banyan.relations.edges import RESPONSIBLE_ACCOUNT, Edge, HeldEdges, lock, refused_by_the_database
from banyan.relations.inputs import NewLink
from banyan.relations.payers_in_scope import act_of_a_link, refusal_beyond
from banyan.relations.queries import account_roots
from banyan.relations.subjects import AccountLink, account_links, target_or_problem

_FIELD = "responsible_account"


@transaction.atomic
def assign_responsible_accounts(new: Sequence[NewLink]) -> list[Refusal | None]:
    """Each account is managed by its target from its day on, or by nobody; a refusal at a position stops no other.

    A link is checked against those before it. Assigning the same target again changes nothing. Without a target it
    works with the setting off too (BHI-3), and is refused when the account is not managed then.
    """
    if not new:
        return []
    lock(RESPONSIBLE_ACCOUNT)
    links, accounts = account_links(new)
    edges = HeldEdges(RESPONSIBLE_ACCOUNT, min((link.day for link in links), default=date.max))
    edges.hold(accounts)
    edges.hold_next_below({link.new.subject for link in links})
    settings, roots = read_settings(), _Roots(accounts)
    results = [_assign(link, accounts, edges, settings, roots) for link in links]
    with refused_by_the_database():
        edges.write()
    return results


def assign_responsible_account(
    account_id: int, responsible_account_id: int, effective_date: date | None = None
) -> None:
    """From `effective_date` (default today) on the account is managed by the responsible account."""
    (refusal,) = assign_responsible_accounts([NewLink(account_id, responsible_account_id, effective_date)])
    if refusal:
        raise refusal


class _Roots:
    """The roots of the trees that the accounts are in, read once a day that is asked for (BHI-5)."""

    def __init__(self, accounts: dict[int, Account]) -> None:
        self._accounts = accounts
        self._on: dict[date, dict[int, int]] = {}

    def on(self, day: date) -> dict[int, int]:
        if day not in self._on:
            self._on[day] = account_roots(self._accounts, day)
        return self._on[day]


def _assign(
    link: AccountLink, accounts: dict[int, Account], edges: HeldEdges, settings: Settings, roots: _Roots
) -> Refusal | None:
    try:
        account, problems = link.checked()
        if link.new.target is None:
            problems.raise_if_any()
            edges.unlink(account.id, link.day)
            return None
        responsible = target_or_problem(accounts, link.new.target, _FIELD, problems)
        if responsible is not None:
            is_over = link.new.until is not None and link.new.until <= today(account.owner_id)
            check_responsible_account(account, responsible, settings, _FIELD, problems, is_over)
            _check_chains(link, account, responsible, edges, problems)
            if settings.restrict_responsible_account_to_account_hierarchy:
                on_the_day = roots.on(link.day)
                check_same_tree(on_the_day[account.id], responsible, on_the_day, _FIELD, problems)
        problems.raise_if_any()
        _check_reach(link.new.target)
        edges.link(account.id, link.new.target, link.day, link.new.until)
    except Refusal as refusal:
        return refusal
    return None


def _check_reach(responsible: int) -> None:
    """ORG-3."""
    refusal = refusal_beyond([responsible], act_of_a_link(_FIELD, responsible))
    if refusal:
        raise refusal


def _check_chains(
    link: AccountLink, account: Account, responsible: Account, edges: HeldEdges, problems: Problems
) -> None:
    """BHI-2, on the days that the link is to hold."""

    def meanwhile(found: list[Edge]) -> list[Edge]:
        return [edge for edge in found if edge.overlaps(link.day, link.new.until)]

    if responsible.id != account.id:
        check_not_managed(responsible, bool(meanwhile(edges.of(responsible.id, link.day))), _FIELD, problems)
    check_not_responsible(account, bool(meanwhile(edges.to(account.id))), _FIELD, problems)
