"""The links between accounts and their parents (AHI-1 to AHI-4); the verb is `set_account_parent` of subscriptions."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from banyan.accounts.models import Account
from banyan.foundation.declared import checks
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Kind, Problems, Refusal
from banyan.relations.checks import check_account_parent, check_no_cycle
from banyan.relations.edges import ACCOUNT_PARENT, HeldEdges, lock, refused_by_the_database
from banyan.relations.inputs import MOVE, STAY, NewLink
from banyan.relations.spans import held_above
from banyan.relations.subjects import AccountLink, account_links, target_or_problem


@transaction.atomic
def link_account_parents(new: Sequence[NewLink]) -> list[Refusal | None]:
    """Each account is below its target from its day on, or below none; a refusal at a position stops no other.

    A link is checked against those before it. Who pays never changes. "move" takes the account's subtree along, "stay"
    leaves its children with the old parent, without any if there is none (AHI-4). Setting the same parent again changes
    nothing. Without a target it works with the setting off too, and is refused when the account has no parent then.
    """
    if not new:
        return []
    lock(ACCOUNT_PARENT)
    links, accounts = account_links(new)
    edges = HeldEdges(ACCOUNT_PARENT, min((link.day for link in links), default=date.max))
    edges.hold_above(accounts)
    edges.hold_next_below({link.new.subject for link in links if link.new.children == STAY})
    settings = read_settings()
    results: list[Refusal | None] = []
    for link in links:
        try:
            with edges.all_or_nothing():
                _set(link, accounts, edges, settings)
        except Refusal as refusal:
            results.append(refusal)
        else:
            results.append(None)
    with refused_by_the_database():
        edges.write()
    return results


def _set(link: AccountLink, accounts: dict[int, Account], edges: HeldEdges, settings: Settings) -> None:
    """Change the held edges, or refuse."""
    account, problems = link.checked()
    if link.new.target is None:
        problems.raise_if_any()
        edges.unlink(account.id, link.day)
        return
    checks.choice((MOVE, STAY), "AHI-4")("children", link.new.children, problems)
    parent = target_or_problem(accounts, link.new.target, "parent", problems)
    if parent is not None:
        check_account_parent(account, parent, settings, "parent", problems)
    if link.new.children != MOVE:
        problems.raise_if_any()  # whether there is a cycle depends on the children, which are to stay
        _leave_children(account, link, edges, problems)
        problems.raise_if_any()
    if edges.to(account.id):  # all above the target are held: where no way leads to the account, none closes
        above = held_above(edges, link.new.target, link.day, link.new.until)
        check_no_cycle(account.id, above, "parent", "account", problems)
    problems.raise_if_any()
    edges.link(account.id, link.new.target, link.day, link.new.until)


def _leave_children(account: Account, link: AccountLink, edges: HeldEdges, problems: Problems) -> None:
    """Hand the children over to the old parent, unless that is to be below one of them on a later day (REL-2)."""
    old = next((edge.target for edge in edges.of(account.id, link.day) if edge.first <= link.day), None)
    if old == link.new.target:
        return
    children = {edge.subject: edge for edge in edges.to(account.id) if edge.holds_on(link.day)}
    for span in [] if old is None else held_above(edges, old, link.day):
        child = children.get(span.relative)
        if child is not None and child.overlaps(span.first, span.end):
            message = f"A child that stays would be above itself on {span.first}; move the children along."
            problems.add("children", "cycle", message, "REL-2", STAY, Kind.CONFLICT)
            return
    edges.hand_over(account.id, old, link.day)
