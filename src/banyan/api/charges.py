"""/charges: one-time charges and credits."""

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import AccountId, ChargeId, Day, ProductId, amount_text, id_or_null
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.subscriptions import ChargeAnswer, NewCharge
from banyan.api.writes import created
from banyan.kernel.ids import encode_id
from banyan.subscriptions import inputs, queries
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.models import Charge

router = Router()


class ChargeFilters(Paging):
    """SUB-7."""

    q: Search = None
    account: AccountId | None = None
    product: ProductId | None = None
    currency: str | None = None
    date: Day | None = None
    billed: bool | None = None


@router.get("/charges", response=Page[ChargeAnswer])
def list_charges(request: HttpRequest, query: Query[ChargeFilters]) -> Page[ChargeAnswer]:
    """One-time charges and credits."""
    rows = matching(
        queries.charges(query.q),
        account=query.account,
        product=query.product,
        account__currency=query.currency,
        date=query.date,
        billed=query.billed,
    )
    return page_of(Page[ChargeAnswer], rows, query, {"date": "date"}, each(charge_answer))


@router.post("/charges", response={201: ChargeAnswer})
def post_charge(request: HttpRequest, body: NewCharge) -> Status[ChargeAnswer]:
    """Charge an account once, or credit it with a negative amount."""
    return created(charge_answer(found(queries.charges(), create_charge(inputs.NewCharge(**dict(body))).id)))


@router.get("/charges/{charge_id}", response=ChargeAnswer)
def get_charge(request: HttpRequest, charge_id: ChargeId) -> ChargeAnswer:
    """One charge."""
    return charge_answer(found(queries.charges(), charge_id))


def charge_answer(row: Charge) -> ChargeAnswer:
    """A charge as clients see it."""
    return ChargeAnswer(
        id=encode_id("charge", row.id),
        account=encode_id("account", row.account_id),
        description=row.description,
        amount=amount_text(row.amount, row.account.currency),
        currency=row.account.currency,
        date=row.date,
        product=id_or_null("product", row.product_id),
        billed=row.billed,
        created_at=row.created_at,
    )
