"""Usage that came in is never changed or deleted (USE-4): it is corrected by further events, so that what was billed of it can
be worked out for ever.
"""

from django.db import migrations

EVENTS_STAY = """
CREATE FUNCTION banyan_guard_usage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'usage that came in is never changed or deleted; correct it by another event'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'usage_stays';
END $$;
CREATE TRIGGER guard_usage BEFORE UPDATE OR DELETE ON usage_usageevent
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage();
CREATE TRIGGER guard_usage_truncate BEFORE TRUNCATE ON usage_usageevent
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_usage();
CREATE TRIGGER guard_counted_id BEFORE UPDATE OR DELETE ON usage_countedid
    FOR EACH ROW EXECUTE FUNCTION banyan_guard_usage();
CREATE TRIGGER guard_counted_id_truncate BEFORE TRUNCATE ON usage_countedid
    FOR EACH STATEMENT EXECUTE FUNCTION banyan_guard_usage();
"""


class Migration(migrations.Migration):
    dependencies = [("usage", "0002_months")]
    operations = [migrations.RunSQL(EVENTS_STAY, migrations.RunSQL.noop)]
