"""/discounts (DIS-1)."""

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import AccountId, Day, DiscountId, ProductId
from banyan.api.pages import Page, Paging, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.catalog import (
    DiscountAnswer,
    NewDiscount,
    ValidityEnd,
)
from banyan.api.writes import created, done
from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.models import Discount
from banyan.invoices.actions.delete_discount import delete_discount
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.kernel.money import amount_text

router = Router()


class DiscountFilters(Paging):
    """DIS-1; `valid_on` is a day."""

    account: AccountId | None = None
    product: ProductId | None = None
    valid_on: Day | None = None


@router.get("/discounts", response=Page[DiscountAnswer])
def list_discounts(request: HttpRequest, query: Query[DiscountFilters]) -> Page[DiscountAnswer]:
    """Discounts of accounts."""
    rows = matching(
        queries.discounts(query.valid_on).select_related("account"), account=query.account, products=query.product
    )
    return page_of(Page[DiscountAnswer], rows, query, {}, each(discount_answer))


@router.post("/discounts", response={201: DiscountAnswer})
def post_discount(request: HttpRequest, body: NewDiscount) -> Status[DiscountAnswer]:
    """Give an account a discount, in percent or as a fixed amount."""
    products = None if body.products is None else tuple(body.products)
    discount = create_discount(inputs.NewDiscount(**{**dict(body), "products": products}))
    return created(discount_answer(found(queries.discounts().select_related("account"), discount.id)))


@router.get("/discounts/{discount_id}", response=DiscountAnswer)
def get_discount(request: HttpRequest, discount_id: DiscountId) -> DiscountAnswer:
    """One discount."""
    return discount_answer(found(queries.discounts().select_related("account"), discount_id))


@router.patch("/discounts/{discount_id}", response=DiscountAnswer)
def patch_discount(request: HttpRequest, discount_id: DiscountId, body: ValidityEnd) -> DiscountAnswer:
    """Let it end; what was invoiced keeps its discount."""
    end_validity(Discount, discount_id, body.valid_to)
    return discount_answer(found(queries.discounts().select_related("account"), discount_id))


@router.delete("/discounts/{discount_id}", response={204: None})
def remove_discount(request: HttpRequest, discount_id: DiscountId) -> Status[None]:
    """Delete a discount that no invoice can have taken; end it otherwise."""
    delete_discount(discount_id)
    return done()


def discount_answer(row: Discount) -> DiscountAnswer:
    """A discount as clients see it."""
    return DiscountAnswer(
        id=encode_id("discount", row.id),
        account=encode_id("account", row.account_id),
        percent=None if row.percent is None else decimal_text(row.percent),
        amount=None if row.amount is None else amount_text(row.amount, row.account.currency),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        products=[encode_id("product", product.id) for product in row.products.all()],
    )
