"""What invoices show of the parties is kept by version (INV-9); everybody starts with what holds today."""

from collections.abc import Sequence

from django.db import migrations, models

OWNER = ("legal_name", "address", "tax_registrations", "language")
CUSTOMER = (
    "number", "name", "tax_number", "tax_id_validated", "billing_address", "service_address", "shipping_address",
)  # fmt: skip
ACCOUNT = (
    "number", "name", "billing_address", "shipping_address", "billing_details", "contact_name", "preferred_language",
)  # fmt: skip
PAYMENT_TERM = ("name", "days")

GUARD = """
CREATE FUNCTION banyan_keep_versions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND pg_trigger_depth() > 1 THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'versions of parties are written by the database and kept for the record (INV-9)'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'versions_of_parties_are_kept';
END $$
"""


def _kept_by_version(table: str, columns: Sequence[str]) -> list[migrations.RunSQL]:
    """From now on a row of `<table>version` follows each change of these columns of a row of the table, whoever makes
    it; what is there by now is the first version.
    """
    name, subject = table.removeprefix("accounts_"), f"{_subject(table)}_id"
    versions = f"accounts_{name}version"
    wanted = ", ".join(columns)
    old, new = (", ".join(f"{row}.{column}" for column in columns) for row in ("OLD", "NEW"))
    statements = (
        f"INSERT INTO {versions} ({subject}, {wanted}) SELECT id, {wanted} FROM {table} ORDER BY id",
        f"""
        CREATE FUNCTION banyan_version_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {versions} ({subject}, {wanted}) VALUES (NEW.id, {new});
            RETURN NULL;
        END $$""",
        f"""
        CREATE FUNCTION banyan_version_new_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO {versions} ({subject}, {wanted}) SELECT id, {wanted} FROM created ORDER BY id;
            RETURN NULL;
        END $$""",
        f"""
        CREATE TRIGGER keep_first_version AFTER INSERT ON {table} REFERENCING NEW TABLE AS created
            FOR EACH STATEMENT EXECUTE FUNCTION banyan_version_new_{name}()""",
        f"""
        CREATE TRIGGER keep_version AFTER UPDATE ON {table} FOR EACH ROW
            WHEN (({old}) IS DISTINCT FROM ({new})) EXECUTE FUNCTION banyan_version_{name}()""",
        f"""
        CREATE TRIGGER keep_versions BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {versions}
            FOR EACH STATEMENT EXECUTE FUNCTION banyan_keep_versions()""",
    )
    return [migrations.RunSQL(statement, migrations.RunSQL.noop) for statement in statements]


def _subject(table: str) -> str:
    return {"accounts_paymentterm": "payment_term"}.get(table, table.removeprefix("accounts_"))


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0009_status_dates'),
    ]

    operations = [
        migrations.CreateModel(
            name='AccountVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('account_id', models.BigIntegerField()),
                ('number', models.CharField(max_length=50)),
                ('name', models.CharField(max_length=401)),
                ('billing_address', models.JSONField(null=True)),
                ('shipping_address', models.JSONField(null=True)),
                ('billing_details', models.JSONField(null=True)),
                ('contact_name', models.CharField(max_length=200, null=True)),
                ('preferred_language', models.CharField(max_length=20)),
            ],
            options={
                'indexes': [models.Index(fields=['account_id', 'id'], name='version_of_account')],
            },
        ),
        migrations.CreateModel(
            name='CustomerVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('customer_id', models.BigIntegerField()),
                ('number', models.CharField(max_length=50)),
                ('name', models.CharField(max_length=401)),
                ('tax_number', models.CharField(max_length=50, null=True)),
                ('tax_id_validated', models.BooleanField()),
                ('billing_address', models.JSONField(null=True)),
                ('service_address', models.JSONField(null=True)),
                ('shipping_address', models.JSONField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['customer_id', 'id'], name='version_of_customer')],
            },
        ),
        migrations.CreateModel(
            name='OwnerVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_id', models.BigIntegerField()),
                ('legal_name', models.CharField(max_length=200)),
                ('address', models.JSONField()),
                ('tax_registrations', models.JSONField()),
                ('language', models.CharField(max_length=20)),
            ],
            options={
                'indexes': [models.Index(fields=['owner_id', 'id'], name='version_of_owner')],
            },
        ),
        migrations.CreateModel(
            name='PaymentTermVersion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('payment_term_id', models.BigIntegerField()),
                ('name', models.CharField(max_length=100)),
                ('days', models.PositiveIntegerField()),
            ],
            options={
                'indexes': [models.Index(fields=['payment_term_id', 'id'], name='version_of_payment_term')],
            },
        ),
        migrations.RunSQL(GUARD, migrations.RunSQL.noop),
        *_kept_by_version("accounts_owner", OWNER),
        *_kept_by_version("accounts_customer", CUSTOMER),
        *_kept_by_version("accounts_account", ACCOUNT),
        *_kept_by_version("accounts_paymentterm", PAYMENT_TERM),
    ]
