"""What is verified while others work."""

from banyan.foundation.jobs import job
from banyan.verification.actions import give_second_opinion as verb


@job
def give_second_opinion(run_id: int) -> None:
    """Look once more at a run that has ended; no run waits for it."""
    verb.give_second_opinion(run_id)
