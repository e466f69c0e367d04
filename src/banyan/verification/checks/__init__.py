"""The checks: each names its rule, says what holds, counts what it looks at, and finds what is wrong.

Relations hold on the days of a range, so two rows that are both right alone may be wrong together: `a && b` is "on some
day at the same time".
"""

from banyan.verification.check import Check
from banyan.verification.checks.accounts import ACCOUNTS_AND_SUBSCRIPTIONS
from banyan.verification.checks.invoices import INVOICES
from banyan.verification.checks.items import ITEMS, ORGANIZATIONS, USAGE
from banyan.verification.checks.ledger import LEDGER
from banyan.verification.checks.lines import LINES
from banyan.verification.checks.relations import RELATIONS
from banyan.verification.checks.runs import RUNS
from banyan.verification.checks.seals import SEALS

CHECKS = (
    ORGANIZATIONS + RELATIONS + ACCOUNTS_AND_SUBSCRIPTIONS + ITEMS + USAGE + LINES + INVOICES + LEDGER + RUNS + SEALS
)

__all__ = ["CHECKS", "Check"]
