"""Changes of accounts that links, charges and payers stand in the way of."""

from datetime import date
from typing import Any

import pytest

from banyan.accounts.actions.save_account_type import create_account_type, update_account_type
from banyan.accounts.actions.save_owner import create_owner
from banyan.accounts.models import Account
from banyan.customers.actions.change_settings import change_settings
from banyan.customers.actions.open_accounts import open_account
from banyan.customers.actions.remove_account_parent import remove_account_parent
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.customers.actions.update_account import update_account
from banyan.engine.facts import WhoPaysMode
from banyan.kernel.refusals import Refusal
from banyan.relations.inputs import AccountPlacement
from banyan.subscriptions.inputs import WhoPaysChoice
from tests.business import a_bill_cycle, account_of, an_account, create_account, subscribed
from tests.relations.people import FEBRUARY, MARCH, NEW_YEAR, People


@pytest.fixture
def people(tenant: str) -> People:
    return People()


def refused(account: Account, **changes: Any) -> list[tuple[str, str | None]]:
    with pytest.raises(Refusal) as refusal:
        update_account(account.id, changes)
    return [(problem.field, problem.rule) for problem in refusal.value.problems]


@pytest.mark.rule("ACC-2", "ACC-12", "ACC-13", "ACC-14")
def test_a_change_touches_only_what_it_names(people: People) -> None:
    account = people.account(name="Site", primary_contact={"name": "Ann", "email": "ann@example.com"})
    update_account(account.id, {"description": "Moved in", "primary_contact": {"email": None}, "name": None})
    changed = Account.objects.get(id=account.id)
    assert (changed.description, changed.name) == ("Moved in", changed.customer.name)
    assert (changed.contact_name, changed.contact_email) == ("Ann", "ap@example.com")


CASES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"number": "OTHER"}, "number", "ACC-1"),
    ({"currency": "XXQ"}, "currency", "ACC-4"),
    ({"currency": None}, "currency", "ACC-4"),
    ({"start_date": date(2025, 12, 31)}, "start_date", "ACC-6"),
    ({"category": None}, "category", "ACC-7"),
    ({"payment_term": 10**9}, "payment_term", "ACC-11"),
    ({"invoice_type": "paper"}, "invoice_type", "ACC-10"),
    ({"preferences": "none"}, "preferences", "ACC-14"),
    ({"taxable": None}, "taxable", "ACC-8"),
    ({"is_default": False}, "is_default", "CUS-6"),
    ({"invoice_rendering_type": "per_account"}, "invoice_rendering_type", "BHI-4"),
    ({"status": "suspended"}, "status", "ACC-3"),
]


@pytest.mark.rule("ACC-1", "ACC-4", "ACC-6", "ACC-7", "ACC-10", "ACC-11", "ACC-14", "CUS-6", "BHI-4")
@pytest.mark.parametrize(("changes", "field", "rule"), CASES)
def test_a_change_that_breaks_a_rule_is_refused(
    people: People, changes: dict[str, Any], field: str, rule: str | None
) -> None:
    assert (field, rule) in refused(people.account(), **changes)


@pytest.mark.rule("TYP-2", "TYP-3")
def test_an_account_with_an_inactive_type_must_move_on(people: People) -> None:
    trial, enterprise = create_account_type("Trial"), create_account_type("Enterprise")
    account = people.account(type=trial.id)
    update_account_type(trial.id, {"active": False})
    assert refused(account, description="Moved in") == [("type", "TYP-3")]
    update_account(account.id, {"description": "Moved in", "type": enterprise.id})
    assert refused(account, type=trial.id) == [("type", "TYP-2")]


@pytest.mark.rule("ACC-4", "OWN-3")
def test_currency_and_owner_are_fixed_once_there_is_a_charge(people: People) -> None:
    account = people.account()
    owner = create_owner({"legal_name": "Other", "invoice_prefix": "O-"})
    update_account(account.id, {"currency": "EUR", "owner": owner.id})
    subscribed(Account.objects.get(id=account.id))
    assert refused(account, currency="USD") == [("currency", "ACC-4")]
    assert refused(account, owner=people.account().owner_id) == [("owner", "OWN-3")]


@pytest.mark.rule("BHI-4", "BHI-6", "OWN-3")
def test_while_linked_neither_side_changes_currency_or_bill_cycle(people: People) -> None:
    boss = people.account()
    site = people.account(responsible=boss)
    cycle = a_bill_cycle()
    owner = create_owner({"legal_name": "Other", "invoice_prefix": "O-"})
    for account in (boss, site):
        assert refused(account, currency="EUR") == [("currency", "BHI-6")]
        assert refused(account, bill_cycle=cycle.id) == [("bill_cycle", "BHI-6")]
        assert refused(account, owner=owner.id) == [("owner", "OWN-3")]
    assert update_account(boss.id, {"invoice_rendering_type": "per_account"}).invoice_rendering_type == "per_account"
    assert refused(site, invoice_rendering_type="per_account") == [("invoice_rendering_type", "BHI-4")]
    remove_responsible_account(site.id)
    assert update_account(site.id, {"bill_cycle": cycle.id}).bill_cycle_id == cycle.id


@pytest.mark.rule("AHI-3", "OWN-3")
def test_an_account_in_a_tree_keeps_its_owner_and_where_required_its_bill_cycle(people: People) -> None:
    root = people.account()
    people.account(root)
    cycle = a_bill_cycle()
    owner = create_owner({"legal_name": "Other", "invoice_prefix": "O-"})
    assert refused(root, owner=owner.id) == [("owner", "OWN-3")]
    change_settings({"require_same_bill_cycle_for_account_hierarchy": True})
    assert refused(root, bill_cycle=cycle.id) == [("bill_cycle", "AHI-3")]


@pytest.mark.rule("AHI-3")
def test_a_child_of_another_bill_cycle_gets_its_parents_once_that_is_asked_for(people: People) -> None:
    root, child = people.account(), people.account()
    grandchild = people.account(child)
    others = a_bill_cycle()
    for account in (child, grandchild):
        update_account(account.id, {"bill_cycle": others.id})
    set_account_parent(child.id, root.id)
    change_settings({"require_same_bill_cycle_for_account_hierarchy": True})
    assert refused(child, bill_cycle=root.bill_cycle_id) == [("bill_cycle", "AHI-3")]
    assert refused(grandchild, bill_cycle=root.bill_cycle_id) == [("bill_cycle", "AHI-3")]
    remove_account_parent(grandchild.id)
    assert update_account(child.id, {"bill_cycle": root.bill_cycle_id}).bill_cycle_id == root.bill_cycle_id
    assert refused(child, bill_cycle=others.id) == [("bill_cycle", "AHI-3")]


@pytest.mark.rule("OWN-3")
def test_an_account_that_was_related_once_keeps_its_owner(people: People) -> None:
    root, boss = people.account(), people.account()
    child, site = people.account(root), people.account(responsible=boss)
    remove_account_parent(child.id)
    remove_responsible_account(site.id)
    owner = create_owner({"legal_name": "Other", "invoice_prefix": "O-"})
    for account in (root, child, boss, site):
        assert refused(account, owner=owner.id) == [("owner", "OWN-3")]


@pytest.mark.rule("REL-1", "ACC-6")
def test_an_account_does_not_start_after_what_began_with_it(people: People) -> None:
    root = people.account()
    child = people.account(root)
    subscribed(root)
    assert refused(child, start_date=date(2026, 1, 2)) == [("start_date", "REL-1")]
    assert refused(root, start_date=date(2026, 1, 2)) == [("start_date", "ACC-6")]
    assert update_account(child.id, {"start_date": NEW_YEAR}).start_date == NEW_YEAR


@pytest.mark.rule("REL-1", "IMP-2")
def test_the_first_account_of_a_customer_does_not_start_after_the_customer_got_a_parent(people: People) -> None:
    parent = people.customer()
    first = account_of(people.customer(parent))
    assert refused(first, start_date=FEBRUARY) == [("start_date", "REL-1")]
    second = create_account(people.new_account(customer=first.customer_id, start_date=FEBRUARY))
    assert refused(first, start_date=MARCH) == [("start_date", "REL-1")]
    update_account(second.id, {"start_date": NEW_YEAR})
    assert update_account(first.id, {"start_date": FEBRUARY}).start_date == FEBRUARY
    assert refused(second, start_date=FEBRUARY) == [("start_date", "REL-1")]


@pytest.mark.rule("CUS-6", "WHO-4", "OWN-3", "ORG-5")
def test_another_account_becomes_the_default_one_if_it_can_stand_in(people: People) -> None:
    root, leaf = people.chain(2)
    subscribed(account_of(leaf), who_pays=WhoPaysChoice(WhoPaysMode.PARENT, None))
    owner = create_owner({"legal_name": "Other", "invoice_prefix": "O-"})
    euros = create_account(people.new_account(customer=root.id, currency="EUR"))
    foreign = create_account(people.new_account(customer=leaf.id, owner=owner.id))
    second = create_account(people.new_account(customer=root.id))
    placement = AccountPlacement(account=people.new_account(customer=leaf.id, owner=owner.id, is_default=True))
    with pytest.raises(Refusal) as refusal:
        open_account(placement)
    assert refusal.value.rule == "OWN-3"
    assert refused(euros, is_default=True) == [("is_default", "WHO-4")]
    for unfit in ({"currency": "EUR"}, {"status": "suspended"}):
        with pytest.raises(Refusal) as refusal:
            open_account(AccountPlacement(account=people.new_account(customer=root.id, is_default=True, **unfit)))
        assert [(problem.field, problem.rule) for problem in refusal.value.problems] == [("is_default", "WHO-4")]
    assert refused(foreign, is_default=True) == [("is_default", "OWN-3")]
    update_account(second.id, {"is_default": True, "is_primary": True})
    assert account_of(root) == second
    update_account(euros.id, {"is_primary": True})
    assert Account.objects.get(is_primary=True) == euros


@pytest.mark.rule("CUS-6", "WHO-4")
def test_who_pays_for_its_own_subscriptions_separately_keeps_a_default_account_that_fits_them(people: People) -> None:
    (customer,) = people.chain(1)
    site = create_account(people.new_account(customer=customer.id))
    subscribed(site, who_pays=WhoPaysChoice(WhoPaysMode.CUSTOMER_SEPARATE, None))
    euros = create_account(people.new_account(customer=customer.id, currency="EUR"))
    assert refused(euros, is_default=True) == [("is_default", "WHO-4")]
    assert refused(account_of(customer), currency="EUR") == [("currency", "ACC-4")]


@pytest.mark.rule("ACC-4", "ERR-1")
def test_another_invoice_currency_is_refused_and_the_same_follows_the_currency(tenant: str) -> None:
    account = an_account()
    with pytest.raises(Refusal) as refused:
        update_account(account.id, {"invoice_currency": "EUR"})
    assert [(problem.field, problem.rule) for problem in refused.value.problems] == [("invoice_currency", "ACC-4")]
    assert "account's currency, USD" in str(refused.value)
    update_account(account.id, {"currency": "EUR"})
    account.refresh_from_db()
    assert (account.currency, account.invoice_currency) == ("EUR", "EUR")


@pytest.mark.rule("ACC-4")
def test_an_account_that_has_another_invoice_currency_from_before_can_still_be_changed(tenant: str) -> None:
    account = an_account()
    Account.objects.filter(pk=account.pk).update(invoice_currency="EUR")
    update_account(account.id, {"name": "East"})
    account.refresh_from_db()
    assert (account.name, account.invoice_currency) == ("East", "EUR")
    update_account(account.id, {"invoice_currency": "USD"})
