"""The accounts that changes of relations are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from banyan.accounts.models import Account
from banyan.accounts.today import days_now
from banyan.kernel.refusals import Problems, unknown
from banyan.relations.checks import check_effective_date, check_until
from banyan.relations.inputs import NewLink


@dataclass(frozen=True, slots=True)
class AccountLink:
    """A link to be made or ended on `day`; `account` is its subject, None when there is none."""

    new: NewLink
    account: Account | None
    day: date

    def checked(self) -> tuple[Account, Problems]:
        """The account, and what is wrong with the days (REL-1). Refused when there is no such account."""
        if self.account is None:
            raise unknown("id", "There is no such account.", self.new.subject)
        problems = Problems()
        check_effective_date(self.day, self.account.start_date, problems)
        check_until(self.day, self.new.until, problems)
        return self.account, problems


def account_links(new: Sequence[NewLink]) -> tuple[list[AccountLink], dict[int, Account]]:
    """The links with their accounts and days, and all accounts that they name and that exist."""
    ids = {one.subject for one in new} | {one.target for one in new if one.target is not None}
    accounts = Account.objects.in_bulk(ids)
    days, links = days_now(), []
    for one in new:
        account = accounts.get(one.subject)
        start = account.start_date if account else date.min
        now = days.of(account.owner_id if account else None)
        links.append(AccountLink(one, account, day_of_change(one.effective_date, start, now)))
    return links, accounts


def target_or_problem(
    accounts: Mapping[int, Account], account_id: int, field: str, problems: Problems
) -> Account | None:
    """The account that another one is to be linked to; a problem of the field when there is none."""
    if account_id not in accounts:
        problems.add(field, "unknown", f"There is no such account: {account_id}.", None, account_id)
    return accounts.get(account_id)


def day_of_change(effective_date: date | None, start: date, today: date) -> date:
    """The day given, else today, or the start of what starts later (REL-1)."""
    return effective_date or max(today, start)
