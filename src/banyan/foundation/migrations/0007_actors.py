"""Who did something is kept by kind and row, so that a key that is called like a person poses as nobody (ACC-16).

What stands in the history already is of an unknown kind; what is known of it is added where users and keys are
(organizations/0007).
"""

import django.db.models.functions.comparison
from django.db import migrations, models

NAME = "coalesce(nullif(current_setting('banyan.actor', true), ''), 'system')"
KIND = "coalesce(nullif(current_setting('banyan.actor_kind', true), ''), 'system')"
NUMBER = "nullif(current_setting('banyan.actor_id', true), '')::bigint"
NAMED = ["user", "api_key"]


def setting(name: str, otherwise: str | None = None) -> models.Func:
    held = models.Func(
        models.Value(name), models.Value(True), function="current_setting", output_field=models.CharField()
    )
    given = django.db.models.functions.comparison.NullIf(held, models.Value(""))
    return given if otherwise is None else django.db.models.functions.comparison.Coalesce(given, models.Value(otherwise))


def table(change: str) -> migrations.RunSQL:
    return migrations.RunSQL(f"ALTER TABLE foundation_historyentry {change}", migrations.RunSQL.noop)


class Migration(migrations.Migration):
    dependencies = [("foundation", "0006_exact_history")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField("historyentry", "actor", models.TextField(db_default=setting("banyan.actor", "system"))),
                migrations.AddField(
                    "historyentry", "actor_kind", models.CharField(db_default=setting("banyan.actor_kind", "system"), max_length=20)
                ),
                migrations.AddField(
                    "historyentry",
                    "actor_id",
                    models.BigIntegerField(
                        db_default=django.db.models.functions.comparison.Cast(setting("banyan.actor_id"), models.BigIntegerField()),
                        null=True,
                    ),
                ),
                migrations.AlterField("historyentry", "action", models.CharField(max_length=40)),
            ],
            database_operations=[
                table("ADD COLUMN actor_kind varchar(20) NOT NULL DEFAULT 'unknown'"),
                table("ADD COLUMN actor_id bigint"),
                table(f"ALTER COLUMN actor SET DEFAULT {NAME}"),
                table(f"ALTER COLUMN actor_kind SET DEFAULT {KIND}"),
                table(f"ALTER COLUMN actor_id SET DEFAULT {NUMBER}"),
                table("ALTER COLUMN action TYPE varchar(40)"),
            ],
        ),
        migrations.AddConstraint(
            "historyentry",
            models.CheckConstraint(
                condition=models.Q(("actor_kind__in", ["user", "api_key", "command_line", "system", "unknown"])),
                name="an_actor_is_of_a_known_kind",
            ),
        ),
        migrations.AddConstraint(
            "historyentry",
            models.CheckConstraint(
                condition=models.Q(
                    models.Q(("actor_id__isnull", False), ("actor_kind__in", NAMED)),
                    models.Q(models.Q(("actor_kind__in", NAMED), _negated=True), ("actor_id__isnull", True)),
                    _connector="OR",
                ),
                name="users_and_keys_are_known_by_their_rows",
            ),
        ),
    ]
