"""/products and /meters (CAT-1, USE-1)."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import (
    MeterId,
    ProductId,
    among,
)
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.catalog import (
    MeterAnswer,
    NewMeter,
    NewProduct,
    ProductAnswer,
    ProductChanges,
)
from banyan.api.writes import created, done
from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.actions.create_product import create_product
from banyan.catalog.actions.delete_catalog_entry import delete_catalog_entry
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.models import Aggregation, Meter, Product
from banyan.kernel.ids import encode_id

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
    aggregation: Annotated[str, among(Aggregation.values)] | None = None


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
