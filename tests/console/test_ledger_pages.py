"""The ledger on pages: an account's movements, the trial balance, the roll-up of a tree."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest

from banyan.accounts.models import Account
from banyan.engine.postings import AccountSum, postings
from banyan.kernel.ids import encode_id
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.roles import Role
from banyan.relations.edges import ACCOUNT_PARENT, open_edges
from tests.business import NEW_YEAR, an_account
from tests.console.conftest import Visitor
from tests.posting import post

Visiting = Callable[..., Visitor]


def posted(source: int, account: Account, on: date, net: int, tax: int = 0, charged: Account | None = None) -> None:
    sums = [AccountSum((charged or account).pk, Decimal(net), Decimal(tax))]
    post("invoice", source, on, "USD", postings(account.pk, sums))


def at(account: Account, rest: str) -> str:
    return f"/accounts/{encode_id('account', account.pk)}/{rest}"


@pytest.mark.rule("LED-1", "LED-2", "CON-3")
def test_the_ledger_of_an_account_says_what_it_owed_after_each_movement(visitor: Visiting):
    ada, account, other = visitor(), an_account(), an_account("Other")
    posted(1, account, date(2026, 2, 1), 100, 19)
    posted(2, account, date(2026, 3, 1), -30, charged=other)
    page = ada.text(at(account, "ledger"))
    assert "Balance $89.00 Date" in page
    last = f"Mar 1, 2026 Another invoice Revenue of {other.number} $30.00 $89.00"
    assert f"{last} Feb 1, 2026 Another invoice Tax payable $19.00 $119.00" in page
    february = ada.text(at(account, "ledger?since=2026-02-15&until=2026-02-28"))
    assert "Before Feb 15, 2026 $119.00 At the end of Feb 28, 2026 $119.00" in february
    assert "Nothing was posted in these days" in february
    assert f"{last} 1" not in ada.text(at(account, "ledger?since=2026-03-01"))
    assert "$30.00 $89.00" in ada.text(at(account, "ledger?since=2026-03-01"))
    assert "Nothing was posted yet" in ada.text(at(other, "ledger"))


@pytest.mark.rule("LED-2", "ORG-3")
def test_the_trial_balance_is_of_all_owners_or_one_and_for_managers_of_the_tenant(visitor: Visiting):
    account = an_account()
    posted(1, account, date(2026, 2, 1), 100, 19)
    ada = visitor(Role.MANAGER)
    page = ada.text("/ledger")
    assert "USD Balances" in page
    assert "Receivables $119.00 $0.00 $119.00" in page
    assert "Together $119.00 $119.00 $0.00" in page
    assert "Nothing was posted" in ada.text("/ledger?on=2026-01-31")
    assert "Together $119.00" in ada.text(f"/ledger?owner={account.owner_id}")
    operator = visitor(Role.OPERATOR)
    assert operator.get("/ledger").status_code == 403
    assert "Ledger" not in operator.text("/")


@pytest.mark.rule("AHI-5", "CON-6")
def test_a_tree_is_added_up_on_any_day(visitor: Visiting):
    ada, top, below = visitor(), an_account("Top"), an_account("Below")
    open_edges(ACCOUNT_PARENT, [(below.pk, top.pk, NEW_YEAR)])
    posted(1, top, date(2026, 2, 1), 100)
    posted(2, below, date(2026, 3, 1), 11)
    page = ada.text(at(top, "rollup?on=2026-03-31"))
    assert "Accounts 2 Open invoices 0" in page
    assert "USD $0.00 $111.00" in page
    assert f"{below.number} Below Active $11.00" in page
    assert "USD $0.00 $100.00" in ada.text(at(top, "rollup?on=2026-02-28"))
    stranger = visitor(Role.MANAGER, create_organization("North", "NORTH"))
    assert stranger.get(at(top, "rollup")).status_code == 404
