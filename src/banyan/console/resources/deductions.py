"""What is dated: discounts, tax rates, tax exemptions. They are not changed, but ended."""

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.html import format_html
from django.utils.safestring import SafeString

from banyan.accounts.models import Account
from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_discount import create_discount
from banyan.catalog.actions.create_tax_exemption import create_tax_exemption
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.models import Discount, TaxExemption, TaxRate
from banyan.console import localized
from banyan.console.access import check_role
from banyan.console.choices import countries, rows_of, searched
from banyan.console.fields import DayField, DecimalText
from banyan.console.forms import ActionForm
from banyan.console.resources.columns import Day, Number, Text
from banyan.console.resources.resource import Asked, Resource, Values
from banyan.console.row_fields import RowField
from banyan.invoices.actions.delete_discount import delete_discount
from banyan.invoices.actions.delete_tax_exemption import delete_tax_exemption
from banyan.invoices.actions.delete_tax_rate import delete_tax_rate

TAXES = (("tax_rate_list", "Tax rates"), ("tax_exemption_list", "Exemptions"))
DATES: dict[str, Any] = {
    "valid_from": Day("From", default="Ever"),
    "valid_to": Day("Until and including", default="No end"),
}
NOT_CHANGED = "It can be ended instead: what was invoiced keeps it. Deleting is refused once an invoice rests on it."


class EndForm(ActionForm):
    valid_to = DayField(label="Last day", required=False, help_text="Blank for no end.")


class TaxRateForm(ActionForm):
    name = forms.CharField(max_length=200, help_text="What invoices call it.")
    country = forms.ChoiceField(choices=countries, widget=searched())
    state = forms.CharField(max_length=50, required=False, help_text="The whole country without one.")
    tax_category = forms.CharField(max_length=50, required=False, help_text="All products without one.")
    percent = DecimalText()
    valid_from = DayField(required=False)
    valid_to = DayField(label="Last day", required=False)


class DiscountForm(ActionForm):
    account = RowField(Account, "/look-up/accounts")
    percent = DecimalText(required=False, help_text="Either percent or an amount.")
    amount = DecimalText(required=False, help_text="In the account's currency, once an invoice.")
    valid_from = DayField(required=False)
    valid_to = DayField(label="Last day", required=False)
    products = forms.MultipleChoiceField(
        choices=lambda: rows_of(queries.products().order_by("name")),
        required=False,
        widget=forms.SelectMultiple(attrs={"data-searchable": ""}),
        help_text="All without any.",
    )


class TaxExemptionForm(ActionForm):
    account = RowField(Account, "/look-up/accounts")
    certificate = forms.CharField(max_length=100, help_text="The number of the certificate.")
    valid_from = DayField(required=False)
    valid_to = DayField(label="Last day", required=False)


class Whose(Text):
    """The account with its number."""

    def render(self, value: Account) -> SafeString:
        """Number and name."""
        return format_html("{} <span>{}</span>", value.number, value.name)


class Takes(Text):
    """What a discount takes."""

    def written(self, value: object, record: Discount) -> str:
        """10 %, or an amount."""
        if record.percent is not None:
            return f"{localized.number(record.percent)} %"
        return localized.money(record.amount or Decimal(0), record.account.currency)

    def render(self, record: Discount) -> str:
        """The same."""
        return self.written(None, record)


class Products(Text):
    """The products that a discount is on."""

    def render(self, record: Discount) -> str:
        """Their names."""
        return ", ".join(product.name for product in record.products.all()) or "All"


def _discounts(asked: Asked) -> QuerySet[Any]:
    rows = queries.discounts().select_related("account").order_by("account__number", "id")
    return rows.filter(account__number__icontains=asked["q"]) if asked.get("q") else rows


def _exemptions(asked: Asked) -> QuerySet[Any]:
    return queries.tax_exemptions(asked.get("q")).select_related("account").order_by("account__number", "id")


def _at_account(api: str, values: Values) -> Values:
    """The values with the number of the account, where it takes the role as well (ORG-3)."""
    account = values["account"].pk
    check_role(f"POST {api}", Account, account)
    return {**values, "account": account}


def _new_discount(values: Values) -> Discount:
    products = tuple(map(int, values["products"])) or None
    return create_discount(inputs.NewDiscount(**{**_at_account("discounts", values), "products": products}))


TAX_RATES = Resource(
    kind="tax_rate",
    api="tax-rates",
    path="taxes/rates",
    one="tax rate",
    many="tax rates",
    icon="receipt-tax",
    says="All rates that fit the country, state and tax category of what is charged apply, each by itself.",
    rows=lambda asked: queries.tax_rates().order_by("country", "state", "name", "id"),
    columns={
        "name": Text("Name"),
        "country": Text("Country"),
        "state": Text("State"),
        "tax_category": Text("Tax category"),
        "percent": Number("Percent", unit=" %"),
        **DATES,
    },
    form=TaxRateForm,
    create=lambda values: create_tax_rate(inputs.NewTaxRate(**values)),
    form_to_change=EndForm,
    verb_to_change="End",
    change=lambda number, values: end_validity(TaxRate, number, values.get("valid_to")) if values else None,
    delete=delete_tax_rate,
    says_on_delete=NOT_CHANGED,
    tabs=TAXES,
)

TAX_EXEMPTIONS = Resource(
    kind="tax_exemption",
    api="tax-exemptions",
    path="taxes/exemptions",
    one="tax exemption",
    many="tax exemptions",
    icon="receipt-tax",
    says="An account with a valid certificate is not taxed.",
    rows=_exemptions,
    searchable=True,
    columns={"certificate": Text("Certificate"), "account": Whose("Account", order_by="account__number"), **DATES},
    form=TaxExemptionForm,
    create=lambda values: create_tax_exemption(inputs.NewTaxExemption(**_at_account("tax-exemptions", values))),
    form_to_change=EndForm,
    verb_to_change="End",
    change=lambda number, values: end_validity(TaxExemption, number, values.get("valid_to")) if values else None,
    delete=delete_tax_exemption,
    says_on_delete=NOT_CHANGED,
    tabs=TAXES,
)

DISCOUNTS = Resource(
    kind="discount",
    api="discounts",
    path="discounts",
    one="discount",
    many="discounts",
    icon="tag",
    says="A discount takes a percentage or an amount off what an account is charged.",
    rows=_discounts,
    searchable=True,
    columns={
        "takes": Takes("Takes", empty_values=(), orderable=False, accessor="pk"),
        "account": Whose("Account", order_by="account__number"),
        "products": Products("On", orderable=False, accessor="pk"),
        **DATES,
    },
    form=DiscountForm,
    create=_new_discount,
    form_to_change=EndForm,
    verb_to_change="End",
    change=lambda number, values: end_validity(Discount, number, values.get("valid_to")) if values else None,
    delete=delete_discount,
    says_on_delete=NOT_CHANGED,
    called=lambda row: f"of {row.account}",
)

ALL = (TAX_RATES, TAX_EXEMPTIONS, DISCOUNTS)
