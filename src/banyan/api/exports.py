"""/exports."""

from typing import Annotated

from django.http import FileResponse, HttpRequest, StreamingHttpResponse
from ninja import Query, Router
from ninja.responses import Status
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from banyan.api.csv_answers import TEXT, csv_pieces
from banyan.api.fields import Day, ExportId, among, choice
from banyan.api.pages import Page, Paging, each, page_of
from banyan.api.rows import found, matching
from banyan.api.schemas.exports import ExportAnswer, ExportProgressAnswer, NewExport
from banyan.api.writes import accepted, created
from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.refusals import Problems, unknown
from banyan.kernel.texts import shown
from banyan.transfer.actions.ask_for_export import ask_for_export
from banyan.transfer.actions.cancel_transfer import cancel_transfer
from banyan.transfer.actions.export_file import exported
from banyan.transfer.exports import exports, file_of
from banyan.transfer.kinds import KINDS
from banyan.transfer.models import UNDER_WAY, Export, ExportStatus
from banyan.transfer.roles import permitted

router = Router()
Kind = Annotated[str, choice(*KINDS)]
_KIND_OR_ID = {
    "anyOf": [{"type": "string", "examples": [encode_id("export", 12)]}, {"type": "string", "enum": [*KINDS]}]
}
KindOrId = Annotated[str, WithJsonSchema(_KIND_OR_ID)]


class ExportFilters(Paging):
    """IMP-2."""

    kind: Annotated[str, among(KINDS)] | None = None
    status: Annotated[str, among(ExportStatus.values)] | None = None
    on: Day | None = None
    for_spreadsheets: bool | None = None


class ExportOptions(BaseModel):
    """How rows are written, where a kind is named; see NewExport."""

    model_config = ConfigDict(extra="forbid")

    on: Day | None = None
    for_spreadsheets: Annotated[bool, Field(description="An apostrophe before what looks like a formula")] = False


@router.post("/exports", response={201: ExportAnswer})
def post_export(request: HttpRequest, body: NewExport) -> Status[ExportAnswer]:
    """Have the rows of a kind written by a worker, whose progress can be read meanwhile; takes the role of its import.

    What is written is what the key reaches when that is done; `takes` of /file-kinds tells the roles.
    """
    key = request.auth  # type: ignore[attr-defined]
    return created(_answer(ask_for_export(body.kind, key, on=body.on, for_spreadsheets=body.for_spreadsheets)))


@router.get("/exports", response=Page[ExportAnswer])
def list_exports(request: HttpRequest, query: Query[ExportFilters]) -> Page[ExportAnswer]:
    """Exports of the kinds that the key may take out, also those that others asked for."""
    rows = matching(exports(), **query.model_dump(exclude=set(Paging.model_fields)))
    return page_of(Page[ExportAnswer], rows, query, {"created_at": "created_at"}, each(_answer))


@router.get(
    "/exports/{kind_or_id}",
    response=ExportAnswer,
    openapi_extra={"responses": {200: {"description": "The export, or the rows of the kind", "content": TEXT}}},
)
def get_export(request: HttpRequest, kind_or_id: KindOrId, query: Query[ExportOptions]) -> ExportAnswer | FileResponse:
    """An export by its id: how far it is and what became of it. Or, by the name of a kind, all its rows right away.

    Those are of one moment, with the columns that an import takes, and take the role of its import; the answer waits
    until they are written, so that many are better asked for with POST.
    """
    number = decode_id("export", kind_or_id)
    if number is not None:
        _refuse_options(query)
        return _answer(found(exports(), number))
    if kind_or_id not in KINDS:
        raise unknown("kind_or_id", f"There is no kind of file and no export {shown(kind_or_id)}.")
    permitted(kind_or_id)
    file = exported(kind_or_id, on=query.on, for_spreadsheets=query.for_spreadsheets)
    name = f"{kind_or_id}.csv"
    return FileResponse(file, as_attachment=True, filename=name, content_type="text/csv; charset=utf-8")


@router.get(
    "/exports/{export_id}/file", openapi_extra={"responses": {200: {"description": "The rows", "content": TEXT}}}
)
def get_exported_file(request: HttpRequest, export_id: ExportId) -> StreamingHttpResponse:
    """The file of an export that is done, until two weeks later."""
    row = found(exports(), export_id)
    return csv_pieces(f"{row.kind}.csv", file_of(row))


@router.post("/exports/{export_id}/cancel", response={202: ExportAnswer})
def post_cancel_export(request: HttpRequest, export_id: ExportId) -> Status[ExportAnswer]:
    """Stop an export that waits or is under way, unless it is done first: there will be no file."""
    return accepted(_answer(cancel_transfer(Export, found(exports(), export_id).pk)))


def _refuse_options(options: ExportOptions) -> None:
    problems = Problems()
    for name in sorted(options.model_fields_set):
        problems.add(name, "unknown_parameter", f"{name} is not a parameter of an export", "API-5")
    problems.raise_if_any()


def _answer(row: Export) -> ExportAnswer:
    return ExportAnswer(
        id=encode_id("export", row.pk),
        kind=row.kind,
        on=row.on,
        for_spreadsheets=row.for_spreadsheets,
        status=row.status,
        asked_by=row.asked_by,
        progress=_progress_answer(row) if row.status in UNDER_WAY else None,
        rows=row.rows,
        size=row.size,
        failure=row.failure or None,
        is_kept=not row.forgotten,
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _progress_answer(row: Export) -> ExportProgressAnswer:
    progress = row.progress
    return ExportProgressAnswer(
        rows=progress.rows, rows_expected=progress.rows_expected, trouble=progress.trouble or None
    )
