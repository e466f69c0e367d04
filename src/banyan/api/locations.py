"""Where something is that was made: the header Location of an answer with the status 201."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import Resolver404, resolve


def set_location_header(request: HttpRequest, answer: HttpResponse, body: object) -> HttpResponse:
    """The answer, naming the address of what was made if that has one: its id below the address that made it."""
    number = body.get("id") if isinstance(body, Mapping) else None
    if answer.status_code == 201 and number is not None:
        address = f"{request.path.rstrip('/')}/{number}"
        if _is_address(address):
            answer["Location"] = address
    return answer


def document_location(path: str, operation: dict[str, Any], paths: Mapping[str, Any]) -> None:
    """Say so in the OpenAPI document."""
    is_one_below = any(each.startswith(f"{path}/{{") and each.count("/") == path.count("/") + 1 for each in paths)
    if 201 in operation["responses"] and is_one_below:
        form = {"description": "The address of what was made", "schema": {"type": "string"}}
        operation["responses"][201]["headers"] = {"Location": form}


def _is_address(address: str) -> bool:
    try:
        resolve(address)
    except Resolver404:
        return False
    return True
