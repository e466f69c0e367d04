"""Numbers rise one by one; what is only looked at uses none up."""

from datetime import date

import pytest

from banyan.accounts.models import Account
from banyan.billruns.actions.preview_change import preview_start
from banyan.contracts.actions.create_contract import create_contract
from banyan.customers.actions.open_accounts import open_account
from banyan.customers.actions.propose_account_number import propose_account_number
from banyan.foundation.numbering import only_looking, taken_back
from banyan.relations.inputs import AccountPlacement
from banyan.subscriptions.models import Subscription
from tests.business import a_customer, a_price, account_of, an_account, subscribed

pytestmark = pytest.mark.usefixtures("tenant")


def number_in(text: str) -> int:
    return int(text.rpartition("-")[2])


@pytest.mark.rule("ACC-1", "CUS-2")
def test_numbers_rise_one_by_one():
    first, second = an_account("Acme"), an_account("Birch")
    assert number_in(second.number) == number_in(first.number) + 1
    assert number_in(second.customer.number) == number_in(first.customer.number) + 1
    contracts = [create_contract({"account": first.pk, "start_date": date(2026, 1, 1)}) for _ in range(2)]
    assert number_in(contracts[1].number) == number_in(contracts[0].number) + 1
    price = a_price()
    subscriptions = [subscribed(first, price) for _ in range(2)]
    assert number_in(subscriptions[1].number) == number_in(subscriptions[0].number) + 1


@pytest.mark.rule("CON-10", "ACC-1")
def test_what_a_preview_shows_is_what_is_made_next():
    before = number_in(an_account().number)
    shown = []
    for _ in range(3):
        with taken_back():
            shown.append([an_account().number, an_account().number])
    assert shown == [[f"A-{before + 1:06d}", f"A-{before + 2:06d}"]] * 3
    assert Account.objects.count() == 1
    assert an_account().number == shown[0][0]


@pytest.mark.rule("CON-10", "ACC-1")
def test_a_preview_shows_no_number_that_somebody_has_given():
    before = number_in(an_account().number)
    customer = a_customer("Birch")  # with the account after that one
    cycle = account_of(customer).bill_cycle_id
    given = {"currency": "USD", "bill_cycle": cycle, "customer": customer.pk, "number": f"A-{before + 2:06d}"}
    open_account(AccountPlacement(account=given))
    with taken_back():
        assert an_account().number == f"A-{before + 3:06d}"
    assert an_account().number == f"A-{before + 3:06d}"


@pytest.mark.rule("INV-8")
def test_the_preview_of_a_subscription_leaves_its_number_for_it():
    account, price = an_account(), a_price()
    before = number_in(subscribed(account, price).number)
    preview_start(lambda: subscribed(account, price))
    assert number_in(subscribed(account, price).number) == before + 1
    assert Subscription.objects.count() == 2


def test_a_look_within_a_look_begins_where_the_outer_one_is():
    with only_looking():
        first = number_in(propose_account_number())
        for _ in range(2):
            with only_looking():
                assert number_in(propose_account_number()) == first + 1
        assert number_in(propose_account_number()) == first + 1
