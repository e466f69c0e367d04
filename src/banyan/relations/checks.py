"""What relations must satisfy. Problems are noted under the API's field; the checks see what the locks hold still."""

from collections.abc import Iterable, Mapping
from datetime import date

from banyan.accounts.models import Account, AccountStatus
from banyan.foundation.declared.checks import LATEST_DAY
from banyan.foundation.settings_registry import Settings
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.access_scope import current_access_scope
from banyan.relations.candidates import CANDIDATES_FOR_PARENT
from banyan.relations.queries import DEEPEST
from banyan.relations.spans import Span


def check_effective_date(day: date, start: date, problems: Problems) -> None:
    """REL-1: nothing is linked before it starts."""
    if not start <= day <= LATEST_DAY:
        message = f"{day} is out of range; give a day from {start}, the start date, to {LATEST_DAY}."
        problems.add("effective_date", "out_of_range", message, "REL-1", day)


def check_until(day: date, until: date | None, problems: Problems) -> None:
    """REL-1: what is linked is so on some day."""
    if until is not None and not day < until <= LATEST_DAY:
        message = f"{until} is out of range; give a day after {day}, the first one, up to {LATEST_DAY}."
        problems.add("until", "out_of_range", message, "REL-1", until)


def check_customer_links_allowed(settings: Settings, field: str, problems: Problems) -> None:
    """CHI-1: with the setting off there are no new parents."""
    if not settings.enable_customer_hierarchies:
        message = "Customer hierarchies are switched off; switch on Enable Customer Hierarchies first."
        problems.add(field, "switched_off", message, "CHI-1", kind=Kind.CONFLICT)


def check_same_owner_of_customers(own: Account, parent: Account, field: str, problems: Problems) -> None:
    """OWN-3, by the default accounts of the customers."""
    if _differ(own.owner_id, parent.owner_id):
        number = parent.customer.number
        message = f"The accounts of customer {number} are of another owner; choose a customer of the same owner."
        problems.add(field, "other_owner", message, "OWN-3", number, Kind.CONFLICT)


def check_depth(above: Iterable[Span], below: Iterable[Span], day: date, field: str, problems: Problems) -> None:
    """CHI-2: on no day from `day` on would a hierarchy be deeper than ten, everything below included.

    `above` are the spans of the parent's lineage, `below` those of the customer's descendants.
    """
    lower = {(span.levels, span.first, span.end) for span in below}
    depths = [
        span.levels + levels + 2
        for span in above
        if span.overlaps(day, None)
        for levels, first, end in lower
        if span.overlaps(max(first, day), end)
    ]
    deepest = max(depths, default=0)
    if deepest > DEEPEST:
        told = f"{deepest}" if current_access_scope().organizations is None else f"more than {DEEPEST}"
        message = f"The hierarchy would be {told} customers deep; at most {DEEPEST} are allowed."
        problems.add(field, "too_deep", message, "CHI-2", told, Kind.CONFLICT)


def check_not_itself(subject: int | None, target: int, field: str, noun: str, problems: Problems) -> None:
    """REL-2, whatever the day."""
    if subject == target:
        message = f"The {noun} can't be its own parent; choose another one."
        problems.add(field, "cycle", message, "REL-2", kind=Kind.CONFLICT)


def check_no_cycle(subject: int, above: Iterable[Span], field: str, noun: str, problems: Problems) -> None:
    """REL-2: the target is not below the subject on any day."""
    day = min((span.first for span in above if span.relative == subject and span.levels), default=None)
    if day is not None:
        message = f"The {noun} would be above itself on {day}; choose one that is not below it."
        problems.add(field, "cycle", message, "REL-2", kind=Kind.CONFLICT)


def check_account_parent(account: Account, parent: Account, settings: Settings, field: str, problems: Problems) -> None:
    """AHI-1 to AHI-3, OWN-3, REL-2 as far as the account itself is concerned."""
    if not settings.enable_account_hierarchy_management:
        message = "Account hierarchies are switched off; switch on Enable Account Hierarchy Management first."
        problems.add(field, "switched_off", message, "AHI-1", kind=Kind.CONFLICT)
    if _differ(account.owner_id, parent.owner_id):
        message = f"Account {parent.number} belongs to another owner; choose one of the same owner."
        problems.add(field, "other_owner", message, "OWN-3", parent.number, Kind.CONFLICT)
    check_not_itself(account.id, parent.id, field, "account", problems)
    if parent.status not in CANDIDATES_FOR_PARENT:
        message = f"Account {parent.number} is {parent.status}; choose one that is not."
        problems.add(field, "not_a_candidate", message, "AHI-2", parent.number, Kind.CONFLICT)
    same_cycle = settings.require_same_bill_cycle_for_account_hierarchy
    if same_cycle and _differ(account.bill_cycle_id, parent.bill_cycle_id):
        message = f"Account {parent.number} has another bill cycle; a child needs its parent's."
        problems.add(field, "other_bill_cycle", message, "AHI-3", parent.number, Kind.CONFLICT)


def check_responsible_account(
    account: Account, responsible: Account, settings: Settings, field: str, problems: Problems, is_over: bool = False
) -> None:
    """BHI-2, BHI-3, OWN-3, but for chains. Currency and bill cycle of a link that is over may differ by now (BHI-6)."""
    if not settings.enable_responsible_account_management:
        message = "New links are switched off; switch on Enable Responsible Account Management first."
        problems.add(field, "switched_off", message, "BHI-3", kind=Kind.CONFLICT)
    if _differ(account.owner_id, responsible.owner_id):
        message = f"Account {responsible.number} belongs to another owner; choose one of the same owner."
        problems.add(field, "other_owner", message, "OWN-3", responsible.number, Kind.CONFLICT)
    faults = {
        "the account itself": responsible.id == account.id,
        f"{responsible.status}; it must be active": responsible.status != AccountStatus.ACTIVE,
    }
    if not is_over:
        currencies = f"in {responsible.currency}; it must be in {account.currency}"
        faults |= {
            "on another bill cycle; it must be the same": _differ(account.bill_cycle_id, responsible.bill_cycle_id),
            currencies: _differ(account.currency, responsible.currency),
        }
    for fault in (fault for fault, is_so in faults.items() if is_so):
        message = f"Account {responsible.number} is {fault}."
        problems.add(field, "not_a_candidate", message, "BHI-2", responsible.number, Kind.CONFLICT)


def check_not_managed(responsible: Account, is_managed: bool, field: str, problems: Problems) -> None:
    """BHI-2: the responsible account has none itself while it is to be one."""
    if is_managed:
        message = f"Account {responsible.number} is managed itself; choose its responsible account, or another."
        problems.add(field, "chain", message, "BHI-2", responsible.number, Kind.CONFLICT)


def check_not_responsible(account: Account, has_managed: bool, field: str, problems: Problems) -> None:
    """BHI-2: an account that has managed accounts can't become managed."""
    if has_managed:
        message = f"Account {account.number} has managed accounts; remove them before it becomes managed."
        problems.add(field, "chain", message, "BHI-2", account.number, Kind.CONFLICT)


def check_same_tree(
    root: int | None, responsible: Account, roots: Mapping[int, int], field: str, problems: Problems
) -> None:
    """BHI-5, while the setting is on: both are in the tree of the same root."""
    if root is None or roots[responsible.id] != root:
        message = f"Account {responsible.number} is not in the same account hierarchy; choose one that is."
        problems.add(field, "other_tree", message, "BHI-5", responsible.number, Kind.CONFLICT)


def _differ(own: object, other: object) -> bool:
    """Whether both are known, and not the same: of a new account some values may be wrong, which is told by itself."""
    return own is not None and own != other
