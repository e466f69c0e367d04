"""Relations: dates, cycles, depth, and who may be linked to whom."""

from banyan.verification.check import Check


def _one_at_a_time(table: str, subject: str, what: str) -> str:
    """Relations of a kind that hold for one subject on the same day (REL-1)."""
    return f"""
        SELECT format('{what} %s has relations %s and %s on the same day', one.{subject}, one.id, other.id)
        FROM {table} one JOIN {table} other
            ON other.{subject} = one.{subject} AND other.id > one.id AND other.during && one.during"""


def from_roots(table: str, subject: str) -> str:
    """`way`: each one in a hierarchy with the days on which the way to it from a root holds, followed down from the
    roots, level by level: as many rows as there are edges, however deep they lie. On days on which there is no way to
    it, it is above itself, or below one that is. OFFSET keeps the planner from reading all edges at every level.
    """
    return f"""
        WITH RECURSIVE linked(id, days) AS (
            SELECT {subject}, range_agg(during) FROM {table} GROUP BY {subject}
        ), root(id, during) AS (
            SELECT top.id, unnest('{{(,)}}'::datemultirange - coalesce(linked.days, '{{}}'))
            FROM (SELECT DISTINCT parent_id FROM {table}) AS top(id) LEFT JOIN linked ON linked.id = top.id
        ), way(at, during) AS (
            SELECT id, during FROM root
            UNION
            SELECT edge.{subject}, way.during * edge.during FROM way, LATERAL (
                SELECT {subject}, during FROM {table}
                WHERE parent_id = way.at AND during && way.during OFFSET 0) AS edge
        )"""


def _cycles(table: str, subject: str, what: str) -> str:
    """What is reached from a root all the time is above nothing that is above it; the rest is walked up, way by way."""
    return f"""{from_roots(table, subject)}, reached(id, days) AS (
            SELECT at, range_agg(during) FROM way GROUP BY at
        ), rest AS MATERIALIZED (
            SELECT edge.{subject}, edge.parent_id, edge.during FROM {table} edge
            LEFT JOIN reached ON reached.id = edge.{subject} WHERE NOT coalesce(reached.days @> edge.during, false)
        ), loop(start, at, during) AS (
            SELECT {subject}, parent_id, during FROM rest
            UNION ALL
            SELECT loop.start, rest.parent_id, loop.during * rest.during
            FROM loop JOIN rest ON rest.{subject} = loop.at AND rest.during && loop.during
        ) CYCLE at SET looped USING places
        SELECT DISTINCT format('{what} %s is above itself', at) FROM loop WHERE looped"""


def _deeper_than(levels: int, table: str, subject: str) -> str:
    """Every way up a hierarchy of so few levels, as far as it holds on some day, and one level more."""
    return f"""
        WITH RECURSIVE way(start, at, during, levels) AS (
            SELECT {subject}, parent_id, during, 2 FROM {table}
            UNION ALL
            SELECT way.start, edge.parent_id, way.during * edge.during, way.levels + 1
            FROM way JOIN {table} edge ON edge.{subject} = way.at AND edge.during && way.during
        ) CYCLE at SET looped USING places
        SELECT format('customer %s is %s deep', start, max(levels)) FROM way WHERE NOT looped AND levels > {levels}
        GROUP BY start"""


RELATIONS = (
    Check(
        "REL-1",
        "a customer has one parent on any day",
        "SELECT count(*) FROM relations_customerparent",
        _one_at_a_time("relations_customerparent", "customer_id", "customer"),
    ),
    Check(
        "REL-1",
        "an account has one parent on any day",
        "SELECT count(*) FROM relations_accountparent",
        _one_at_a_time("relations_accountparent", "account_id", "account"),
    ),
    Check(
        "REL-1",
        "an account has one responsible account on any day",
        "SELECT count(*) FROM relations_responsibleaccount",
        _one_at_a_time("relations_responsibleaccount", "account_id", "account"),
    ),
    Check(
        "GRP-1",
        "a subscription has one payer and one group on any day",
        "SELECT count(*) FROM subscriptions_whopays",
        _one_at_a_time("subscriptions_whopays", "subscription_id", "subscription"),
    ),
    Check(
        "REL-2",
        "the customer hierarchy has no cycle",
        "SELECT count(*) FROM relations_customerparent",
        _cycles("relations_customerparent", "customer_id", "customer"),
    ),
    Check(
        "REL-2",
        "the account hierarchy has no cycle",
        "SELECT count(*) FROM relations_accountparent",
        _cycles("relations_accountparent", "account_id", "account"),
    ),
    Check(
        "CHI-2",
        "the customer hierarchy is at most ten deep",
        "SELECT count(*) FROM relations_customerparent",
        _deeper_than(10, "relations_customerparent", "customer_id"),
    ),
    Check(
        "AHI-2",
        "a parent account has the owner of its children",
        "SELECT count(*) FROM relations_accountparent",
        """
        SELECT format('account %s has another owner than its parent %s', account.number, parent.number)
        FROM relations_accountparent edge
        JOIN accounts_account account ON account.id = edge.account_id
        JOIN accounts_account parent ON parent.id = edge.parent_id
        WHERE account.owner_id <> parent.owner_id""",
    ),
    Check(
        "BHI-2",
        "a responsible account has owner, currency and bill cycle of what it manages",
        "SELECT count(*) FROM relations_responsibleaccount",
        """
        SELECT format('account %s differs from its responsible account %s', account.number, responsible.number)
        FROM relations_responsibleaccount edge
        JOIN accounts_account account ON account.id = edge.account_id
        JOIN accounts_account responsible ON responsible.id = edge.responsible_account_id
        JOIN accounts_owner owner ON owner.id = account.owner_id
        WHERE coalesce(upper(edge.during) > (now() AT TIME ZONE owner.time_zone)::date, true)
              -- who was linked once may differ (BHI-6)
          AND (account.owner_id, account.currency, account.bill_cycle_id)
              <> (responsible.owner_id, responsible.currency, responsible.bill_cycle_id)""",
    ),
    Check(
        "BHI-2",
        "responsible accounts make no chain",
        "SELECT count(*) FROM relations_responsibleaccount",
        """
        SELECT format('account %s is responsible for %s and managed itself on the same day',
                      edge.responsible_account_id, edge.account_id)
        FROM relations_responsibleaccount edge
        JOIN relations_responsibleaccount above
            ON above.account_id = edge.responsible_account_id AND above.during && edge.during""",
    ),
)
