"""Change an entry of the short lists: account categories, contact categories, payment terms."""

from collections.abc import Mapping
from typing import TypeVar

from banyan.accounts.models import AccountCategory, ContactCategory, PaymentTerm
from banyan.accounts.named import RULES, check_known, check_name, locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import check_fields
from banyan.kernel.refusals import Problems

Entry = TypeVar("Entry", AccountCategory, ContactCategory, PaymentTerm)

_CHECKS: Mapping[type, Mapping[str, checks.Check]] = {
    AccountCategory: {},
    ContactCategory: {},
    PaymentTerm: {"days": checks.whole_number(0, 3650, "ACC-11")},
}


@retry_on_unique_violation
def update_list_entry(model: type[Entry], entry_id: int, changes: Mapping[str, object]) -> Entry:
    """Change only what is named. Other days of a payment term hold for invoices that are still to come."""
    row = locked(model, entry_id, str(model._meta.verbose_name))
    own: Mapping[str, checks.Check] = _CHECKS[model]
    problems = Problems()
    check_known(changes, ["name", *own], problems)
    check_fields(own, changes, problems)
    if "name" in changes:
        check_name(model, changes["name"], RULES[model], problems, entry_id)
    for name in changes.keys() & own.keys():
        if changes[name] is None:
            problems.add(name, "required", f"Give a value for {name}.", RULES[model])
    problems.raise_if_any()
    for name, value in changes.items():
        setattr(row, name, value)
    row.save()
    return row
