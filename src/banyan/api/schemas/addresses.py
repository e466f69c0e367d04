"""Addresses of owners, customers and accounts."""

from typing import Annotated

from banyan.api.bodies import Body
from banyan.api.fields import Answer, text


class Address(Body):
    """CUS-5. `country` is an ISO 3166 code of two letters."""

    line1: Annotated[str, text(200)] | None = None
    line2: Annotated[str, text(200)] | None = None
    city: Annotated[str, text(200)] | None = None
    state: Annotated[str, text(50)] | None = None
    postal_code: Annotated[str, text(50)] | None = None
    country: Annotated[str, text(10)] | None = None


class AddressAnswer(Answer):
    """An address with all its fields."""

    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
