"""What a price would ask for some quantities, before it is set (CAT-2)."""

from collections.abc import Sequence
from decimal import Decimal

from banyan.catalog.actions.create_price import create_price
from banyan.catalog.inputs import NewPrice
from banyan.catalog.queries import price_quotes
from banyan.foundation.numbering import taken_back


def preview_price(new: NewPrice, quantities: Sequence[Decimal]) -> list[Decimal]:
    """The amount of a whole period for each quantity; refused as the price itself would be. Changes nothing."""
    with taken_back():
        return price_quotes(create_price(new).pk, quantities)
