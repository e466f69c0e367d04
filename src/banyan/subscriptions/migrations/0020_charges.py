"""One-time charges have the payer of their subscription or one by choice (SUB-7), and a history (RUN-11).

Charges that there are stay with their accounts: whoever made them was told so.
"""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from banyan.foundation.history import record_creations_in_sets, record_history

ACCOUNT_CHOSEN = """
CREATE FUNCTION banyan_account_chosen_for(charge_id bigint, on_day date) RETURNS bigint LANGUAGE sql STABLE AS $$
    WITH RECURSIVE asked AS (
        SELECT charge.who_pays_mode AS mode, charge.payer_id AS named, own.customer_id AS own
        FROM subscriptions_charge charge JOIN accounts_account own ON own.id = charge.account_id
        WHERE charge.id = charge_id AND charge.who_pays_mode IS NOT NULL
    ), above(customer_id, levels) AS (
        SELECT own, 0 FROM asked
        UNION ALL
        SELECT edge.parent_id, above.levels + 1
        FROM above JOIN relations_customerparent edge
            ON edge.customer_id = above.customer_id AND edge.during @> on_day
    )
    SELECT account.id
    FROM asked JOIN accounts_account account ON account.is_default AND account.customer_id = CASE asked.mode
        WHEN 'parent' THEN (SELECT customer_id FROM above WHERE levels = 1)
        WHEN 'eldest_ancestor' THEN (SELECT customer_id FROM above ORDER BY levels DESC LIMIT 1)
        WHEN 'ancestor' THEN (SELECT customer_id FROM above WHERE customer_id = asked.named)
        ELSE asked.own END
$$
"""

BILLED_STAYS = """
CREATE FUNCTION banyan_guard_payer_of_billed_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'charge % is billed and stays as it is; void its invoice first', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'a_billed_charge_never_changes';
END $$;
CREATE TRIGGER guard_payer_of_billed BEFORE UPDATE OF subscription_id, who_pays_mode, payer_id ON subscriptions_charge
    FOR EACH ROW WHEN (OLD.billed AND (NEW.subscription_id, NEW.who_pays_mode, NEW.payer_id)
                       IS DISTINCT FROM (OLD.subscription_id, OLD.who_pays_mode, OLD.payer_id))
    EXECUTE FUNCTION banyan_guard_payer_of_billed_charge();
CREATE TRIGGER guard_account_of_subscription AFTER INSERT OR UPDATE OF subscription_id, account_id ON subscriptions_charge
    FOR EACH ROW WHEN (NEW.subscription_id IS NOT NULL) EXECUTE FUNCTION banyan_guard_subscription_of_charge();
"""

OF_ITS_ACCOUNT = """
CREATE FUNCTION banyan_guard_subscription_of_charge() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM subscriptions_subscription
                   WHERE id = NEW.subscription_id AND account_id = NEW.account_id) THEN
        RAISE EXCEPTION 'charge % names a subscription of another account', NEW.id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'charge_is_of_its_subscriptions_account';
    END IF;
    RETURN NULL;
END $$
"""

OF_CHARGES = ("subscriptions_charge", "charge", ("created_at", "billed", "revision"))


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0019_usage_once")]
    operations = [
        migrations.AddField(
            "charge",
            "subscription",
            models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="charges",
                to="subscriptions.subscription",
            ),
        ),
        migrations.AddField("charge", "who_pays_mode", models.CharField(max_length=30, null=True)),
        migrations.AddField(
            "charge",
            "payer",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.customer"
            ),
        ),
        migrations.AddField("charge", "revision", models.IntegerField(default=0)),
        migrations.AddIndex(
            "charge",
            models.Index(
                fields=["subscription"], condition=Q(subscription__isnull=False), name="charge_by_subscription"
            ),
        ),
        migrations.AddIndex(
            "charge",
            models.Index(
                fields=["account"],
                condition=Q(billed=False, who_pays_mode__isnull=False),
                name="charge_with_a_choice",
            ),
        ),
        migrations.AddConstraint(
            "charge",
            models.CheckConstraint(
                condition=Q(subscription__isnull=True) | Q(who_pays_mode__isnull=True),
                name="charge_is_paid_like_its_subscription_or_by_choice",
            ),
        ),
        migrations.AddConstraint(
            "charge",
            models.CheckConstraint(
                condition=Q(payer__isnull=True) | Q(who_pays_mode="ancestor"),
                name="charge_names_a_payer_by_mode_ancestor",
            ),
        ),
        *(
            migrations.RunSQL(sql, migrations.RunSQL.noop)
            for sql in (ACCOUNT_CHOSEN, OF_ITS_ACCOUNT, BILLED_STAYS)
        ),
        record_history(*OF_CHARGES),
        record_creations_in_sets(*OF_CHARGES),
    ]
