"""/charges: one-time charges and credits."""

from collections.abc import Collection, Sequence
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, Field

from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.fields import AccountId, ChargeId, Day, ProductId, SubscriptionId, among, id_or_null
from banyan.api.history import history_of
from banyan.api.pages import Page, Paging, Search, Unsorted, page_of
from banyan.api.payers import payer_answer
from banyan.api.rows import found, matching
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.schemas.subscriptions import (
    ChargeAnswer,
    ChargeChanges,
    ChargePreviewAnswer,
    ChargeWhoPaysAnswer,
    NewCharge,
)
from banyan.api.writes import created, done
from banyan.billruns.queries import account_labels
from banyan.engine.reasons import what_is_paid
from banyan.invoices.trails import accounts_in
from banyan.kernel.ids import encode_id
from banyan.kernel.money import CURRENCIES, amount_text
from banyan.subscriptions import inputs, queries
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.actions.delete_charge import delete_charge
from banyan.subscriptions.actions.preview_charge import preview_charge
from banyan.subscriptions.actions.update_charge import update_charge
from banyan.subscriptions.models import Charge

router = Router()


class ChargeFilters(Paging):
    """SUB-7."""

    q: Search = None
    account: AccountId | None = None
    product: ProductId | None = None
    subscription: SubscriptionId | None = None
    currency: Annotated[str, among(CURRENCIES)] | None = None
    date: Day | None = None
    billed: bool | None = None


class WhyDeleted(BaseModel):
    """RUN-11."""

    reason: Annotated[str, Field(max_length=2000, description="Why it is deleted; kept in the history")] = ""


@router.get("/charges", response=Page[ChargeAnswer])
def list_charges(request: HttpRequest, query: Query[ChargeFilters]) -> Page[ChargeAnswer]:
    """One-time charges and credits."""
    rows = matching(
        queries.charges(query.q),
        account=query.account,
        product=query.product,
        subscription=query.subscription,
        account__currency=query.currency,
        date=query.date,
        billed=query.billed,
    )
    return page_of(Page[ChargeAnswer], rows, query, {"date": "date"}, charge_answers)


@router.post("/charges", response={201: ChargeAnswer})
def post_charge(request: HttpRequest, body: NewCharge) -> Status[ChargeAnswer]:
    """Charge an account once, or credit it with a negative amount."""
    return created(_answer(create_charge(_new(body)).id))


@router.post("/charges/preview", response=ChargePreviewAnswer)
def preview_of_charge(request: HttpRequest, body: NewCharge) -> ChargePreviewAnswer:
    """Who would be invoiced for a charge, and what is worth a second look; nothing is charged (SUB-7)."""
    previewed = preview_charge(_new(body))
    labels = account_labels(accounts_in([previewed.payer]))
    payer = payer_answer(previewed.payer, labels, previewed.day, what_is_paid(body.subscription, previewed))
    return ChargePreviewAnswer(payer=payer, warnings=previewed.warnings)


@router.get("/charges/{charge_id}", response=ChargeAnswer)
def get_charge(request: HttpRequest, charge_id: ChargeId) -> ChargeAnswer:
    """One charge."""
    return _answer(charge_id)


@router.patch("/charges/{charge_id}", response=ChargeAnswer)
def patch_charge(request: HttpRequest, charge_id: ChargeId, body: ChargeChanges) -> ChargeAnswer:
    """Change what is named of a charge that is not billed yet (SUB-7); the history keeps the reason (RUN-11)."""
    given = body.given()
    reason = given.pop("reason", "")
    if body.who_pays is not None:
        given["who_pays"] = inputs.WhoPaysChoice(**dict(body.who_pays))
    return _answer(update_charge(charge_id, given, reason).id)


@router.delete("/charges/{charge_id}", response={204: None})
def remove_charge(request: HttpRequest, charge_id: ChargeId, query: Query[WhyDeleted]) -> Status[None]:
    """Delete a charge that is not billed yet (SUB-7); the history keeps it, and the reason (RUN-11)."""
    delete_charge(charge_id, query.reason)
    return done()


@router.get("/charges/{charge_id}/history", response=Page[HistoryEntryAnswer])
def list_history_of_charge(
    request: HttpRequest, charge_id: ChargeId, query: Query[Unsorted]
) -> Page[HistoryEntryAnswer]:
    """Who made and changed it, when and why; newest first (RUN-11)."""
    found(queries.charges(), charge_id)
    return history_of("charge", charge_id, query)


def _new(body: NewCharge) -> inputs.NewCharge:
    who_pays = None if body.who_pays is None else inputs.WhoPaysChoice(**dict(body.who_pays))
    return inputs.NewCharge(**{**dict(body), "who_pays": who_pays})


def _answer(charge_id: int) -> ChargeAnswer:
    (answer,) = charge_answers([found(queries.charges(), charge_id)])
    return answer


def charge_answers(rows: Sequence[Charge]) -> list[ChargeAnswer]:
    """Charges as clients see them."""
    payers = ids_in_scope("customer", [row.payer_id for row in rows])
    return [_charge_answer(row, payers) for row in rows]


def _charge_answer(row: Charge, payers: Collection[int]) -> ChargeAnswer:
    chosen = None
    if row.who_pays_mode is not None:
        customer = id_if_in_scope("customer", row.payer_id, payers)
        chosen = ChargeWhoPaysAnswer(mode=row.who_pays_mode, customer=customer)
    return ChargeAnswer(
        id=encode_id("charge", row.id),
        account=encode_id("account", row.account_id),
        description=row.description,
        amount=amount_text(row.amount, row.account.currency),
        currency=row.account.currency,
        date=row.date,
        product=id_or_null("product", row.product_id),
        subscription=id_or_null("subscription", row.subscription_id),
        who_pays=chosen,
        billed=row.billed,
        created_at=row.created_at,
    )
