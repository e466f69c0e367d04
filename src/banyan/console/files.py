"""CSV files (IMP-2): everything that can be imported, to download."""

from tempfile import TemporaryFile

from django.http import FileResponse, Http404, HttpResponse

from banyan.console.page import PageRequest, page, show, text_in
from banyan.transfer.actions.export_file import export_file
from banyan.transfer.kinds import KINDS
from banyan.transfer.reference import columns_of_kind

TAKES = "GET history"
"""An export holds everything of the tenant, like its history."""


@page(TAKES)
def files(request: PageRequest) -> HttpResponse:
    """The kinds of files with their columns; `?kind=` explains one."""
    kind = text_in(request, "kind")
    explained = columns_of_kind(kind) if kind in KINDS else ""
    return show(request, "files.html", {"kinds": KINDS.values(), "kind": kind, "explained": explained})


@page(TAKES)
def export(request: PageRequest, kind: str) -> FileResponse:
    """All rows of a kind as of this moment, with the columns that an import takes."""
    if kind not in KINDS:
        raise Http404
    file = TemporaryFile()  # noqa: SIM115  (the answer closes it)
    export_file(kind, file, for_spreadsheets="spreadsheet" in request.GET)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=f"{kind}.csv", content_type="text/csv; charset=utf-8")
