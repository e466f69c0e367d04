"""/users and their memberships, for administrators."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import MembershipId, OrganizationId, UserId, among
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.access import MembershipAnswer, NewMembership, NewUser, UserAnswer, UserChanges
from banyan.api.writes import created, done
from banyan.kernel.ids import encode_id
from banyan.organizations import queries
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.change_user import change_user
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.remove_membership import remove_membership
from banyan.organizations.models import Membership, User
from banyan.organizations.roles import Role

router = Router()


class UserFilters(Paging):
    """ORG-3."""

    q: Search = None
    name: str | None = None
    email: str | None = None
    active: bool | None = None


class MembershipFilters(Paging):
    """ORG-3."""

    organization: OrganizationId | None = None
    role: Annotated[str, among(Role.values)] | None = None


@router.get("/users", response=Page[UserAnswer])
def list_users(request: HttpRequest, query: Query[UserFilters]) -> Page[UserAnswer]:
    """Users; `q` finds by name and e-mail."""
    rows = matching(queries.users(query.q), name=query.name, email__iexact=query.email, active=query.active)
    return page_of(Page[UserAnswer], rows, query, {"name": "name", "email": "email"}, each(user_answer))


@router.post("/users", response={201: UserAnswer})
def post_user(request: HttpRequest, body: NewUser) -> Status[UserAnswer]:
    """Add a user, who reaches nothing until a membership is added."""
    return created(user_answer(create_user(**dict(body))))


@router.get("/users/{user_id}", response=UserAnswer)
def get_user(request: HttpRequest, user_id: UserId) -> UserAnswer:
    """One user."""
    return user_answer(found(queries.users(), user_id))


@router.patch("/users/{user_id}", response=UserAnswer)
def patch_user(request: HttpRequest, user_id: UserId, body: UserChanges) -> UserAnswer:
    """Rename, give another password or time zone, deactivate."""
    return user_answer(change_user(user_id, body.given()))


@router.get("/users/{user_id}/memberships", response=Page[MembershipAnswer])
def list_memberships(request: HttpRequest, user_id: UserId, query: Query[MembershipFilters]) -> Page[MembershipAnswer]:
    """What the user may do, and where."""
    found(queries.users(), user_id)
    rows = matching(queries.memberships_of(user_id), organization=query.organization, role=query.role)
    return page_of(Page[MembershipAnswer], rows, query, {}, each(membership_answer))


@router.post("/users/{user_id}/memberships", response={201: MembershipAnswer})
def post_membership(request: HttpRequest, user_id: UserId, body: NewMembership) -> Status[MembershipAnswer]:
    """Give the user a role in an organization and everything below it."""
    return created(membership_answer(add_membership(user_id, body.organization, body.role)))


@router.delete("/users/{user_id}/memberships/{membership_id}", response={204: None})
def delete_membership(request: HttpRequest, user_id: UserId, membership_id: MembershipId) -> Status[None]:
    """Take the role away."""
    remove_membership(user_id, membership_id)
    return done()


def user_answer(row: User) -> UserAnswer:
    """A user as clients see it."""
    return UserAnswer(
        id=encode_id("user", row.id),
        name=row.name,
        email=row.email,
        active=row.active,
        time_zone=row.time_zone,
        has_password=row.password is not None,
        created_at=row.created_at,
    )


def membership_answer(row: Membership) -> MembershipAnswer:
    """A membership as clients see it."""
    return MembershipAnswer(
        id=encode_id("membership", row.id),
        user=encode_id("user", row.user_id),
        organization=encode_id("organization", row.organization_id),
        role=row.role,
    )
