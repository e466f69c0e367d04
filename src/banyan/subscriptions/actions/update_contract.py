"""Change a contract, as far as the subscriptions under it allow (CTR-1, CTR-2)."""

from collections.abc import Mapping
from typing import Any

from banyan.accounts.named import locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.accounts.today import today
from banyan.contracts.models import Contract
from banyan.contracts.queries import end_as_it_stands, latest_end
from banyan.contracts.terms import write_terms
from banyan.kernel.calendar import last_day
from banyan.kernel.refusals import Kind, Problems
from banyan.subscriptions.models import Subscription
from banyan.subscriptions.under_contracts import beyond, named

_DATES = frozenset(("start_date", "end_date", "renewal", "renewal_months"))


@retry_on_unique_violation
def update_contract(contract_id: int, changes: Mapping[str, Any]) -> Contract:
    """Change only what is named. A contract that stops to renew ends with the term that is under way.

    Refused: another account, other dates once it is terminated, and dates that a subscription under it doesn't keep to.
    """
    contract = locked(Contract, contract_id, "contract")
    problems = Problems()
    given = dict(changes)
    if given.pop("account", contract.account_id) != contract.account_id:
        message = "A contract stays with its account; make another contract."
        problems.add("account", "fixed", message, "CTR-1", changes["account"], Kind.CONFLICT)
    for name in sorted(given.keys() & _DATES if contract.terminated_on else ()):
        message = f"The contract is terminated on {contract.terminated_on}, so its dates stay."
        problems.add(name, "terminated", message, "CTR-1", given[name], Kind.CONFLICT)
    if given.keys() & {"renewal", "renewal_months"}:
        contract.ends_before = end_as_it_stands(contract, today(contract.account.owner_id))
    write_terms(contract, given, problems)
    problems.raise_if_any()
    if given.keys() & _DATES:
        _check_subscriptions(contract, given, problems)
    problems.raise_if_any()
    contract.save()
    return contract


def _check_subscriptions(contract: Contract, given: Mapping[str, Any], problems: Problems) -> None:
    early = Subscription.objects.filter(contract=contract, start_date__lt=contract.start_date).order_by("number")
    if early:
        message = f"Subscriptions under the contract start before {contract.start_date}: {named(early)}."
        problems.add("start_date", "subscriptions_before", message, "CTR-2", contract.start_date, Kind.CONFLICT)
    end = latest_end(contract)
    late = beyond(contract.id, end) if end else ()
    if end and late:
        field = "end_date" if "end_date" in given else "renewal"
        last = last_day(end)
        message = f"Subscriptions run beyond {last}: {named(late)}; terminate the contract, which ends them."
        problems.add(field, "subscriptions_beyond", message, "CTR-2", last, Kind.CONFLICT)
