"""/accounts/{id}/…: parent, responsible account, tree, who pays, pending charges."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel

from banyan.accounts import queries
from banyan.accounts.models import Account
from banyan.accounts.today import today, today_of_account
from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.accounts import account_answers, answer_of_account
from banyan.api.fields import AccountId, Day, SubscriptionId
from banyan.api.pages import CandidateFilters, FromDay, OnDay, Page, Unsorted, page_of
from banyan.api.payers import payer_answer, payer_changes
from banyan.api.rows import found
from banyan.api.schemas.accounts import AccountAnswer, ManagedAccountAnswer
from banyan.api.schemas.invoices import LineAnswer, PendingCharges
from banyan.api.schemas.relations import (
    AccountParentChange,
    AccountParentToPreview,
    AccountRelationPreview,
    Candidates,
    PayerAnswer,
    RelatedAccount,
    ResponsibleAccountChange,
    ResponsibleAccountToPreview,
    Rollup,
    TreeAnswer,
    TreeNode,
)
from banyan.api.writes import done
from banyan.billruns.documents import accounts_named_in, line_document
from banyan.billruns.queries import account_labels, pending_charges
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.preview_move import (
    Preview,
    preview_account_parent,
    preview_responsible_account,
)
from banyan.customers.actions.remove_account_parent import remove_account_parent
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.rollups import rollup
from banyan.invoices.parties import accounts_now
from banyan.invoices.trails import accounts_in
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.kernel.money import amounts_by_currency
from banyan.relations.candidates import account_parent_candidates, responsible_account_candidates
from banyan.relations.queries import (
    account_tree_in_scope,
    managed_accounts_on,
)
from banyan.subscriptions.queries import payer_of, subscription_numbers

router = Router()


class PayerQuestion(OnDay):
    """WHO-5: for a charge of the account itself, or of one of its subscriptions."""

    subscription: SubscriptionId | None = None


class ManagedFilters(Unsorted):
    """BHI-1: as on a day (default today)."""

    on: Day | None = None


class BillingDay(BaseModel):
    """INV-8: what a run for `billing_date` (default today) would bill."""

    billing_date: Day | None = None


@router.put("/accounts/{account_id}/parent", response=AccountAnswer)
def put_account_parent(request: HttpRequest, account_id: AccountId, body: AccountParentChange) -> AccountAnswer:
    """Put the account below another one from a day on, with or without its subtree (AHI-4)."""
    set_account_parent(account_id, body.parent, body.effective_date, body.children)
    return answer_of_account(account_id, body.effective_date)


@router.delete("/accounts/{account_id}/parent", response={204: None})
def delete_account_parent(request: HttpRequest, account_id: AccountId, query: Query[FromDay]) -> Status[None]:
    """Make the account the root of its tree from a day on."""
    remove_account_parent(account_id, query.effective_date)
    return done()


@router.post("/accounts/{account_id}/parent/preview", response=AccountRelationPreview)
def preview_parent(request: HttpRequest, account_id: AccountId, body: AccountParentToPreview) -> AccountRelationPreview:
    """What putting the account below another one, or below none, would come to; nothing is changed (REL-3)."""
    preview = preview_account_parent(account_id, body.parent, body.effective_date, body.children)
    return _preview_answer(preview, body.effective_date or today_of_account(account_id))


@router.get("/accounts/{account_id}/parent/candidates", response=Candidates)
def list_parent_candidates(request: HttpRequest, account_id: AccountId, query: Query[CandidateFilters]) -> Candidates:
    """The accounts that could be its parent (AHI-2, AHI-3).

    By number; where thousands are below the account and the first by number are among them, the last that fit.
    """
    account = found(queries.accounts(), account_id)
    rows = account_parent_candidates(account, query.on or today(account.owner_id), query.q or "", query.limit)
    return Candidates(data=related_accounts(rows))


@router.put("/accounts/{account_id}/responsible-account", response=AccountAnswer)
def put_responsible_account(
    request: HttpRequest, account_id: AccountId, body: ResponsibleAccountChange
) -> AccountAnswer:
    """Let another account be invoiced for its charges from a day on (BHI-1)."""
    assign_responsible_account(account_id, body.responsible_account, body.effective_date)
    return answer_of_account(account_id, body.effective_date)


@router.delete("/accounts/{account_id}/responsible-account", response={204: None})
def delete_responsible_account(request: HttpRequest, account_id: AccountId, query: Query[FromDay]) -> Status[None]:
    """From a day on it is invoiced itself again (BHI-3)."""
    remove_responsible_account(account_id, query.effective_date)
    return done()


@router.post("/accounts/{account_id}/responsible-account/preview", response=AccountRelationPreview)
def preview_responsible(
    request: HttpRequest, account_id: AccountId, body: ResponsibleAccountToPreview
) -> AccountRelationPreview:
    """What making another account responsible, or none, would come to; nothing is changed (REL-3)."""
    preview = preview_responsible_account(account_id, body.responsible_account, body.effective_date)
    return _preview_answer(preview, body.effective_date or today_of_account(account_id))


@router.get("/accounts/{account_id}/responsible-account/candidates", response=Candidates)
def list_responsible_account_candidates(
    request: HttpRequest, account_id: AccountId, query: Query[CandidateFilters]
) -> Candidates:
    """The accounts that could be responsible for it (BHI-2, BHI-5)."""
    account = found(queries.accounts(), account_id)
    rows = responsible_account_candidates(account, query.on or today(account.owner_id), query.q or "", query.limit)
    return Candidates(data=related_accounts(rows))


@router.get("/accounts/{account_id}/managed-accounts", response=Page[ManagedAccountAnswer])
def list_managed_accounts(
    request: HttpRequest, account_id: AccountId, query: Query[ManagedFilters]
) -> Page[ManagedAccountAnswer]:
    """The accounts that this one is invoiced for, by number (BHI-1)."""
    found(queries.accounts(), account_id)
    rows = managed_accounts_on(account_id, query.on or today_of_account(account_id))

    def encode(shown: Sequence[Account]) -> list[ManagedAccountAnswer]:
        answers = account_answers(shown, query.on)
        return [ManagedAccountAnswer(**answer.model_dump(), account=answer.id) for answer in answers]

    return page_of(Page[ManagedAccountAnswer], rows, query, {"number": "number"}, encode, default="number")


@router.get("/accounts/{account_id}/tree", response=TreeAnswer)
def get_tree(request: HttpRequest, account_id: AccountId, query: Query[OnDay]) -> TreeAnswer:
    """The account and everything below it on a day, root first."""
    found(queries.accounts(), account_id)
    nodes = account_tree_in_scope(account_id, query.on or today_of_account(account_id))
    parents = ids_in_scope("account", [node.parent for node in nodes])
    return TreeAnswer(
        data=[
            TreeNode(
                account=encode_id("account", node.account),
                number=node.number,
                name=node.name,
                parent=id_if_in_scope("account", node.parent, parents),
                depth=node.depth,
            )
            for node in nodes
        ]
    )


@router.get("/accounts/{account_id}/rollup", response=Rollup)
def get_rollup(request: HttpRequest, account_id: AccountId, query: Query[OnDay]) -> Rollup:
    """The account and everything below it added up: balances, invoices, usage, as at the end of a day (AHI-5)."""
    found(queries.accounts(), account_id)
    day = query.on or today_of_account(account_id)
    total = rollup(account_id, day)
    return Rollup(
        account=encode_id("account", account_id),
        on=day,
        accounts=total.accounts,
        balance_by_currency=amounts_by_currency(total.balances),
        open_invoices=total.open_invoices,
        overdue_invoices=total.overdue_invoices,
        invoiced_by_currency=amounts_by_currency(total.invoiced),
        usage_by_meter={key: decimal_text(used) for key, used in sorted(total.usage.items())},
    )


@router.get("/accounts/{account_id}/payer", response=PayerAnswer)
def get_payer(request: HttpRequest, account_id: AccountId, query: Query[PayerQuestion]) -> PayerAnswer:
    """Who would be invoiced for a charge on a day, by which rule, and why (WHO-5, WHO-6)."""
    found(queries.accounts(), account_id)
    day = query.on or today_of_account(account_id)
    payer = payer_of(account_id, query.subscription, day)
    return payer_answer(payer, account_labels(accounts_in([payer])), day)


@router.get(
    "/accounts/{account_id}/pending-charges",
    response=PendingCharges,
    openapi_extra={"responses": {409: {"description": "The account can't be billed, as `errors` tells (RUN-4)"}}},
)
def get_pending_charges(request: HttpRequest, account_id: AccountId, query: Query[BillingDay]) -> PendingCharges:
    """What the next run would bill, computed by the same code (INV-8)."""
    found(queries.accounts(), account_id)
    day = query.billing_date or today_of_account(account_id)
    pending = pending_charges(account_id, day)
    names = accounts_now(accounts_named_in([one.line for one in pending]))
    numbers = subscription_numbers(one.line.subscription_id for one in pending)
    lines = [LineAnswer.model_validate(line_document(one.line, one.bill, names, numbers)) for one in pending]
    return PendingCharges(billing_date=day, data=lines)


def _preview_answer(preview: Preview, day: date) -> AccountRelationPreview:
    rows = queries.accounts().in_bulk(preview.ancestors)
    ancestors = [rows[number] for number in preview.ancestors if number in rows]
    return AccountRelationPreview(
        effective_date=day,
        ancestors=related_accounts(ancestors),
        depth=len(ancestors) + 1,
        subscriptions=payer_changes(preview.subscriptions, day),
    )


def related_accounts(rows: Sequence[Account]) -> list[RelatedAccount]:
    """Accounts as relatives and candidates are shown."""
    return [
        RelatedAccount(
            account=encode_id("account", row.pk), number=row.number, name=row.name, customer=row.customer.name
        )
        for row in rows
    ]
