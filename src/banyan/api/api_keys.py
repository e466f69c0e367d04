"""/api-keys, for administrators."""

from typing import Annotated

from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.fields import ApiKeyId, among
from banyan.api.pages import Page, Paging, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.access import ApiKeyAnswer, ApiKeyMade, NewApiKey
from banyan.api.writes import created, done
from banyan.kernel.ids import encode_id
from banyan.organizations import queries
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from banyan.organizations.models import ApiKey
from banyan.organizations.roles import Role

router = Router()


class ApiKeyFilters(Paging):
    """API-1."""

    name: str | None = None
    role: Annotated[str, among(Role.values)] | None = None
    revoked: bool | None = None


@router.get("/api-keys", response=Page[ApiKeyAnswer])
def list_api_keys(request: HttpRequest, query: Query[ApiKeyFilters]) -> Page[ApiKeyAnswer]:
    """Every key, also those that are revoked."""
    still_good = None if query.revoked is None else not query.revoked
    rows = matching(queries.api_keys(), name=query.name, role=query.role, revoked_at__isnull=still_good)
    return page_of(Page[ApiKeyAnswer], rows, query, {"name": "name"}, each(api_key_answer))


@router.post("/api-keys", response={201: ApiKeyMade})
def post_api_key(request: HttpRequest, body: NewApiKey) -> Status[ApiKeyMade]:
    """Make a key; this answer is the only one that holds it."""
    row, key = create_api_key(body.name, body.role, body.organizations or ())
    return created(ApiKeyMade(**dict(api_key_answer(row)), key=key))


@router.get("/api-keys/{api_key_id}", response=ApiKeyAnswer)
def get_api_key(request: HttpRequest, api_key_id: ApiKeyId) -> ApiKeyAnswer:
    """One key."""
    return api_key_answer(found(queries.api_keys(), api_key_id))


@router.delete("/api-keys/{api_key_id}", response={204: None})
def delete_api_key(request: HttpRequest, api_key_id: ApiKeyId) -> Status[None]:
    """Revoke the key: from now on it opens nothing. It stays in the list."""
    revoke_api_key(api_key_id)
    return done()


def api_key_answer(row: ApiKey) -> ApiKeyAnswer:
    """A key as clients see it."""
    return ApiKeyAnswer(
        id=encode_id("api_key", row.id),
        name=row.name,
        role=row.role,
        organizations=[encode_id("organization", each.id) for each in row.organizations.all()],
        created_at=row.created_at,
        revoked_at=row.revoked_at,
    )
