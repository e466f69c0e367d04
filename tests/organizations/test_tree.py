"""The access tree: one root, no cycle, and nothing lost when it changes."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction

from banyan.foundation.models import HistoryEntry
from banyan.foundation.tenants.queries import within_tenant
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.actions.delete_organization import delete_organization
from banyan.organizations.actions.update_organization import update_organization
from banyan.organizations.models import Organization
from tests.business import an_account


def refused(change: object, *arguments: object) -> Refusal:
    with pytest.raises(Refusal) as refusal:
        change(*arguments)  # type: ignore[operator]
    return refusal.value


@pytest.mark.rule("ORG-1")
@pytest.mark.usefixtures("tenant")
def test_an_organization_is_renamed_and_moved_with_everything_below_it():
    north, south = create_organization("North", "N"), create_organization("South", "S")
    harbour = create_organization("Harbour", "H", north.pk)
    update_organization(harbour.pk, {"name": "Port", "code": "P", "parent": south.pk})
    harbour.refresh_from_db()
    assert (harbour.name, harbour.code, harbour.parent) == ("Port", "P", south)


@pytest.mark.rule("ORG-1")
@pytest.mark.usefixtures("tenant")
def test_an_organization_is_never_below_itself():
    north = create_organization("North", "N")
    harbour = create_organization("Harbour", "H", north.pk)
    for parent in (north.pk, harbour.pk):
        assert refused(update_organization, north.pk, {"parent": parent}).rule == "ORG-1"


@pytest.mark.rule("ORG-1")
@pytest.mark.usefixtures("tenant")
def test_there_is_always_one_root():
    root, north = Organization.objects.get(parent=None), create_organization("North", "N")
    assert refused(update_organization, root.pk, {"parent": north.pk}).problems[0].code == "root"
    assert refused(update_organization, north.pk, {"parent": None}).problems[0].code == "required"
    delete_organization(north.pk)
    assert refused(delete_organization, root.pk).rule == "ORG-1"


@pytest.mark.rule("ORG-1", "ERR-1")
@pytest.mark.usefixtures("tenant")
def test_every_fault_of_a_change_is_told_at_once():
    create_organization("North", "N")
    south = create_organization("South", "S")
    refusal = refused(update_organization, south.pk, {"name": " ", "code": "N", "parent": 999})
    assert [problem.field for problem in refusal.problems] == ["name", "code", "parent"]


@pytest.mark.rule("ORG-4")
@pytest.mark.usefixtures("tenant")
def test_an_organization_with_accounts_or_children_is_not_deleted():
    north = create_organization("North", "N")
    harbour = create_organization("Harbour", "H", north.pk)
    assert "1 organization" in str(refused(delete_organization, north.pk))
    account = an_account()
    account.organization = harbour
    account.save()
    refusal = refused(delete_organization, harbour.pk)
    assert (refusal.rule, refusal.kind) == ("ORG-4", Kind.CONFLICT)
    assert "1 account" in str(refusal)
    account.organization = Organization.objects.get(parent=None)
    account.save()
    delete_organization(harbour.pk)
    delete_organization(north.pk)
    assert Organization.objects.count() == 1


@pytest.mark.rule("ORG-1", "REL-B")
@pytest.mark.usefixtures("tenant")
def test_the_database_itself_refuses_a_cycle_a_second_root_and_the_end_of_the_root():
    north = create_organization("North", "N")
    harbour = create_organization("Harbour", "H", north.pk)
    root = Organization.objects.filter(parent=None)
    for forbidden in (
        lambda: Organization.objects.filter(pk=north.pk).update(parent=harbour),
        lambda: root.update(parent=harbour),
        lambda: Organization.objects.filter(pk=harbour.pk).update(parent=None),
        lambda: root._raw_delete("default"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            forbidden()


@pytest.mark.rule("ORG-1")
def test_of_two_moves_at_once_that_make_a_cycle_together_one_is_refused(fresh_tenant: str):
    north, south = create_organization("North", "N"), create_organization("South", "S")
    together, outcomes = threading.Barrier(2), []

    def move(moved: int, parent: int) -> None:
        with within_tenant(fresh_tenant):
            together.wait()
            try:
                update_organization(moved, {"parent": parent})
                outcomes.append("moved")
            except Refusal as refusal:
                outcomes.append(str(refusal.rule))
        connection.close()

    threads = [threading.Thread(target=move, args=pair) for pair in ((north.pk, south.pk), (south.pk, north.pk))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["ORG-1", "moved"]


@pytest.mark.rule("ORG-1", "ACC-16")
@pytest.mark.usefixtures("tenant")
def test_changes_of_the_tree_are_in_the_history():
    north = create_organization("North", "N")
    update_organization(north.pk, {"name": "Far North"})
    newest = HistoryEntry.objects.filter(subject_kind="organization", subject_id=north.pk).latest("id")
    assert newest.changes == {"name": ["North", "Far North"]}
