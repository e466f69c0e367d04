"""Where new customers and accounts are placed, from their start date on (REL-1): checked and written all at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from banyan.accounts.models import Account
from banyan.accounts.opening import AccountOpening, CustomerOpening
from banyan.accounts.today import Days, days_now
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Problems
from banyan.relations import checks
from banyan.relations.edges import (
    ACCOUNT_PARENT,
    CUSTOMER_PARENT,
    RESPONSIBLE_ACCOUNT,
    lock,
    open_edges,
    refused_by_the_database,
)
from banyan.relations.payers_in_scope import act_of_a_link, refusal_beyond
from banyan.relations.queries import account_roots, responsible_links_from
from banyan.relations.spans import Span, spans_above


@dataclass(frozen=True, slots=True)
class PlacedAccount:
    """A new account and the accounts that it is to be linked to."""

    opening: AccountOpening
    parent: int | None
    responsible: int | None


@dataclass(frozen=True, slots=True)
class PlacedCustomer:
    """A new customer and its parent to be."""

    opening: CustomerOpening
    parent: int | None


def lock_relations(customer_parents: bool, account_parents: bool, responsible_accounts: bool) -> None:
    """Lock the kinds of relations that are to be written, always in this order, before any row."""
    wanted = {
        CUSTOMER_PARENT: customer_parents,
        ACCOUNT_PARENT: account_parents,
        RESPONSIBLE_ACCOUNT: responsible_accounts,
    }
    for relation, is_wanted in wanted.items():
        if is_wanted:
            lock(relation)


def check_placed_accounts(placed: Sequence[PlacedAccount]) -> None:
    """Note what is wrong with the links of the new accounts (AHI-*, BHI-*, OWN-3), and which will be managed."""
    linked = [each for each in placed if each.parent is not None or each.responsible is not None]
    if not linked:
        return
    settings = read_settings()
    targets = Account.objects.in_bulk({n for each in linked for n in (each.parent, each.responsible) if n is not None})
    responsibles = {each.responsible for each in linked if each.responsible is not None}
    managed_until = defaultdict(list)
    first = _first_start((each.opening.known for each in linked), days_now())
    for account_id, _, end in responsible_links_from(responsibles, first):
        managed_until[account_id].append(end)
    roots = _roots(linked, targets) if settings.restrict_responsible_account_to_account_hierarchy else None
    for each in linked:
        account, problems = each.opening.known, each.opening.problems
        field = f"{each.opening.path}parent"
        parent = _target(targets, each.parent, field, "account", problems)
        if account and parent:
            checks.check_account_parent(account, parent, settings, field, problems)
        field = f"{each.opening.path}responsible_account"
        responsible = _target(targets, each.responsible, field, "account", problems)
        each.opening.managed = responsible is not None
        if account and responsible:
            checks.check_responsible_account(account, responsible, settings, field, problems)
            if refusal := refusal_beyond([responsible.id], act_of_a_link(field, responsible.id)):
                problems.take(refusal)
            start, ends = account.start_date, managed_until[responsible.id]
            is_managed = any(end is None or (start is not None and end > start) for end in ends)
            checks.check_not_managed(responsible, is_managed, field, problems)
            if roots is not None and start is not None:
                on_the_day = roots[start]
                root = on_the_day[parent.id] if parent else None
                checks.check_same_tree(root, responsible, on_the_day, field, problems)


def check_placed_customers(placed: Sequence[PlacedCustomer]) -> None:
    """Note what is wrong with the parents of the new customers (CHI-1, CHI-2, OWN-3)."""
    linked = [each for each in placed if each.parent is not None]
    if not linked:
        return
    settings = read_settings()
    parents = {each.parent for each in linked if each.parent is not None}
    accounts = {row.customer_id: row for row in Account.objects.filter(customer_id__in=parents, is_default=True)}
    above: dict[int, list[Span]] = defaultdict(list)
    days = days_now()
    first = _first_start((each.opening.first.known for each in linked), days)
    for span in spans_above(CUSTOMER_PARENT, parents, first):
        above[span.start].append(span)
    for each in linked:
        own, problems = each.opening.first.known, each.opening.problems
        parent = _target(accounts, each.parent, "parent", "customer", problems)
        checks.check_customer_links_allowed(settings, "parent", problems)
        if own and parent:
            checks.check_same_owner_of_customers(own, parent, "parent", problems)
            start = own.start_date or days.of(own.owner_id)
            alone = [Span(0, 0, 0, start, None)]
            checks.check_depth(above[parent.customer_id], alone, start, "parent", problems)


def place_accounts(placed: Sequence[PlacedAccount]) -> None:
    """Link the accounts that were inserted."""
    inserted = [
        (account, each) for each in placed if (account := each.opening.account) and not each.opening.problems.found
    ]
    with refused_by_the_database():
        open_edges(
            ACCOUNT_PARENT,
            [(account.id, each.parent, account.start_date) for account, each in inserted if each.parent is not None],
        )
        open_edges(
            RESPONSIBLE_ACCOUNT,
            [
                (account.id, each.responsible, account.start_date)
                for account, each in inserted
                if each.responsible is not None
            ],
        )


def place_customers(placed: Sequence[PlacedCustomer]) -> None:
    """Link the customers that were inserted."""
    with refused_by_the_database():
        open_edges(
            CUSTOMER_PARENT,
            [
                (each.opening.customer.id, each.parent, account.start_date)
                for each in placed
                if each.parent is not None
                and (account := each.opening.first.account)
                and not each.opening.problems.found
            ],
        )


def _first_start(accounts: Iterable[Account | None], days: Days) -> date:
    return min((account.start_date or days.of(account.owner_id) for account in accounts if account), default=date.max)


def _target(
    targets: Mapping[int, Account], number: int | None, field: str, noun: str, problems: Problems
) -> Account | None:
    if number is not None and number not in targets:
        problems.add(field, "unknown", f"There is no such {noun}: {number}.", None, number)
    return targets.get(number or 0)


def _roots(linked: Sequence[PlacedAccount], targets: Mapping[int, Account]) -> dict[date, dict[int, int]]:
    """The roots of the targets on each start date."""
    days = {start for each in linked if each.opening.known and (start := each.opening.known.start_date)}
    return {day: account_roots(targets, day) for day in days}
