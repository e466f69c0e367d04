"""Bill runs."""

from banyan.verification.check import Check

RUNS = (
    Check(
        "RUN-1",
        "a bill cycle has one run at a time",
        "SELECT count(*) FROM billruns_billrun WHERE mode = 'bill'",
        """
        SELECT format('bill cycle %s has %s runs under way', bill_cycle_id, count(*)) FROM billruns_billrun
        WHERE mode = 'bill' AND status IN ('queued', 'running', 'awaiting_approval')
        GROUP BY bill_cycle_id HAVING count(*) > 1""",
    ),
    Check(
        "RUN-2",
        "a run that has ended has done all its batches",
        "SELECT count(*) FROM billruns_batch",
        """
        SELECT format('batch %s of run %s, which is %s', batch.id, run.id, run.status)
        FROM billruns_batch batch JOIN billruns_billrun run ON run.id = batch.run_id
        WHERE NOT batch.done AND run.status IN ('completed', 'completed_with_errors', 'discarded', 'reversed')""",
    ),
    Check(
        "RUN-9",
        "a completed run has proved itself",
        "SELECT count(*) FROM billruns_billrun WHERE mode = 'bill'",
        """
        SELECT format('run %s is %s', id, status) FROM billruns_billrun
        WHERE mode = 'bill' AND status IN ('completed', 'completed_with_errors')
          AND (certificate IS NULL OR jsonb_path_exists(certificate, '$.checks[*] ? (@.holds == false)'))""",
    ),
    Check(
        "RUN-8",
        "a run that is reversed or discarded has left nothing behind",
        "SELECT count(*) FROM billruns_billrun WHERE status IN ('reversed', 'discarded')",
        """
        SELECT format('invoice %s is %s, its run %s', invoice.id, invoice.status, run.status)
        FROM billruns_billrun run JOIN invoices_invoice invoice ON invoice.bill_run_id = run.id
        WHERE (run.status = 'reversed' AND invoice.status <> 'void') OR run.status = 'discarded'""",
    ),
)
