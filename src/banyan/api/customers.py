"""/customers and the customer hierarchy."""

from collections.abc import Iterable, Sequence
from datetime import date

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts import queries
from banyan.accounts.custom_fields import having
from banyan.accounts.fields import CUSTOMER
from banyan.accounts.models import Customer, CustomSubject
from banyan.accounts.today import each_on_its_day, today_of_customer, today_of_customers
from banyan.api.access import id_if_in_scope, ids_in_scope
from banyan.api.bodies import problems_of
from banyan.api.declared import filters_by, shown, wanted
from banyan.api.fields import CustomerId, Day, id_or_null
from banyan.api.history import history_of
from banyan.api.pages import (
    CandidateFilters,
    CustomFieldFilters,
    FromDay,
    OnDay,
    Page,
    Paging,
    Search,
    Unsorted,
    page_of,
)
from banyan.api.payers import payer_changes
from banyan.api.rows import found, matching
from banyan.api.schemas.customers import CustomerAnswer, CustomerChanges, NewCustomer
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.schemas.relations import (
    CustomerCandidates,
    CustomerParentChange,
    CustomerParentPreview,
    CustomerParentToPreview,
    HierarchyAnswer,
    RelatedCustomer,
)
from banyan.api.writes import created, done
from banyan.customers.actions.delete_customer import delete_customer
from banyan.customers.actions.detach_customer import detach_customer
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.open_customers import open_customer
from banyan.customers.actions.preview_move import preview_customer_parent
from banyan.customers.actions.update_customer import update_customer
from banyan.kernel.ids import encode_id
from banyan.relations.candidates import customer_parent_candidates
from banyan.relations.inputs import CustomerPlacement
from banyan.relations.queries import (
    customer_hierarchy,
    parent_customers_on,
    with_parent_customer,
)

router = Router()


@filters_by(CUSTOMER)
class CustomerFilters(Paging):
    """CUS-*, with the parent as on `on` (default today)."""

    q: Search = None
    name: str | None = None
    parent: CustomerId | None = None
    on: Day | None = None
    custom_fields: CustomFieldFilters = None


@router.get("/customers", response=Page[CustomerAnswer])
def list_customers(request: HttpRequest, query: Query[CustomerFilters]) -> Page[CustomerAnswer]:
    """Customers; `custom_fields.KEY` finds by a custom field.

    `q` finds by number, external number, name and e-mail: every word of it has to begin a word there. Case, accents and
    signs don't matter. Without `sort`, customers whose number begins with a word with digits come first.
    """
    rows = matching(queries.customers(), name=query.name, **wanted(CUSTOMER, query))
    if query.parent is not None:
        rows = with_parent_customer(rows, query.parent, query.on or today_of_customer(query.parent))
    if query.custom_fields is not None:
        rows = having(rows, CustomSubject.CUSTOMER, query.custom_fields)
    sortable = {"name": "name", "number": "number", "created_at": "created_at"}
    return page_of(
        Page[CustomerAnswer],
        rows,
        query,
        sortable,
        lambda shown: customer_answers(shown, query.on),
        among=Customer.objects.all(),
        typed=query.q,
    )


@router.post("/customers", response={201: CustomerAnswer})
def post_customer(request: HttpRequest, body: NewCustomer) -> Status[CustomerAnswer]:
    """Create a customer with its first account, its default account (CUS-6)."""
    given = body.not_null()
    account = given.pop("account", {})
    placement = CustomerPlacement(
        parent=given.pop("parent", None),
        account_parent=account.pop("parent", None),
        responsible_account=account.pop("responsible_account", None),
        customer=given,
        account=account,
        problems=problems_of(body),
    )
    return created(_answer(open_customer(placement).id))


@router.get("/customers/{customer_id}", response=CustomerAnswer)
def get_customer(request: HttpRequest, customer_id: CustomerId, query: Query[OnDay]) -> CustomerAnswer:
    """One customer, with its parent as on a day."""
    return _answer(customer_id, query.on)


@router.patch("/customers/{customer_id}", response=CustomerAnswer)
def patch_customer(request: HttpRequest, customer_id: CustomerId, body: CustomerChanges) -> CustomerAnswer:
    """Change what is named."""
    return _answer(update_customer(customer_id, body.given(), problems_of(body)).id)


@router.delete("/customers/{customer_id}", response={204: None})
def remove_customer(request: HttpRequest, customer_id: CustomerId) -> Status[None]:
    """Delete for good a customer, with its accounts, that nothing was ever charged to (CUS-8)."""
    delete_customer(customer_id)
    return done()


@router.get("/customers/{customer_id}/hierarchy", response=HierarchyAnswer)
def get_hierarchy(request: HttpRequest, customer_id: CustomerId, query: Query[OnDay]) -> HierarchyAnswer:
    """Older relatives up to the root, nearest first, and children, as on a day."""
    found(queries.customers(), customer_id)
    day = query.on or today_of_customer(customer_id)
    hierarchy = customer_hierarchy(customer_id, day)
    return HierarchyAnswer(
        customer=encode_id("customer", customer_id),
        on=day,
        ancestors=related_customers(hierarchy.ancestors),
        children=related_customers(hierarchy.children),
        depth=hierarchy.depth,
        height=hierarchy.height,
    )


@router.put("/customers/{customer_id}/parent", response=CustomerAnswer)
def put_customer_parent(request: HttpRequest, customer_id: CustomerId, body: CustomerParentChange) -> CustomerAnswer:
    """Put the customer, and everything below it, under another parent from a day on."""
    move_customer(customer_id, body.parent, body.effective_date)
    return _answer(customer_id)


@router.delete("/customers/{customer_id}/parent", response={204: None})
def delete_customer_parent(request: HttpRequest, customer_id: CustomerId, query: Query[FromDay]) -> Status[None]:
    """Take the customer out from under its parent (CHI-4)."""
    detach_customer(customer_id, query.effective_date)
    return done()


@router.post("/customers/{customer_id}/parent/preview", response=CustomerParentPreview)
def preview_parent(
    request: HttpRequest, customer_id: CustomerId, body: CustomerParentToPreview
) -> CustomerParentPreview:
    """What putting the customer under another parent, or under none, would come to; nothing is changed (REL-3)."""
    day = body.effective_date or today_of_customer(customer_id)
    preview = preview_customer_parent(customer_id, body.parent, body.effective_date)
    ancestors = related_customers(preview.ancestors)
    return CustomerParentPreview(
        effective_date=day,
        ancestors=ancestors,
        depth=len(ancestors) + 1,
        subscriptions=payer_changes(preview.subscriptions, day),
    )


@router.get("/customers/{customer_id}/parent/candidates", response=CustomerCandidates)
def list_customer_parent_candidates(
    request: HttpRequest, customer_id: CustomerId, query: Query[CandidateFilters]
) -> CustomerCandidates:
    """The customers that could be its parent (CHI-1, CHI-2)."""
    found(queries.customers(), customer_id)
    rows = customer_parent_candidates(
        customer_id, query.on or today_of_customer(customer_id), query.q or "", query.limit
    )
    return CustomerCandidates(data=named_customers(rows))


@router.get("/customers/{customer_id}/history", response=Page[HistoryEntryAnswer])
def get_customer_history(
    request: HttpRequest, customer_id: CustomerId, query: Query[Unsorted]
) -> Page[HistoryEntryAnswer]:
    """Who changed what, and when; newest first (ACC-16)."""
    found(queries.customers(), customer_id)
    return history_of("customer", customer_id, query)


def related_customers(numbers: Sequence[int]) -> list[RelatedCustomer]:
    """Customers as relatives are shown, in the order of the numbers; what isn't reached is left out."""
    rows = queries.customers().only("number", "name").in_bulk(numbers)
    return named_customers(rows[number] for number in numbers if number in rows)


def named_customers(rows: Iterable[Customer]) -> list[RelatedCustomer]:
    """Customers as relatives and candidates are shown."""
    return [RelatedCustomer(customer=encode_id("customer", row.pk), number=row.number, name=row.name) for row in rows]


def _answer(customer_id: int, on: date | None = None) -> CustomerAnswer:
    (answer,) = customer_answers([found(queries.customers(), customer_id)], on)
    return answer


def customer_answers(rows: Sequence[Customer], on: date | None = None) -> list[CustomerAnswer]:
    """Customers as clients see them, with their parents of the day (default today)."""
    ids = [row.id for row in rows]
    defaults = queries.default_accounts(ids)
    parents = each_on_its_day(ids, on or today_of_customers(ids), parent_customers_on)
    within = ids_in_scope("customer", parents.values())
    return [
        _customer_answer(row, defaults.get(row.id), id_if_in_scope("customer", parents.get(row.id), within))
        for row in rows
    ]


def _customer_answer(row: Customer, default_account: int | None, parent: str | None) -> CustomerAnswer:
    return CustomerAnswer(
        **shown(CUSTOMER, row),
        id=encode_id("customer", row.id),
        name=row.name,
        parent=parent,
        default_account=id_or_null("account", default_account),
        created_at=row.created_at,
    )
