"""Users with their memberships, and keys."""

import pytest
from django.contrib.auth.hashers import check_password
from django.db import IntegrityError, transaction

from banyan.foundation.models import HistoryEntry
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.access_scope import NOTHING
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_organization import create_organization
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.delete_organization import delete_organization
from banyan.organizations.actions.remove_membership import remove_membership
from banyan.organizations.models import Organization, User
from banyan.organizations.queries import access_scope_of_key, access_scope_of_user
from banyan.organizations.roles import Role

pytestmark = pytest.mark.usefixtures("tenant")
PASSWORD = "correct horse battery"


@pytest.mark.rule("ORG-3")
def test_a_password_is_kept_as_a_hash_and_stays_out_of_the_history():
    user = create_user("Ada", "ada@acme.example", PASSWORD)
    assert PASSWORD not in str(user.password)
    assert check_password(PASSWORD, user.password)
    change_user(user.pk, {"password": "another horse entirely"})
    changes = [entry.changes for entry in HistoryEntry.objects.filter(subject_kind="user", subject_id=user.pk)]
    assert changes
    assert not any("password" in change for change in changes)


@pytest.mark.rule("ORG-3", "ERR-1")
def test_every_fault_of_a_user_is_told_at_once():
    create_user("Ada", "ada@acme.example")
    with pytest.raises(Refusal) as refused:
        create_user(" ", "ADA@acme.example", "short")
    assert [problem.code for problem in refused.value.problems] == ["not_a_name", "taken", "weak_password"]
    assert [problem.rule for problem in refused.value.problems] == ["ORG-3", "ORG-3", "ORG-6"]


@pytest.mark.rule("ORG-3", "REL-B")
def test_an_address_is_one_users_in_whatever_case_it_is_written():
    create_user("Ada", "ada@acme.example")
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.create(name="Other", email="Ada@Acme.example")


@pytest.mark.rule("ORG-3")
def test_a_user_has_one_role_in_an_organization():
    user, north = create_user("Ada", "ada@acme.example"), create_organization("North", "N")
    membership = add_membership(user.pk, north.pk, "viewer")
    with pytest.raises(Refusal) as refused:
        add_membership(user.pk, north.pk, "manager")
    assert refused.value.kind is Kind.CONFLICT
    remove_membership(user.pk, membership.pk)
    add_membership(user.pk, north.pk, "manager")
    assert access_scope_of_user(user).role_in(north.pk) is Role.MANAGER


@pytest.mark.rule("ORG-3")
def test_a_membership_reaches_the_organization_and_all_below_it():
    north, south = create_organization("North", "N"), create_organization("South", "S")
    harbour = create_organization("Harbour", "H", north.pk)
    pier = create_organization("Pier", "P", harbour.pk)
    user = create_user("Ada", "ada@acme.example")
    add_membership(user.pk, north.pk, "viewer")
    add_membership(user.pk, harbour.pk, "manager")
    reach = access_scope_of_user(user)
    roles = {one.code: reach.role_in(one.pk) for one in (north, harbour, pier, south)}
    assert roles == {"N": Role.VIEWER, "H": Role.MANAGER, "P": Role.MANAGER, "S": None}
    assert reach.role_in(Organization.objects.get(parent=None).pk) is None
    assert (reach.everywhere, reach.home) == (None, north.pk)


@pytest.mark.rule("ORG-3")
def test_a_member_of_the_root_reaches_everything_with_the_role_there_or_a_higher_one():
    north, south = create_organization("North", "N"), create_organization("South", "S")
    root, user = Organization.objects.get(parent=None), create_user("Ada", "ada@acme.example")
    add_membership(user.pk, root.pk, "viewer")
    add_membership(user.pk, north.pk, "manager")
    reach = access_scope_of_user(user)
    assert (reach.organizations, reach.home) == (None, root.pk)
    assert (reach.role_in(north.pk), reach.role_in(south.pk)) == (Role.MANAGER, Role.VIEWER)


@pytest.mark.rule("ORG-3")
def test_two_branches_have_no_home_and_a_user_who_is_inactive_reaches_nothing():
    user = create_user("Ada", "ada@acme.example")
    assert access_scope_of_user(user) == NOTHING
    for name in ("North", "South"):
        add_membership(user.pk, create_organization(name, name).pk, "manager")
    assert access_scope_of_user(user).home is None
    assert access_scope_of_user(change_user(user.pk, {"active": False})) == NOTHING


@pytest.mark.rule("API-1")
def test_a_key_reaches_its_organizations_and_without_any_everything():
    north = create_organization("North", "N")
    limited, _ = create_api_key("North", "operator", [north.pk])
    assert dict(access_scope_of_key(limited).roles) == {north.pk: Role.OPERATOR}
    unlimited, _ = create_api_key("All", "operator")
    assert access_scope_of_key(unlimited).everywhere is Role.OPERATOR
    with pytest.raises(Refusal) as refused:
        create_api_key("Nowhere", "operator", [north.pk, 999])
    assert (refused.value.rule, refused.value.problems[0].field) == ("API-1", "organizations.1")


@pytest.mark.rule("API-1", "ORG-4")
def test_a_key_whose_organization_is_gone_reaches_nothing():
    north = create_organization("North", "N")
    key, _ = create_api_key("North", "operator", [north.pk])
    delete_organization(north.pk)
    assert access_scope_of_key(key) == NOTHING
