"""ETags: what tells whether something is still as a client saw it, and what happens when it is not (API-7).

A tag is a digest of the answer, and of what has a history the number of its latest entry: equal answers have tags with
the same digest, and the entries after that number are what changed meanwhile.
"""

import re
from collections.abc import Callable, Sequence
from copy import copy
from hashlib import blake2b
from http import HTTPStatus
from typing import Any, get_args

from django.db import connection
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, QueryDict
from django.urls import Resolver404, resolve

from banyan.api.history import entries_of
from banyan.api.schemas.access import ApiKeyMade
from banyan.api.schemas.history import HistoryEntryAnswer, Kind
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import PREFIXES, decode_id
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import shown
from banyan.organizations.kinds import MODEL_OF_KIND
from banyan.organizations.roles_needed import BASE, is_change

IF_MATCH, IF_NONE_MATCH = "If-Match", "If-None-Match"
ANYTHING = "*"
MOST_ENTRIES = 50
"""Of what changed meanwhile; the latest are told."""
SETTINGS = f"/{BASE}settings"
_KIND_OF = {prefix: kind for kind, prefix in PREFIXES.items()}
_ONE_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"\s*{_ONE_TAG}\s*(?:,\s*{_ONE_TAG}\s*)*")
_ANY_TAG = re.compile(_ONE_TAG)
_OURS = re.compile(r'"(?P<digest>[0-9a-f]{32})(?:-(?P<entry>[0-9]{1,18}))?"')


class ChangedMeanwhile(Exception):
    """It is not as the client saw it: the entries of its history since, the tag that it has now."""

    def __init__(self, entries: Sequence[HistoryEntryAnswer], tag: str) -> None:
        super().__init__("The resource has changed.")
        self.entries = entries
        self.tag = tag


def with_tag(request: HttpRequest, answer: HttpResponse, body: object) -> HttpResponse:
    """The answer with the tag of what it is of, if that is one thing; 304 for who has it already."""
    if not HTTPStatus.OK <= answer.status_code < HTTPStatus.MULTIPLE_CHOICES or not answer.content:
        return answer
    address = _address_in(request, answer, body)
    if address is None:
        return answer
    shows_just_that = request.method in ("GET", "PATCH") or "Location" in answer
    tag = _tag(answer.content, address) if shows_just_that else _looked_at(request, address).get("ETag")
    if tag is not None:
        answer["ETag"] = tag
    if request.method == "GET" and _has_it(request, tag):
        return HttpResponse(status=HTTPStatus.NOT_MODIFIED, headers={"ETag": str(tag)})
    return answer


def check_unchanged(request: HttpRequest) -> None:
    """Hold what the request changes, and refuse (412) if it is not as the tags in If-Match say.

    Refused (422): a header that holds no tags, and one where nothing is yet that could have changed.
    """
    given = request.headers.get(IF_MATCH)
    if given is None or not is_change(str(request.method), request.path):
        return
    tags = tags_in(given, IF_MATCH)
    for address in _addresses_above(request.path):
        _hold(address)
        seen = _looked_at(request, address)
        if seen.status_code == HTTPStatus.NOT_FOUND:
            return  # the route tells what is not there
        if "ETag" in seen:
            if tags is not None and _digest(seen["ETag"]) not in map(_digest, tags):
                raise ChangedMeanwhile(_entries_since(address, tags), seen["ETag"])
            return
    message = "Nothing is here yet that could have changed; leave If-Match out."
    raise invalid(IF_MATCH, "nothing_to_match", message, "API-7", given)


def tags_in(header: str, name: str) -> list[str] | None:
    """The tags that a header lists, None for `*`, any; refused when it holds something else."""
    if header.strip() == ANYTHING:
        return None
    if not _TAGS.fullmatch(header):
        message = f'{shown(header)} is not an ETag; send it as it came, with its quotes: "…", several with commas, or *'
        raise invalid(name, "not_a_tag", message, "API-7", header)
    return _ANY_TAG.findall(header)


def check_tags(request: HttpRequest) -> None:
    """Refuse an If-None-Match that holds no tags."""
    given = request.headers.get(IF_NONE_MATCH)
    if given is not None:
        tags_in(given, IF_NONE_MATCH)


def _has_it(request: HttpRequest, tag: str | None) -> bool:
    given = request.headers.get(IF_NONE_MATCH)
    if given is None or tag is None:
        return False
    tags = tags_in(given, IF_NONE_MATCH)
    return tags is None or _digest(tag) in {_digest(each.removeprefix("W/")) for each in tags}


def _digest(tag: str) -> str:
    """What is compared; of a tag that is none of ours all of it."""
    ours = _OURS.fullmatch(tag)
    return ours["digest"] if ours else tag


def _tag(content: bytes, address: str) -> str:
    digest = blake2b(content, digest_size=16).hexdigest()
    kind, number = _subject(address)
    if kind is None:
        return f'"{digest}"'
    last = HistoryEntry.objects.filter(subject_kind=kind, **({"subject_id": number} if number else {}))
    return f'"{digest}-{last.aggregate(last=Max("pk"))["last"] or 0}"'


def _subject(address: str) -> tuple[str | None, int | None]:
    """Whose history tells of what is at the address: its kind and number, without a number all of the kind."""
    if address == SETTINGS:
        return "setting", None
    kind, number = _named_at(address)
    return (kind, number) if kind in get_args(Kind) else (None, None)


def _named_at(address: str) -> tuple[str | None, int | None]:
    """The kind and number of the id at the end of an address."""
    last = address.rsplit("/", 1)[-1]
    kind = _KIND_OF.get(last.partition("_")[0])
    number = decode_id(kind, last) if kind else None
    return (kind, number) if number is not None else (None, None)


def _address_in(request: HttpRequest, answer: HttpResponse, body: object) -> str | None:
    """The address of what an answer shows, None where it shows no one thing that has an address."""
    if request.method == "GET":
        return request.path
    if not is_change(str(request.method), request.path):
        return None
    if request.path == SETTINGS:
        return SETTINGS
    public_id = body.get("id") if isinstance(body, dict) else None
    if "Location" in answer:
        return None if _tells_secrets(body) else answer["Location"]
    return next((each for each in _addresses_above(request.path) if each.endswith(f"/{public_id}")), None)


def _tells_secrets(body: object) -> bool:
    """Whether it is told once only, so that who looks again sees something else."""
    return isinstance(body, dict) and body.keys() == ApiKeyMade.model_fields.keys()


def _addresses_above(path: str) -> list[str]:
    """The path and those above it that are of one thing, the nearest first."""
    parts = path.rstrip("/").split("/")
    above = ["/".join(parts[:length]) for length in range(len(parts), 0, -1)]
    return [each for each in above if each == SETTINGS or _names_one(each)]


def _names_one(address: str) -> bool:
    """Whether an address ends with what names one thing."""
    try:
        return resolve(address).route.endswith(">")
    except Resolver404:
        return False


def _hold(address: str) -> None:
    """Let who changes the same wait until this transaction is over."""
    kind, number = _named_at(address)
    if kind is not None:
        list(MODEL_OF_KIND[kind]._base_manager.select_for_update(of=("self",)).filter(pk=number).values_list("pk"))
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s || '.' || current_schema(), 0))", [address])


def _looked_at(request: HttpRequest, address: str) -> HttpResponse:
    """What a GET of the address would answer to the same caller; 405 where none is possible."""
    try:
        match = resolve(address)
    except Resolver404:
        return HttpResponse(status=HTTPStatus.METHOD_NOT_ALLOWED)
    asked = copy(request)
    asked.__dict__.pop("headers", None)
    asked.method, asked.path, asked.resolver_match = "GET", address, match
    asked.GET, asked.META = QueryDict(), {**request.META, "REQUEST_METHOD": "GET", "QUERY_STRING": ""}
    for name in ("HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH"):
        asked.META.pop(name, None)
    asked._body = b""
    view: Callable[..., Any] = match.func
    found: HttpResponse = view(asked, *match.args, **match.kwargs)
    return found


def _entries_since(address: str, tags: Sequence[str]) -> list[HistoryEntryAnswer]:
    """What the history tells of since the latest of the tags."""
    kind, number = _subject(address)
    seen = [int(ours["entry"]) for tag in tags if (ours := _OURS.fullmatch(tag)) and ours["entry"]]
    if kind is None or not seen:
        return []
    rows = HistoryEntry.objects.filter(subject_kind=kind, pk__gt=max(seen))
    rows = rows.filter(subject_id=number) if number else rows
    return entries_of(kind, list(rows.order_by("-pk")[:MOST_ENTRIES]))[::-1]
