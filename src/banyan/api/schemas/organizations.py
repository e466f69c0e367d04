"""Owners and organizations."""

from typing import Annotated

from pydantic import Field

from banyan.api.bodies import Body
from banyan.api.fields import Answer, OrganizationId, not_named, text
from banyan.api.schemas.parts import Address, AddressAnswer
from banyan.engine.facts import TaxDate, TaxRounding


class TaxRegistration(Body):
    """OWN-2: the number under which an owner is registered for taxes in a country."""

    country: Annotated[str, text(10)]
    number: Annotated[str, text(50, 1)]


class TaxRegistrationAnswer(Answer):
    """OWN-2."""

    country: str
    number: str


class NewOwner(Body):
    """OWN-2. `invoice_prefix` must be its own. Without `tax_rounding` taxes are rounded as is usual in the owner's
    country: on the sum of an invoice's lines in the EU, line by line elsewhere (TAX-4).
    """

    legal_name: Annotated[str, text(200)]
    invoice_prefix: Annotated[str, text(50)]
    address: Address | None = None
    tax_registrations: list[TaxRegistration] = Field([], max_length=100)
    base_currency: Annotated[str, text(10)] = "USD"
    time_zone: Annotated[str, text(64)] = "UTC"
    language: Annotated[str, text(20)] = "en"
    tax_rounding: Annotated[TaxRounding | None, Field(strict=False)] = None
    tax_date: Annotated[TaxDate, Field(strict=False)] = TaxDate.SUPPLY


class OwnerChanges(Body):
    """OWN-2; only what is named changes."""

    legal_name: Annotated[str, text(200, 1)] = not_named()
    address: Address = not_named()
    tax_registrations: list[TaxRegistration] = not_named(max_length=100)
    base_currency: Annotated[str, text(10)] = not_named()
    time_zone: Annotated[str, text(64)] = not_named()
    language: Annotated[str, text(20)] = not_named()
    invoice_prefix: Annotated[str, text(20)] = not_named()
    tax_rounding: Annotated[TaxRounding | None, Field(strict=False)] = not_named()
    tax_date: Annotated[TaxDate, Field(strict=False)] = not_named()


class OwnerAnswer(Answer):
    """OWN-2."""

    id: str
    legal_name: str
    address: AddressAnswer
    tax_registrations: list[TaxRegistrationAnswer]
    base_currency: str
    time_zone: str
    language: str
    invoice_prefix: str
    tax_rounding: TaxRounding
    tax_date: TaxDate


class NewOrganization(Body):
    """ORG-1. Without a parent it stands below the root."""

    name: Annotated[str, text(200, 1)]
    code: Annotated[str, text(50, 1)]
    parent: OrganizationId | None = None


class OrganizationChanges(Body):
    """ORG-1; only what is named changes. Another parent takes everything below along."""

    name: Annotated[str, text(200, 1)] = not_named()
    code: Annotated[str, text(50, 1)] = not_named()
    parent: OrganizationId = not_named()


class OrganizationAnswer(Answer):
    """ORG-1. The parent is null for the root, and where it is out of reach."""

    id: str
    name: str
    code: str
    parent: str | None
