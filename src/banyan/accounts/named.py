"""What the short lists (payment terms, categories, types) share: a name that is required and unique."""

from collections.abc import Collection, Iterable, Mapping
from typing import TypeVar, cast

from django.db.models import Model

from banyan.accounts.models import (
    AccountCategory,
    AccountType,
    BillCycle,
    Contact,
    ContactCategory,
    Note,
    PaymentTerm,
)
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import is_blank
from banyan.kernel.refusals import Kind, Problems, unknown

Row = TypeVar("Row", bound=Model)
OfAccount = TypeVar("OfAccount", Contact, Note)

LONGEST_NAME = 100

RULES: Mapping[type[Model], str] = {
    AccountCategory: "ACC-7",
    AccountType: "TYP-1",
    BillCycle: "CYC-1",
    ContactCategory: "ACC-12",
    PaymentTerm: "ACC-11",
}
"""The rule that each list is about."""


def check_name(model: type[Model], name: object, rule: str, problems: Problems, own_id: int | None = None) -> None:
    """Refuse a name that is blank, too long or that another row of the list has."""
    if is_blank(name):
        problems.add("name", "required", "Give a name.", rule, name)
        return
    before = len(problems.found)
    checks.text(LONGEST_NAME, rule)("name", name, problems)
    if len(problems.found) == before and model._default_manager.filter(name=name).exclude(pk=own_id).exists():
        problems.add("name", "taken", f"The name {name!r} is taken; choose another.", rule, name, Kind.CONFLICT)


def locked(model: type[Row], row_id: int, noun: str) -> Row:
    """The row, locked until the transaction ends; refused when there is none."""
    problems = Problems()
    row = locked_or_problem(model, row_id, noun, problems)
    problems.raise_if_any()
    return cast(Row, row)


def locked_or_problem(model: type[Row], row_id: int, noun: str, problems: Problems) -> Row | None:
    """The same, where more may be wrong: that there is none is noted."""
    row = model._default_manager.select_for_update(no_key=True).filter(pk=row_id).first()
    if row is None:
        problems.add("id", "unknown", f"There is no such {noun}.", None, row_id, Kind.UNKNOWN)
    return row


def locked_of_account(model: type[OfAccount], account_id: int, row_id: int, noun: str) -> OfAccount:
    """What belongs to the account, locked until the transaction ends; refused when it doesn't."""
    rows = model._default_manager.select_for_update(of=("self",)).select_related("account")
    row = rows.filter(pk=row_id, account_id=account_id).first()
    if row is None:
        raise unknown("id", f"The account has no such {noun}.", row_id)
    return row


def check_known(changes: Iterable[str], known: Collection[str], problems: Problems) -> None:
    """Refuse what can't be changed because there is no such field (API-5)."""
    for name in changes:
        if name not in known:
            problems.add(name, "unknown_field", f"There is no field {name!r}; there are {', '.join(known)}.")
