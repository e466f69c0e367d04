"""/contracts: what was agreed with accounts, the documents, and what ends with a contract."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.access import ids_in_scope
from banyan.api.fields import AccountId, ContractDocumentId, ContractId, Day, among
from banyan.api.history import history_of
from banyan.api.pages import OnDay, Page, Paging, Search, Unsorted, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.contracts import (
    ContractAnswer,
    ContractChanges,
    DocumentAnswer,
    EndedSubscriptionAnswer,
    NewContract,
    NewDocument,
    Termination,
    TerminationAnswer,
)
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.writes import created, done
from banyan.contracts import queries
from banyan.contracts.actions.attach_document import attach_document
from banyan.contracts.actions.create_contract import create_contract
from banyan.contracts.actions.delete_contract import delete_contract
from banyan.contracts.actions.remove_document import remove_document
from banyan.contracts.models import ContractDocument
from banyan.contracts.queries import ContractOnDay, ContractStatus
from banyan.contracts.terms import AUTOMATIC, NONE
from banyan.foundation.file_names import as_attachment
from banyan.kernel.ids import encode_id
from banyan.subscriptions.actions.terminate_contract import (
    EndedSubscription,
    preview_termination,
    terminate_contract,
)
from banyan.subscriptions.actions.update_contract import update_contract

router = Router()
ORDERS = {"number": "number", "start_date": "start_date", "created_at": "created_at"}
BYTES = {"*/*": {"schema": {"type": "string", "format": "binary"}}}
"""A file is of the media type that it was attached with, and always to be kept, never shown by a browser."""


class ContractFilters(Paging):
    """CTR-1, with the status as on `on` (default today)."""

    q: Search = None
    account: AccountId | None = None
    number: str | None = None
    name: str | None = None
    status: Annotated[str, among(ContractStatus)] | None = None
    renewal: Literal["none", "automatic"] | None = None
    on: Day | None = None


class DocumentFilters(Paging):
    """CTR-1."""

    name: str | None = None
    media_type: str | None = None


@router.get("/contracts", response=Page[ContractAnswer])
def list_contracts(request: HttpRequest, query: Query[ContractFilters]) -> Page[ContractAnswer]:
    """Contracts; `q` finds by number and name."""
    rows = queries.contracts(query.on, query.q)
    rows = matching(
        rows,
        account=query.account,
        number=query.number,
        name=query.name,
        status=query.status,
        renewal_months__isnull=None if query.renewal is None else query.renewal == NONE,
    )
    return page_of(Page[ContractAnswer], rows, query, ORDERS, each(contract_answer))


@router.post("/contracts", response={201: ContractAnswer})
def post_contract(request: HttpRequest, body: NewContract) -> Status[ContractAnswer]:
    """Make a contract with an account."""
    given = {name: value for name, value in body.given().items() if value is not None}
    return created(_answer(create_contract(given).id))


@router.get("/contracts/{contract_id}", response=ContractAnswer)
def get_contract(request: HttpRequest, contract_id: ContractId, query: Query[OnDay]) -> ContractAnswer:
    """One contract, as it stands on a day."""
    return _answer(contract_id, query.on)


@router.patch("/contracts/{contract_id}", response=ContractAnswer)
def patch_contract(request: HttpRequest, contract_id: ContractId, body: ContractChanges) -> ContractAnswer:
    """Change what is named; one that stops to renew ends with the term under way."""
    return _answer(update_contract(contract_id, body.given()).id)


@router.delete("/contracts/{contract_id}", response={204: None})
def remove_contract(request: HttpRequest, contract_id: ContractId) -> Status[None]:
    """Delete a contract that nothing was subscribed to under; terminate it otherwise."""
    delete_contract(contract_id)
    return done()


@router.post("/contracts/{contract_id}/terminate", response=TerminationAnswer)
def post_termination(request: HttpRequest, contract_id: ContractId, body: Termination) -> TerminationAnswer:
    """End it on a day, and cancel every subscription under it on that day."""
    ended = terminate_contract(contract_id, body.date, body.reason)
    return _termination_answer(_answer(contract_id, body.date), ended)


@router.post("/contracts/{contract_id}/terminate/preview", response=TerminationAnswer)
def preview_of_termination(request: HttpRequest, contract_id: ContractId, body: Termination) -> TerminationAnswer:
    """What terminating it would end; nothing is changed."""
    found(queries.contracts(), contract_id)
    ended = preview_termination(contract_id, body.date, body.reason)
    return _termination_answer(_answer(contract_id, body.date), ended)


@router.get("/contracts/{contract_id}/history", response=Page[HistoryEntryAnswer])
def list_contract_history(
    request: HttpRequest, contract_id: ContractId, query: Query[Unsorted]
) -> Page[HistoryEntryAnswer]:
    """Who changed what, and when; newest first (ACC-16)."""
    found(queries.contracts(), contract_id)
    return history_of("contract", contract_id, query)


@router.get("/contracts/{contract_id}/documents", response=Page[DocumentAnswer])
def list_documents(
    request: HttpRequest, contract_id: ContractId, query: Query[DocumentFilters]
) -> Page[DocumentAnswer]:
    """What is attached to the contract."""
    found(queries.contracts(), contract_id)
    rows = matching(queries.documents_of(contract_id), name=query.name, media_type=query.media_type)
    return page_of(Page[DocumentAnswer], rows, query, {"name": "name"}, each(document_answer))


@router.post("/contracts/{contract_id}/documents", response={201: DocumentAnswer})
def post_document(request: HttpRequest, contract_id: ContractId, body: NewDocument) -> Status[DocumentAnswer]:
    """Attach a file."""
    document = attach_document(contract_id, body.name, body.content, body.media_type)
    return created(document_answer(document))


@router.get("/contracts/{contract_id}/documents/{document_id}", response=DocumentAnswer)
def get_document(request: HttpRequest, contract_id: ContractId, document_id: ContractDocumentId) -> DocumentAnswer:
    """What a file is."""
    found(queries.contracts(), contract_id)
    return document_answer(found(queries.documents_of(contract_id), document_id))


@router.get(
    "/contracts/{contract_id}/documents/{document_id}/content",
    openapi_extra={"responses": {200: {"description": "The file", "content": BYTES}}},
)
def get_content(request: HttpRequest, contract_id: ContractId, document_id: ContractDocumentId) -> HttpResponse:
    """The file itself."""
    found(queries.contracts(), contract_id)
    document = found(queries.documents_of(contract_id), document_id)
    response = HttpResponse(bytes(document.content), content_type=document.media_type)
    response["Content-Disposition"] = as_attachment(document.name)
    response["X-Content-Type-Options"] = "nosniff"
    return response


@router.delete("/contracts/{contract_id}/documents/{document_id}", response={204: None})
def delete_document(request: HttpRequest, contract_id: ContractId, document_id: ContractDocumentId) -> Status[None]:
    """Take a file away; the contract's history keeps its name."""
    remove_document(contract_id, document_id)
    return done()


def contract_answer(row: ContractOnDay) -> ContractAnswer:
    """A contract that was read as it stands on a day, as clients see it."""
    return ContractAnswer(
        id=encode_id("contract", row.id),
        account=encode_id("account", row.account_id),
        number=row.number,
        name=row.name,
        signed_on=row.signed_on,
        start_date=row.start_date,
        end_date=row.end_date,
        renewal=NONE if row.renewal_months is None else AUTOMATIC,
        renewal_months=row.renewal_months,
        notice_days=row.notice_days,
        status=row.status,
        ends_on=row.ends_on,
        terminated_on=row.terminated_on,
        termination_reason=row.termination_reason,
        notes=row.notes,
        created_at=row.created_at,
    )


def document_answer(row: ContractDocument) -> DocumentAnswer:
    """A document as clients see it."""
    return DocumentAnswer(
        id=encode_id("contract_document", row.id),
        contract=encode_id("contract", row.contract_id),
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
    )


def _answer(contract_id: int, on: date | None = None) -> ContractAnswer:
    return contract_answer(found(queries.contracts(on), contract_id))


def _termination_answer(contract: ContractAnswer, ended: Sequence[EndedSubscription]) -> TerminationAnswer:
    within_reach = ids_in_scope("subscription", [one.id for one in ended])
    subscriptions = [
        EndedSubscriptionAnswer(
            subscription=encode_id("subscription", one.id),
            number=one.number,
            account=encode_id("account", one.account_id),
            earlier_end_date=one.earlier_end,
            end_date=one.end,
        )
        for one in ended
        if one.id in within_reach
    ]
    return TerminationAnswer(**dict(contract), ended_subscriptions=subscriptions)
