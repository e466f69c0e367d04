"""Cancel a usage event (USE-4)."""

from django.db import transaction

from banyan.kernel.refusals import Problems
from banyan.usage.correcting import check_reason, lock_event, take_back
from banyan.usage.models import CorrectionKind


@transaction.atomic
def cancel_event(event_id: str, reason: str, account: int | None = None) -> None:
    """The event counts no more, as if it had not been sent; its id stays taken. It is kept, with who, when and why.

    What was billed for it is credited by the next run. Refused: an unknown event or account, one that was cancelled
    before, no reason, and an id that several accounts have while no `account` is named.
    """
    problems = Problems()
    held = lock_event(event_id, account, problems)
    check_reason(reason, problems)
    problems.raise_if_any()
    assert held is not None
    event, _ = held
    take_back(event, CorrectionKind.CANCELLED, reason)
