"""/prices (CAT-1 to CAT-3)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import MeterId, PriceId, ProductId, among, id_or_null
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.catalog import (
    NewPrice,
    PriceAnswer,
    PricePreview,
    PriceToPreview,
    QuantitiesToPreview,
    QuoteAnswer,
    TierAnswer,
)
from banyan.api.writes import created, done, fields_told_as
from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_price import create_price
from banyan.catalog.actions.delete_catalog_entry import delete_catalog_entry
from banyan.catalog.actions.preview_price import preview_price
from banyan.catalog.models import Price
from banyan.engine.facts import PriceModel, PriceType, Timing
from banyan.kernel.calendar import Unit
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.kernel.money import CURRENCIES, amount_text, exact_amount_text
from banyan.kernel.refusals import Problems, all_or_nothing

router = Router()


class PriceFilters(Paging):
    """CAT-1."""

    q: Search = None
    product: ProductId | None = None
    code: str | None = None
    currency: Annotated[str, among(CURRENCIES)] | None = None
    type: Annotated[str, among(PriceType)] | None = None
    model: Annotated[str, among(PriceModel)] | None = None
    interval: Annotated[str, among(Unit)] | None = None
    timing: Annotated[str, among(Timing)] | None = None
    meter: MeterId | None = None
    pooled: bool | None = None


@router.get("/prices", response=Page[PriceAnswer])
def list_prices(request: HttpRequest, query: Query[PriceFilters]) -> Page[PriceAnswer]:
    """Prices."""
    rows = matching(
        queries.prices(query.q),
        product=query.product,
        code=query.code,
        currency=query.currency,
        type=query.type,
        model=query.model,
        interval=query.interval,
        timing=query.timing,
        meter=query.meter,
        pooled=query.pooled,
    )
    return page_of(Page[PriceAnswer], rows, query, {}, each(price_answer))


@router.post("/prices", response={201: PriceAnswer})
def post_price(request: HttpRequest, body: NewPrice) -> Status[PriceAnswer]:
    """Set a price for a product. It never changes; a new one replaces it."""
    return created(price_answer(create_price(_new_price(body))))


@router.post("/prices/preview", response=PricePreview)
def preview_new_price(request: HttpRequest, body: PriceToPreview) -> PricePreview:
    """What a price would ask for quantities, before it is set; refused as the price would be. Changes nothing."""
    new = _new_price(body.price)

    def quotes(quantities: Sequence[Decimal]) -> list[Decimal]:
        with fields_told_as("price.{}".format):
            return preview_price(new, quantities)

    return _quotes(body.quantities, quotes, new.currency)


@router.get("/prices/{price_id}", response=PriceAnswer)
def get_price(request: HttpRequest, price_id: PriceId) -> PriceAnswer:
    """One price."""
    return price_answer(found(queries.prices(), price_id))


@router.post("/prices/{price_id}/preview", response=PricePreview)
def preview_existing_price(request: HttpRequest, price_id: PriceId, body: QuantitiesToPreview) -> PricePreview:
    """What a price asks for quantities. Changes nothing."""
    price = found(queries.prices(), price_id)
    return _quotes(body.quantities, partial(queries.price_quotes, price_id), price.currency)


@router.delete("/prices/{price_id}", response={204: None})
def delete_price(request: HttpRequest, price_id: PriceId) -> Status[None]:
    """Delete a price that nobody ever subscribed to."""
    delete_catalog_entry(Price, price_id)
    return done()


def _new_price(body: NewPrice) -> inputs.NewPrice:
    tiers = None if body.tiers is None else tuple(inputs.NewTier(**dict(tier)) for tier in body.tiers)
    return inputs.NewPrice(**{**dict(body), "tiers": tiers})


def _quotes(
    quantities: Sequence[Decimal], amounts_for: Callable[[Sequence[Decimal]], Sequence[Decimal]], currency: str
) -> PricePreview:
    amounts: list[Decimal] = []
    all_or_nothing([lambda: _check_quantities(quantities), lambda: amounts.extend(amounts_for(quantities))])
    return PricePreview(
        currency=currency,
        amounts=[
            QuoteAnswer(quantity=decimal_text(quantity), amount=amount_text(amount, currency))
            for quantity, amount in zip(quantities, amounts, strict=True)
        ],
    )


def _check_quantities(quantities: Sequence[Decimal]) -> None:
    problems = Problems()
    for place, quantity in enumerate(quantities):
        if quantity < 0:
            message = f"a price is for 0 or more, not for {quantity}"
            problems.add(f"quantities.{place}", "negative", message, "CAT-2", quantity)
    problems.raise_if_any()


def price_answer(row: Price) -> PriceAnswer:
    """A price as clients see it."""
    return PriceAnswer(
        id=encode_id("price", row.id),
        product=encode_id("product", row.product_id),
        code=row.code,
        currency=row.currency,
        type=row.type,
        model=row.model,
        unit_amount=exact_amount_text(row.unit_amount, row.currency),
        flat_amount=exact_amount_text(row.flat_amount, row.currency),
        tiers=[_tier_answer(tier, row.currency) for tier in row.tiers],
        package_size=None if row.package_size is None else decimal_text(row.package_size),
        interval=row.interval,
        interval_count=row.interval_count,
        timing=row.timing,
        meter=id_or_null("meter", row.meter_id),
        included_quantity=decimal_text(row.included_quantity),
        pooled=row.pooled,
        show_covered_usage=row.type == PriceType.USAGE and row.show_covered_usage,
    )


def _tier_answer(tier: Mapping[str, str | None], currency: str) -> TierAnswer:
    up_to, unit_amount, flat_amount = (tier.get(name) for name in ("up_to", "unit_amount", "flat_amount"))
    return TierAnswer(
        up_to=None if up_to is None else decimal_text(Decimal(up_to)),
        unit_amount=exact_amount_text(Decimal(unit_amount or 0), currency),
        flat_amount=exact_amount_text(Decimal(flat_amount or 0), currency),
    )
