"""/subscriptions and who pays for them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts.today import days_now, each_on_its_day, today, today_of_customer, today_of_rows
from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.fields import (
    AccountId,
    ContractId,
    CustomerId,
    SubscriptionGroupId,
    SubscriptionId,
    among,
    id_or_null,
)
from banyan.api.history import history_of
from banyan.api.pages import FromDay, OnDay, Page, Paging, Search, Unsorted, page_of
from banyan.api.payers import payer_changes
from banyan.api.rows import found, matching
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.schemas.relations import PayerPreviewAnswer
from banyan.api.schemas.subscriptions import (
    AgreedChangeAnswer,
    Cancellation,
    ContractChoice,
    ItemAnswer,
    NewSubscription,
    PauseAnswer,
    PayerChoice,
    PayerToPreview,
    SubscriptionAnswer,
    SubscriptionChange,
    WhoPaysAnswer,
)
from banyan.api.writes import created, done, fields_told_as
from banyan.customers.actions.preview_payer import preview_payer
from banyan.kernel.calendar import last_day
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.subscriptions import inputs, queries
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.choose_payer import choose_payer
from banyan.subscriptions.actions.create_subscriptions import create_subscription
from banyan.subscriptions.actions.set_contract import set_contract
from banyan.subscriptions.checks import ANCHORS
from banyan.subscriptions.models import ItemTerms, Subscription, SubscriptionItem, WhoPays
from banyan.subscriptions.queries import STATUSES
from banyan.subscriptions.terms import agreed_changes, terms_in_force

router = Router()


class SubscriptionFilters(Paging):
    """SUB-1."""

    q: Search = None
    account: AccountId | None = None
    customer: CustomerId | None = None
    group: SubscriptionGroupId | None = None
    contract: ContractId | None = None
    number: str | None = None
    anchor: Annotated[str, among(ANCHORS)] | None = None
    status: Annotated[str, among(STATUSES)] | None = None


@router.get("/subscriptions", response=Page[SubscriptionAnswer])
def list_subscriptions(request: HttpRequest, query: Query[SubscriptionFilters]) -> Page[SubscriptionAnswer]:
    """Subscriptions, with the terms and the payer of today; `group` gives those that are in it today."""
    rows = (
        queries.subscriptions(query.q)
        if query.group is None
        else queries.members_of(query.group, _today_of_group(query.group))
    )
    if query.status is not None:
        rows = queries.in_status(rows, query.status, today_of_rows("account__owner"))
    rows = matching(
        rows,
        account=query.account,
        account__customer=query.customer,
        contract=query.contract,
        number=query.number,
        number__icontains=query.q,
        anchor=query.anchor,
    )
    sortable = {"number": "number", "start_date": "start_date"}
    return page_of(Page[SubscriptionAnswer], rows, query, sortable, subscription_answers)


@router.post("/subscriptions", response={201: SubscriptionAnswer})
def post_subscription(request: HttpRequest, body: NewSubscription) -> Status[SubscriptionAnswer]:
    """Subscribe an account to prices."""
    who_pays = None if body.who_pays is None else inputs.WhoPaysChoice(**dict(body.who_pays))
    items = tuple(inputs.NewItem(**dict(item)) for item in body.items)
    new = inputs.NewSubscription(**{**dict(body), "items": items, "who_pays": who_pays})
    return created(answer_of_subscription(create_subscription(new).id))


@router.get("/subscriptions/{subscription_id}", response=SubscriptionAnswer)
def get_subscription(request: HttpRequest, subscription_id: SubscriptionId, query: Query[OnDay]) -> SubscriptionAnswer:
    """One subscription, with the terms and the payer of a day, or of its start where that is later."""
    return answer_of_subscription(subscription_id, query.on)


@router.post("/subscriptions/{subscription_id}/cancel", response=SubscriptionAnswer)
def post_cancellation(request: HttpRequest, subscription_id: SubscriptionId, body: Cancellation) -> SubscriptionAnswer:
    """End it on a day; what was billed beyond is credited by the next run."""
    return answer_of_subscription(cancel_subscription(subscription_id, body.date, body.prorate).id)


@router.post("/subscriptions/{subscription_id}/change", response=SubscriptionAnswer)
def post_change(request: HttpRequest, subscription_id: SubscriptionId, body: SubscriptionChange) -> SubscriptionAnswer:
    """Other quantities or prices from a day on; the next run bills the difference."""
    changes = [inputs.ItemChange(**dict(item)) for item in body.items]
    return answer_of_subscription(change_subscription(subscription_id, body.date, changes).id)


@router.put("/subscriptions/{subscription_id}/contract", response=SubscriptionAnswer)
def put_contract(request: HttpRequest, subscription_id: SubscriptionId, body: ContractChoice) -> SubscriptionAnswer:
    """Put it under another contract of its account or of one above it, or under none (CTR-2)."""
    return answer_of_subscription(set_contract(subscription_id, body.contract).id)


@router.put("/subscriptions/{subscription_id}/who-pays", response=SubscriptionAnswer)
def put_who_pays(request: HttpRequest, subscription_id: SubscriptionId, body: PayerChoice) -> SubscriptionAnswer:
    """Choose who pays from a day on (WHO-1)."""
    wanted = inputs.WhoPaysChoice(body.mode, body.customer)
    with fields_told_as(_field_of_choice):
        choose_payer(subscription_id, wanted, body.effective_date)
    return answer_of_subscription(subscription_id)


@router.post("/subscriptions/{subscription_id}/who-pays/preview", response=PayerPreviewAnswer)
def preview_who_pays(request: HttpRequest, subscription_id: SubscriptionId, body: PayerToPreview) -> PayerPreviewAnswer:
    """What choosing a payer, or none, would come to; nothing is changed (REL-3)."""
    wanted = None if body.mode is None else inputs.WhoPaysChoice(body.mode, body.customer)
    with fields_told_as(_field_of_choice):
        day, preview = preview_payer(subscription_id, wanted, body.effective_date)
    return PayerPreviewAnswer(effective_date=day, subscriptions=payer_changes([preview], day))


@router.delete("/subscriptions/{subscription_id}/who-pays", response={204: None})
def delete_who_pays(request: HttpRequest, subscription_id: SubscriptionId, query: Query[FromDay]) -> Status[None]:
    """From a day on its account pays for it again."""
    choose_payer(subscription_id, None, query.effective_date)
    return done()


@router.get("/subscriptions/{subscription_id}/history", response=Page[HistoryEntryAnswer])
def list_history_of_subscription(
    request: HttpRequest, subscription_id: SubscriptionId, query: Query[Unsorted]
) -> Page[HistoryEntryAnswer]:
    """Who changed it or who pays for it, and when; newest first (ACC-16)."""
    found(queries.subscriptions(), subscription_id)
    return history_of("subscription", subscription_id, query)


def _field_of_choice(field: str) -> str:
    """As it is called where a body is nothing but the choice."""
    return field.removeprefix("who_pays.")


def answer_of_subscription(subscription_id: int, on: date | None = None) -> SubscriptionAnswer:
    """One as clients see it, on a day (default today)."""
    (answer,) = subscription_answers([found(queries.subscriptions(), subscription_id)], on)
    return answer


def subscription_answers(rows: Sequence[Subscription], on: date | None = None) -> list[SubscriptionAnswer]:
    """Subscriptions as clients see them, with the terms and the payer that hold on the day (default today)."""
    by_id, days = {row.id: row for row in rows}, days_now()
    day_of = on or {row.id: days.of(row.account.owner_id) for row in rows}
    answers = each_on_its_day(list(by_id), day_of, lambda ids, day: _answers([by_id[each] for each in ids], day))
    return [answers[row.id] for row in rows]


def _answers(rows: Sequence[Subscription], day: date) -> dict[int, SubscriptionAnswer]:
    items = {row.id: sorted(row.items.all(), key=lambda item: item.id) for row in rows}
    every = [item for some in items.values() for item in some]
    in_force = terms_in_force(every, day)
    subscription_of = {item.id: item.subscription_id for item in every}
    agreed: dict[int, list[ItemTerms]] = {row.id: [] for row in rows}
    for terms in agreed_changes(every, day):
        agreed[subscription_of[terms.item_id]].append(terms)
    chosen = queries.who_pays_on(items, day)
    payers = ids_in_scope("customer", [_payer(chosen[row.id], row) for row in rows if row.id in chosen])
    contracts = ids_in_scope("contract", [row.contract_id for row in rows])
    return {
        row.id: _subscription_answer(
            row, items[row.id], in_force, agreed[row.id], chosen.get(row.id), payers, contracts, day
        )
        for row in rows
    }


def _today_of_group(group_id: int) -> date:
    group = queries.groups().filter(pk=group_id).first()
    return today() if group is None else today_of_customer(group.payer_id)


def _subscription_answer(
    row: Subscription,
    items: Sequence[SubscriptionItem],
    in_force: Mapping[int, tuple[int, Decimal]],
    agreed: Sequence[ItemTerms],
    chosen: WhoPays | None,
    payers: Collection[int],
    contracts: Collection[int],
    day: date,
) -> SubscriptionAnswer:
    return SubscriptionAnswer(
        id=encode_id("subscription", row.id),
        number=row.number,
        account=encode_id("account", row.account_id),
        status=_status(row, day),
        start_date=row.start_date,
        end_date=row.end_date,
        anchor=row.anchor,
        items=[_item_answer(item, *in_force[item.id]) for item in items],
        changes=[_change_answer(terms) for terms in agreed],
        pauses=[
            PauseAnswer(date=pause.during.lower, until=last_day(pause.during.upper))
            for pause in sorted(row.pauses.all(), key=lambda pause: pause.during.lower)
        ],
        who_pays=None if chosen is None else _who_pays_answer(chosen, row, payers),
        group=None if chosen is None or _payer(chosen, row) not in payers else _group(chosen),
        contract=id_if_in_scope("contract", row.contract_id, contracts),
        cancelled_at=row.cancelled_at,
        created_at=row.created_at,
    )


def _item_answer(item: SubscriptionItem, price_id: int, quantity: Decimal) -> ItemAnswer:
    return ItemAnswer(
        id=encode_id("subscription_item", item.id),
        price=encode_id("price", price_id),
        quantity=decimal_text(quantity),
        named_only=item.named_only,
        start_date=item.start_date,
        end_date=item.end_date,
        billed_until=item.billed_until,
    )


def _change_answer(terms: ItemTerms) -> AgreedChangeAnswer:
    return AgreedChangeAnswer(
        id=encode_id("item_terms", terms.id),
        date=terms.since,
        item=encode_id("subscription_item", terms.item_id),
        price=id_or_null("price", terms.price_id),
        quantity=None if terms.quantity is None else decimal_text(terms.quantity),
    )


def _who_pays_answer(chosen: WhoPays, row: Subscription, payers: Collection[int]) -> WhoPaysAnswer:
    return WhoPaysAnswer(mode=chosen.mode, customer=id_if_in_scope("customer", _payer(chosen, row), payers))


def _payer(chosen: WhoPays, row: Subscription) -> int:
    return row.account.customer_id if chosen.group is None else chosen.group.payer_id


def _group(chosen: WhoPays) -> str | None:
    return id_or_null("subscription_group", chosen.group_id)


def _status(row: Subscription, day: date) -> str:
    if row.ends_before is not None and row.ends_before <= day:
        return "ended" if row.cancelled_at is None else "cancelled"
    return "scheduled" if row.start_date > day else "active"
