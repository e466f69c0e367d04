"""What is sold: products with their prices, meters."""

from typing import Any

from django import forms

from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_meter import create_meter
from banyan.catalog.actions.create_product import create_product
from banyan.catalog.actions.delete_catalog_entry import delete_catalog_entry
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.models import Aggregation, Meter, Price, Product
from banyan.console.choices import as_words, select
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest
from banyan.console.resources.columns import Number, Text, Words, Yes
from banyan.console.resources.pages import table_of
from banyan.console.resources.price_column import Asks
from banyan.console.resources.prices import price_facts
from banyan.console.resources.resource import Asked, Resource, Values
from banyan.engine.facts import PriceType

TABS = (("product_list", "Products"), ("price_list", "Prices"), ("meter_list", "Meters"))


class ProductForm(ActionForm):
    name = forms.CharField(max_length=200, help_text="What customers read on their invoices.")
    code = forms.CharField(max_length=100, help_text="What files and the API call it.")
    tax_category = forms.CharField(
        max_length=50, required=False, help_text="Rates of this category apply, and those of none."
    )
    active = forms.BooleanField(required=False, initial=True, label="On sale")


class MeterForm(ActionForm):
    key = forms.CharField(max_length=100, help_text="What usage events name it by, such as api_calls.")
    name = forms.CharField(max_length=200, required=False, help_text="The key when left blank.")
    unit = forms.CharField(max_length=50, required=False, help_text="What is counted, such as call or GB.")
    aggregation = forms.ChoiceField(choices=as_words(Aggregation.values))
    precision = forms.IntegerField(initial=0, help_text="Decimals of a unit.")


class ProductFilters(Filters):
    active = forms.ChoiceField(
        label="Status",
        choices=[("", "All"), ("yes", "On sale"), ("no", "Not on sale")],
        required=False,
        widget=select(),
    )


class PriceFilters(Filters):
    type = forms.ChoiceField(choices=[("", "All"), *as_words(PriceType)], required=False, widget=select())


def _products(asked: Asked) -> Any:
    active = {"yes": True, "no": False}.get(asked.get("active", ""))
    return queries.products(asked.get("q"), active).order_by("name")


def _prices(asked: Asked) -> Any:
    rows = queries.prices(asked.get("q")).order_by("product__name", "currency", "id")
    return rows.filter(type=asked["type"]) if asked.get("type") else rows


def _product_facts(row: Product, request: PageRequest) -> Values:
    rows = queries.prices().filter(product=row).order_by("currency", "id")
    return {
        "table": table_of(PRICES, request, rows, without=["product"]) if rows else None,
        "may_add": PRICES.may("new"),
    }


PRODUCTS = Resource(
    kind="product",
    api="products",
    path="catalogue/products",
    one="product",
    many="products",
    icon="package",
    says="A product is what you sell. Its prices say in which currencies, how often, and how much.",
    rows=_products,
    searchable=True,
    filters=ProductFilters,
    columns={
        "name": Text("Name"),
        "code": Text("Code"),
        "tax_category": Text("Tax category"),
        "active": Yes("Status", yes="On sale", no="Not on sale"),
    },
    form=ProductForm,
    create=lambda values: create_product(inputs.NewProduct(**values)),
    change=update_product,
    delete=lambda number: delete_catalog_entry(Product, number),
    says_on_delete="It is refused while it has a price, a charge or a discount; take it off sale then.",
    shown_by="resources/product.html",
    facts=_product_facts,
    tabs=TABS,
)

PRICES = Resource(
    kind="price",
    api="prices",
    path="catalogue/prices",
    one="price",
    many="prices",
    icon="coins",
    says="A price says what a product costs in a currency. It never changes once used; a new one replaces it.",
    rows=_prices,
    searchable=True,
    filters=PriceFilters,
    columns={
        "product": Text("Product", accessor="product__name"),
        "code": Text("Code", default="–"),
        "currency": Text("Currency"),
        "type": Words("Type"),
        "model": Words("Model"),
        "asks": Asks("Price", empty_values=(), orderable=False),
    },
    own_page=True,
    delete=lambda number: delete_catalog_entry(Price, number),
    says_on_delete="It is refused once somebody subscribed to it.",
    shown_by="resources/price.html",
    facts=price_facts,
    tabs=TABS,
)

METERS = Resource(
    kind="meter",
    api="meters",
    path="catalogue/meters",
    one="meter",
    many="meters",
    icon="hash",
    says="A meter says how usage is counted: the sum of events, their number, the highest.",
    rows=lambda asked: queries.meters(asked.get("q")).order_by("key"),
    searchable=True,
    columns={
        "key": Text("Key"),
        "name": Text("Name"),
        "unit": Text("Unit"),
        "aggregation": Words("Aggregation"),
        "precision": Number("Decimals"),
    },
    form=MeterForm,
    create=lambda values: create_meter(inputs.NewMeter(**values)),
    delete=lambda number: delete_catalog_entry(Meter, number),
    says_on_delete="It is refused while it has a price or usage.",
    tabs=TABS,
)

ALL = (PRODUCTS, PRICES, METERS)
