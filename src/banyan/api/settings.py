"""/settings: SET-1, from the registry that declares them."""

from collections.abc import Mapping
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Body, Router
from pydantic import JsonValue, WithJsonSchema

from banyan.customers.actions.change_settings import change_settings
from banyan.foundation.queries import read_settings
from banyan.foundation.settings_registry import DEFINITIONS, default_of, to_stored

router = Router()


def _form(key: str) -> dict[str, Any]:
    """How the OpenAPI document describes a setting."""
    declared: Mapping[str, Any] = DEFINITIONS[key].metadata
    about = {"title": declared["label"], "description": declared["help"], "default": default_of(key)}
    if declared["kind"] == "boolean":
        return {**about, "type": "boolean"}
    if declared["kind"] == "number":
        return {**about, "type": "integer", "minimum": declared["least"], "maximum": declared["most"]}
    choices = {"type": "string", "enum": [str(choice) for choice in declared["choices"]]}
    if declared["kind"] == "choice":
        return {**about, "anyOf": [choices, {"type": "null"}]}
    return {**about, "type": "array", "items": choices, "minItems": 1, "uniqueItems": True}


_FORMS = {"type": "object", "properties": {key: _form(key) for key in DEFINITIONS}, "additionalProperties": False}
AllSettings = Annotated[dict[str, JsonValue], WithJsonSchema({**_FORMS, "required": list(DEFINITIONS)})]
ChangedSettings = Annotated[dict[str, JsonValue], WithJsonSchema(_FORMS)]


@router.get("/settings", response=AllSettings)
def get_settings(request: HttpRequest) -> dict[str, Any]:
    """Every setting of the tenant."""
    return to_stored(read_settings())


@router.patch("/settings", response=AllSettings)
def patch_settings(request: HttpRequest, changes: Body[ChangedSettings]) -> dict[str, Any]:
    """Change the settings that are named."""
    return to_stored(change_settings(changes))
