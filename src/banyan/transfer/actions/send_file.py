"""Take a file that somebody sends, to be imported by a worker."""

from functools import partial
from typing import BinaryIO

from django.db import transaction

from banyan.foundation.history import current_actor
from banyan.foundation.uploads import upload_limit
from banyan.kernel.refusals import invalid
from banyan.kernel.texts import control_character_in
from banyan.transfer.actions.import_file import COMMAS
from banyan.transfer.jobs import run_import
from banyan.transfer.layouts import Layout, rows_in
from banyan.transfer.models import Content, Import, ImportProgress
from banyan.transfer.pieces import keep, opened
from banyan.transfer.roles import permitted

LONGEST_NAME = 200


def send_file(
    kind: str,
    name: str,
    stream: BinaryIO,
    *,
    dry_run: bool = True,
    all_or_nothing: bool = True,
    layout: Layout = COMMAS,
) -> Import:
    """Keep a file and have it imported, or tried, under the name of the current actor; its progress can be read.

    With `all_or_nothing` one bad row keeps all of them out; without, the good ones go in. Refused (IMP-1): a kind that
    there is not or that takes a higher role (ORG-3), a file that is too large, has no header that can be read, or
    columns that its kind has not.
    """
    file_kind = permitted(kind)
    if not 0 < len(name) <= LONGEST_NAME or control_character_in(name):
        message = f"a file is called with 1 to {LONGEST_NAME} characters, none of them a control character"
        raise invalid("file", "invalid_name", message, "IMP-1", name[:LONGEST_NAME])
    actor = str(current_actor())
    with transaction.atomic():
        sent = Import.objects.create(
            kind=kind,
            file=name,
            size=0,
            dry_run=dry_run,
            all_or_nothing=all_or_nothing,
            separator=layout.separator,
            decimal_comma=layout.decimal_comma,
            sent_by=actor,
            run_by=actor,
        )
        ImportProgress.objects.create(of=sent)
        sent.size = keep(stream, partial(sent.pieces.create, content=Content.FILE), upload_limit())
        sent.save(update_fields=["size"])
        file_kind.columns_of(rows_in(opened(sent.pieces.filter(content=Content.FILE)), name, layout).header)
        run_import.enqueue_long(import_id=sent.pk)
    sent.refresh_from_db()
    return sent
