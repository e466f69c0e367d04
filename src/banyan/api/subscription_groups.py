"""/subscription-groups: subscriptions billed together to one payer."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts.today import each_on_its_day, today_of_customer, today_of_customers
from banyan.api.access import ids_in_scope
from banyan.api.fields import CustomerId, SubscriptionGroupId, SubscriptionId
from banyan.api.history import history_of
from banyan.api.pages import CandidateFilters, FromDay, OnDay, Page, Paging, Search, Unsorted, page_of
from banyan.api.payers import payer_changes
from banyan.api.rows import found, matching
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.schemas.relations import PayerPreviewAnswer
from banyan.api.schemas.subscriptions import (
    GroupAnswer,
    GroupChanges,
    MemberCandidate,
    MemberCandidates,
    NewGroup,
    NewMember,
)
from banyan.api.writes import created, done, fields_told_as
from banyan.customers.actions.preview_payer import preview_member
from banyan.kernel.ids import encode_id
from banyan.subscriptions import inputs, queries
from banyan.subscriptions.actions.add_member import add_member
from banyan.subscriptions.actions.create_group import create_group
from banyan.subscriptions.actions.delete_group import delete_group
from banyan.subscriptions.actions.remove_member import remove_member
from banyan.subscriptions.actions.rename_group import rename_group
from banyan.subscriptions.models import SubscriptionGroup

router = Router()


class GroupFilters(Paging):
    """GRP-1."""

    q: Search = None
    payer: CustomerId | None = None
    name: str | None = None
    is_default: bool | None = None


@router.get("/subscription-groups", response=Page[GroupAnswer])
def list_groups(request: HttpRequest, query: Query[GroupFilters]) -> Page[GroupAnswer]:
    """Subscription groups."""
    rows = matching(queries.groups(query.q), payer=query.payer, name=query.name, is_default=query.is_default)
    return page_of(Page[GroupAnswer], rows, query, {"name": "name"}, group_answers)


@router.post("/subscription-groups", response={201: GroupAnswer})
def post_group(request: HttpRequest, body: NewGroup) -> Status[GroupAnswer]:
    """Make a group, empty or with its first members."""
    return created(_answer(create_group(inputs.NewGroup(body.payer, body.name, tuple(body.members or ()))).id))


@router.get("/subscription-groups/{group_id}", response=GroupAnswer)
def get_group(request: HttpRequest, group_id: SubscriptionGroupId, query: Query[OnDay]) -> GroupAnswer:
    """One group, with its members of a day, and those that start later in it."""
    return _answer(group_id, query.on)


@router.patch("/subscription-groups/{group_id}", response=GroupAnswer)
def patch_group(request: HttpRequest, group_id: SubscriptionGroupId, body: GroupChanges) -> GroupAnswer:
    """Rename it."""
    if body.given():
        rename_group(group_id, body.name)
    return _answer(group_id)


@router.delete("/subscription-groups/{group_id}", response={204: None})
def delete_empty_group(request: HttpRequest, group_id: SubscriptionGroupId) -> Status[None]:
    """Delete a group that is empty (GRP-3)."""
    delete_group(group_id)
    return done()


@router.post("/subscription-groups/{group_id}/members", response={201: GroupAnswer})
def post_member(request: HttpRequest, group_id: SubscriptionGroupId, body: NewMember) -> Status[GroupAnswer]:
    """Put a subscription in the group (GRP-3)."""
    found(queries.groups(), group_id)
    with fields_told_as(_field_of_member):
        add_member(group_id, body.subscription, body.effective_date)
    return created(_answer(group_id))


@router.post("/subscription-groups/{group_id}/members/preview", response=PayerPreviewAnswer)
def preview_of_member(request: HttpRequest, group_id: SubscriptionGroupId, body: NewMember) -> PayerPreviewAnswer:
    """What putting a subscription in the group would come to; nothing is changed (REL-3)."""
    found(queries.groups(), group_id)
    with fields_told_as(_field_of_member):
        day, preview = preview_member(group_id, body.subscription, body.effective_date)
    return PayerPreviewAnswer(effective_date=day, subscriptions=payer_changes([preview], day))


@router.get("/subscription-groups/{group_id}/members/candidates", response=MemberCandidates)
def list_member_candidates(
    request: HttpRequest, group_id: SubscriptionGroupId, query: Query[CandidateFilters]
) -> MemberCandidates:
    """The subscriptions that could be put in the group (GRP-3)."""
    group = found(queries.groups(), group_id)
    rows = queries.candidates_for_group(
        group, query.on or today_of_customer(group.payer_id), query.q or "", query.limit
    )
    return MemberCandidates(
        data=[
            MemberCandidate(
                subscription=encode_id("subscription", row.pk),
                number=row.number,
                account=encode_id("account", row.account_id),
                account_number=row.account.number,
                customer=row.account.customer.name,
            )
            for row in rows
        ]
    )


@router.delete("/subscription-groups/{group_id}/members/{subscription_id}", response={204: None})
def delete_member(
    request: HttpRequest, group_id: SubscriptionGroupId, subscription_id: SubscriptionId, query: Query[FromDay]
) -> Status[None]:
    """Take a subscription out; its account pays for it again."""
    remove_member(group_id, subscription_id, query.effective_date)
    return done()


@router.get("/subscription-groups/{group_id}/history", response=Page[HistoryEntryAnswer])
def list_history_of_group(
    request: HttpRequest, group_id: SubscriptionGroupId, query: Query[Unsorted]
) -> Page[HistoryEntryAnswer]:
    """Who changed it, and which subscriptions left or joined it, and when; newest first (ACC-16)."""
    found(queries.groups(), group_id)
    return history_of("subscription_group", group_id, query)


def _field_of_member(field: str) -> str:
    """The group is in the address; who can't be in it is the subscription."""
    return "subscription" if field == "group" else field


def _answer(group_id: int, on: date | None = None) -> GroupAnswer:
    (answer,) = group_answers([found(queries.groups(), group_id)], on)
    return answer


def group_answers(rows: Sequence[SubscriptionGroup], on: date | None = None) -> list[GroupAnswer]:
    """Groups as clients see them, with the members of the day (default today)."""
    days = today_of_customers({row.payer_id for row in rows}) if on is None else {}
    day_of = {row.id: days[row.payer_id] for row in rows} if on is None else on
    members = each_on_its_day([row.id for row in rows], day_of, queries.members_by_group)
    within = ids_in_scope("subscription", [one for some in members.values() for one in some])
    return [
        GroupAnswer(
            id=encode_id("subscription_group", row.id),
            name=row.name,
            payer=encode_id("customer", row.payer_id),
            is_default=row.is_default,
            members=[encode_id("subscription", member) for member in members.get(row.id, ()) if member in within],
        )
        for row in rows
    ]
