"""A subscription starts and ends within its contract (CTR-2), whichever of the two changes."""

from django.db import migrations

WITHIN_CONTRACTS = """
CREATE FUNCTION banyan_is_within_contract(subscription subscriptions_subscription, contract contracts_contract)
RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT subscription.start_date >= contract.start_date
        AND coalesce(subscription.end_date, 'infinity') <= greatest(subscription.start_date, coalesce(
            least(contract.terminated_on, CASE WHEN contract.renewal_months IS NULL THEN contract.end_date END),
            'infinity'))
$$;

CREATE FUNCTION banyan_guard_contract_of_subscription() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    contract contracts_contract;
BEGIN
    SELECT * INTO contract FROM contracts_contract WHERE id = NEW.contract_id FOR SHARE;
    IF NOT banyan_is_within_contract(NEW, contract) THEN
        RAISE EXCEPTION 'subscription % is not within contract %', NEW.number, contract.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_within_its_contract';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_contract_insert BEFORE INSERT ON subscriptions_subscription
    FOR EACH ROW WHEN (NEW.contract_id IS NOT NULL) EXECUTE FUNCTION banyan_guard_contract_of_subscription();
CREATE TRIGGER guard_contract BEFORE UPDATE OF contract_id, start_date, end_date ON subscriptions_subscription
    FOR EACH ROW WHEN (NEW.contract_id IS NOT NULL) EXECUTE FUNCTION banyan_guard_contract_of_subscription();

CREATE FUNCTION banyan_guard_subscriptions_of_contract() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM subscriptions_subscription subscription
               WHERE subscription.contract_id = NEW.id AND NOT banyan_is_within_contract(subscription, NEW)) THEN
        RAISE EXCEPTION 'a subscription is not within contract % any more', NEW.number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'subscription_is_within_its_contract';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_subscriptions BEFORE UPDATE OF start_date, end_date, renewal_months, terminated_on
    ON contracts_contract FOR EACH ROW EXECUTE FUNCTION banyan_guard_subscriptions_of_contract();
"""


class Migration(migrations.Migration):
    dependencies = [("subscriptions", "0004_contracts"), ("contracts", "0002_ends_and_history")]
    operations = [migrations.RunSQL(WITHIN_CONTRACTS, migrations.RunSQL.noop)]
