"""CSV files (IMP-2): everything that can be imported, to download."""

from django.http import FileResponse, Http404, HttpResponse

from banyan.console.page import PageRequest, page, show, text_in
from banyan.transfer.actions.export_file import exported
from banyan.transfer.kinds import KINDS
from banyan.transfer.reference import columns_to_fill
from banyan.transfer.roles import kinds_to_transfer, may_transfer, permitted

TAKES = "GET exports"


@page(TAKES)
def files(request: PageRequest) -> HttpResponse:
    """The kinds of files that the visitor may have; `?kind=` explains the columns of one."""
    asked = KINDS.get(text_in(request, "kind"))
    kind = asked if asked and may_transfer(asked) else None
    context = {
        "kinds": [(each, label_of(each.name)) for each in kinds_to_transfer()],
        "kind": kind,
        "label": label_of(kind.name) if kind else "",
        "columns": columns_to_fill(kind) if kind else (),
    }
    return show(request, "files.html", context)


@page(TAKES)
def export(request: PageRequest, kind: str) -> FileResponse:
    """All rows of a kind as of this moment, with the columns that an import takes."""
    if kind not in KINDS:
        raise Http404
    permitted(kind)
    file = exported(kind, for_spreadsheets="spreadsheet" in request.GET)
    return FileResponse(file, as_attachment=True, filename=f"{kind}.csv", content_type="text/csv; charset=utf-8")


def label_of(kind: str) -> str:
    """What a kind is called on pages: `bill-cycles` are Bill cycles."""
    return kind.replace("-", " ").capitalize()
