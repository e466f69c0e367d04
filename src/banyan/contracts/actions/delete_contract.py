"""Delete a contract that nothing was subscribed to under (CTR-1)."""

from banyan.contracts.models import Contract
from banyan.foundation.deleting import delete_unused


def delete_contract(contract_id: int) -> None:
    """The contract and its documents are gone; refused once a subscription belongs to it: terminate it instead."""
    delete_unused(Contract, contract_id, "CTR-1")
