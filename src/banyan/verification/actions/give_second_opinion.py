"""Bill payers of a run once more by other means, and keep what differs with the run (REL-E)."""

from banyan.billruns.models import BillRun, RunStatus
from banyan.billruns.reading import one_moment
from banyan.foundation.queries import read_settings
from banyan.verification.second_opinion.opinions import Opinion, on_run
from banyan.verification.second_opinion.sampling import payers_to_look_at

NOTHING_LEFT = (RunStatus.DISCARDED, RunStatus.REVERSED)


def give_second_opinion(run_id: int) -> Opinion | None:
    """Look at as many payers as the setting *Second Opinion* says, and at all that something was changed of.

    None where the setting is 0, or the run was discarded or reversed before somebody looked at it. Given again it
    replaces what was kept before.
    """
    many = read_settings().second_opinion
    run = BillRun.objects.filter(pk=run_id).exclude(status__in=NOTHING_LEFT).first()
    if not many or run is None:
        return None
    with one_moment():
        opinion = on_run(run_id, payers_to_look_at(run_id, many))
    BillRun.objects.filter(pk=run_id).update(second_opinion=opinion.document())
    return opinion
