"""Create or change an account type (TYP-1, TYP-2)."""

from collections.abc import Mapping

from banyan.accounts.models import AccountType
from banyan.accounts.named import check_known, check_name, locked
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import check_fields
from banyan.kernel.refusals import Problems

_CHECKS = {
    "description": checks.text(10_000, "TYP-1", lines=True),
    "default": checks.flag("TYP-1"),
    "active": checks.flag("TYP-1"),
}


def create_account_type(name: str, description: str = "", default: bool = False, active: bool = True) -> AccountType:
    """A new default type takes the flag from the one that had it."""
    given = {"name": name, "description": description, "default": default, "active": active}
    return _save(None, given)


def update_account_type(account_type_id: int, changes: Mapping[str, object]) -> AccountType:
    """Change only what is named. A type that is deactivated is no longer the default; accounts that hold it keep it
    until they are next changed (TYP-3)."""
    return _save(account_type_id, changes)


@retry_on_unique_violation
def _save(account_type_id: int | None, given: Mapping[str, object]) -> AccountType:
    row = AccountType() if account_type_id is None else locked(AccountType, account_type_id, "account type")
    problems = Problems()
    check_known(given, ["name", *_CHECKS], problems)
    check_fields(_CHECKS, given, problems)
    for name in given.keys() & _CHECKS.keys():
        if given[name] is None:
            problems.add(name, "required", f"Give a value for {name}.", "TYP-1")
    if "name" in given:
        check_name(AccountType, given["name"], "TYP-1", problems, account_type_id)
    if given.get("default", row.default) is True and given.get("active", row.active) is False:
        if given.get("default"):
            problems.add("default", "inactive_type", "An inactive type can't be the default type.", "TYP-2", True)
        row.default = False
    problems.raise_if_any()
    for name, value in given.items():
        setattr(row, name, value)
    if row.default:
        AccountType.objects.filter(default=True).exclude(id=row.id).update(default=False)
    row.save()
    return row
