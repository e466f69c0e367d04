"""What a visitor of pages reaches (ORG-3): every address that names a customer or an account, asked by others."""

import re
from collections.abc import Callable, Iterator

import pytest
from django.urls import URLPattern

from banyan.accounts.models import Account
from banyan.console.customer_urls import urlpatterns
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.models import Organization
from banyan.organizations.roles import Role
from banyan.organizations.tree import root
from tests.business import an_account
from tests.console.conftest import Visitor

pytestmark = pytest.mark.rule("ORG-3")
READING = re.compile(r"/(cus|acc)_\d+(/invoices|/rollup)?$|/candidates$")
Visiting = Callable[..., Visitor]


@pytest.fixture
def north() -> Organization:
    return create_organization("North", "NORTH", root().pk)


def addresses(account: Account) -> Iterator[str]:
    """The address of every page that names a customer or an account, with these."""
    named = {
        "<customer:customer>": encode_id("customer", account.customer_id),
        "<account:account>": encode_id("account", account.pk),
        "<contact:contact>": "con_1",
        "<slug:tab>": "invoices",
    }
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        if "<customer:" in route or "<account:" in route:
            for placeholder, value in named.items():
                route = route.replace(placeholder, value)
            assert "<" not in route
            yield f"/{route}"


def test_what_is_not_reached_is_not_there(visitor: Visiting, north: Organization):
    account = an_account("Secret Ltd")
    stranger = visitor(Role.ADMINISTRATOR, north)
    asked = list(addresses(account))
    assert len(asked) > 20
    for address in asked:
        answers = (stranger.get(address), stranger.post(address))
        assert [answer.status_code for answer in answers] == [404, 404], address
        assert all("Secret" not in answer.content.decode() for answer in answers)
    for page in ("/accounts", "/search?q=secret", "/search?in=accounts&q=secret", "/search/quick?q=secret", "/"):
        assert "Secret Ltd" not in stranger.text(page), page


def test_a_viewer_sees_and_changes_nothing(visitor: Visiting):
    account, viewer = an_account(), visitor(Role.VIEWER)
    page = viewer.text(f"/accounts/{encode_id('account', account.pk)}")
    assert "Edit account" not in page
    assert "Delete" not in page
    assert "New" not in viewer.text("/").split("Overview")[0]
    changing = [each for each in addresses(account) if not READING.search(each)]
    assert len(changing) > 15
    for address in (*changing, "/customers/new", "/accounts/new", "/accounts/number", "/accounts/types"):
        assert [viewer.get(address).status_code, viewer.post(address).status_code] == [403, 403], address


def test_an_operator_edits_but_does_not_relate(visitor: Visiting):
    account, operator = an_account(), visitor(Role.OPERATOR)
    of_account, of_customer = encode_id("account", account.pk), encode_id("customer", account.customer_id)
    assert operator.get(f"/accounts/{of_account}/edit").status_code == 200
    assert operator.get(f"/accounts/{of_account}/parent").status_code == 403
    assert operator.get(f"/customers/{of_customer}/parent").status_code == 403
    assert operator.get("/accounts/types").status_code == 403


def test_a_form_names_only_what_its_visitor_reaches(visitor: Visiting, north: Organization):
    other = an_account("Secret Ltd")
    member = visitor(Role.MANAGER, north)
    page = member.get("/customers/new").content.decode()
    assert ">North<" in page
    assert ">All<" not in page
    sent = {"customer": other.customer_id, "currency": "USD", "organization": north.pk}
    answer = member.post("/accounts/new", sent)
    assert answer.status_code == 422
    assert "Secret" not in answer.content.decode()
