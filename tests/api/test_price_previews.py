"""What a price asks for quantities, before it is set and after (CAT-2, API-6)."""

import pytest

from banyan.catalog.models import Price
from tests.api.asking import Api, fields_of

pytestmark = pytest.mark.rule("CAT-2", "API-6")


def graduated(api: Api) -> dict[str, object]:
    """The first 100 at 1.00, what is beyond at 0.80."""
    product = api.make("/products", {"name": "Seats", "code": "seats"})["id"]
    tiers = [{"up_to": "100", "unit_amount": "1.00"}, {"unit_amount": "0.80"}]
    return {"product": product, "currency": "USD", "type": "recurring", "model": "graduated", "tiers": tiers}


def test_a_price_is_told_before_it_is_set_and_stays_the_same_after(api: Api):
    price = graduated(api)
    told = api.make("/prices/preview", {"price": price, "quantities": ["0", "100", "150.5"]})
    assert told == {
        "currency": "USD",
        "amounts": [
            {"quantity": "0", "amount": "0.00"},
            {"quantity": "100", "amount": "100.00"},
            {"quantity": "150.5", "amount": "140.40"},
        ],
    }
    assert not Price.objects.exists()
    number = api.make("/prices", price)["id"]
    assert api.make(f"/prices/{number}/preview", {"quantities": ["0", "100", "150.5"]}) == told


@pytest.mark.rule("ERR-1")
def test_what_is_wrong_with_the_price_or_the_quantities_is_refused(api: Api):
    price = graduated(api)
    wrong = {"price": {**price, "tiers": []}, "quantities": ["1"]}
    assert "tiers" in " ".join(fields_of(api.refused("POST", "/prices/preview", wrong)))
    number = api.make("/prices", price)["id"]
    negative = api.refused("POST", f"/prices/{number}/preview", {"quantities": ["1", "-1"]})
    assert fields_of(negative) == {"quantities.1"}
    assert fields_of(api.refused("POST", f"/prices/{number}/preview", {"quantities": []})) == {"quantities"}
    assert api.ask("POST", "/prices/prc_999999/preview", {"quantities": ["1"]}).status == 404
