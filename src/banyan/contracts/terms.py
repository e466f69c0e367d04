"""What the fields of a contract may hold, by themselves and together (CTR-1)."""

from collections.abc import Mapping
from typing import Any

from banyan.accounts.named import check_known
from banyan.contracts.models import Contract
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import Check, check_fields, is_blank
from banyan.kernel.calendar import day_after
from banyan.kernel.refusals import Kind, Problems

RULE = "CTR-1"
NONE, AUTOMATIC = "none", "automatic"
DEFAULT_RENEWAL_MONTHS = 12
FIELDS: Mapping[str, Check] = {
    "number": checks.number(RULE, 50),
    "name": checks.text(200, RULE),
    "signed_on": checks.day(RULE),
    "start_date": checks.day(RULE),
    "end_date": checks.day(RULE),
    "renewal": checks.choice((NONE, AUTOMATIC), RULE),
    "renewal_months": checks.whole_number(1, 1200, RULE),
    "notice_days": checks.whole_number(0, 3650, RULE),
    "notes": checks.text(10_000, RULE, lines=True),
}
"""The fields of a contract as the API names them, but for whose it is."""

_WHEN_EMPTIED: Mapping[str, object] = {"name": "", "notes": "", "notice_days": 0}


def write_terms(contract: Contract, given: Mapping[str, Any], problems: Problems) -> None:
    """Set the fields that are given; note what is wrong with them and with the contract that comes of it."""
    check_known(given, FIELDS, problems)
    check_fields(FIELDS, given, problems)
    right = {name: value for name, value in given.items() if name in FIELDS and not problems.about(name)}
    if "end_date" in right:
        contract.ends_before = day_after(right["end_date"])
    for name in right.keys() - {"renewal", "renewal_months", "number", "end_date"}:
        setattr(contract, name, _WHEN_EMPTIED.get(name) if right[name] is None else right[name])
    if not is_blank(right.get("number")):
        contract.number = right["number"]
    _set_renewal(contract, right, problems)
    _check_dates(contract, problems)
    _check_number(contract, problems)


def _set_renewal(contract: Contract, given: Mapping[str, Any], problems: Problems) -> None:
    """Months without a word make it automatic; the word alone keeps its months, or takes a year."""
    renewal, months = given.get("renewal"), given.get("renewal_months")
    if renewal == NONE and months is not None:
        message = "A contract that does not renew has no months of renewal; leave them out."
        problems.add("renewal_months", "not_renewed", message, RULE, months)
    elif renewal == AUTOMATIC or months is not None:
        contract.renewal_months = months or contract.renewal_months or DEFAULT_RENEWAL_MONTHS
    elif given.keys() & {"renewal", "renewal_months"}:
        contract.renewal_months = None


def _check_dates(contract: Contract, problems: Problems) -> None:
    start, end = contract.start_date, contract.end_date
    if start is None and not problems.about("start_date"):
        problems.add("start_date", "required", "A contract needs a start date.", RULE)
    if start is not None and end is not None and end < start and not problems.about("start_date", "end_date"):
        message = f"{end} is before the start, {start}; it is the last day covered."
        problems.add("end_date", "before_start", message, RULE, end)
    if contract.renewal_months is not None and end is None and not problems.about("end_date"):
        message = "A contract that renews automatically needs the end of its first term."
        problems.add("end_date", "required", message, RULE)


def _check_number(contract: Contract, problems: Problems) -> None:
    if contract.number and Contract.objects.filter(number=contract.number).exclude(pk=contract.pk).exists():
        message = f"The number {contract.number!r} is taken; choose another."
        problems.add("number", "taken", message, RULE, contract.number, Kind.CONFLICT)
