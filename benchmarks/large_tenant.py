"""A tenant as large and as uneven as they come (PERF-5), made in the database in a few statements.

Accounts by number, in shares of all: a tenth in one tree (ten below each), a tenth in ten trees of a hundredth each, a
tenth in chains 50 deep, four tenths in families of five, the rest alone. The root of a tree or family, but not of a
chain, is responsible for everybody in it: one account is invoiced for a tenth of all. Four fifths of the accounts are a
customer's first one, the others its second. A hundredth of the customers is one hierarchy six deep in which the eldest
pays for everybody; a tenth are chains ten deep, as deep as may be, in which parents pay.

To try the console in it: `banyan tenant create large`, then `python -m benchmarks.large_tenant --accounts 1000000`. To
measure in it again and again: `python -m benchmarks --folder FOLDER --no-runs --large-tenant large …`.
"""

import time
from argparse import ArgumentParser
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, transaction

from banyan.cli.working_in import working_in

START = date(2026, 1, 1)
SMALLEST = 1_000
CHAIN = 50
CUSTOMER_CHAIN = 10
REGIONS = 20

BRANDS = """
Acme Adler Alvarez Amundsen Anker Bergström Blau Borealis Brücke Calder Čapek Castillo Dubois Éclair Eiger Falk
Ferrer Fjord Garnier Gößl Granite Hansen Harbor Hernández Iberia Iglesias Jansen Jørgensen Kaiser Kestrel
Kowalski Lambert Łukasz Lüders Magellan Marconi Moreau Müller Navarro Nordwind Núñez O'Brien Ödegaard Okafor
Orion Petrov Quist Renault Rossi Schäfer Sequoia Silva Šimek Tanaka Thornton Ueda Vasquez Weiß Yıldız Zenith
"""
TRADES = """
Airlines Analytics Apparel Bakery Bank Brewing Cargo Ceramics Chemicals Clinics Coffee Components Dairy Dental
Dynamics Electric Energy Farms Films Foods Freight Furniture Games Glass Health Holding Hotels Instruments Labs
Logistics Machines Media Metals Mills Mobility Optics Paper Pharma Robotics Software
"""
CITIES = """
Aarhus Antwerpen Barcelona Basel Bergen Berlin Bologna Bremen Brno Córdoba Dresden Dublin Gdańsk Genève
Göteborg Graz Hamburg København Köln Kraków León Linz Lisboa Lyon Málaga Malmö München Nürnberg Oslo Oulu Porto
Praha Riga Sevilla Tallinn Turku Uppsala Valencia Wien Zürich
"""
FIRST_NAMES = "Anna Björn Chloé Dmitri Élodie Finn Grete"
LEGAL_FORMS = ["GmbH", "AG", "Ltd", "Inc.", "S.A.", "B.V.", "AB", "& Co. KG"]

WORDS = """CREATE FUNCTION pg_temp.word_of(words text[], n bigint, seed bigint) RETURNS text
    IMMUTABLE LANGUAGE sql AS $$
    SELECT words[1 + ((hashint8extended(n, seed) & 2147483647) % cardinality(words))]
$$"""

STATEMENTS = [
    """INSERT INTO organizations_organization (id, name, code, parent_id)
       SELECT 1000000 + n, 'Region ' || n, 'R' || n, (SELECT min(id) FROM organizations_organization)
       FROM generate_series(0, %(regions)s - 1) AS n""",
    """INSERT INTO accounts_billcycle (id, name, currency, frequency, start_date, time_zone)
       SELECT 1000000 + n, 'Large ' || n, NULL, 'monthly', %(start)s, 'UTC' FROM generate_series(0, 4) AS n""",
    """INSERT INTO catalog_product (id, name, code, tax_category, active)
       VALUES (1000000, 'Seats', 'seats-of-all', NULL, true)""",
    """INSERT INTO catalog_price (id, product_id, currency, type, model, interval, interval_count, timing, unit_amount,
                                  flat_amount, tiers, included_quantity, pooled)
       VALUES (1000000, 1000000, 'EUR', 'recurring', 'per_unit', 'month', 1, 'in_advance', 19.99, 0, '[]', 0, false)""",
    """INSERT INTO accounts_customer (id, kind, first_name, last_name, company_name, number, external_number,
              tax_id_validated, phones, primary_email, secondary_emails, billing_address, custom_fields)
       SELECT %(first)s + n, CASE WHEN person THEN 'person' ELSE 'company' END,
              CASE WHEN person THEN pg_temp.word_of(%(first_names)s, n, 6) END, CASE WHEN person THEN brand END,
              CASE WHEN NOT person THEN concat_ws(' ', brand, pg_temp.word_of(%(trades)s, n, 2), city,
                                                  pg_temp.word_of(%(legal_forms)s, n, 4)) END,
              'C-' || lpad((n + 1)::text, 7, '0'),
              CASE WHEN n %% 3 = 0 THEN 'CRM' || (n * 7919::bigint %% 100000007) END, false, '[]',
              'ap' || n || '@' || lower(city) || '.example', '[]', '{"country": "DE", "city": "Berlin"}', '{}'
       FROM (SELECT n, n %% 10 = 3 AS person, pg_temp.word_of(%(brands)s, n, 1) AS brand,
                    pg_temp.word_of(%(cities)s, n, 3) AS city
             FROM generate_series(0, %(customers)s - 1) AS n) AS made""",
    """INSERT INTO relations_responsibleaccount (account_id, responsible_account_id, during)
       SELECT %(first)s + n, %(first)s + responsible, daterange(%(start)s, NULL)
       FROM (SELECT n, CASE
                  WHEN n < %(huge)s THEN 0
                  WHEN n < 2 * %(huge)s THEN n - n %% %(big)s
                  WHEN n < 3 * %(huge)s THEN n
                  WHEN n < 7 * %(huge)s THEN n - n %% 5
                  ELSE n END AS responsible
             FROM generate_series(0, %(accounts)s - 1) AS n) AS made
       WHERE responsible <> n""",
    """INSERT INTO accounts_account (id, customer_id, owner_id, organization_id, number, external_number, name,
              description, status, status_reason, inactive_since, currency, invoice_currency, bill_cycle_id, start_date,
              category_id, taxable, minimum_invoice_amount, preferred_language, invoice_type, invoice_rendering_type,
              payment_term_id, auto_pay, auto_pay_offset, dunning_enabled, contact_email, preferences, custom_fields,
              is_default, is_primary, managed_without_end)
       SELECT %(first)s + n, customer.id, (SELECT min(id) FROM accounts_owner),
              1000000 + n * %(regions)s / %(accounts)s, 'A-' || lpad((n + 1)::text, 7, '0'),
              CASE WHEN n %% 3 = 0 THEN 'ERP' || (n * 7907::bigint %% 100000007) END,
              customer.name || CASE WHEN n < %(customers)s THEN '' ELSE ' ' || pg_temp.word_of(%(cities)s, n, 5) END,
              '',
              CASE WHEN n %% 50 = 7 THEN 'suspended' WHEN n %% 200 = 11 THEN 'inactive' ELSE 'active' END, '',
              CASE WHEN n %% 200 = 11 THEN %(start)s::date END, 'EUR', 'EUR', 1000000 + CASE
                  WHEN n < %(huge)s THEN 0
                  WHEN n < 3 * %(huge)s THEN 1
                  WHEN n < 7 * %(huge)s THEN n / 5 %% 5
                  ELSE n %% 5 END, %(start)s, (SELECT min(id) FROM accounts_accountcategory), true, 0, 'en', 'email',
              'aggregated', (SELECT min(id) FROM accounts_paymentterm), false, 0, false, customer.primary_email, '{}',
              '{}', n < %(customers)s, false, link.id IS NOT NULL
       FROM generate_series(0, %(accounts)s - 1) AS n
       JOIN accounts_customer customer ON customer.id = %(first)s + n %% %(customers)s
       LEFT JOIN relations_responsibleaccount link ON link.account_id = %(first)s + n
       ORDER BY n""",
    """INSERT INTO relations_accountparent (account_id, parent_id, during)
       SELECT %(first)s + n, %(first)s + parent, daterange(%(start)s, NULL)
       FROM (SELECT n, CASE
                  WHEN n < %(huge)s THEN CASE WHEN n > 0 THEN (n - 1) / 10 END
                  WHEN n < 2 * %(huge)s THEN CASE n %% %(big)s WHEN 0 THEN NULL ELSE
                      n - n %% %(big)s + CASE WHEN n %% %(big)s <= 100 THEN 0 ELSE n %% 100 + 1 END END
                  WHEN n < 3 * %(huge)s THEN CASE WHEN n %% %(chain)s > 0 THEN n - 1 END
                  WHEN n < 7 * %(huge)s THEN CASE WHEN n %% 5 > 0 THEN n - n %% 5 END END AS parent
             FROM generate_series(0, %(accounts)s - 1) AS n) AS made
       WHERE parent IS NOT NULL""",
    """INSERT INTO relations_customerparent (customer_id, parent_id, during)
       SELECT %(first)s + n, %(first)s + parent, daterange(%(start)s, NULL)
       FROM (SELECT n, CASE
                  WHEN n < %(big)s THEN CASE WHEN n > 0 THEN (n - 1) / 7 END
                  WHEN n < %(huge)s THEN NULL
                  WHEN n < 2 * %(huge)s THEN CASE WHEN n %% %(customer_chain)s > 0 THEN n - 1 END
                  WHEN n < 6 * %(huge)s THEN CASE WHEN n %% 4 > 0 THEN n - n %% 4 END END AS parent
             FROM generate_series(0, %(customers)s - 1) AS n) AS made
       WHERE parent IS NOT NULL""",
    """INSERT INTO subscriptions_subscription (id, account_id, number, start_date, anchor)
       SELECT %(first)s + n, %(first)s + n, 'S-' || n, %(start)s, 'cycle'
       FROM generate_series(0, %(accounts)s - 1) AS n WHERE n < 2 * %(huge)s OR n %% 5 = 1""",
    """INSERT INTO subscriptions_subscriptionitem (subscription_id, price_id, quantity, revision)
       SELECT id, 1000000, 1 + id %% 7, 0 FROM subscriptions_subscription WHERE id >= %(first)s""",
    """INSERT INTO subscriptions_subscriptiongroup (id, name, payer_id, is_default)
       SELECT payer_id, 'Default group', payer_id, true
       FROM (SELECT %(first)s::bigint UNION
             SELECT parent_id FROM relations_customerparent
             WHERE customer_id BETWEEN %(first)s + %(huge)s AND %(first)s + 2 * %(huge)s - 1) AS payer(payer_id)""",
    """INSERT INTO subscriptions_whopays (subscription_id, mode, group_id, during)
       SELECT %(first)s + n, 'eldest_ancestor', %(first)s, daterange(%(start)s, NULL)
       FROM generate_series(0, %(big)s - 1) AS n
       UNION ALL
       SELECT customer_id, 'parent', parent_id, daterange(%(start)s, NULL) FROM relations_customerparent
       WHERE customer_id BETWEEN %(first)s + %(huge)s AND %(first)s + 2 * %(huge)s - 1""",
]

MADE_AS_EVER = (
    "ALTER TABLE accounts_account ENABLE {when}TRIGGER words_of_new",
    "ALTER TABLE accounts_account ENABLE {when}TRIGGER keep_first_version",
    "ALTER TABLE accounts_customer ENABLE {when}TRIGGER keep_first_version",
)
IDENTITIES = ("accounts_customer", "accounts_account", "subscriptions_subscription", "subscriptions_subscriptiongroup")
INDEXES = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY(%s::regclass[]) AND NOT indisunique AND NOT indisexclusion
"""
INDEXED_AFTERWARDS = (
    "accounts_customer",
    "accounts_account",
    "relations_accountparent",
    "relations_responsibleaccount",
    "relations_customerparent",
    "subscriptions_subscription",
)
FILLED = (
    *INDEXED_AFTERWARDS,
    "organizations_organization",
    "subscriptions_subscriptionitem",
    "subscriptions_subscriptiongroup",
    "subscriptions_whopays",
)


@dataclass(frozen=True, slots=True)
class LargeTenant:
    """Where what is in the tenant; ids of account, customer and subscription n are `first` + n."""

    first: int
    accounts: int

    @property
    def customers(self) -> int:
        return self.accounts * 4 // 5

    @property
    def huge(self) -> int:
        """Accounts in the one huge tree, which come first."""
        return self.accounts // 10

    @property
    def big(self) -> int:
        """Accounts in each of the ten big trees, which come next; and customers in the big hierarchy."""
        return self.accounts // 100

    @property
    def big_root(self) -> int:
        """The root of the first big tree."""
        return self.first + self.huge

    @property
    def deepest(self) -> int:
        """The lowest account of the first chain."""
        return self.first + 2 * self.huge + CHAIN - 1

    @property
    def customer_on_fourth_level(self) -> int:
        """A customer in a chain with three above it: the big hierarchy, six deep, fits below."""
        return self.first + self.huge + 3


def populate(accounts: int, first: int = 1) -> LargeTenant:
    """Make that many accounts, a multiple of SMALLEST, in the current tenant, which has none so far.

    History, guards and foreign keys are off meanwhile, which a superuser may do, and indexes are made afterwards: the
    rows obey the rules by construction. Only the words that accounts are found by and the
    versions that invoices refer to are made as ever.
    """
    tenant = LargeTenant(first, accounts)
    values: dict[str, Any] = {
        "first": first,
        "accounts": accounts,
        "customers": tenant.customers,
        "huge": tenant.huge,
        "big": tenant.big,
        "chain": CHAIN,
        "customer_chain": CUSTOMER_CHAIN,
        "regions": REGIONS,
        "start": START,
        "brands": BRANDS.split(),
        "trades": TRADES.split(),
        "cities": CITIES.split(),
        "first_names": FIRST_NAMES.split(),
        "legal_forms": LEGAL_FORMS,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("SET LOCAL maintenance_work_mem = '512MB'")
        cursor.execute(WORDS)
        cursor.execute(INDEXES, [list(INDEXED_AFTERWARDS)])
        indexes = cursor.fetchall()
        for name, _ in indexes:
            cursor.execute(f"DROP INDEX {name}")
        for statement in MADE_AS_EVER:
            cursor.execute(statement.format(when="ALWAYS "))
        for statement in STATEMENTS:
            cursor.execute(statement, values)
        for statement in MADE_AS_EVER:
            cursor.execute(statement.format(when=""))
        for _, definition in indexes:
            cursor.execute(definition)
        for table in IDENTITIES:
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM ANALYZE {', '.join(FILLED)}")
    return tenant


def populated() -> LargeTenant:
    """What populate made of the current tenant, where at most a few accounts came later."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(id), count(*) FROM accounts_account")
        first, accounts = cursor.fetchone()
    return LargeTenant(first, accounts - accounts % SMALLEST)


def main() -> None:
    """Fill a tenant that has nothing in it yet."""
    parser = ArgumentParser(prog="python -m benchmarks.large_tenant", description=main.__doc__)
    parser.add_argument("--accounts", type=int, default=1_000_000, help=f"how many; a multiple of {SMALLEST:,}")
    parser.add_argument("--tenant", default="large", help="its name")
    given = parser.parse_args()
    began = time.perf_counter()
    with working_in(given.tenant):
        populate(given.accounts)
    print(f"tenant {given.tenant}: {given.accounts:,} accounts in {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
