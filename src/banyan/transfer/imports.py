"""Reads of files that were sent."""

from collections.abc import Iterator

from django.db.models import QuerySet

from banyan.transfer.models import Content, Import
from banyan.transfer.pieces import contents_of
from banyan.transfer.report import no_problems


def imports() -> QuerySet[Import]:
    """Files that were sent, with how far they are."""
    return Import.objects.select_related("progress").order_by("id")


def problems_of(sent: Import) -> Iterator[bytes]:
    """The problems file of the latest run, in pieces; its header where there are no problems, or none are kept."""
    if sent.forgotten or not sent.problem_count:
        return iter([no_problems()])
    return contents_of(sent.pieces.filter(content=Content.PROBLEMS))
