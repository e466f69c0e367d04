"""/products, /meters, /prices, /discounts, /tax-rates, /tax-exemptions."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import (
    AccountId,
    Day,
    DiscountId,
    MeterId,
    PriceId,
    ProductId,
    TaxExemptionId,
    TaxRateId,
    amount_text,
    decimal_text,
    id_or_null,
)
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.catalog import (
    DiscountAnswer,
    MeterAnswer,
    NewDiscount,
    NewMeter,
    NewPrice,
    NewProduct,
    NewTaxExemption,
    NewTaxRate,
    PriceAnswer,
    PricePreview,
    PriceToPreview,
    ProductAnswer,
    ProductChanges,
    QuantitiesToPreview,
    QuoteAnswer,
    TaxExemptionAnswer,
    TaxRateAnswer,
    TierAnswer,
    ValidityEnd,
)
from banyan.api.writes import all_or_nothing, created, done, fields_told_as
from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.actions.create_price import create_price
from banyan.catalog.actions.create_product import create_product
from banyan.catalog.actions.create_tax_exemption import create_tax_exemption
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.actions.delete_catalog_entry import delete_catalog_entry
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.actions.preview_price import preview_price
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.models import Discount, Meter, Price, Product, TaxExemption, TaxRate
from banyan.invoices.actions.delete_discount import delete_discount
from banyan.invoices.actions.delete_tax_exemption import delete_tax_exemption
from banyan.invoices.actions.delete_tax_rate import delete_tax_rate
from banyan.kernel.ids import encode_id
from banyan.kernel.refusals import Problems

router = Router()


class ProductFilters(Paging):
    """CAT-1."""

    q: Search = None
    name: str | None = None
    code: str | None = None
    tax_category: str | None = None
    active: bool | None = None


class MeterFilters(Paging):
    """USE-1."""

    q: Search = None
    key: str | None = None
    name: str | None = None
    unit: str | None = None
    aggregation: str | None = None


class PriceFilters(Paging):
    """CAT-1."""

    q: Search = None
    product: ProductId | None = None
    code: str | None = None
    currency: str | None = None
    type: str | None = None
    model: str | None = None
    interval: str | None = None
    timing: str | None = None
    meter: MeterId | None = None
    pooled: bool | None = None


class DiscountFilters(Paging):
    """DIS-1; `valid_on` is a day."""

    account: AccountId | None = None
    product: ProductId | None = None
    valid_on: Day | None = None


class TaxExemptionFilters(Paging):
    """TAX-2; `valid_on` is a day."""

    q: Search = None
    account: AccountId | None = None
    certificate: str | None = None
    valid_on: Day | None = None


class TaxRateFilters(Paging):
    """TAX-1."""

    name: str | None = None
    country: str | None = None
    state: str | None = None
    tax_category: str | None = None


@router.get("/products", response=Page[ProductAnswer])
def list_products(request: HttpRequest, query: Query[ProductFilters]) -> Page[ProductAnswer]:
    """Products."""
    rows = queries.products(query.q, query.active)
    rows = matching(rows, name=query.name, code=query.code, tax_category=query.tax_category)
    return page_of(Page[ProductAnswer], rows, query, {"name": "name", "code": "code"}, each(product_answer))


@router.post("/products", response={201: ProductAnswer})
def post_product(request: HttpRequest, body: NewProduct) -> Status[ProductAnswer]:
    """Put a product on offer."""
    return created(product_answer(create_product(inputs.NewProduct(**dict(body)))))


@router.get("/products/{product_id}", response=ProductAnswer)
def get_product(request: HttpRequest, product_id: ProductId) -> ProductAnswer:
    """One product."""
    return product_answer(found(queries.products(), product_id))


@router.patch("/products/{product_id}", response=ProductAnswer)
def patch_product(request: HttpRequest, product_id: ProductId, body: ProductChanges) -> ProductAnswer:
    """Change what a product is called or whether it is sold."""
    return product_answer(update_product(product_id, body.given()))


@router.delete("/products/{product_id}", response={204: None})
def delete_product(request: HttpRequest, product_id: ProductId) -> Status[None]:
    """Delete a product that has no price, charge or discount; deactivate it otherwise."""
    delete_catalog_entry(Product, product_id)
    return done()


@router.get("/meters", response=Page[MeterAnswer])
def list_meters(request: HttpRequest, query: Query[MeterFilters]) -> Page[MeterAnswer]:
    """Meters."""
    rows = matching(queries.meters(query.q), **query.model_dump(exclude={*Paging.model_fields, "q"}))
    return page_of(Page[MeterAnswer], rows, query, {"key": "key", "name": "name"}, each(meter_answer))


@router.post("/meters", response={201: MeterAnswer})
def post_meter(request: HttpRequest, body: NewMeter) -> Status[MeterAnswer]:
    """Set up what usage is counted with."""
    return created(meter_answer(create_meter(inputs.NewMeter(**dict(body)))))


@router.get("/meters/{meter_id}", response=MeterAnswer)
def get_meter(request: HttpRequest, meter_id: MeterId) -> MeterAnswer:
    """One meter."""
    return meter_answer(found(queries.meters(), meter_id))


@router.delete("/meters/{meter_id}", response={204: None})
def delete_meter(request: HttpRequest, meter_id: MeterId) -> Status[None]:
    """Delete a meter that has no price and no usage."""
    delete_catalog_entry(Meter, meter_id)
    return done()


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
def preview_price_there_is(request: HttpRequest, price_id: PriceId, body: QuantitiesToPreview) -> PricePreview:
    """What a price asks for quantities. Changes nothing."""
    price = found(queries.prices(), price_id)
    return _quotes(body.quantities, partial(queries.price_quotes, price_id), price.currency)


@router.delete("/prices/{price_id}", response={204: None})
def delete_price(request: HttpRequest, price_id: PriceId) -> Status[None]:
    """Delete a price that nobody ever subscribed to."""
    delete_catalog_entry(Price, price_id)
    return done()


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


@router.get("/tax-rates", response=Page[TaxRateAnswer])
def list_tax_rates(request: HttpRequest, query: Query[TaxRateFilters]) -> Page[TaxRateAnswer]:
    """Tax rates."""
    rows = matching(
        queries.tax_rates(),
        name=query.name,
        country=query.country,
        state=query.state,
        tax_category=query.tax_category,
    )
    return page_of(Page[TaxRateAnswer], rows, query, {"name": "name", "country": "country"}, each(tax_rate_answer))


@router.post("/tax-rates", response={201: TaxRateAnswer})
def post_tax_rate(request: HttpRequest, body: NewTaxRate) -> Status[TaxRateAnswer]:
    """Set a tax rate for a country or a state of it."""
    return created(tax_rate_answer(create_tax_rate(inputs.NewTaxRate(**dict(body)))))


@router.get("/tax-rates/{tax_rate_id}", response=TaxRateAnswer)
def get_tax_rate(request: HttpRequest, tax_rate_id: TaxRateId) -> TaxRateAnswer:
    """One tax rate."""
    return tax_rate_answer(found(queries.tax_rates(), tax_rate_id))


@router.patch("/tax-rates/{tax_rate_id}", response=TaxRateAnswer)
def patch_tax_rate(request: HttpRequest, tax_rate_id: TaxRateId, body: ValidityEnd) -> TaxRateAnswer:
    """Let it end; what was invoiced keeps its tax."""
    return tax_rate_answer(end_validity(TaxRate, tax_rate_id, body.valid_to))


@router.delete("/tax-rates/{tax_rate_id}", response={204: None})
def remove_tax_rate(request: HttpRequest, tax_rate_id: TaxRateId) -> Status[None]:
    """Delete a tax rate that no invoice has; end it otherwise."""
    delete_tax_rate(tax_rate_id)
    return done()


@router.get("/tax-exemptions", response=Page[TaxExemptionAnswer])
def list_tax_exemptions(request: HttpRequest, query: Query[TaxExemptionFilters]) -> Page[TaxExemptionAnswer]:
    """Tax exemptions; `q` finds by certificate."""
    rows = queries.tax_exemptions(query.q, query.valid_on)
    rows = matching(rows, account=query.account, certificate=query.certificate)
    return page_of(Page[TaxExemptionAnswer], rows, query, {"certificate": "certificate"}, each(tax_exemption_answer))


@router.post("/tax-exemptions", response={201: TaxExemptionAnswer})
def post_tax_exemption(request: HttpRequest, body: NewTaxExemption) -> Status[TaxExemptionAnswer]:
    """Exempt an account from taxes."""
    return created(tax_exemption_answer(create_tax_exemption(inputs.NewTaxExemption(**dict(body)))))


@router.get("/tax-exemptions/{tax_exemption_id}", response=TaxExemptionAnswer)
def get_tax_exemption(request: HttpRequest, tax_exemption_id: TaxExemptionId) -> TaxExemptionAnswer:
    """One tax exemption."""
    return tax_exemption_answer(found(queries.tax_exemptions(), tax_exemption_id))


@router.patch("/tax-exemptions/{tax_exemption_id}", response=TaxExemptionAnswer)
def patch_tax_exemption(
    request: HttpRequest, tax_exemption_id: TaxExemptionId, body: ValidityEnd
) -> TaxExemptionAnswer:
    """Let it end; what was invoiced stays untaxed."""
    return tax_exemption_answer(end_validity(TaxExemption, tax_exemption_id, body.valid_to))


@router.delete("/tax-exemptions/{tax_exemption_id}", response={204: None})
def remove_tax_exemption(request: HttpRequest, tax_exemption_id: TaxExemptionId) -> Status[None]:
    """Delete an exemption that no invoice can rest on; end it otherwise."""
    delete_tax_exemption(tax_exemption_id)
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


def product_answer(row: Product) -> ProductAnswer:
    """A product as clients see it."""
    return ProductAnswer(
        id=encode_id("product", row.id), name=row.name, code=row.code, tax_category=row.tax_category, active=row.active
    )


def meter_answer(row: Meter) -> MeterAnswer:
    """A meter as clients see it."""
    return MeterAnswer(
        id=encode_id("meter", row.id),
        key=row.key,
        name=row.name,
        unit=row.unit,
        aggregation=row.aggregation,
        precision=row.precision,
    )


def price_answer(row: Price) -> PriceAnswer:
    """A price as clients see it."""
    return PriceAnswer(
        id=encode_id("price", row.id),
        product=encode_id("product", row.product_id),
        code=row.code,
        currency=row.currency,
        type=row.type,
        model=row.model,
        unit_amount=decimal_text(row.unit_amount),
        flat_amount=decimal_text(row.flat_amount),
        tiers=[_tier_answer(tier) for tier in row.tiers],
        package_size=None if row.package_size is None else decimal_text(row.package_size),
        interval=row.interval,
        interval_count=row.interval_count,
        timing=row.timing,
        meter=id_or_null("meter", row.meter_id),
        included_quantity=decimal_text(row.included_quantity),
        pooled=row.pooled,
    )


def _tier_answer(tier: Mapping[str, str | None]) -> TierAnswer:
    return TierAnswer.model_validate(
        {name: None if text is None else decimal_text(Decimal(text)) for name, text in tier.items()}
    )


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


def tax_exemption_answer(row: TaxExemption) -> TaxExemptionAnswer:
    """A tax exemption as clients see it."""
    return TaxExemptionAnswer(
        id=encode_id("tax_exemption", row.id),
        account=encode_id("account", row.account_id),
        certificate=row.certificate,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def tax_rate_answer(row: TaxRate) -> TaxRateAnswer:
    """A tax rate as clients see it."""
    return TaxRateAnswer(
        id=encode_id("tax_rate", row.id),
        name=row.name,
        country=row.country,
        state=row.state,
        tax_category=row.tax_category,
        percent=decimal_text(row.percent),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )
