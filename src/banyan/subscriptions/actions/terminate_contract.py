"""End a contract on a day, and what was subscribed to under it (CTR-1, CTR-2)."""

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from banyan.accounts.named import locked
from banyan.contracts.models import Contract
from banyan.contracts.queries import latest_end
from banyan.foundation.declared import checks
from banyan.foundation.numbering import taken_back
from banyan.kernel.calendar import day_after, last_day
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.under_contracts import beyond


@dataclass(frozen=True, slots=True)
class EndedSubscription:
    """A subscription that ends with the contract: its last day before, and the one now (DAT-1)."""

    id: int
    number: str
    account_id: int
    earlier_end: date | None
    end: date


@transaction.atomic
def terminate_contract(contract_id: int, day: date, reason: str = "") -> list[EndedSubscription]:
    """`day` is the first that is not covered any more; every subscription that would be served then is cancelled.

    One that was to start later is never served. What was billed beyond is credited by the next run (SUB-5). A
    terminated contract can be terminated for an earlier day. Refused: a day before the contract starts, and one on
    which it has ended anyway.
    """
    contract = locked(Contract, contract_id, "contract")
    _check(contract, day, reason)
    ended = [
        EndedSubscription(
            id=subscription.id,
            number=subscription.number,
            account_id=subscription.account_id,
            earlier_end=subscription.end_date,
            end=last_day(max(day, subscription.start_date)),
        )
        for subscription in beyond(contract_id, day)
    ]
    for one in ended:
        cancel_subscription(one.id, day_after(one.end))
    contract.terminated_on, contract.termination_reason = day, reason
    contract.save(update_fields=["terminated_on", "termination_reason"])
    return ended


def preview_termination(contract_id: int, day: date, reason: str = "") -> list[EndedSubscription]:
    """What terminate_contract would end; refused for the same reasons."""
    with taken_back():
        return terminate_contract(contract_id, day, reason)


def _check(contract: Contract, day: date, reason: str) -> None:
    problems = Problems()
    checks.day("CTR-1")("date", day, problems)
    end = latest_end(contract)
    if not problems.found and day < contract.start_date:
        message = f"{day} is before {contract.start_date}, when the contract starts."
        problems.add("date", "before_start", message, "CTR-1", day, Kind.CONFLICT)
    elif end is not None and day >= end:
        message = f"The contract ends on {last_day(end)} anyway; give an earlier day."
        problems.add("date", "already_ends", message, "CTR-1", day, Kind.CONFLICT)
    checks.text(10_000, "CTR-1", lines=True)("reason", reason, problems)
    problems.raise_if_any()
