"""Customers, accounts, and what they are subscribed to."""

from banyan.verification.check import Check

ACCOUNTS_AND_SUBSCRIPTIONS = (
    Check(
        "CUS-6",
        "a customer has one default account",
        "SELECT count(*) FROM accounts_customer",
        """
        SELECT format('customer %s has %s default accounts', customer.number, count(account.id))
        FROM accounts_customer customer
        LEFT JOIN accounts_account account ON account.customer_id = customer.id AND account.is_default
        GROUP BY customer.id HAVING count(account.id) <> 1""",
    ),
    Check(
        "API-4",
        "an account is found by what its customer is found by",
        "SELECT count(*) FROM accounts_account",
        """
        SELECT format('account %s', account.number)
        FROM accounts_account account JOIN accounts_customer customer ON customer.id = account.customer_id
        WHERE account.search || customer.search <> account.search""",
    ),
    Check(
        "BHI-2",
        "accounts that are managed without end, and no others, are marked as such",
        "SELECT count(*) FROM accounts_account",
        """
        SELECT format('account %s', account.number) FROM accounts_account account
        WHERE account.managed_without_end <> EXISTS (SELECT FROM relations_responsibleaccount edge
                                                     WHERE edge.account_id = account.id AND upper_inf(edge.during))""",
    ),
    Check(
        "SUB-1",
        "prices of a subscription are in the currency of its account",
        "SELECT count(*) FROM subscriptions_subscriptionitem",
        """
        SELECT format('item %s of subscription %s is in %s, its account in %s',
                      item.id, subscription.number, price.currency, account.currency)
        FROM subscriptions_subscriptionitem item
        JOIN catalog_price price ON price.id = item.price_id
        JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
        JOIN accounts_account account ON account.id = subscription.account_id
        WHERE price.currency <> account.currency""",
    ),
)
