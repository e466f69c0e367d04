"""The jobs of a bill run, for any worker. Each may be done twice: what is done already is left as it is."""

from banyan.billruns import run
from banyan.foundation.jobs import job


@job
def plan_run(run_id: int) -> None:
    """Cut a run into batches and have each billed."""
    batches = run.plan(run_id)
    bill_batch.enqueue_each({"batch_id": batch} for batch in batches)
    if not batches:
        run.finish(run_id)


@job
def bill_batch(batch_id: int) -> None:
    """Bill a batch; whoever does the last one ends the run."""
    run.finish(run.bill_batch(batch_id))
