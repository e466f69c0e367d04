"""What owners, customers and accounts are made of: addresses, phones, contacts."""

from typing import Annotated

from banyan.api.bodies import Body
from banyan.api.fields import Answer, text


class Address(Body):
    """CUS-5. `country` is an ISO 3166 code of two letters."""

    line1: Annotated[str, text(200)] | None = None
    line2: Annotated[str, text(200)] | None = None
    city: Annotated[str, text(100)] | None = None
    state: Annotated[str, text(100)] | None = None
    postal_code: Annotated[str, text(20)] | None = None
    country: Annotated[str, text(2)] | None = None


class AddressAnswer(Answer):
    """An address with all its fields."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None


class Phone(Body):
    """CUS-5."""

    type: Annotated[str, text(50, 1)]
    number: Annotated[str, text(50, 1)]


class PhoneAnswer(Answer):
    """CUS-5."""

    type: str
    number: str


class PrimaryContact(Body):
    """ACC-12. The e-mail is the customer's primary one when not given."""

    name: Annotated[str, text(200)] | None = None
    email: Annotated[str, text(254)] | None = None
    phone: Annotated[str, text(50)] | None = None


class PrimaryContactAnswer(Answer):
    """ACC-12."""

    name: str | None
    email: str
    phone: str | None
