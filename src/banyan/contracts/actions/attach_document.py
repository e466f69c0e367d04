"""Attach a file to a contract (CTR-1)."""

import re

from django.db import transaction

from banyan.accounts.named import locked
from banyan.contracts.models import Contract, ContractDocument
from banyan.foundation.clock import now
from banyan.foundation.declared import checks
from banyan.foundation.declared.checks import is_blank
from banyan.foundation.history import current_actor
from banyan.kernel.refusals import Problems
from banyan.kernel.texts import shown

LARGEST = 10 * 1024 * 1024
"""Bytes of a document: it is kept in the database, and read as a whole."""

ANY_MEDIA = "application/octet-stream"
_MEDIA_TYPE = re.compile(r"[A-Za-z0-9][\w.+-]*/[A-Za-z0-9][\w.+-]*", re.ASCII)


@transaction.atomic
def attach_document(contract_id: int, name: str, content: bytes, media_type: str | None = None) -> ContractDocument:
    """Keep the file with the contract, under a name; it never changes, and can be removed."""
    contract = locked(Contract, contract_id, "contract")
    problems = Problems()
    if is_blank(name):
        problems.add("name", "required", "A document needs a name.", "CTR-1", name)
    checks.text(200, "CTR-1")("name", name, problems)
    media_type = media_type or ANY_MEDIA
    if len(media_type) > 100 or not _MEDIA_TYPE.fullmatch(media_type):
        message = f"{shown(media_type)} is not a media type such as application/pdf."
        problems.add("media_type", "not_a_media_type", message, "CTR-1", media_type)
    if not 0 < len(content) <= LARGEST:
        message = f"The document has {len(content):,} bytes; give 1 to {LARGEST:,}."
        problems.add("content", "out_of_range", message, "CTR-1", len(content))
    problems.raise_if_any()
    return ContractDocument.objects.create(
        contract=contract,
        name=name,
        media_type=media_type,
        size=len(content),
        content=content,
        uploaded_by=str(current_actor()),
        uploaded_at=now(),
    )
