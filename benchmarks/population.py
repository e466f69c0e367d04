"""A tenant full of families, made in the database in a few statements: one responsible account with four managed ones
(or more), two subscription items each (or more), a discount on every family and tax on every line.
"""

from datetime import date
from typing import Any

from django.db import connection, transaction

FAMILY = 5
ITEMS = 2

STATEMENTS = [
    """INSERT INTO accounts_billcycle (id, name, currency, frequency, start_date, time_zone)
       VALUES (%(cycle)s, %(name)s, 'EUR', 'monthly', %(start)s, 'UTC')""",
    """INSERT INTO catalog_product (id, name, code, tax_category, active)
       SELECT %(first)s + n, 'Product ' || n, %(name)s || n, NULL, true FROM generate_series(0, 1) AS n""",
    """INSERT INTO catalog_price (id, product_id, currency, type, model, interval, interval_count, timing, unit_amount,
                                  flat_amount, tiers, included_quantity, pooled)
       SELECT %(first)s + n, %(first)s + n, 'EUR', 'recurring', (ARRAY['flat', 'per_unit'])[n + 1], 'month', 1,
              'in_advance', CASE n WHEN 0 THEN 0 ELSE 19.99 END, CASE n WHEN 0 THEN 49.9 ELSE 0 END, '[]', 0, false
       FROM generate_series(0, 1) AS n""",
    """INSERT INTO catalog_taxrate (name, country, percent) VALUES ('VAT ' || %(name)s, 'DE', 19)""",
    """INSERT INTO accounts_customer (id, kind, company_name, number, tax_id_validated, phones, primary_email,
                                      secondary_emails, billing_address, custom_fields)
       SELECT %(first)s + n, 'company', 'Company ' || n, %(name)s || '-C' || n, false, '[]', 'ap@company.example', '[]',
              '{"country": "DE", "city": "Berlin"}', '{}'
       FROM generate_series(0, %(accounts)s - 1) AS n""",
    """INSERT INTO accounts_account (id, customer_id, owner_id, organization_id, number, name, description, status,
              status_reason, currency, invoice_currency, bill_cycle_id, start_date, category_id, taxable,
              minimum_invoice_amount, preferred_language, invoice_type, invoice_rendering_type, payment_term_id,
              auto_pay, auto_pay_offset, dunning_enabled, contact_email, preferences, custom_fields, is_default,
              is_primary, managed_without_end)
       SELECT %(first)s + n, %(first)s + n, (SELECT min(id) FROM accounts_owner),
              (SELECT min(id) FROM organizations_organization), %(name)s || '-A' || n, 'Account ' || n, '', 'active',
              '', 'EUR', 'EUR', %(cycle)s, %(start)s, (SELECT min(id) FROM accounts_accountcategory), true, 0, 'en',
              'email', 'aggregated', (SELECT min(id) FROM accounts_paymentterm), false, 0, false, 'ap@company.example',
              '{}', '{}', true, false, n %% %(family)s <> 0
       FROM generate_series(0, %(accounts)s - 1) AS n""",
    """INSERT INTO relations_responsibleaccount (account_id, responsible_account_id, during)
       SELECT %(first)s + n, %(first)s + n - n %% %(family)s, daterange(%(start)s, NULL)
       FROM generate_series(0, %(accounts)s - 1) AS n WHERE n %% %(family)s <> 0""",
    """INSERT INTO catalog_discount (account_id, percent, valid_from)
       SELECT %(first)s + n, 10, %(start)s FROM generate_series(0, %(accounts)s - 1, %(family)s) AS n""",
    """INSERT INTO subscriptions_subscription (id, account_id, number, start_date, anchor)
       SELECT %(first)s + n, %(first)s + n, %(name)s || '-S' || n, %(start)s, 'cycle'
       FROM generate_series(0, %(accounts)s - 1) AS n""",
    """INSERT INTO subscriptions_subscriptionitem (subscription_id, price_id, quantity, revision)
       SELECT %(first)s + n, %(first)s + item %% 2, 1 + n %% 7, 0
       FROM generate_series(0, %(accounts)s - 1) AS n, generate_series(1, %(items)s) AS item ORDER BY n, item""",
]

WITHOUT_TRIGGERS = (
    "accounts_customer",
    "accounts_account",
    "relations_responsibleaccount",
)
VERSIONS_OF_NEW = tuple(
    f"{table} ENABLE TRIGGER keep_first_version" for table in ("accounts_customer", "accounts_account")
)
"""Invoices refer to them (INV-9)."""


def populate(name: str, accounts: int, start: date, first: int, family: int = FAMILY, items: int = ITEMS) -> int:
    """Make families of so many accounts in the current tenant, with so many items an account; the id of their bill
    cycle, which starts on `start`. The first account has that id too.

    Ids begin at `first`, so that several populations fit in one tenant. History and guards are off meanwhile: this is a
    generator for measurements, and the rows obey the rules by construction.
    """
    values: dict[str, Any] = {
        "cycle": first,
        "name": name,
        "first": first,
        "accounts": accounts,
        "start": start,
        "family": family,
        "items": items,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        for table in WITHOUT_TRIGGERS:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for kept in ("accounts_account ENABLE TRIGGER words_of_new", *VERSIONS_OF_NEW):
            cursor.execute(f"ALTER TABLE {kept}")
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in WITHOUT_TRIGGERS:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return first
