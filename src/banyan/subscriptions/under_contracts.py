"""Subscriptions that belong to contracts (CTR-2)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Greatest

from banyan.accounts.models import Account
from banyan.contracts.models import Contract
from banyan.contracts.queries import latest_end
from banyan.kernel.calendar import last_day
from banyan.kernel.refusals import Kind, Problems
from banyan.organizations.access_scope import in_scope
from banyan.relations.lineages import account_lineages
from banyan.subscriptions.models import Subscription

HOLD = "SELECT id FROM contracts_contract WHERE id = ANY(%s) ORDER BY id FOR SHARE"


@dataclass(frozen=True, slots=True)
class ContractQuestion:
    """May a subscription of the account, from `start` until before `end`, belong to the contract? Its problems are
    noted there.

    `account` is None where the one that was named is none, which was noted already.
    """

    contract: int
    account: Account | None
    start: date
    end: date | None
    problems: Problems


def lock_contracts(contract_ids: Iterable[int]) -> dict[int, Contract]:
    """The contracts that exist, by id; they stay as they are until this transaction ends."""
    ids = sorted(set(contract_ids))
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(HOLD, [ids])
    return Contract.objects.in_bulk(ids)


def check_contracts(questions: Sequence[ContractQuestion], contracts: Mapping[int, Contract]) -> None:
    """CTR-2: each contract is of the account or of one above it on the start day, and the dates are within it."""
    above = account_lineages({(one.account.id, one.start) for one in questions if one.account is not None})
    for question in questions:
        contract = contracts.get(question.contract)
        if contract is None:
            message = f"There is no such contract: {question.contract}."
            question.problems.add("contract", "unknown", message, "CTR-2", question.contract)
            continue
        account = question.account
        if account is not None and contract.account_id not in above[account.id, question.start]:
            message = f"Contract {contract.number} is not of account {account.number} or of one above it."
            question.problems.add("contract", "of_another_account", message, "CTR-2", contract.number, Kind.CONFLICT)
        _check_dates(question, contract)


def _check_dates(question: ContractQuestion, contract: Contract) -> None:
    end = latest_end(contract)
    if question.start < contract.start_date:
        message = f"{question.start} is before {contract.start_date}, when contract {contract.number} starts."
        question.problems.add("start_date", "before_contract", message, "CTR-2", question.start, Kind.CONFLICT)
    if end is not None and question.start >= end:
        message = f"Contract {contract.number} ends on {last_day(end)}; a subscription under it starts by then."
        question.problems.add("start_date", "after_contract", message, "CTR-2", question.start, Kind.CONFLICT)
    elif end is not None and question.end is not None and question.end > end:
        message = f"{last_day(question.end)} is after {last_day(end)}, when contract {contract.number} ends."
        question.problems.add("end_date", "after_contract", message, "CTR-2", last_day(question.end), Kind.CONFLICT)


def beyond(contract_id: int, end: date) -> QuerySet[Subscription]:
    """The subscriptions under a contract that would still be served on the day or later."""
    served = Q(ends_before__isnull=True) | Q(ends_before__gt=Greatest(end, F("start_date")))
    return Subscription.objects.filter(served, contract_id=contract_id).order_by("number")


def named(subscriptions: Collection[Subscription], most: int = 5) -> str:
    """S-000001, S-000002 and 7 more; those that the caller doesn't reach are only mentioned."""
    within = in_scope(Subscription, [subscription.pk for subscription in subscriptions])
    numbers = [subscription.number for subscription in subscriptions if subscription.pk in within]
    more = f" and {len(numbers) - most:,} more" if len(numbers) > most else ""
    others = ["some of other organizations"] if len(within) < len(subscriptions) else []
    return f"{', '.join([*others, *numbers[:most]])}{more}"
