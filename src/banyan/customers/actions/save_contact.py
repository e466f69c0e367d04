"""Add or change a further contact of an account (ACC-12)."""

from collections.abc import Mapping
from typing import Any

from banyan.accounts.models import Account, Contact, ContactCategory
from banyan.accounts.named import check_known, locked_of_account, locked_or_problem
from banyan.accounts.opening import retry_on_unique_violation
from banyan.foundation.declared.checks import check_fields, contact_parts, is_blank
from banyan.kernel.refusals import Problems

_PARTS = contact_parts("ACC-12")


def create_contact(account_id: int, given: Mapping[str, object]) -> Contact:
    """A contact with a name or an e-mail; in the first category when none is given."""
    problems = Problems()
    locked_or_problem(Account, account_id, "account", problems)
    return _save(Contact(account_id=account_id), given, problems)


def update_contact(account_id: int, contact_id: int, changes: Mapping[str, object]) -> Contact:
    """Change only what is named; null empties a field."""
    return _save(locked_of_account(Contact, account_id, contact_id, "contact"), changes, Problems())


@retry_on_unique_violation
def _save(row: Contact, given: Mapping[str, object], problems: Problems) -> Contact:
    check_known(given, ["category", *_PARTS], problems)
    check_fields(_PARTS, given, problems)
    for name in given.keys() & _PARTS.keys():
        setattr(row, name, None if is_blank(given[name]) else given[name])
    if row.name is None and row.email is None:
        problems.add("name", "required", "A contact needs a name or an e-mail address.", "ACC-12")
    _set_category(row, given.get("category"), problems)
    problems.raise_if_any()
    row.save()
    return row


def _set_category(row: Contact, given: Any, problems: Problems) -> None:
    number = row.category_id if given is None else given
    rows = ContactCategory.objects.order_by("id")
    found = rows.first() if number is None else rows.filter(id=number).first()
    if found is None:
        message = "There is no contact category yet; create one." if number is None else f"No such category: {number}."
        problems.add("category", "unknown", message, "ACC-12", number)
    else:
        row.category = found
