"""/custom-fields, and finding customers and accounts by them."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.accounts import queries
from banyan.accounts.actions.delete_custom_field import delete_custom_field
from banyan.accounts.actions.save_custom_field import create_custom_field, update_custom_field
from banyan.accounts.models import CustomField, CustomFieldType, CustomSubject
from banyan.api.fields import CustomFieldId, among
from banyan.api.pages import Page, Paging, Search, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.custom_fields import CustomFieldAnswer, CustomFieldChanges, NewCustomField
from banyan.api.writes import created, done
from banyan.kernel.ids import encode_id

router = Router()


class CustomFieldFilters(Paging):
    """FLD-1."""

    q: Search = None
    subject: Annotated[str, among(CustomSubject.values)] | None = None
    key: str | None = None
    label: str | None = None
    type: Annotated[str, among(CustomFieldType.values)] | None = None
    required: bool | None = None
    active: bool | None = None


@router.get("/custom-fields", response=Page[CustomFieldAnswer])
def list_custom_fields(request: HttpRequest, query: Query[CustomFieldFilters]) -> Page[CustomFieldAnswer]:
    """The tenant's own fields of customers and accounts; `q` finds by key and label."""
    wanted = query.model_dump(exclude={*Paging.model_fields, "q"})
    rows = matching(queries.custom_fields(query.q), **wanted)
    return page_of(Page[CustomFieldAnswer], rows, query, {"key": "key", "label": "label"}, each(custom_field_answer))


@router.post("/custom-fields", response={201: CustomFieldAnswer})
def post_custom_field(request: HttpRequest, body: NewCustomField) -> Status[CustomFieldAnswer]:
    """Add a field; it is asked for from now on if it is required."""
    return created(custom_field_answer(create_custom_field(body.given())))


@router.get("/custom-fields/{custom_field_id}", response=CustomFieldAnswer)
def get_custom_field(request: HttpRequest, custom_field_id: CustomFieldId) -> CustomFieldAnswer:
    """One field."""
    return custom_field_answer(found(queries.custom_fields(), custom_field_id))


@router.patch("/custom-fields/{custom_field_id}", response=CustomFieldAnswer)
def patch_custom_field(
    request: HttpRequest, custom_field_id: CustomFieldId, body: CustomFieldChanges
) -> CustomFieldAnswer:
    """Change what is named; an inactive field keeps what it holds and takes nothing new."""
    return custom_field_answer(update_custom_field(custom_field_id, body.given()))


@router.delete("/custom-fields/{custom_field_id}", response={204: None})
def remove_custom_field(request: HttpRequest, custom_field_id: CustomFieldId) -> Status[None]:
    """Delete a field that holds nothing; deactivate it otherwise."""
    delete_custom_field(custom_field_id)
    return done()


def custom_field_answer(row: CustomField) -> CustomFieldAnswer:
    """A field of the tenant's own as clients see it."""
    return CustomFieldAnswer(
        id=encode_id("custom_field", row.id),
        subject=row.subject,
        key=row.key,
        label=row.label,
        type=row.type,
        options=row.options,
        required=row.required,
        active=row.active,
    )
