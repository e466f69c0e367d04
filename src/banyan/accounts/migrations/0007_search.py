"""What customers and accounts are found by, a million of them too (PERF-5).

`search` holds the words of a row as a text-search vector, which finds beginnings of words by an index and needs no
extension. The words are our own: what PostgreSQL's parser takes for hosts, numbers or paths can't be searched by parts.
The functions name no other function of ours, since a dump is restored without a search path.
"""

from django.db import migrations

from banyan.foundation.history import record_creations_in_sets

SIGN = "[!-/:-@[-`{-~«»“”„‘’‚–—·]"
LONGEST_WORD = 100

WORDS = f"""
CREATE FUNCTION banyan_search_words(given text, with_parts boolean) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    plain text := translate(lower(given), E'\\t\\n\\r\\f\\x0b\\x01', '      ');
    word text;
    part text;
    words text[] := '{{}}';
BEGIN
    IF octet_length(plain) <> char_length(plain) THEN
        plain := regexp_replace(lower(normalize(plain, NFKD)), '[\\u0300-\\u036f]', '', 'g');
        plain := replace(replace(translate(plain, 'łøđðıħ', 'loddih'), 'ß', 'ss'), 'æ', 'ae');
        plain := regexp_replace(replace(replace(plain, 'œ', 'oe'), 'þ', 'th'), '\\s', ' ', 'g');
    END IF;
    plain := regexp_replace(plain, '({SIGN}+)', E'\\\\1\\x01', 'g');
    FOREACH word IN ARRAY string_to_array(plain, ' ') LOOP
        CONTINUE WHEN word = '';
        IF strpos(word, E'\\x01') = 0 THEN
            words := words || left(word, {LONGEST_WORD});
            CONTINUE;
        END IF;
        part := replace(word, E'\\x01', '');
        IF part !~ '^{SIGN}' OR part ~ '^{SIGN}+$' THEN
            words := words || left(part, {LONGEST_WORD});
            CONTINUE WHEN NOT with_parts;
        END IF;
        WHILE strpos(word, E'\\x01') > 0 LOOP
            word := substr(word, strpos(word, E'\\x01') + 1);
            part := replace(word, E'\\x01', '');
            EXIT WHEN part = '';
            words := words || left(part, {LONGEST_WORD});
            EXIT WHEN NOT with_parts;
        END LOOP;
    END LOOP;
    RETURN words;
END $$;
"""

QUERY = """
CREATE FUNCTION banyan_search_query(typed text) RETURNS tsquery
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT string_agg('''' || replace(replace(word, '\\', '\\\\'), '''', '''''') || ''':*', ' & ')::tsquery
    FROM unnest(banyan_search_words(typed, false)) AS word
$$;
"""

COLUMN = """
ALTER TABLE {table} ADD COLUMN search tsvector
    GENERATED ALWAYS AS (array_to_tsvector(banyan_search_words({held}, true))) STORED;
CREATE INDEX {index} ON {table} USING gin (search) WITH (fastupdate = off);
"""
OF_CUSTOMERS = COLUMN.format(
    table="accounts_customer",
    index="customer_by_words",
    held="number || ' ' || coalesce(external_number, '') || ' ' || primary_email || ' ' || "
    "CASE kind WHEN 'person' THEN coalesce(first_name || ' ' || last_name, '') ELSE coalesce(company_name, '') END",
)
OF_ACCOUNTS = COLUMN.format(
    table="accounts_account",
    index="account_by_words",
    held="number || ' ' || coalesce(external_number, '') || ' ' || contact_email || ' ' || name",
)

NOT_IN_THE_HISTORY = """
DROP TRIGGER record_creations ON accounts_customer;
DROP TRIGGER record_creations ON accounts_account;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0006_orders_of_lists")]
    operations = [
        migrations.RunSQL(WORDS, migrations.RunSQL.noop),
        migrations.RunSQL(QUERY, migrations.RunSQL.noop),
        migrations.RunSQL(OF_CUSTOMERS, migrations.RunSQL.noop),
        migrations.RunSQL(OF_ACCOUNTS, migrations.RunSQL.noop),
        migrations.RunSQL(NOT_IN_THE_HISTORY, migrations.RunSQL.noop),
        record_creations_in_sets("accounts_customer", "customer", skip=("created_at", "search")),
        record_creations_in_sets("accounts_account", "account", skip=("created_at", "search")),
    ]
