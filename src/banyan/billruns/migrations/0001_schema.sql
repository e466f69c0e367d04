-- Who started, approved, discarded, reversed or retried a run, and why (RUN-11).
CREATE TRIGGER record_history AFTER INSERT OR UPDATE OR DELETE ON billruns_billrun
    FOR EACH ROW EXECUTE FUNCTION banyan_record_history('bill_run', '{created_at,started_at,step_began_at,finished_at,planned_in,payers_total,certificate,second_opinion,trouble,warnings_in_all}');
