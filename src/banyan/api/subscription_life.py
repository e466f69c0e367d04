"""/subscriptions/{id}/…: pausing, resuming, taking back, items added and ended, and what each would come to."""

from collections.abc import Callable, Sequence

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from banyan.api.fields import ItemTermsId, OrderId, SubscriptionId, SubscriptionItemId
from banyan.api.rows import found
from banyan.api.schemas.invoices import LineAnswer, NextInvoicesAnswer
from banyan.api.schemas.subscriptions import (
    AddedItem,
    Cancellation,
    ItemEnd,
    PauseBody,
    Resumption,
    SubscriptionAnswer,
    SubscriptionChange,
)
from banyan.api.subscriptions import answer_of_subscription
from banyan.api.writes import created, done
from banyan.billruns.actions.preview_change import NextInvoices, preview_change, preview_start
from banyan.billruns.documents import accounts_named_in, line_document
from banyan.billruns.queries import PendingLine
from banyan.invoices.parties import accounts_now
from banyan.kernel.money import amount_text
from banyan.kernel.refusals import unknown
from banyan.subscriptions import inputs, queries
from banyan.subscriptions.actions.activate_order import activate_order
from banyan.subscriptions.actions.add_item import add_item
from banyan.subscriptions.actions.cancel_subscription import cancel_subscription
from banyan.subscriptions.actions.change_subscription import change_subscription
from banyan.subscriptions.actions.end_item import end_item
from banyan.subscriptions.actions.pause_subscription import pause_subscription
from banyan.subscriptions.actions.resume_subscription import resume_subscription
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.actions.withdraw_change import withdraw_change
from banyan.subscriptions.models import Subscription

router = Router()


@router.post("/subscriptions/{subscription_id}/change/preview", response=NextInvoicesAnswer)
def preview_of_change(
    request: HttpRequest, subscription_id: SubscriptionId, body: SubscriptionChange
) -> NextInvoicesAnswer:
    """What other quantities or prices would bring on the next invoices; nothing is changed (SUB-9)."""
    changes = [inputs.ItemChange(**dict(item)) for item in body.items]
    return _previewed(subscription_id, lambda: change_subscription(subscription_id, body.date, changes))


@router.post("/subscriptions/{subscription_id}/cancel/preview", response=NextInvoicesAnswer)
def preview_of_cancellation(
    request: HttpRequest, subscription_id: SubscriptionId, body: Cancellation
) -> NextInvoicesAnswer:
    """What ending it would bring on the next invoices; nothing is changed (SUB-9)."""
    return _previewed(subscription_id, lambda: cancel_subscription(subscription_id, body.date, body.prorate))


@router.post("/subscriptions/{subscription_id}/uncancel", response=SubscriptionAnswer)
def post_uncancellation(request: HttpRequest, subscription_id: SubscriptionId) -> SubscriptionAnswer:
    """Take its cancellation back: it goes on as if it had not been (SUB-9); differences are billed by the next run."""
    return answer_of_subscription(uncancel_subscription(subscription_id).id)


@router.post("/subscriptions/{subscription_id}/uncancel/preview", response=NextInvoicesAnswer)
def preview_of_uncancellation(request: HttpRequest, subscription_id: SubscriptionId) -> NextInvoicesAnswer:
    """What taking its cancellation back would bring on the next invoices; nothing is changed (SUB-9)."""
    return _previewed(subscription_id, lambda: uncancel_subscription(subscription_id))


@router.post("/subscriptions/{subscription_id}/pause", response=SubscriptionAnswer)
def post_pause(request: HttpRequest, subscription_id: SubscriptionId, body: PauseBody) -> SubscriptionAnswer:
    """Charge nothing of it for some days, or until it is resumed (SUB-9); what was billed ahead is credited."""
    return answer_of_subscription(pause_subscription(subscription_id, body.date, body.until).id)


@router.post("/subscriptions/{subscription_id}/pause/preview", response=NextInvoicesAnswer)
def preview_of_pause(request: HttpRequest, subscription_id: SubscriptionId, body: PauseBody) -> NextInvoicesAnswer:
    """What a pause would bring on the next invoices; nothing is changed (SUB-9)."""
    return _previewed(subscription_id, lambda: pause_subscription(subscription_id, body.date, body.until))


@router.post("/subscriptions/{subscription_id}/resume", response=SubscriptionAnswer)
def post_resumption(request: HttpRequest, subscription_id: SubscriptionId, body: Resumption) -> SubscriptionAnswer:
    """Let a paused one go on from a day (SUB-9)."""
    return answer_of_subscription(resume_subscription(subscription_id, body.date).id)


@router.post("/subscriptions/{subscription_id}/resume/preview", response=NextInvoicesAnswer)
def preview_of_resumption(
    request: HttpRequest, subscription_id: SubscriptionId, body: Resumption
) -> NextInvoicesAnswer:
    """What letting it go on would bring on the next invoices; nothing is changed (SUB-9)."""
    return _previewed(subscription_id, lambda: resume_subscription(subscription_id, body.date))


@router.post("/subscriptions/{subscription_id}/items", response={201: SubscriptionAnswer})
def post_item(request: HttpRequest, subscription_id: SubscriptionId, body: AddedItem) -> Status[SubscriptionAnswer]:
    """Add an item, charged from its own start on (SUB-9)."""
    add_item(subscription_id, inputs.NewItem(body.price, body.quantity, body.named_only), body.start_date)
    return created(answer_of_subscription(subscription_id))


@router.post("/subscriptions/{subscription_id}/items/preview", response=NextInvoicesAnswer)
def preview_of_item(request: HttpRequest, subscription_id: SubscriptionId, body: AddedItem) -> NextInvoicesAnswer:
    """What one more item would bring on the next invoices; nothing is changed (SUB-9)."""
    new = inputs.NewItem(body.price, body.quantity, body.named_only)
    return _previewed(subscription_id, lambda: add_item(subscription_id, new, body.start_date))


@router.post("/subscriptions/{subscription_id}/items/{item_id}/end", response=SubscriptionAnswer)
def post_end_of_item(
    request: HttpRequest, subscription_id: SubscriptionId, item_id: SubscriptionItemId, body: ItemEnd
) -> SubscriptionAnswer:
    """End an item while the others go on, or take its end back (SUB-9)."""
    end_item(subscription_id, item_id, body.date)
    return answer_of_subscription(subscription_id)


@router.post("/subscriptions/{subscription_id}/items/{item_id}/end/preview", response=NextInvoicesAnswer)
def preview_of_end_of_item(
    request: HttpRequest, subscription_id: SubscriptionId, item_id: SubscriptionItemId, body: ItemEnd
) -> NextInvoicesAnswer:
    """What ending an item would bring on the next invoices; nothing is changed (SUB-9)."""
    return _previewed(subscription_id, lambda: end_item(subscription_id, item_id, body.date))


@router.delete("/subscriptions/{subscription_id}/changes/{change_id}", response={204: None})
def delete_change(request: HttpRequest, subscription_id: SubscriptionId, change_id: ItemTermsId) -> Status[None]:
    """Take back a change that was agreed (SUB-8); what was billed by it is corrected by the next run."""
    withdraw_change(subscription_id, change_id)
    return done()


@router.post("/orders/{order_id}/activate/preview", response=NextInvoicesAnswer)
def preview_of_activation(request: HttpRequest, order_id: OrderId) -> NextInvoicesAnswer:
    """What the first run from its start on would bill for the order; nothing is changed (SUB-9)."""
    found(queries.orders(), order_id)

    def activated() -> Subscription:
        subscription = activate_order(order_id).subscription
        if subscription is None:
            raise unknown("order", "there is no such order", order_id)
        return subscription

    return _answer(preview_start(activated))


def _previewed(subscription_id: int, act: Callable[[], object]) -> NextInvoicesAnswer:
    return _answer(preview_change(found(queries.subscriptions(), subscription_id), act))


def _answer(preview: NextInvoices) -> NextInvoicesAnswer:
    pending = [*preview.pending_before, *preview.pending_after]
    names = accounts_now(accounts_named_in([each.line for each in pending]))
    numbers = queries.subscription_numbers(each.line.subscription_id for each in pending)

    def lines(some: Sequence[PendingLine]) -> list[LineAnswer]:
        return [LineAnswer.model_validate(line_document(each.line, each.bill, names, numbers)) for each in some]

    before, after = preview.total_before, preview.total_after
    return NextInvoicesAnswer(
        billing_date=preview.billing_date,
        currency=preview.currency,
        before=lines(preview.pending_before),
        after=lines(preview.pending_after),
        total_before=amount_text(before, preview.currency),
        total_after=amount_text(after, preview.currency),
        difference=amount_text(after - before, preview.currency),
    )
