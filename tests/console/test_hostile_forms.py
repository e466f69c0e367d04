"""Whatever bytes a form or an address of the console holds, a page answers what is wrong with it (ERR-1)."""

import contextlib
import re
from collections.abc import Callable
from itertools import cycle, islice
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError

from banyan.console import urls
from banyan.console.forms import JsonField
from banyan.kernel.ids import encode_id
from tests.api.test_hostile_requests import TEXTS
from tests.business import an_account, subscribed
from tests.console.conftest import Visitor

pytestmark = pytest.mark.rule("ERR-1")

FEW = 3
NAMES = re.compile(r'<(?:input|select|textarea)[^>]*?\bname="([^"]+)"')
NOT_HOSTILE = {"csrfmiddlewaretoken", "as_opened"}
ALWAYS_ASKED = {"q", "page", "sort", "on", "as_of", "columns", "account", "customer"}
JSON_TEXTS = ("[" * 100_000, '{"a": 1, "a": 2}', '{"a": 1e400}', '{"a": "\\u0000"}', "9" * 5_000, '{"a":' * 100_000)
LEAVES = ("sign-out", "sign-in")


def pages() -> list[str]:
    """Those that need nothing to be there, and forms about an account with a subscription."""
    subscription = subscribed(an_account())
    account = encode_id("account", subscription.account_id)
    customer = encode_id("customer", subscription.account.customer_id)
    address = encode_id("subscription", subscription.pk)
    of_account = "edit", "status", "notes/new", "charges/new", "contacts/new", "parent", "responsible-account"
    of_one = {
        f"/accounts/{account}": of_account,
        f"/customers/{customer}": ("edit", "parent", "children/add"),
        f"/subscriptions/{address}": ("change", "cancel", "pause", "items/new", "payer"),
    }
    plain = [f"/{pattern.pattern}" for pattern in urls.urlpatterns if "<" not in str(pattern.pattern)]
    forms = [f"{address}/{form}" for address, found in of_one.items() for form in found]
    return [address for address in [*plain, *forms] if not address.startswith(tuple(f"/{leave}" for leave in LEAVES))]


def names_on(visitor: Visitor, address: str) -> set[str]:
    return set(NAMES.findall(visitor.get(address).content.decode("utf-8", "replace"))) - NOT_HOSTILE


def test_no_address_and_no_form_is_a_failure_of_ours(visitor: Callable[..., Visitor]) -> None:
    ada, texts = visitor(), cycle(TEXTS)
    for address in pages():
        names = names_on(ada, address)
        for text in islice(texts, FEW):
            asked = urlencode({name: text.encode("utf-8", "surrogatepass") for name in sorted(names | ALWAYS_ASKED)})
            assert ada.get(f"{address}?{asked}").status_code < 500, (address, text[:50])
            filled = {name: text.encode("utf-8", "replace").decode() for name in names}
            if filled:
                assert ada.post(address, filled).status_code < 500, (address, text[:50])


@pytest.mark.parametrize("text", JSON_TEXTS, ids=range(len(JSON_TEXTS)))
def test_json_in_a_form_is_read_or_refused_however_deep_it_is(text: str) -> None:
    with contextlib.suppress(ValidationError):
        JsonField().clean(text)
    with contextlib.suppress(ValidationError):
        assert isinstance(JsonField(must_be_object=True).clean(text), dict)


def test_a_key_that_is_given_twice_is_told() -> None:
    with pytest.raises(ValidationError, match="the key 'a' is given twice; give it once"):
        JsonField().clean('{"a": 1, "a": 2}')
