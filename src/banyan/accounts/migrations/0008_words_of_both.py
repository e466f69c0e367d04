"""One column of words for an account, its customer's among them (PERF-5).

What an account is found by stood in two tables, so that every search read both. The words are made when a row comes,
when something of it that is searched changes, and when the customer's words do: emptied, they are made anew. Whoever
opens an account holds its customer's words still until the row can be seen, so none is left behind.
"""

from django.db import migrations

WORDS = """
DROP INDEX account_by_words;
ALTER TABLE accounts_account ALTER COLUMN search DROP EXPRESSION;
ALTER TABLE accounts_account DISABLE TRIGGER USER;
UPDATE accounts_account account SET search = account.search || customer.search
    FROM accounts_customer customer WHERE customer.id = account.customer_id;
ALTER TABLE accounts_account ENABLE TRIGGER USER;
ALTER TABLE accounts_account ALTER COLUMN search SET NOT NULL;
CREATE INDEX account_by_words ON accounts_account USING gin (search) WITH (fastupdate = off);

CREATE FUNCTION banyan_account_words() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_customer tsvector;
BEGIN
    SELECT search INTO of_customer FROM accounts_customer WHERE id = NEW.customer_id FOR SHARE;
    NEW.search := array_to_tsvector(banyan_search_words(
        NEW.number || ' ' || coalesce(NEW.external_number, '') || ' ' || NEW.contact_email || ' ' || NEW.name, true
    )) || coalesce(of_customer, '');
    RETURN NEW;
END $$;
CREATE TRIGGER words_of_new BEFORE INSERT ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION banyan_account_words();
CREATE TRIGGER words_of_changed BEFORE UPDATE ON accounts_account FOR EACH ROW
    WHEN (NEW.search IS NULL OR (OLD.customer_id, OLD.number, OLD.external_number, OLD.contact_email, OLD.name)
          IS DISTINCT FROM (NEW.customer_id, NEW.number, NEW.external_number, NEW.contact_email, NEW.name))
    EXECUTE FUNCTION banyan_account_words();

CREATE FUNCTION banyan_pass_words_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE accounts_account SET search = NULL WHERE customer_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER pass_words_on AFTER UPDATE ON accounts_customer FOR EACH ROW
    WHEN (OLD.search IS DISTINCT FROM NEW.search) EXECUTE FUNCTION banyan_pass_words_on();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_search")]
    operations = [
        migrations.RunSQL(WORDS, migrations.RunSQL.noop),
        # Its place is taken by an index that the links keep small (relations, 0004).
        migrations.RemoveIndex("account", "active_account_by_number"),
    ]
