"""/tax-rates and /tax-exemptions (TAX-1, TAX-2)."""

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import (
    AccountId,
    Day,
    TaxExemptionId,
    TaxRateId,
)
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.catalog import (
    NewTaxExemption,
    NewTaxRate,
    TaxExemptionAnswer,
    TaxRateAnswer,
    ValidityEnd,
)
from banyan.api.writes import created, done
from banyan.catalog import inputs, queries
from banyan.catalog.actions.create_tax_exemption import create_tax_exemption
from banyan.catalog.actions.create_tax_rate import create_tax_rate
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.models import TaxExemption, TaxRate
from banyan.invoices.actions.delete_tax_exemption import delete_tax_exemption
from banyan.invoices.actions.delete_tax_rate import delete_tax_rate
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id

router = Router()


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
