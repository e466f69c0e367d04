"""Terms that there are name from now on only what they changed (SUB-8), and the history tells of each attribute.

So far every row named price and quantity, whichever of the two somebody had changed. What repeats the terms before it is
split off: on no day anything costs another amount by that, but a quantity that is changed from now on is no longer
undone by a price that was agreed for later, nor the other way round. That holds for terms agreed for days ahead as well:
nobody asked for what they only repeat. Where terms ahead name a quantity unlike the one before them (seats were added for
February after a price was agreed for March, which then fell back to the old seats), it can't be told from one that
somebody wanted; it stays as it was shown to people, and can be withdrawn.
"""

from django.db import migrations, models
from django.db.models import Q

QUIETLY = "ALTER TABLE subscriptions_itemterms DISABLE TRIGGER record_terms"
TOLD_AGAIN = "ALTER TABLE subscriptions_itemterms ENABLE TRIGGER record_terms"

SPLIT = """
UPDATE subscriptions_itemterms terms SET
    price_id = CASE WHEN terms.price_id = coalesce(before.price_id, before.first_price) THEN NULL ELSE terms.price_id END,
    quantity = CASE WHEN terms.quantity = coalesce(before.quantity, before.first_quantity) THEN NULL
        ELSE terms.quantity END
FROM (
    SELECT each.id, item.price_id AS first_price, item.quantity AS first_quantity,
        lag(each.price_id) OVER in_time AS price_id, lag(each.quantity) OVER in_time AS quantity
    FROM subscriptions_itemterms each JOIN subscriptions_subscriptionitem item ON item.id = each.item_id
    WINDOW in_time AS (PARTITION BY each.item_id ORDER BY each.since)
) AS before
WHERE before.id = terms.id
    AND (terms.price_id = coalesce(before.price_id, before.first_price)
         OR terms.quantity = coalesce(before.quantity, before.first_quantity))
"""

DROP_WITHOUT_CHANGE = "DELETE FROM subscriptions_itemterms WHERE price_id IS NULL AND quantity IS NULL"

CHECKED = "SET CONSTRAINTS ALL IMMEDIATE"  # a table with checks that are due can't be altered

# {"item": [old, new], "effective_date": …} on the subscription: the terms of the day before and after the change.
TERMS = """
CREATE OR REPLACE FUNCTION banyan_record_terms() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    item subscriptions_subscriptionitem;
    price bigint;
    amount numeric;
    before jsonb;
    after jsonb;
    day date := CASE WHEN TG_OP = 'DELETE' THEN OLD.since ELSE NEW.since END;
BEGIN
    SELECT * INTO item FROM subscriptions_subscriptionitem
        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.item_id ELSE NEW.item_id END;
    SELECT coalesce((SELECT price_id FROM subscriptions_itemterms
                     WHERE item_id = item.id AND since < day AND price_id IS NOT NULL ORDER BY since DESC LIMIT 1),
                    item.price_id),
           coalesce((SELECT quantity FROM subscriptions_itemterms
                     WHERE item_id = item.id AND since < day AND quantity IS NOT NULL ORDER BY since DESC LIMIT 1),
                    item.quantity)
        INTO price, amount;
    before := jsonb_build_object('id', item.id, 'price', price, 'quantity', amount::text);
    after := before;
    IF TG_OP <> 'INSERT' THEN
        before := jsonb_build_object('id', item.id, 'price', coalesce(OLD.price_id, price),
                                     'quantity', coalesce(OLD.quantity, amount)::text);
    END IF;
    IF TG_OP <> 'DELETE' THEN
        after := jsonb_build_object('id', item.id, 'price', coalesce(NEW.price_id, price),
                                    'quantity', coalesce(NEW.quantity, amount)::text);
    END IF;
    IF item.id IS NOT NULL AND before <> after THEN
        INSERT INTO foundation_historyentry (actor, action, subject_kind, subject_id, changes)
        VALUES (coalesce(nullif(current_setting('banyan.actor', true), ''), 'system'), 'changed', 'subscription',
                item.subscription_id, jsonb_build_object('item', jsonb_build_array(before, after),
                                                         'effective_date', jsonb_build_array(NULL, day)));
    END IF;
    RETURN NULL;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0015_terms_by_attribute")]
    operations = [
        *(
            migrations.RunSQL(sql, migrations.RunSQL.noop)
            for sql in (QUIETLY, SPLIT, DROP_WITHOUT_CHANGE, CHECKED, TOLD_AGAIN, TERMS)
        ),
        migrations.AddConstraint(
            model_name="itemterms",
            constraint=models.CheckConstraint(
                condition=Q(price__isnull=False) | Q(quantity__isnull=False), name="terms_name_price_or_quantity"
            ),
        ),
    ]
