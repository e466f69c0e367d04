"""The jobs of a bill run, for any worker. Each may be done twice: what is done already is left as it is.

The run waits while a job is tried again; after any other failure it is given up.
"""

from functools import partial

from banyan.billruns import deciding, ending, run
from banyan.billruns.models import Batch
from banyan.foundation.jobs import Waiting, job
from banyan.foundation.outages import NO_ROOM


def _run(run_id: int) -> Waiting:
    return Waiting(("bill run", run_id), partial(ending.give_up, run_id), partial(ending.note_trouble, run_id))


def _run_of_batch(batch_id: int) -> Waiting:
    return _run(Batch.objects.values_list("run_id", flat=True).get(pk=batch_id))


@job(waiting=_run)
def plan_run(run_id: int) -> None:
    """Cut a run into batches and have each billed."""
    batches = run.plan(run_id)
    bill_batch.enqueue_each({"batch_id": batch} for batch in batches)
    if not batches:
        ending.finish(run_id)
    ending.forget_trouble(run_id, NO_ROOM)


@job(waiting=_run_of_batch)
def bill_batch(batch_id: int) -> None:
    """Bill a batch; whoever does the last one ends the run."""
    _end_if_it_was_the_last(run.bill_batch(batch_id))


@job(waiting=_run_of_batch)
def decide_batch(batch_id: int) -> None:
    """Issue, discard or reverse the invoices of a batch; whoever does the last one ends the run."""
    _end_if_it_was_the_last(deciding.decide_batch(batch_id))


def _end_if_it_was_the_last(run_id: int) -> None:
    ending.finish(run_id)
    ending.forget_trouble(run_id, NO_ROOM)
