"""Make a contract with an account (CTR-1)."""

from collections.abc import Mapping
from typing import Any

from banyan.accounts.models import Account
from banyan.accounts.opening import retry_on_unique_violation
from banyan.contracts.models import Contract
from banyan.contracts.terms import write_terms
from banyan.foundation.numbering import draw_numbers
from banyan.kernel.refusals import Problems


@retry_on_unique_violation
def create_contract(given: Mapping[str, Any]) -> Contract:
    """Required: account and start_date. The number is generated when it is blank; without an end it is open."""
    account_id = given.get("account")
    account = None if account_id is None else Account.objects.filter(pk=account_id).first()
    contract, problems = Contract(account=account), Problems()
    if account is None:
        message = "A contract needs an account." if account_id is None else f"There is no such account: {account_id}."
        problems.add("account", "required" if account_id is None else "unknown", message, "CTR-1", account_id)
    write_terms(contract, {name: value for name, value in given.items() if name != "account"}, problems)
    problems.raise_if_any()
    if not contract.number:
        contract.number = _drawn_number()
    contract.save(force_insert=True)
    return contract


def _drawn_number() -> str:
    """One that nobody else gets, unless somebody gave that very number."""
    while True:
        (drawn,) = draw_numbers(Contract._meta.db_table, 1)
        number = f"CT-{drawn:06d}"
        if not Contract.objects.filter(number=number).exists():
            return number
