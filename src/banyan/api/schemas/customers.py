"""Customers."""

from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from banyan.api.bodies import Body
from banyan.api.fields import Answer, CustomerId, Day, Json, choice, not_named, text
from banyan.api.schemas.accounts import NewAccountFields
from banyan.api.schemas.addresses import Address, AddressAnswer

CustomerKind = Annotated[str, choice("person", "company")]


class Phone(Body):
    """CUS-5."""

    type: Annotated[str, text(50, 1)]
    number: Annotated[str, text(50, 1)]


class PhoneAnswer(Answer):
    """CUS-5."""

    type: str
    number: str


class NewCustomer(Body):
    """CUS-1 to CUS-6. A service or shipping address that is not given is the billing address."""

    model_config = ConfigDict(json_schema_extra={"required": ["kind", "primary_email", "account"]})

    account: NewAccountFields
    kind: CustomerKind = not_named()
    primary_email: Annotated[str, text(1000)] = not_named()
    first_name: Annotated[str, text(200)] | None = None
    last_name: Annotated[str, text(200)] | None = None
    company_name: Annotated[str, text(200)] | None = None
    number: Annotated[str, text(200)] | None = None
    external_number: Annotated[str, text(100)] | None = None
    date_of_birth: Day | None = None
    tax_number: Annotated[str, text(50)] | None = None
    tax_id_validated: bool | None = None
    phones: list[Phone] | None = Field(None, max_length=100)
    secondary_emails: list[Annotated[str, text(254)]] | None = Field(None, max_length=100)
    billing_address: Address | None = None
    service_address: Address | None = None
    shipping_address: Address | None = None
    custom_fields: Json = None
    parent: CustomerId | None = None


class CustomerChanges(Body):
    """Only what is named changes."""

    kind: CustomerKind = not_named()
    primary_email: Annotated[str, text(254)] = not_named()
    first_name: Annotated[str, text(200)] | None = None
    last_name: Annotated[str, text(200)] | None = None
    company_name: Annotated[str, text(200)] | None = None
    number: Annotated[str, text(200)] = not_named()
    external_number: Annotated[str, text(100)] | None = None
    date_of_birth: Day | None = None
    tax_number: Annotated[str, text(50)] | None = None
    tax_id_validated: bool = not_named()
    phones: list[Phone] = not_named(max_length=100)
    secondary_emails: list[Annotated[str, text(254)]] = not_named(max_length=100)
    billing_address: Address | None = None
    service_address: Address | None = None
    shipping_address: Address | None = None
    custom_fields: Json = None


class CustomerAnswer(Answer):
    """A customer with its name, its default account and, today, its parent."""

    id: str
    kind: str
    name: str
    first_name: str | None
    last_name: str | None
    company_name: str | None
    number: str
    external_number: str | None
    date_of_birth: date | None
    tax_number: str | None
    tax_id_validated: bool
    phones: list[PhoneAnswer]
    primary_email: str
    secondary_emails: list[str]
    billing_address: AddressAnswer | None
    service_address: AddressAnswer | None
    shipping_address: AddressAnswer | None
    parent: str | None
    custom_fields: dict[str, JsonValue]
    default_account: str | None
    created_at: datetime
