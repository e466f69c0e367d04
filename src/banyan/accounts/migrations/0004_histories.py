"""The history of contacts and notes, on their account (ACC-12, ACC-16); that of lists; a first contact category."""

from django.db import migrations

from banyan.foundation.history import record_history, record_part

CONTACT = """jsonb_build_object('name', entry.name, 'email', entry.email, 'phone', entry.phone,
            'category', (SELECT category.name FROM accounts_contactcategory category WHERE category.id = entry.category_id))"""

NOTES_KEEP_THEIR_AUTHOR = """
CREATE FUNCTION banyan_guard_note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'note % keeps its account, author and time', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_note_keeps_its_author';
END $$;
CREATE TRIGGER guard_note BEFORE UPDATE ON accounts_note FOR EACH ROW
    WHEN ((NEW.account_id, NEW.author, NEW.at) IS DISTINCT FROM (OLD.account_id, OLD.author, OLD.at))
    EXECUTE FUNCTION banyan_guard_note();
"""

FIRST_CONTACT_CATEGORY = """
INSERT INTO accounts_contactcategory (name) SELECT 'General' WHERE EXISTS (SELECT 1 FROM accounts_accountcategory);
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_contacts_notes_custom_fields"), ("foundation", "0001_initial")]
    operations = [
        record_part("accounts_contact", "contact", CONTACT, "account", "account_id"),
        record_part("accounts_note", "note", "to_jsonb(entry.text)", "account", "account_id"),
        migrations.RunSQL(NOTES_KEEP_THEIR_AUTHOR, migrations.RunSQL.noop),
        migrations.RunSQL(FIRST_CONTACT_CATEGORY, migrations.RunSQL.noop),
        record_history("accounts_accountcategory", "account_category"),
        record_history("accounts_contactcategory", "contact_category"),
        record_history("accounts_paymentterm", "payment_term"),
        record_history("accounts_customfield", "custom_field"),
    ]
