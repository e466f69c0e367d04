"""Take a file away from a contract (CTR-1)."""

from django.db import transaction

from banyan.contracts.models import ContractDocument
from banyan.kernel.refusals import unknown


@transaction.atomic
def remove_document(contract_id: int, document_id: int) -> None:
    """The file is gone; the history of the contract keeps its name and size."""
    rows = ContractDocument.objects.defer("content").select_for_update(of=("self",))
    document = rows.filter(pk=document_id, contract_id=contract_id).first()
    if document is None:
        raise unknown("id", "The contract has no such document.", document_id)
    document.delete()
