"""Addresses as clients see them: all six fields, whatever is known of them."""

from collections.abc import Mapping

from banyan.api.schemas.parts import AddressAnswer


def address_answer(address: Mapping[str, str | None]) -> AddressAnswer:
    """An address with null for what is not known."""
    return AddressAnswer(**{name: address.get(name) for name in AddressAnswer.model_fields})


def address_or_null(address: Mapping[str, str | None] | None) -> AddressAnswer | None:
    """An address that may not be there."""
    return None if address is None else address_answer(address)
