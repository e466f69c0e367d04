"""A price never changes (CAT-1): a new one replaces it."""

from django.db import migrations

PRICES_ARE_FIXED = """
CREATE FUNCTION banyan_guard_price() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'price % never changes; make a new one', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_price_never_changes';
END $$;
CREATE TRIGGER guard_price BEFORE UPDATE ON catalog_price FOR EACH ROW EXECUTE FUNCTION banyan_guard_price();
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = [migrations.RunSQL(PRICES_ARE_FIXED, migrations.RunSQL.noop)]
