"""/settings: SET-1."""

from typing import Any

from django.http import HttpRequest
from ninja import Router
from pydantic import JsonValue

from banyan.foundation.actions.change_settings import change_settings
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import to_stored

router = Router()


@router.get("/settings", response=dict[str, JsonValue])
def get_settings(request: HttpRequest) -> dict[str, Any]:
    """Every setting of the tenant."""
    return to_stored(read_settings())


@router.patch("/settings", response=dict[str, JsonValue])
def patch_settings(request: HttpRequest, changes: dict[str, JsonValue]) -> dict[str, Any]:
    """Change the settings that are named."""
    return to_stored(change_settings(changes))
