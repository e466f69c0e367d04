"""/imports, /file-kinds."""

from collections.abc import Sequence
from typing import Annotated, Literal

from django.http import HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, ConfigDict, Field

from banyan.api.csv_answers import TEXT, csv_pieces
from banyan.api.fields import ImportId, among, choice
from banyan.api.pages import Page, Paging, Unsorted, each, page_of, page_of_list
from banyan.api.rows import found, matching
from banyan.api.schemas.imports import (
    ColumnAnswer,
    FileKindAnswer,
    ImportAnswer,
    ImportProgressAnswer,
    RowProblemAnswer,
)
from banyan.api.sent_files import WORKBOOK, sent_file
from banyan.api.writes import accepted
from banyan.kernel.ids import encode_id
from banyan.transfer.actions.cancel_transfer import cancel_transfer
from banyan.transfer.actions.import_for_real import import_for_real
from banyan.transfer.actions.send_file import LONGEST_NAME, send_file
from banyan.transfer.columns import FileKind
from banyan.transfer.imports import imports, problems_of
from banyan.transfer.kinds import KINDS
from banyan.transfer.layouts import SEPARATORS, Layout
from banyan.transfer.layouts import WORKBOOK as WORKBOOK_NAME
from banyan.transfer.models import UNDER_WAY, Import, ImportStatus
from banyan.transfer.reference import columns_to_fill
from banyan.transfer.roles import role_for

router = Router()
Kind = Annotated[str, choice(*KINDS)]
BINARY = {"type": "string", "format": "binary"}
SEPARATOR_CALLED = {called: separator for separator, called in SEPARATORS.items()}


class NewImport(BaseModel):
    """How the file in the body is to be imported: the query of a POST."""

    model_config = ConfigDict(extra="forbid")

    kind: Annotated[Kind, Field(description="What the file holds, one of /file-kinds")]
    dry_run: Annotated[bool, Field(description="Say what would happen and change nothing")] = False
    all_or_nothing: Annotated[bool, Field(description="One bad row keeps all rows out")] = False
    file: Annotated[str, Field(max_length=LONGEST_NAME, description="What the file is called in lists")] = ""
    separator: Annotated[
        Literal["comma", "semicolon", "tab"], Field(description="What separates the cells of a CSV file")
    ] = "comma"
    decimal_comma: Annotated[bool, Field(description="Decimals are written 1234,50 in the file")] = False


class ImportFilters(Paging):
    """IMP-1."""

    kind: Annotated[str, among(KINDS)] | None = None
    status: Annotated[str, among(ImportStatus.values)] | None = None
    dry_run: bool | None = None
    all_or_nothing: bool | None = None
    file: str | None = None


@router.get("/file-kinds", response=Page[FileKindAnswer])
def list_file_kinds(request: HttpRequest, query: Query[Unsorted]) -> Page[FileKindAnswer]:
    """What a CSV file can hold, with the columns of each kind, in the order in which they depend on each other."""
    return page_of_list(Page[FileKindAnswer], KINDS.values(), query, each(_kind_answer))


@router.post(
    "/imports",
    response={202: ImportAnswer},
    openapi_extra={"requestBody": {"required": True, "content": {**TEXT, WORKBOOK: {"schema": BINARY}}}},
)
def post_import(request: HttpRequest, query: Query[NewImport]) -> Status[ImportAnswer]:
    """Send a CSV file, or an Excel workbook of which the first sheet is read, as the body; a worker imports it in one
    transaction, and its progress can be read meanwhile.

    Some kinds take a higher role in the root organization than others: `takes` of /file-kinds.
    """
    stream = sent_file(request)
    sent = send_file(
        query.kind,
        _name(query, request.content_type == WORKBOOK),
        stream,
        dry_run=query.dry_run,
        all_or_nothing=query.all_or_nothing,
        layout=Layout(SEPARATOR_CALLED[query.separator], query.decimal_comma),
    )
    return accepted(_import_answer(sent))


@router.get("/imports", response=Page[ImportAnswer])
def list_imports(request: HttpRequest, query: Query[ImportFilters]) -> Page[ImportAnswer]:
    """Files that were sent."""
    rows = matching(imports(), **query.model_dump(exclude=set(Paging.model_fields)))
    orders = {"created_at": "created_at", "file": "file"}
    return page_of(Page[ImportAnswer], rows, query, orders, each(_import_answer))


@router.get("/imports/{import_id}", response=ImportAnswer)
def get_import(request: HttpRequest, import_id: ImportId) -> ImportAnswer:
    """One file, how far it is and what became of it."""
    return _import_answer(found(imports(), import_id))


@router.get(
    "/imports/{import_id}/problems",
    openapi_extra={"responses": {200: {"description": "The problems", "content": TEXT}}},
)
def get_problems(request: HttpRequest, import_id: ImportId) -> StreamingHttpResponse:
    """Every problem of the latest run as CSV; the header alone where there is none, or the file is no longer kept."""
    row = found(imports(), import_id)
    return csv_pieces(f"problems of {row.file}", problems_of(row))


@router.post("/imports/{import_id}/import", response={202: ImportAnswer})
def post_import_for_real(request: HttpRequest, import_id: ImportId) -> Status[ImportAnswer]:
    """Import for real what a dry run has checked; takes the role that its kind takes."""
    return accepted(_import_answer(import_for_real(import_id)))


@router.post("/imports/{import_id}/cancel", response={202: ImportAnswer})
def post_cancel_import(request: HttpRequest, import_id: ImportId) -> Status[ImportAnswer]:
    """Stop an import that waits or is under way, unless it is done first: nothing of it goes in."""
    return accepted(_import_answer(cancel_transfer(Import, import_id)))


def _name(query: NewImport, is_workbook: bool) -> str:
    """As it was called; what is sent as a workbook is read as one, whatever its name."""
    name = query.file or f"{query.kind}{WORKBOOK_NAME if is_workbook else '.csv'}"
    return f"{name}{WORKBOOK_NAME}" if is_workbook and not name.lower().endswith(WORKBOOK_NAME) else name


def _kind_answer(kind: FileKind) -> FileKindAnswer:
    columns = [
        ColumnAnswer(
            name=column.name, required=column.required, holds=column.type.described_as, explained=column.explained
        )
        for column in columns_to_fill(kind)
    ]
    return FileKindAnswer(kind=kind.name, explained=kind.explained, takes=role_for(kind), columns=columns)


def _import_answer(row: Import) -> ImportAnswer:
    return ImportAnswer(
        id=encode_id("import", row.pk),
        progress=_progress_answer(row) if row.status in UNDER_WAY else None,
        problems=[RowProblemAnswer(**problem) for problem in row.problems],
        failure=row.failure or None,
        is_kept=not row.forgotten,
        separator=SEPARATORS[row.separator],
        **{name: getattr(row, name) for name in _AS_THEY_ARE},
    )


def _progress_answer(row: Import) -> ImportProgressAnswer:
    progress = row.progress
    return ImportProgressAnswer(
        rows=progress.rows,
        bytes_total=row.size,
        bytes_read=progress.bytes_read,
        trouble=progress.trouble or None,
    )


_AS_THEY_ARE: Sequence[str] = (
    *("kind", "file", "size", "dry_run", "all_or_nothing", "decimal_comma", "status", "sent_by", "run_by"),
    *("rows", "imported", "duplicates", "refused", "problem_count", "created_at", "started_at", "finished_at"),
)
