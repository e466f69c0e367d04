"""The billing hierarchy: who is invoiced for whom (BHI-*)."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from banyan.accounts.actions.save_owner import create_owner
from banyan.accounts.models import Account
from banyan.accounts.searching import first
from banyan.accounts.today import today
from banyan.customers.actions.assign_responsible_account import assign_responsible_account, assign_responsible_accounts
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from banyan.relations.candidates import responsible_account_candidates
from banyan.relations.edges import RESPONSIBLE_ACCOUNT, open_edges
from banyan.relations.inputs import NewLink
from banyan.relations.models import ResponsibleAccount
from banyan.relations.queries import (
    managed_accounts_on,
    responsible_accounts_on,
    roles_on,
)
from tests.business import a_bill_cycle
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def refused(*arguments: Any) -> str | None:
    with pytest.raises(Refusal) as refusal:
        assign_responsible_account(*arguments)
    return refusal.value.rule


@pytest.mark.rule("BHI-1", "REL-1", "ACC-16")
def test_every_day_has_the_responsible_account_that_was_right(people: People) -> None:
    first, second = people.account(), people.account()
    site = people.account(responsible=first)
    assign_responsible_account(site.id, second.id, FEBRUARY)
    remove_responsible_account(site.id, MARCH)
    days = (NEW_YEAR, date(2026, 1, 31), FEBRUARY, MARCH)
    found = [responsible_accounts_on([site.id], day).get(site.id) for day in days]
    assert found == [first.id, first.id, second.id, None]
    assert list(managed_accounts_on(second.id, FEBRUARY)) == [site]
    assert roles_on([first.id, second.id, site.id], FEBRUARY) == {second.id: "responsible", site.id: "managed"}
    changes = [
        entry.changes["responsible_account"]
        for entry in HistoryEntry.objects.filter(subject_kind="account", subject_id=site.id)
        if "responsible_account" in entry.changes
    ]
    assert [first.id, second.id] in changes


@pytest.mark.rule("BHI-2", "OWN-3")
def test_who_can_be_responsible(people: People) -> None:
    site = people.account()
    good, managed, closed = people.account(), people.account(), people.account()
    boss = people.account()
    euros, other_cycle = people.account(currency="EUR"), people.account(bill_cycle=a_bill_cycle().id)
    foreign = people.account(owner=create_owner({"legal_name": "Other", "invoice_prefix": "O-"}).id)
    change_account_status(closed.id, "suspended")
    assign_responsible_account(managed.id, boss.id, MARCH)
    assert responsible_account_candidates(site, FEBRUARY) == [good, boss]
    assert responsible_account_candidates(site, FEBRUARY, q=good.number) == [good]
    assert responsible_account_candidates(boss, FEBRUARY) == []
    for other in (managed, closed, euros, other_cycle, site):
        assert refused(site.id, other.id, FEBRUARY) == "BHI-2"
    assert refused(site.id, foreign.id, FEBRUARY) == "OWN-3"
    assert refused(boss.id, good.id, FEBRUARY) == "BHI-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        open_edges(RESPONSIBLE_ACCOUNT, [(boss.id, good.id, FEBRUARY)])


@pytest.mark.rule("BHI-2", "BHI-6", "OWN-3")
def test_a_link_that_is_over_asks_only_for_the_owner(people: People) -> None:
    site, euros, other_cycle = people.account(), people.account(currency="EUR"), people.account()
    Account.objects.filter(pk=other_cycle.pk).update(bill_cycle=a_bill_cycle())
    foreign = people.account(owner=create_owner({"legal_name": "Other", "invoice_prefix": "O-"}).id)
    past = [NewLink(site.id, other.id, FEBRUARY, MARCH) for other in (euros, other_cycle, foreign)]
    fine, fine_too, refusal = assign_responsible_accounts(past)
    assert (fine, fine_too) == (None, None)
    assert refusal is not None
    assert refusal.rule == "OWN-3"
    (lasting,) = assign_responsible_accounts([NewLink(site.id, euros.id, MARCH, today() + timedelta(days=1))])
    assert lasting is not None
    assert lasting.rule == "BHI-2"
    with pytest.raises(IntegrityError), transaction.atomic():
        open_edges(RESPONSIBLE_ACCOUNT, [(site.id, euros.id, MARCH)])


@pytest.mark.rule("BHI-2", "BHI-5")
def test_candidates_are_found_behind_many_that_are_managed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(first, "NEAR", 2)
    site, boss = people.account(), people.account()
    for _ in range(3):
        people.account(responsible=boss)
    child = people.account(site)
    assert responsible_account_candidates(site, FEBRUARY) == [boss, child]
    assert responsible_account_candidates(site, FEBRUARY, q="company", limit=1) == [boss]
    change_settings({"restrict_responsible_account_to_account_hierarchy": True})
    assert responsible_account_candidates(site, FEBRUARY) == [child]


@pytest.mark.rule("BHI-2", "REL-1", "ACC-16", "PERF-5")
def test_who_is_managed_without_end_is_marked_as_long_as_that_is_so_and_the_history_says_nothing_of_it(
    people: People,
) -> None:
    asker, boss, site, other = (people.account() for _ in range(4))
    seen = HistoryEntry.objects.filter(subject_kind="account").latest("id").id

    def marked() -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM accounts_account WHERE managed_without_end")
            return {number for (number,) in cursor.fetchall()}

    assign_responsible_account(site.id, boss.id, MARCH)
    site.save()
    opened = people.account(responsible=boss)
    assert marked() == {site.id, opened.id}
    assert responsible_account_candidates(asker, FEBRUARY) == [boss, other]
    assign_responsible_accounts([NewLink(site.id, boss.id, FEBRUARY, MARCH), NewLink(other.id, boss.id, FEBRUARY)])
    assert marked() == {other.id, opened.id}
    assert responsible_account_candidates(asker, FEBRUARY) == [boss]
    assert responsible_account_candidates(asker, MARCH) == [boss, site]
    ResponsibleAccount.objects.filter(account=other).delete()
    remove_responsible_account(opened.id, MARCH)
    assert marked() == set()
    told = HistoryEntry.objects.filter(subject_kind="account", action="changed", id__gt=seen)
    assert {name for entry in told for name in entry.changes} == {"responsible_account", "effective_date"}


@pytest.mark.rule("BHI-3")
def test_with_the_setting_off_links_stay_and_can_be_removed_but_not_made(people: People) -> None:
    boss = people.account()
    site, other = people.account(responsible=boss), people.account()
    change_settings({"enable_responsible_account_management": False})
    assert refused(other.id, boss.id, FEBRUARY) == "BHI-3"
    assert responsible_accounts_on([site.id], FEBRUARY) == {site.id: boss.id}
    remove_responsible_account(site.id, FEBRUARY)
    assert responsible_accounts_on([site.id], FEBRUARY) == {}
    with pytest.raises(Refusal) as refusal:
        remove_responsible_account(site.id, FEBRUARY)
    assert refusal.value.kind is Kind.CONFLICT


@pytest.mark.rule("BHI-5")
def test_with_the_restriction_only_accounts_of_the_same_tree_are_candidates(people: People) -> None:
    root, stranger = people.account(), people.account()
    sister, site = people.account(root), people.account(root)
    assert set(responsible_account_candidates(site, FEBRUARY)) == {root, stranger, sister}
    change_settings({"restrict_responsible_account_to_account_hierarchy": True})
    assert set(responsible_account_candidates(site, FEBRUARY)) == {root, sister}
    assert refused(site.id, stranger.id, FEBRUARY) == "BHI-5"
    assign_responsible_account(site.id, sister.id, FEBRUARY)
    people.account(root, responsible=root)
    with pytest.raises(Refusal) as refusal:
        people.account(responsible=root)
    assert refusal.value.rule == "BHI-5"
