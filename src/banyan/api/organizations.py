"""/owners, /organizations."""

from collections.abc import Sequence
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts.actions.delete_owner import delete_owner
from banyan.accounts.actions.save_owner import create_owner, update_owner
from banyan.accounts.models import Owner
from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.addresses import address_answer
from banyan.api.fields import OrganizationId, OwnerId, among
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.organizations import (
    NewOrganization,
    NewOwner,
    OrganizationAnswer,
    OrganizationChanges,
    OwnerAnswer,
    OwnerChanges,
    TaxRegistrationAnswer,
)
from banyan.api.writes import created, done
from banyan.engine.facts import TaxDate
from banyan.engine.taxes import tax_rounding
from banyan.kernel.ids import encode_id
from banyan.kernel.money import CURRENCIES
from banyan.organizations import queries
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.actions.delete_organization import delete_organization
from banyan.organizations.actions.update_organization import update_organization
from banyan.organizations.models import Organization

router = Router()


class OwnerFilters(Paging):
    """OWN-2."""

    legal_name: str | None = None
    invoice_prefix: str | None = None
    base_currency: Annotated[str, among(CURRENCIES)] | None = None
    time_zone: str | None = None
    language: str | None = None


class OrganizationFilters(Paging):
    """ORG-1."""

    q: Search = None
    name: str | None = None
    code: str | None = None
    parent: OrganizationId | None = None


@router.get("/owners", response=Page[OwnerAnswer])
def list_owners(request: HttpRequest, query: Query[OwnerFilters]) -> Page[OwnerAnswer]:
    """The tenant's legal entities."""
    rows = matching(Owner.objects.all(), **query.model_dump(exclude=set(Paging.model_fields)))
    return page_of(Page[OwnerAnswer], rows, query, {"legal_name": "legal_name"}, each(owner_answer))


@router.post("/owners", response={201: OwnerAnswer})
def post_owner(request: HttpRequest, body: NewOwner) -> Status[OwnerAnswer]:
    """Add a legal entity."""
    return created(owner_answer(create_owner(body.model_dump(exclude_unset=True))))


@router.get("/owners/{owner_id}", response=OwnerAnswer)
def get_owner(request: HttpRequest, owner_id: OwnerId) -> OwnerAnswer:
    """One legal entity."""
    return owner_answer(found(Owner.objects.all(), owner_id))


@router.patch("/owners/{owner_id}", response=OwnerAnswer)
def patch_owner(request: HttpRequest, owner_id: OwnerId, body: OwnerChanges) -> OwnerAnswer:
    """Change what is named."""
    return owner_answer(update_owner(owner_id, body.model_dump(exclude_unset=True)))


@router.delete("/owners/{owner_id}", response={204: None})
def remove_owner(request: HttpRequest, owner_id: OwnerId) -> Status[None]:
    """Delete a legal entity that has no account; a tenant keeps at least one."""
    delete_owner(owner_id)
    return done()


@router.get("/organizations", response=Page[OrganizationAnswer])
def list_organizations(request: HttpRequest, query: Query[OrganizationFilters]) -> Page[OrganizationAnswer]:
    """The access tree."""
    rows = matching(queries.organizations(query.q), name=query.name, code=query.code, parent=query.parent)
    sortable = {"name": "name", "code": "code"}
    return page_of(Page[OrganizationAnswer], rows, query, sortable, organization_answers)


@router.post("/organizations", response={201: OrganizationAnswer})
def post_organization(request: HttpRequest, body: NewOrganization) -> Status[OrganizationAnswer]:
    """Add an organization; below the root when no parent is given."""
    return created(_answer(create_organization(body.name, body.code, body.parent)))


@router.get("/organizations/{organization_id}", response=OrganizationAnswer)
def get_organization(request: HttpRequest, organization_id: OrganizationId) -> OrganizationAnswer:
    """One organization."""
    return _answer(found(queries.organizations(), organization_id))


@router.patch("/organizations/{organization_id}", response=OrganizationAnswer)
def patch_organization(
    request: HttpRequest, organization_id: OrganizationId, body: OrganizationChanges
) -> OrganizationAnswer:
    """Rename it, or move it with everything below it; who reaches it then follows from its new place."""
    return _answer(update_organization(organization_id, body.given()))


@router.delete("/organizations/{organization_id}", response={204: None})
def remove_organization(request: HttpRequest, organization_id: OrganizationId) -> Status[None]:
    """Delete an organization without accounts and children; memberships in it go with it."""
    delete_organization(organization_id)
    return done()


def owner_answer(row: Owner) -> OwnerAnswer:
    """An owner as clients see it."""
    return OwnerAnswer(
        id=encode_id("owner", row.id),
        legal_name=row.legal_name,
        address=address_answer(row.address),
        tax_registrations=[TaxRegistrationAnswer(**entry) for entry in row.tax_registrations],
        base_currency=row.base_currency,
        time_zone=row.time_zone,
        language=row.language,
        invoice_prefix=row.invoice_prefix,
        tax_rounding=tax_rounding(row.tax_rounding, row.address.get("country")),
        tax_date=TaxDate(row.tax_date),
    )


def _answer(row: Organization) -> OrganizationAnswer:
    (answer,) = organization_answers([row])
    return answer


def organization_answers(rows: Sequence[Organization]) -> list[OrganizationAnswer]:
    """Organizations as clients see them."""
    parents = ids_in_scope("organization", [row.parent_id for row in rows])
    return [
        OrganizationAnswer(
            id=encode_id("organization", row.id),
            name=row.name,
            code=row.code,
            parent=id_if_in_scope("organization", row.parent_id, parents),
        )
        for row in rows
    ]
