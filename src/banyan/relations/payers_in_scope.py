"""Whoever comes to pay for something is reached by whoever makes it so (ORG-3, docs/decisions/0032).

This is the one check, whatever leads to the payer: a name, the hierarchy, a setting, a group, a move, a default
account. It looks at what an act leads to: who is invoiced for what and when, after it, less who was before.
"""

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from django.db import connection

from banyan.accounts.models import Account
from banyan.kernel.frozen import frozen
from banyan.kernel.refusals import Kind, Problem, Refusal
from banyan.organizations.access_scope import current_access_scope, reachable, role_to_act
from banyan.organizations.roles import Role
from banyan.organizations.roles_needed import ROLE_TO_RELATE
from banyan.relations.edges import Lasting

RESPONSIBLE_FROM = """
SELECT account_id, responsible_account_id, lower(during), upper(during) FROM relations_responsibleaccount
WHERE account_id = ANY(%s) AND (upper_inf(during) OR upper(during) > %s)
"""

BEYOND = "does not exist or is outside of what you may act on"


@frozen
class Pays(Lasting):
    """An account pays for `what` on the days from `first` up to, not including, `end` (None: open)."""

    what: Hashable
    account: int
    first: date
    end: date | None


@frozen
class Act:
    """What leads to a payer, and how it is told: by the `field` and the value that are at fault, and a beginning of a
    sentence (`way`) that says what leads there. `role` is what it takes where the payer lies."""

    role: Role
    field: str
    value: object
    way: str
    remedy: str


def act_of_a_link(field: str, responsible: int) -> Act:
    """BHI-1: an account becomes responsible for another one."""
    return Act(ROLE_TO_RELATE, field, responsible, "This names", "choose another account.")


def every_payer_is_in_scope(role: Role) -> bool:
    """Whether nobody has to be looked at: the caller has the role everywhere, as our own processes have."""
    everywhere = current_access_scope().everywhere
    return everywhere is not None and everywhere.includes(role_to_act(role))


def refuse_payers_beyond(before: Iterable[Pays], after: Iterable[Pays], own: Mapping[Hashable, int], act: Act) -> None:
    """Refuse an act after which an account pays for what it didn't pay before, where the caller doesn't have the role.

    `own` is the account that a thing is charged to, if it is to one. Whoever is responsible for that one was linked to
    it for all of its charges, by somebody who reached both; whoever is responsible for another one that pays comes to
    pay like it.
    """
    if every_payer_is_in_scope(act.role):
        return
    new = _less(_invoiced(after, own), _invoiced(before, own))
    refusal = refusal_beyond({one.account for one in new}, act)
    if refusal:
        raise refusal


def refusal_beyond(accounts: Collection[int], act: Act) -> Refusal | None:
    """Why the caller can't let these accounts pay; None: it can. What is not reached is told like what there isn't."""
    if not accounts or every_payer_is_in_scope(act.role):
        return None
    needed, scope = role_to_act(act.role), current_access_scope()
    organizations = reachable(Account).organizations_of(accounts)
    held = {account: [scope.role_in(one) for one in organizations.get(account, ())] for account in accounts}
    if not all(any(roles) for roles in held.values()):
        message = f"{act.way} a payer that {BEYOND}; {act.remedy}"
        return Refusal([Problem(act.field, "unknown", message, "ORG-3", act.value)])
    lacking = sorted(
        account for account, roles in held.items() if not any(role.includes(needed) for role in roles if role)
    )
    if not lacking:
        return None
    number = Account.objects.values_list("number", flat=True).get(pk=lacking[0])
    message = f"{act.way} a payer, account {number}, for which it takes the role {needed} there; {act.remedy}"
    return Refusal([Problem(act.field, "role_too_low", message, "ORG-3", act.value)], Kind.FORBIDDEN)


def _invoiced(pays: Iterable[Pays], own: Mapping[Hashable, int]) -> list[Pays]:
    """All that are concerned: who pays, and who is responsible for one that pays for another account's."""
    stretches = list(pays)
    for_others = [one for one in stretches if one.account != own.get(one.what)]
    if not for_others:
        return stretches
    first = min(one.first for one in for_others)
    responsible: defaultdict[int, list[Pays]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(RESPONSIBLE_FROM, [sorted({one.account for one in for_others}), first])
        for account, invoiced, since, until in cursor.fetchall():
            responsible[account].append(Pays(account, invoiced, since, until))
    for one in for_others:
        for link in responsible[one.account]:
            if link.overlaps(one.first, one.end):
                stretches.append(Pays(one.what, link.account, max(one.first, link.first), _earlier(one.end, link.end)))
    return stretches


def _less(after: Sequence[Pays], before: Sequence[Pays]) -> list[Pays]:
    """What of `after` was not so before, day by day."""
    held: defaultdict[tuple[Hashable, int], list[Pays]] = defaultdict(list)
    for one in before:
        held[one.what, one.account].append(one)
    left: list[Pays] = []
    for one in after:
        rest = [one]
        for other in held[one.what, one.account]:
            rest = [part for each in rest for part in _outside(each, other)]
        left += rest
    return left


def _outside(one: Pays, other: Pays) -> list[Pays]:
    """The parts of a stretch that another one leaves."""
    if not one.overlaps(other.first, other.end):
        return [one]
    parts = []
    if one.first < other.first:
        parts.append(replace(one, end=other.first))
    if other.end is not None and (one.end is None or other.end < one.end):
        parts.append(replace(one, first=other.end))
    return parts


def _earlier(one: date | None, other: date | None) -> date | None:
    return min((day for day in (one, other) if day is not None), default=None)
