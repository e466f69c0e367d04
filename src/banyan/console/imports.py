"""CSV files that come in (IMP-1): sent, tried, imported for real, with live progress and every problem."""

from typing import Any

import django_tables2
from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from banyan.console import localized
from banyan.console.choices import as_words, offer, select
from banyan.console.confirming import asked
from banyan.console.downloads import download
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, done, page, row_at, show, text_in
from banyan.console.resources.columns import Moment, Number, Text
from banyan.console.transfers import Told, TransferTable, cancelled, in_words, kinds_to_choose, label_of, watched
from banyan.foundation.uploads import MIB, upload_limit
from banyan.kernel.refusals import Refusal
from banyan.transfer.actions.import_for_real import import_for_real, why_not
from banyan.transfer.actions.send_file import LONGEST_NAME, send_file
from banyan.transfer.imports import imports, problems_of
from banyan.transfer.kinds import KINDS
from banyan.transfer.layouts import SEPARATORS, Layout
from banyan.transfer.models import Import, ImportStatus
from banyan.transfer.reference import columns_to_fill, template
from banyan.transfer.roles import may_transfer, permitted

LIST, ONE, NEW = "GET imports", "GET imports/*", "POST imports"
FOR_REAL, CANCEL = "POST imports/*/import", "POST imports/*/cancel"
ALL_OR_NOTHING, GOOD_ROWS = "all", "good"
POINT, COMMA = "point", "comma"


class ImportFilters(Filters):
    """What the list shows."""

    kind = forms.ChoiceField(
        choices=lambda: [("", "All kinds"), *((name, label_of(name)) for name in KINDS)],
        required=False,
        widget=select(),
    )
    status = forms.ChoiceField(
        choices=[("", "Any status"), *as_words(ImportStatus.values)], required=False, widget=select()
    )


class ImportTable(TransferTable):
    caption = "Imports"
    file = django_tables2.TemplateColumn(template_name="console/imports/file.html")
    kind = Text("Kind")
    problem_count = Number("Problems")
    run_by = Text("By")
    created_at = Moment("Sent")

    class Meta:
        sequence = ("file", "kind", "status", "rows", "problem_count", "run_by", "created_at")

    def render_kind(self, value: str) -> str:
        """In words."""
        return label_of(value)

    def told(self, record: Import) -> Told:
        """What has become of it."""
        return told(record)


class NewImportForm(ActionForm):
    kind = forms.ChoiceField(label="What the file holds")
    file = forms.FileField(
        label="CSV file or Excel workbook",
        max_length=LONGEST_NAME,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx,text/csv"}),
    )
    separator = forms.ChoiceField(
        label="Cells are separated by",
        choices=[(called, f"{called.capitalize()}s") for called in SEPARATORS.values()],
        required=False,
        help_text="In a CSV file; a workbook needs none.",
        widget=select(),
    )
    decimals = forms.ChoiceField(
        label="Decimals are written",
        choices=[(POINT, "1234.50"), (COMMA, "1234,50")],
        required=False,
        widget=select(),
    )
    rows = forms.ChoiceField(
        label="When some rows are bad",
        choices=[(ALL_OR_NOTHING, "Keep all rows out"), (GOOD_ROWS, "Let the good rows in")],
        widget=forms.RadioSelect,
        initial=ALL_OR_NOTHING,
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        offer(self, "kind", kinds_to_choose())

    def field_for(self, name: str) -> str | None:
        """What is wrong with the columns is told at the file."""
        return super().field_for(name) or "file"


@page(LIST)
def import_list(request: PageRequest) -> HttpResponse:
    """The files that were sent, newest first."""
    filters = ImportFilters(request.GET)
    asked = filters.asked()
    table = ImportTable(request, imports().filter(**asked).order_by("-pk"))
    return show(request, "imports/list.html", {"filters": filters, "table": table, "is_filtered": bool(asked)})


@page(NEW)
def new_import(request: PageRequest) -> HttpResponse:
    """Choose a kind, whose columns are explained, and a file; it is tried before anything is changed."""
    asked = text_in(request, "kind")
    is_sent = request.method == "POST"
    form = NewImportForm(*((request.POST, request.FILES) if is_sent else ()), initial={"kind": asked or "customers"})
    if form.is_valid():
        given = form.cleaned_data
        try:
            sent = send_file(
                given["kind"],
                given["file"].name,
                given["file"].file,
                dry_run=True,
                all_or_nothing=given["rows"] == ALL_OR_NOTHING,
                layout=_layout(given["separator"], given["decimals"]),
            )
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            return done(request, "The file is sent, and is being checked.", "import", sent=sent.pk)
    kind = KINDS.get(str(form["kind"].value())) or KINDS["customers"]
    context = {
        "form": form,
        "kind": kind,
        "label": label_of(kind.name),
        "columns": sorted(columns_to_fill(kind), key=lambda column: not column.required),
        "limit": upload_limit(),
        "limit_mib": upload_limit() // MIB,
        "crumbs": [("Imports", reverse("import_list"))],
    }
    return show(request, "imports/new.html", context, status=422 if form.errors else 200)


@page(NEW)
def template_file(request: PageRequest, kind: str) -> StreamingHttpResponse:
    """A file of the kind with its header alone, to fill in."""
    return download(f"{kind}.csv", iter([template(permitted(kind))]))


def _layout(separator: str, decimals: str) -> Layout:
    called = {name: each for each, name in SEPARATORS.items()}
    return Layout(called.get(separator, ","), decimals == COMMA)


@page(ONE)
def one_import(request: PageRequest, sent: int) -> HttpResponse:
    """One file: how far it is, what became of it, its problems."""
    found = _import(sent)
    context = {
        **watched(found, told(found)),
        "sent": found,
        "may_cancel": may_transfer(KINDS[found.kind]),
        "can_import": may_transfer(KINDS[found.kind]) and why_not(found) is None,
        "crumbs": [("Imports", reverse("import_list"))],
    }
    return show(request, "imports/one.html", context)


@page(ONE)
def problems_file(request: PageRequest, sent: int) -> StreamingHttpResponse:
    """Every problem of the latest run."""
    found = _import(sent)
    return download(f"problems of {found.file}", problems_of(found))


@page(FOR_REAL)
def for_real(request: PageRequest, sent: int) -> HttpResponse:
    """Import what was checked, after saying how many rows that is."""
    found = _import(sent)
    permitted(found.kind)
    rows = ngettext("{number} row", "{number} rows", found.imported).format(number=localized.number(found.imported))
    says = f"{rows} of {found.file} will go in" + (f", {found.refused:,} stay out." if found.refused else ".")
    context = {
        "question": "Import for real?",
        "says": f"{says} What they make is in the history under your name.",
        "text": "Import",
        "back": reverse("import", kwargs={"sent": sent}),
    }
    return asked(request, context, lambda: import_for_real(sent), "The file is being imported.", str(context["back"]))


@page(CANCEL)
def cancel_import(request: PageRequest, sent: int) -> HttpResponse:
    """Stop it, after saying that nothing goes in."""
    found = _import(sent)
    permitted(found.kind)
    return cancelled(request, found, "import", "Nothing of it goes in.", reverse("import", kwargs={"sent": sent}))


def told(sent: Import) -> Told:
    """What has become of it."""
    match sent.status:
        case ImportStatus.CHECKED if not sent.problem_count:
            return "completed", "Ready to import"
        case ImportStatus.CHECKED:
            return "completed_with_errors", "Problems found"
        case ImportStatus.DONE if sent.problem_count:
            return "completed_with_errors", "Imported in part"
        case _:
            return in_words(sent, "Imported", "Checking" if sent.dry_run else "Importing")


def _import(number: int) -> Import:
    return row_at(imports(), number)
