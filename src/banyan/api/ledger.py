"""The ledger as a whole (LED-2); an account's own stands with the accounts."""

from django.http import HttpRequest
from ninja import Query, Router

from banyan.accounts.today import today
from banyan.api.fields import OwnerId
from banyan.api.pages import OnDay
from banyan.api.schemas.ledger import TrialBalance, TrialBalanceRowAnswer
from banyan.kernel.money import amount_text
from banyan.ledger.queries import trial_balance

router = Router()


class TrialBalanceQuestion(OnDay):
    """LED-2."""

    owner: OwnerId | None = None


@router.get("/trial-balance", response=TrialBalance)
def get_trial_balance(request: HttpRequest, query: Query[TrialBalanceQuestion]) -> TrialBalance:
    """All debits and credits up to the end of a day (default today), or those of one owner's accounts, by currency and
    kind of ledger account (LED-2)."""
    on = query.on or today(query.owner)
    rows = [
        TrialBalanceRowAnswer(
            currency=row.currency,
            kind=row.kind,
            debit=amount_text(row.debit, row.currency),
            credit=amount_text(row.credit, row.currency),
        )
        for row in trial_balance(on, query.owner)
    ]
    return TrialBalance(on=on, data=rows)
