"""What is attached to a contract (CTR-1): a file is put there, downloaded, taken away."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse

from banyan.console.confirming import asked, filled_in
from banyan.console.forms import ActionForm
from banyan.console.page import PageRequest, page
from banyan.contracts.actions.attach_document import LARGEST, attach_document
from banyan.contracts.actions.remove_document import remove_document
from banyan.contracts.models import Contract, ContractDocument
from banyan.contracts.queries import documents_of
from banyan.foundation.file_names import as_attachment
from banyan.kernel.refusals import unknown

MEGABYTE = 1024 * 1024


class DocumentForm(ActionForm):
    content = forms.FileField(
        label="File", allow_empty_file=True, help_text=f"Up to {LARGEST // MEGABYTE} MB, of any kind."
    )
    name = forms.CharField(max_length=200, required=False, help_text="Blank: the name of the file.")

    def field_for(self, name: str) -> str | None:
        """What kind of file it is, the file says."""
        return super().field_for("content" if name == "media_type" else name)


@page("POST contracts/*/documents")
def attach(request: PageRequest, contract: int) -> HttpResponse:
    """A file is put with the contract."""
    row, back = Contract.reachable.get(pk=contract), reverse("contract", args=[contract])
    form = DocumentForm(request.POST or None, request.FILES or None)

    def act() -> tuple[str, str]:
        file, name = form.cleaned_data["content"], form.cleaned_data["name"]
        made = attach_document(contract, name or file.name, _read(file), file.content_type)
        return f"{made.name} is attached.", back

    return filled_in(request, form, {"name": f"Attach to {row.number}", "text": "Attach", "back": back}, act)


@page("GET contracts/*/documents/*")
def download(request: PageRequest, contract: int, document: int) -> HttpResponse:
    """The file."""
    row = _document(contract, document)
    answer = HttpResponse(bytes(row.content), content_type=row.media_type)
    answer["Content-Disposition"] = as_attachment(row.name)
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@page("DELETE contracts/*/documents/*")
def remove(request: PageRequest, contract: int, document: int) -> HttpResponse:
    """Asks, then takes the file away."""
    row, back = _document(contract, document), reverse("contract", args=[contract])
    context = {
        "question": f"Remove {row.name}?",
        "says": "The file is deleted for good; the history of the contract keeps its name and size.",
        "text": "Remove",
        "danger": True,
        "back": back,
    }
    return asked(request, context, lambda: remove_document(contract, document), f"{row.name} is removed.", back)


def _read(file: "UploadedFile[Any]") -> bytes:
    """The content; of a file that is too large only so much that it is refused for that."""
    return bytes(file.read(LARGEST + 1))


def _document(contract: int, document: int) -> ContractDocument:
    row = documents_of(contract).filter(pk=document).first()
    if row is None:
        raise unknown("address", "The contract has no such document.", document)
    return row
