"""Owners and organizations."""

from banyan.api.fields import Answer, Body, OrganizationId, text, unchanged
from banyan.api.schemas.addresses import Address, AddressAnswer


class TaxRegistration(Body):
    """OWN-2: the number under which an owner is registered for taxes in a country."""

    country: text(10)
    number: text(50, 1)


class TaxRegistrationAnswer(Answer):
    """OWN-2."""

    country: str
    number: str


class OwnerChanges(Body):
    """OWN-2; only what is named changes."""

    legal_name: text(200, 1) = unchanged()
    address: Address = unchanged()
    tax_registrations: list[TaxRegistration] = unchanged(max_length=100)
    base_currency: text(10) = unchanged()
    time_zone: text(64) = unchanged()
    language: text(20) = unchanged()
    invoice_prefix: text(20) = unchanged()


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


class NewOrganization(Body):
    """ORG-1. Without a parent it stands below the root."""

    name: text(200, 1)
    code: text(50, 1)
    parent: OrganizationId | None = None


class OrganizationAnswer(Answer):
    """ORG-1."""

    id: str
    name: str
    code: str
    parent: str | None
