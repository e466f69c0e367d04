"""The history as clients see it (ACC-16): of a customer, an account, a contract …, and of the whole tenant."""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, get_args

from django.db.models import Q
from django.http import HttpRequest
from ninja import Query, Router
from pydantic import AfterValidator, Field

from banyan.accounts.history_descriptions import describe_changes, describe_subjects, referred
from banyan.api.access import ids_in_scope
from banyan.api.pages import Page, Unsorted, page_of
from banyan.api.rows import matching
from banyan.api.schemas.history import HistoryEntryAnswer, Kind, TenantHistoryEntryAnswer
from banyan.foundation.actors import ActorKind, key_told_as
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import PREFIXES, decode_id
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import shown
from banyan.organizations.kinds import SCOPED_MODELS
from banyan.subscriptions.history_currencies import currencies_of

KINDS = {PREFIXES[kind]: kind for kind in get_args(Kind) if kind in PREFIXES}
router = Router()


def _in_utc(moment: datetime | None) -> datetime | None:
    return moment if moment is None or moment.tzinfo else moment.replace(tzinfo=UTC)


class HistoryFilters(Unsorted):
    """ACC-16."""

    kind: Kind | None = None
    subject: Annotated[str | None, Field(max_length=50, description="The id of anything, also of what is deleted")] = (
        None
    )
    actor: Annotated[
        str | None, Field(max_length=300, description="As it is told, or the id of a user or key, or a key's name")
    ] = None
    since: Annotated[
        datetime | None, AfterValidator(_in_utc), Field(description="The first moment; without an offset in UTC")
    ] = None


@router.get("/history", response=Page[TenantHistoryEntryAnswer])
def list_history_of_tenant(request: HttpRequest, query: Query[HistoryFilters]) -> Page[TenantHistoryEntryAnswer]:
    """Who changed what, and when, in the whole tenant, newest first: settings, lists and catalogue, users and keys,
    customers, accounts, contracts and subscriptions, and what is deleted."""
    rows = matching(HistoryEntry.objects.all(), subject_kind=query.kind, at__gte=query.since)
    if query.actor is not None:
        rows = rows.filter(_by(query.actor))
    if query.subject is not None:
        kind, number = _subject(query.subject)
        rows = rows.filter(subject_kind=kind, subject_id=number)
    return page_of(Page[TenantHistoryEntryAnswer], rows, query, {}, _answers_with_subjects, default="-id")


def history_of(kind: str, number: int, paging: Unsorted) -> Page[HistoryEntryAnswer]:
    """Everything that happened to something, newest first."""
    rows = HistoryEntry.objects.filter(subject_kind=kind, subject_id=number)
    return page_of(Page[HistoryEntryAnswer], rows, paging, {}, partial(entries_of, kind), default="-id")


def entries_of(kind: str, rows: Sequence[HistoryEntry]) -> list[HistoryEntryAnswer]:
    """Entries of the history of things of one kind, without what they refer to out of reach."""
    hidden, currencies = _referred_out_of_reach(rows, kind), currencies_of(rows)
    return [
        HistoryEntryAnswer(
            **_who_and_when(row),
            changes=describe_changes(kind, row.changes, hidden, currencies.get(row.pk)),
        )
        for row in rows
    ]


def _who_and_when(row: HistoryEntry) -> dict[str, Any]:
    by = row.by
    return {"at": row.at, "actor": str(by), "actor_kind": by.kind, "actor_id": by.public_id, "action": row.action}


def _by(actor: str) -> Q:
    """Entries of whom the text names: by id, as the history tells it, or by name."""
    key = key_told_as(actor)
    for kind in (ActorKind.USER, ActorKind.API_KEY):
        number = key.number if key and kind is key.kind else decode_id(kind, actor)
        if number is not None:
            return Q(actor_kind=kind, actor_id=number)
    return Q(actor=actor)


def _subject(public_id: str) -> tuple[str, int]:
    kind = KINDS.get(public_id.partition("_")[0])
    number = decode_id(kind, public_id) if kind else None
    if kind is None or number is None:
        message = f"{shown(public_id)} is not the id of anything with a history; give one such as acc_12."
        raise invalid("subject", "invalid_id", message, "ACC-16", public_id)
    return kind, number


def _answers_with_subjects(rows: Sequence[HistoryEntry]) -> list[TenantHistoryEntryAnswer]:
    subjects, currencies = describe_subjects(rows), currencies_of(rows)
    return [
        TenantHistoryEntryAnswer(
            **_who_and_when(row),
            kind=row.subject_kind,
            subject=subjects[row.subject_kind, row.subject_id],
            changes=describe_changes(row.subject_kind, row.changes, {}, currencies.get(row.pk)),
        )
        for row in rows
    ]


def _referred_out_of_reach(rows: Sequence[HistoryEntry], kind: str) -> dict[str, Collection[int]]:
    """What the changes refer to and the caller doesn't reach, by kind; of other kinds everything is reached."""
    named = referred(kind, (row.changes for row in rows))
    return {to: numbers - set(ids_in_scope(to, numbers)) for to, numbers in named.items() if to in SCOPED_MODELS}
