"""Create an account category (ACC-7)."""

from banyan.accounts.models import AccountCategory
from banyan.accounts.named import check_name
from banyan.accounts.opening import retry_on_unique_violation
from banyan.kernel.refusals import Problems


@retry_on_unique_violation
def create_account_category(name: str) -> AccountCategory:
    """Names are unique."""
    problems = Problems()
    check_name(AccountCategory, name, "ACC-7", problems)
    problems.raise_if_any()
    return AccountCategory.objects.create(name=name)
