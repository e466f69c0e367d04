"""What is done on a page comes to the same money as what is done by the API."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.accounts.models import AccountStatus
from banyan.accounts.today import today
from banyan.customers.actions.change_account_status import change_account_status
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import to_stored
from banyan.subscriptions.actions.create_charges import create_charge
from banyan.subscriptions.inputs import NewCharge
from banyan.subscriptions.models import BillingPause
from tests.billruns.running import FEBRUARY, MARCH, run_for, totals, used
from tests.business import a_meter, a_price, subscribed
from tests.relations.people import People

Visiting = Callable[..., Any]


@pytest.mark.rule("SET-1", "ACC-3")
def test_suspended_accounts_are_not_billed_from_the_day_that_the_settings_page_says_so(visitor: Visiting) -> None:
    people, ada = People(), visitor()
    account = people.account()
    subscribed(account, a_price("31"))
    change_account_status(account.id, AccountStatus.SUSPENDED, today())
    shown = {key: value for key, value in to_stored(read_settings()).items() if value not in (False, None)}
    assert ada.post("/settings", shown | {"bill_suspended_accounts": ""}).status_code == 302
    assert [pause.during.lower for pause in BillingPause.objects.filter(account=account)] == [today()]
    assert totals(run_for(people.cycle, FEBRUARY)) == {}
    assert ada.post("/settings", shown).status_code == 302
    assert not BillingPause.objects.filter(account=account).exists()
    assert totals(run_for(people.cycle, MARCH)) == {account.id: 31 * 3}


@pytest.mark.rule("POO-1", "AHI-1")
@pytest.mark.parametrize("removed", [False, True])
def test_an_account_moved_on_a_page_behind_what_was_billed_takes_its_allowance_along(
    visitor: Visiting, removed: bool
) -> None:
    people, ada, meter = People(), visitor(), a_meter()
    price = a_price("1", type="usage", meter=meter.id, included_quantity=Decimal(100), pooled=True)
    parent, neighbour = people.account(), people.account()
    child = people.account(parent=parent)
    for account, quantity in ((parent, 130), (child, 40), (neighbour, 150)):
        subscribed(account, price)
        used(account, meter, quantity, date(2026, 1, 15))
    assert totals(run_for(people.cycle, FEBRUARY)) == {neighbour.id: 50}
    for account in (parent, neighbour):
        create_charge(NewCharge(account.id, "Visit", Decimal(1000), FEBRUARY))
    on, page = "2026-01-01", f"/accounts/acc_{child.pk}/parent"
    if removed:
        assert ada.post(f"{page}/remove", {"effective_date": on, "confirmed": on}).status_code == 302
    else:
        chosen = {"parent": neighbour.pk, "effective_date": on, "children": "move"}
        assert ada.post(page, chosen | {"confirmed": f"{neighbour.pk} {on} move"}).status_code == 302
    # 30 of the parent's 130 are not covered any more; 60 of the child's allowance are there for the neighbour's 50.
    billed = {parent.id: 1030, neighbour.id: 1000 if removed else 950}
    assert totals(run_for(people.cycle, MARCH)) == billed
