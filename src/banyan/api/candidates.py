"""/candidates: whom a customer or an account that is not there yet could be linked to, for a form that makes it."""

from django.http import HttpRequest
from ninja import Query, Router

from banyan.accounts.models import Account, BillCycle, Owner
from banyan.accounts.today import today
from banyan.api.account_relations import related_accounts
from banyan.api.customers import named_customers
from banyan.api.fields import AccountId, BillCycleId, CurrencyCode, OwnerId
from banyan.api.pages import CandidateFilters
from banyan.api.schemas.relations import Candidates, CustomerCandidates
from banyan.kernel.refusals import Problems
from banyan.relations.candidates import (
    account_parent_candidates,
    parent_candidates_of_a_new_customer,
    responsible_account_candidates,
)

router = Router()


class OfOwner(CandidateFilters):
    """OWN-3: `owner` is the new one's."""

    owner: OwnerId


class OfAccountParent(OfOwner):
    """AHI-3: `bill_cycle` is the new account's."""

    bill_cycle: BillCycleId


class OfResponsibleAccount(OfAccountParent):
    """BHI-2, BHI-5: `currency` is the new account's, `parent` whom it is to be below."""

    currency: CurrencyCode
    parent: AccountId | None = None


@router.get("/candidates/parent-customers", response=CustomerCandidates)
def list_parents_of_a_new_customer(request: HttpRequest, query: Query[OfOwner]) -> CustomerCandidates:
    """The customers that a new one could be below (CHI-1, CHI-2)."""
    _check_known(query)
    rows = parent_candidates_of_a_new_customer(query.owner, query.on or today(query.owner), query.q or "", query.limit)
    return CustomerCandidates(data=named_customers(rows))


@router.get("/candidates/parent-accounts", response=Candidates)
def list_parent_candidates_for_new_account(request: HttpRequest, query: Query[OfAccountParent]) -> Candidates:
    """The accounts that a new one could be below (AHI-2, AHI-3)."""
    _check_known(query)
    new = Account(owner_id=query.owner, bill_cycle_id=query.bill_cycle)
    rows = account_parent_candidates(new, query.on or today(query.owner), query.q or "", query.limit)
    return Candidates(data=related_accounts(rows))


@router.get("/candidates/responsible-accounts", response=Candidates)
def list_responsible_accounts_for_a_new_account(request: HttpRequest, query: Query[OfResponsibleAccount]) -> Candidates:
    """The accounts that could be responsible for a new one (BHI-2, BHI-5)."""
    _check_known(query)
    new = Account(owner_id=query.owner, bill_cycle_id=query.bill_cycle, currency=query.currency)
    day, q = query.on or today(query.owner), query.q or ""
    return Candidates(data=related_accounts(responsible_account_candidates(new, day, q, query.limit, query.parent)))


def _check_known(query: OfOwner) -> None:
    """Refuse what the new one can't have because there is no such thing in reach, as when it is made."""
    problems = Problems()
    named = {
        "owner": Owner.objects.all(),
        "bill_cycle": BillCycle.objects.all(),
        "parent": Account.reachable.all(),
    }
    for field, rows in named.items():
        number = getattr(query, field, None)
        if number is not None and not rows.filter(pk=number).exists():
            noun = rows.model._meta.verbose_name
            problems.add(field, "unknown", f"There is no such {noun}.", None, number)
    problems.raise_if_any()
