"""CSV files that go out (IMP-2): asked for, watched while they are written, downloaded."""

from typing import Any

import django_tables2
from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.template.defaultfilters import filesizeformat
from django.urls import reverse

from banyan.console.choices import offer
from banyan.console.confirming import filled_in
from banyan.console.downloads import download
from banyan.console.fields import DayField
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, page, row_at, show, text_in
from banyan.console.resources.columns import Moment, Text
from banyan.console.transfers import Told, TransferTable, cancelled, in_words, kinds_to_choose, label_of, watched
from banyan.transfer.actions.ask_for_export import ask_for_export
from banyan.transfer.exports import exports, file_of, is_at_hand
from banyan.transfer.kinds import KINDS
from banyan.transfer.models import Export
from banyan.transfer.reference import columns_to_fill
from banyan.transfer.roles import kinds_to_transfer, may_transfer

LIST, ONE, NEW, CANCEL = "GET exports", "GET exports/*", "POST exports", "POST exports/*/cancel"


class ExportTable(TransferTable):
    caption = "Exports"
    kind = django_tables2.TemplateColumn(template_name="console/exports/kind.html")
    size = Text("Size")
    asked_by = Text("By")
    created_at = Moment("Asked for")

    class Meta:
        sequence = ("kind", "status", "rows", "size", "asked_by", "created_at")

    def render_size(self, value: int) -> str:
        """Of a file that is written."""
        return filesizeformat(value) if value else ""

    def told(self, record: Export) -> Told:
        """What has become of it."""
        return told(record)


class NewExportForm(ActionForm):
    kind = forms.ChoiceField(label="What the file is to hold")
    on = DayField(
        label="As of",
        required=False,
        help_text="Relations, terms and payers of that day; blank is today. Most kinds are the same on every day.",
    )
    for_spreadsheets = forms.BooleanField(
        label="For a spreadsheet",
        required=False,
        help_text="Puts an apostrophe before what it would run as a formula. Such a file is not for importing.",
    )

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        offer(self, "kind", kinds_to_choose())


@page(LIST)
def export_list(request: PageRequest) -> HttpResponse:
    """What was taken out, newest first, and what there is to take out; `?kind=` explains the columns of one."""
    asked = KINDS.get(text_in(request, "kind"))
    kind = asked if asked and may_transfer(asked) else None
    context = {
        "table": ExportTable(request, exports().order_by("-pk")),
        "kinds": [(each, label_of(each.name)) for each in kinds_to_transfer()],
        "kind": kind,
        "label": label_of(kind.name) if kind else "",
        "columns": columns_to_fill(kind) if kind else (),
    }
    return show(request, "exports/list.html", context)


@page(NEW)
def new_export(request: PageRequest) -> HttpResponse:
    """Choose a kind, and how it is written."""
    form = NewExportForm(request.POST or None, initial={"kind": text_in(request, "kind")})

    def ask() -> tuple[str, str]:
        export = ask_for_export(asked_by=request.user, **form.values())
        return "The file is being written.", reverse("export", kwargs={"export": export.pk})

    return filled_in(request, form, {"name": "Export", "text": "Write the file", "back": reverse("export_list")}, ask)


@page(ONE)
def one_export(request: PageRequest, export: int) -> HttpResponse:
    """One file: how far it is, then the file itself."""
    found = _export(export)
    context = {
        **watched(found, told(found), found.progress.rows_expected),
        "export": found,
        "is_at_hand": is_at_hand(found),
        "crumbs": [("Exports", reverse("export_list"))],
    }
    return show(request, "exports/one.html", context)


@page(ONE)
def exported_file(request: PageRequest, export: int) -> StreamingHttpResponse:
    """The file."""
    found = _export(export)
    return download(f"{found.kind}.csv", file_of(found))


@page(CANCEL)
def cancel_export(request: PageRequest, export: int) -> HttpResponse:
    """Stop it, after saying that there will be no file."""
    address = reverse("export", kwargs={"export": export})
    return cancelled(request, _export(export), "export", "There will be no file.", address)


def told(export: Export) -> Told:
    """What has become of it."""
    return in_words(export, "Ready", "Writing")


def _export(number: int) -> Export:
    return row_at(exports(), number)
