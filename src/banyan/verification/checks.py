"""The checks: each names its rule, says what holds, counts what it looks at, and finds what is wrong.

`faults` gives one row with one text for each fault. Relations hold on the days of a range, so two rows that are both
right alone may be wrong together: `a && b` is "on some day at the same time".
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: `looked_at` counts the rows that it is about, `faults` describes those that break it."""

    rule: str
    says: str
    looked_at: str
    faults: str


def _one_at_a_time(table: str, subject: str, what: str) -> str:
    """Relations of a kind that hold for one subject on the same day (REL-1)."""
    return f"""
        SELECT format('{what} %s has relations %s and %s on the same day', one.{subject}, one.id, other.id)
        FROM {table} one JOIN {table} other
            ON other.{subject} = one.{subject} AND other.id > one.id AND other.during && one.during"""


def _walk_up(table: str, subject: str) -> str:
    """Every way up a hierarchy, as far as it holds on some day; `looped` where it comes by the same place again."""
    return f"""
        WITH RECURSIVE way(start, at, during, levels) AS (
            SELECT {subject}, parent_id, during, 2 FROM {table}
            UNION ALL
            SELECT way.start, edge.parent_id, way.during * edge.during, way.levels + 1
            FROM way JOIN {table} edge ON edge.{subject} = way.at AND edge.during && way.during
        ) CYCLE at SET looped USING places"""


def _cycles(table: str, subject: str, what: str) -> str:
    return f"""{_walk_up(table, subject)}
        SELECT DISTINCT format('{what} %s is above itself', at) FROM way WHERE looped"""


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
        f"""{_walk_up("relations_customerparent", "customer_id")}
        SELECT format('customer %s is %s deep', start, max(levels)) FROM way WHERE NOT looped AND levels > 10
        GROUP BY start""",
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
        WHERE (upper_inf(edge.during) OR upper(edge.during) > current_date)  -- who was linked once may differ (BHI-6)
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

INVOICES = (
    Check(
        "INV-4",
        "an invoice is the sum of its lines",
        "SELECT count(*) FROM invoices_invoice",
        """
        SELECT format('invoice %s says %s less %s plus %s, its lines %s less %s plus %s', invoice.id,
                      invoice.gross, invoice.discount, invoice.tax, sum.gross, sum.discount, sum.tax)
        FROM invoices_invoice invoice LEFT JOIN (
            SELECT invoice_id, sum(gross) AS gross, sum(discount) AS discount, sum(tax) AS tax
            FROM invoices_invoiceline GROUP BY invoice_id
        ) AS sum ON sum.invoice_id = invoice.id
        WHERE (invoice.gross, invoice.discount, invoice.tax) IS DISTINCT FROM (sum.gross, sum.discount, sum.tax)""",
    ),
    Check(
        "MON-1",
        "discount and tax of a line are the sums of its discounts and taxes",
        "SELECT count(*) FROM invoices_invoiceline",
        """
        SELECT format('line %s of invoice %s', line.id, line.invoice_id) FROM invoices_invoiceline line
        WHERE (line.discounts IS NOT NULL OR line.taxes IS NOT NULL OR line.discount <> 0 OR line.tax <> 0)
          AND (line.discount <> (SELECT coalesce(sum((taken ->> 2)::numeric), 0)
                                 FROM jsonb_array_elements(coalesce(line.discounts, '[]')) AS taken)
            OR line.tax <> (SELECT coalesce(sum((taken ->> 2)::numeric), 0)
                            FROM jsonb_array_elements(coalesce(line.taxes, '[]')) AS taken))""",
    ),
    Check(
        "INV-1",
        "a line is on an invoice, and comes from an item or a charge that is there",
        "SELECT count(*) FROM invoices_invoiceline",
        """
        SELECT format('line %s refers to what is not there', line.id)
        FROM invoices_invoiceline line
        LEFT JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        LEFT JOIN accounts_account account ON account.id = line.account_id
        LEFT JOIN subscriptions_subscriptionitem item ON item.id = line.item_id
        LEFT JOIN subscriptions_charge charge ON charge.id = line.charge_id
        WHERE invoice.id IS NULL OR account.id IS NULL OR (item.id IS NULL AND charge.id IS NULL)""",
    ),
    Check(
        "INV-2",
        "an invoice has owner and currency of its account, and is due after its date",
        "SELECT count(*) FROM invoices_invoice",
        """
        SELECT format('invoice %s', invoice.id)
        FROM invoices_invoice invoice LEFT JOIN accounts_account account ON account.id = invoice.account_id
        WHERE (invoice.owner_id, invoice.currency) IS DISTINCT FROM (account.owner_id, account.currency)
           OR invoice.due_date < invoice.invoice_date""",
    ),
    Check(
        "INV-7",
        "no invoice is below zero",
        "SELECT count(*) FROM invoices_invoice",
        "SELECT format('invoice %s', id) FROM invoices_invoice WHERE gross - discount + tax < 0",
    ),
    Check(
        "INV-3",
        "invoice numbers have no gap and no repeat",
        "SELECT count(*) FROM invoices_invoice WHERE sequence_number IS NOT NULL",
        """
        SELECT format('owner %s counted up to %s and gave %s numbers, %s of them different, up to %s',
                      owner_id, coalesce(last_number, 0), given, different, highest)
        FROM (
            SELECT owner_id, count(*) AS given, count(DISTINCT sequence_number) AS different,
                   max(sequence_number) AS highest
            FROM invoices_invoice WHERE sequence_number IS NOT NULL GROUP BY owner_id
        ) numbered FULL JOIN invoices_invoicecounter USING (owner_id)
        WHERE coalesce(last_number, 0) <> coalesce(given, 0) OR given <> different OR given <> highest""",
    ),
    Check(
        "INV-3",
        "what is issued has a number, and a draft has none and waits for somebody",
        "SELECT count(*) FROM invoices_invoice",
        """
        SELECT format('invoice %s is %s, its number %s, its run %s',
                      invoice.id, invoice.status, coalesce(invoice.sequence_number::text, 'none'), run.status)
        FROM invoices_invoice invoice LEFT JOIN billruns_billrun run ON run.id = invoice.bill_run_id
        WHERE (invoice.status = 'draft') <> (invoice.sequence_number IS NULL)
           OR (invoice.status = 'draft' AND coalesce(run.status, '') NOT IN ('running', 'awaiting_approval', 'failed'))
        """,
    ),
    Check(
        "INV-6",
        "the lines of a void invoice are free to be billed again, and no others",
        "SELECT count(*) FROM invoices_invoiceline",
        """
        SELECT format('line %s of invoice %s, which is %s', line.id, invoice.id, invoice.status)
        FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
        WHERE line.live = (invoice.status = 'void')""",
    ),
    Check(
        "INV-9",
        "an issued invoice keeps versions of its own parties and of every account on its lines",
        "SELECT count(*) FROM invoices_invoice WHERE status <> 'draft'",
        """
        SELECT format('invoice %s', invoice.id)
        FROM invoices_invoice invoice
        JOIN accounts_account account ON account.id = invoice.account_id
        LEFT JOIN accounts_ownerversion seller ON seller.id = invoice.seller_version
        LEFT JOIN accounts_customerversion buyer ON buyer.id = invoice.buyer_version
        LEFT JOIN accounts_paymenttermversion term ON term.id = invoice.term_version
        WHERE invoice.status <> 'draft' AND (
            seller.owner_id IS DISTINCT FROM invoice.owner_id OR buyer.customer_id IS DISTINCT FROM account.customer_id
            OR term.id IS NULL
            OR EXISTS (
                SELECT invoice.account_id
                UNION
                SELECT line.account_id FROM invoices_invoiceline line WHERE line.invoice_id = invoice.id
                EXCEPT
                SELECT version.account_id FROM accounts_accountversion version
                WHERE version.id = ANY(invoice.account_versions)))""",
    ),
    Check(
        "INV-9",
        "the last version of a party is what the party is now",
        "SELECT count(*) FROM accounts_accountversion",
        """
        SELECT format('owner %s', party.id) FROM accounts_owner party
        LEFT JOIN LATERAL (SELECT * FROM accounts_ownerversion version WHERE version.owner_id = party.id
                           ORDER BY version.id DESC LIMIT 1) last ON true
        WHERE (party.legal_name, party.address, party.tax_registrations, party.language)
            IS DISTINCT FROM (last.legal_name, last.address, last.tax_registrations, last.language)
        UNION ALL
        SELECT format('customer %s', party.id) FROM accounts_customer party
        LEFT JOIN LATERAL (SELECT * FROM accounts_customerversion version WHERE version.customer_id = party.id
                           ORDER BY version.id DESC LIMIT 1) last ON true
        WHERE (party.number, party.name, party.tax_number, party.tax_id_validated, party.billing_address,
               party.service_address, party.shipping_address)
            IS DISTINCT FROM (last.number, last.name, last.tax_number, last.tax_id_validated, last.billing_address,
                              last.service_address, last.shipping_address)
        UNION ALL
        SELECT format('account %s', party.id) FROM accounts_account party
        LEFT JOIN LATERAL (SELECT * FROM accounts_accountversion version WHERE version.account_id = party.id
                           ORDER BY version.id DESC LIMIT 1) last ON true
        WHERE (party.number, party.name, party.billing_address, party.shipping_address, party.billing_details,
               party.contact_name, party.preferred_language)
            IS DISTINCT FROM (last.number, last.name, last.billing_address, last.shipping_address,
                              last.billing_details, last.contact_name, last.preferred_language)
        UNION ALL
        SELECT format('payment term %s', party.id) FROM accounts_paymentterm party
        LEFT JOIN LATERAL (SELECT * FROM accounts_paymenttermversion version WHERE version.payment_term_id = party.id
                           ORDER BY version.id DESC LIMIT 1) last ON true
        WHERE (party.name, party.days) IS DISTINCT FROM (last.name, last.days)""",
    ),
    Check(
        "RUN-2",
        "every item is billed once for every day",
        "SELECT count(*) FROM invoices_invoiceline WHERE live AND item_id IS NOT NULL",
        # Where periods change under way (SUB-2) the rest of an old one is credited, unless it is too little or waits.
        """
        SELECT format('item %s is billed for %s by line %s and by line %s', one.item_id, one.period_start,
                      other.id, one.id)
        FROM invoices_invoiceline one
        JOIN invoices_invoiceline other ON other.item_id = one.item_id AND other.id <> one.id
            AND (other.period_start, other.id) < (one.period_start, one.id) AND one.period_start < other.period_end
        JOIN subscriptions_subscriptionitem item ON item.id = one.item_id
        WHERE one.live AND one.kind <> 'correction' AND other.live AND other.kind <> 'correction'
          AND ((one.price_id = other.price_id
                AND one.account_id NOT IN (SELECT account_id FROM subscriptions_earlierbillcycle))
            OR (item.changed_from IS NULL
                AND least(abs(one.gross) / (one.period_end - one.period_start),
                          abs(other.gross) / (other.period_end - other.period_start))
                    * (least(one.period_end, other.period_end) - one.period_start) >= 1
                AND NOT EXISTS (
                    SELECT 1 FROM invoices_invoiceline credit
                    WHERE credit.item_id = one.item_id AND credit.live AND credit.kind = 'correction'
                      AND credit.period_start < least(one.period_end, other.period_end)
                      AND credit.period_end > one.period_start)))
        UNION ALL
        SELECT format('item %s has %s lines with number %s from %s', item_id, count(*), correction, period_start)
        FROM invoices_invoiceline WHERE live AND item_id IS NOT NULL
        GROUP BY item_id, period_start, correction HAVING count(*) > 1""",
    ),
    Check(
        "SUB-7",
        "a charge is on one invoice when it is billed, and on none before",
        "SELECT count(*) FROM subscriptions_charge",
        """
        SELECT format('charge %s is %s and on %s live lines',
                      charge.id, CASE WHEN charge.billed THEN 'billed' ELSE 'not billed' END, count(line.id))
        FROM subscriptions_charge charge
        LEFT JOIN invoices_invoiceline line ON line.charge_id = charge.id AND line.live
        GROUP BY charge.id HAVING count(line.id) <> CASE WHEN charge.billed THEN 1 ELSE 0 END""",
    ),
    Check(
        "SUB-5",
        "an item knows of everything that it was billed for",
        "SELECT count(*) FROM subscriptions_subscriptionitem",
        """
        SELECT format('item %s says it is billed until %s, its lines %s',
                      item.id, coalesce(item.billed_until::text, 'never'), billed.until)
        FROM subscriptions_subscriptionitem item JOIN (
            SELECT item_id, max(period_end) AS until FROM invoices_invoiceline
            WHERE live AND item_id IS NOT NULL AND kind <> 'correction' GROUP BY item_id
        ) AS billed ON billed.item_id = item.id
        WHERE item.changed_from IS NULL AND item.billed_until IS DISTINCT FROM billed.until
          AND (item.billed_until IS NULL OR item.billed_until < billed.until)""",
    ),
    Check(
        "SUB-5",
        "an item that was billed for a month or more and costs ten or more has a line",
        "SELECT count(*) FROM subscriptions_subscriptionitem WHERE billed_until IS NOT NULL",
        """
        SELECT format('item %s says it is billed until %s and is on no invoice', item.id, item.billed_until)
        FROM subscriptions_subscriptionitem item
        JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
        JOIN catalog_price price ON price.id = item.price_id
        JOIN accounts_account account ON account.id = subscription.account_id AND account.status = 'active'
        WHERE item.changed_from IS NULL AND item.billed_until - subscription.start_date >= 28
          AND subscription.end_date IS NULL AND price.type = 'recurring' AND price.interval_count = 1
          AND CASE price.model WHEN 'flat' THEN price.flat_amount
                               WHEN 'per_unit' THEN price.unit_amount * item.quantity END >= 10
          AND NOT EXISTS (SELECT 1 FROM subscriptions_itemterms terms WHERE terms.item_id = item.id)
          AND NOT EXISTS (SELECT 1 FROM invoices_invoiceline line WHERE line.item_id = item.id AND line.live)""",
    ),
    Check(
        "SUB-6",
        "a correction names a line of the same item",
        "SELECT count(*) FROM invoices_invoiceline WHERE kind = 'correction'",
        """
        SELECT format('line %s corrects line %s', line.id, coalesce(line.corrects::text, 'none'))
        FROM invoices_invoiceline line LEFT JOIN invoices_invoiceline corrected ON corrected.id = line.corrects
        WHERE (line.kind = 'correction' OR line.corrects IS NOT NULL)
          AND line.item_id IS DISTINCT FROM corrected.item_id""",
    ),
)

LEDGER = (
    Check(
        "LED-1",
        "every posting moves an amount above zero between two kinds of accounts",
        "SELECT count(*) FROM ledger_posting",
        """
        SELECT format('posting %s of %s %s', id, source_kind, source_id) FROM ledger_posting
        WHERE amount <= 0 OR debit_kind NOT IN ('receivable', 'revenue', 'tax_payable')
           OR credit_kind NOT IN ('receivable', 'revenue', 'tax_payable')
           OR (debit_kind = 'receivable') = (credit_kind = 'receivable')""",
    ),
    Check(
        "LED-1",
        "what is issued is posted to the receivables of its payer, and what is void is posted back",
        "SELECT count(*) FROM invoices_invoice",
        """
        SELECT format('invoice %s is %s with %s; %s are posted and %s back',
                      invoice.id, invoice.status, invoice.total, coalesce(posted.issued, 0), coalesce(posted.back, 0))
        FROM (SELECT id, status, account_id, currency, gross - discount + tax AS total FROM invoices_invoice) invoice
        LEFT JOIN (
            SELECT source_id, account_id, currency, sum(amount) FILTER (WHERE source_kind = 'invoice') AS issued,
                   -sum(amount) FILTER (WHERE source_kind = 'void') AS back
            FROM (
                SELECT source_kind, source_id, currency, debit_account_id AS account_id, amount
                FROM ledger_posting WHERE debit_kind = 'receivable'
                UNION ALL
                SELECT source_kind, source_id, currency, credit_account_id, -amount
                FROM ledger_posting WHERE credit_kind = 'receivable'
            ) movement
            GROUP BY source_id, account_id, currency
        ) posted ON posted.source_id = invoice.id AND posted.account_id = invoice.account_id
            AND posted.currency = invoice.currency
        WHERE coalesce(posted.issued, 0) <> CASE invoice.status WHEN 'draft' THEN 0 ELSE invoice.total END
           OR coalesce(posted.back, 0) <> CASE invoice.status WHEN 'void' THEN invoice.total ELSE 0 END""",
    ),
    Check(
        "LED-1",
        "every posting comes from an invoice that is issued",
        "SELECT count(*) FROM ledger_posting",
        """
        SELECT format('posting %s of %s %s', posting.id, posting.source_kind, posting.source_id)
        FROM ledger_posting posting LEFT JOIN invoices_invoice invoice ON invoice.id = posting.source_id
        WHERE posting.source_kind IN ('invoice', 'void')
          AND (invoice.id IS NULL OR invoice.status = 'draft'
               OR (posting.source_kind = 'void' AND invoice.status <> 'void'))""",
    ),
    Check(
        "LED-2",
        "revenue and tax payable are what the lines say, account by account",
        "SELECT count(*) FROM ledger_posting",
        """
        SELECT format('account %s in %s: lines %s and %s, ledger %s and %s', account_id, currency,
                      lines.net, lines.tax, ledger.revenue, ledger.tax_payable)
        FROM (
            SELECT line.account_id, invoice.currency, sum(line.gross - line.discount) AS net, sum(line.tax) AS tax
            FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
            WHERE invoice.status NOT IN ('draft', 'void') GROUP BY line.account_id, invoice.currency
        ) lines
        FULL JOIN (
            SELECT account_id, currency, sum(amount) FILTER (WHERE kind = 'revenue') AS revenue,
                   sum(amount) FILTER (WHERE kind = 'tax_payable') AS tax_payable
            FROM (
                SELECT credit_account_id AS account_id, currency, credit_kind AS kind, amount
                FROM ledger_posting WHERE credit_kind <> 'receivable'
                UNION ALL
                SELECT debit_account_id, currency, debit_kind, -amount
                FROM ledger_posting WHERE debit_kind <> 'receivable'
            ) movement
            GROUP BY account_id, currency
        ) ledger USING (account_id, currency)
        WHERE coalesce(lines.net, 0) <> coalesce(ledger.revenue, 0)
           OR coalesce(lines.tax, 0) <> coalesce(ledger.tax_payable, 0)""",
    ),
)

RUNS = (
    Check(
        "RUN-1",
        "a bill cycle has one run at a time",
        "SELECT count(*) FROM billruns_billrun WHERE mode = 'bill'",
        """
        SELECT format('bill cycle %s has %s runs under way', bill_cycle_id, count(*)) FROM billruns_billrun
        WHERE mode = 'bill' AND status IN ('queued', 'running', 'awaiting_approval')
        GROUP BY bill_cycle_id HAVING count(*) > 1""",
    ),
    Check(
        "RUN-2",
        "a run that has ended has done all its batches",
        "SELECT count(*) FROM billruns_batch",
        """
        SELECT format('batch %s of run %s, which is %s', batch.id, run.id, run.status)
        FROM billruns_batch batch JOIN billruns_billrun run ON run.id = batch.run_id
        WHERE NOT batch.done AND run.status IN ('completed', 'completed_with_errors', 'discarded', 'reversed')""",
    ),
    Check(
        "RUN-9",
        "a completed run has proved itself",
        "SELECT count(*) FROM billruns_billrun WHERE mode = 'bill'",
        """
        SELECT format('run %s is %s', id, status) FROM billruns_billrun
        WHERE mode = 'bill' AND status IN ('completed', 'completed_with_errors')
          AND (certificate IS NULL OR jsonb_path_exists(certificate, '$.checks[*] ? (@.holds == false)'))""",
    ),
    Check(
        "RUN-8",
        "a run that is reversed or discarded has left nothing behind",
        "SELECT count(*) FROM billruns_billrun WHERE status IN ('reversed', 'discarded')",
        """
        SELECT format('invoice %s is %s, its run %s', invoice.id, invoice.status, run.status)
        FROM billruns_billrun run JOIN invoices_invoice invoice ON invoice.bill_run_id = run.id
        WHERE (run.status = 'reversed' AND invoice.status <> 'void') OR run.status = 'discarded'""",
    ),
)

CHECKS = RELATIONS + ACCOUNTS_AND_SUBSCRIPTIONS + INVOICES + LEDGER + RUNS
