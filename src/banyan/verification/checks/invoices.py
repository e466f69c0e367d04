"""Invoices with their lines and numbers, and what they say is billed."""

from banyan.verification.check import Check

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
        WHERE invoice.id IS NULL OR account.id IS NULL
           OR (item.id IS NULL AND charge.id IS NULL
               -- once its invoice is void a charge can be deleted (SUB-7)
               AND (line.live OR NOT EXISTS (
                   SELECT FROM foundation_historyentry entry
                   WHERE entry.subject_kind = 'charge' AND entry.subject_id = line.charge_id
                     AND entry.action = 'deleted')))""",
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
        "numbers are given in the order in which invoices are made",
        "SELECT count(*) FROM invoices_invoice WHERE sequence_number IS NOT NULL",
        # Batches give theirs at the same time. Runs of a cycle follow each other; only what is reissued comes later.
        """
        WITH numbered AS (
            SELECT invoice.id, invoice.owner_id, invoice.sequence_number, invoice.bill_run_id, batch.id AS batch_id,
                   invoice.reissue_of IS NULL AS of_run
            FROM invoices_invoice invoice
            LEFT JOIN LATERAL (
                SELECT max(batch.id) AS id FROM billruns_batch batch
                WHERE batch.run_id = invoice.bill_run_id
                  AND invoice.account_id BETWEEN batch.first_account AND batch.last_account
            ) AS batch ON true
            WHERE invoice.sequence_number IS NOT NULL
        ), followed AS (
            SELECT *, lag(sequence_number) OVER (PARTITION BY owner_id, batch_id ORDER BY id) AS before FROM numbered
        ), of_run AS (
            SELECT owner_id, bill_cycle_id, run.id, min(sequence_number) AS first, max(sequence_number) AS last
            FROM numbered JOIN billruns_billrun run ON run.id = numbered.bill_run_id AND numbered.of_run
            GROUP BY owner_id, bill_cycle_id, run.id
        )
        SELECT format('invoice %s has number %s, the one before it %s', id, sequence_number, before)
        FROM followed WHERE sequence_number < before
        UNION ALL
        SELECT format('run %s has number %s, the run %s before it %s', run.id, run.first, earlier.id, earlier.last)
        FROM of_run run JOIN of_run earlier ON earlier.owner_id = run.owner_id
            AND earlier.bill_cycle_id = run.bill_cycle_id AND earlier.id < run.id AND earlier.last > run.first""",
    ),
    Check(
        "INV-2",
        "an invoice is dated by its run or reissue, and due by its payment term",
        "SELECT count(*) FROM invoices_invoice",
        # Invoices from before payment terms were kept with them have the terms of the day on which that began.
        """
        SELECT format('invoice %s is dated %s and due %s, its run is for %s and its term %s days', invoice.id,
                      invoice.invoice_date, invoice.due_date, coalesce(run.billing_date::text, 'no day'), term.days)
        FROM invoices_invoice invoice
        LEFT JOIN billruns_billrun run ON run.id = invoice.bill_run_id AND run.mode = 'bill'
        LEFT JOIN accounts_paymenttermversion term ON term.id = invoice.term_version
        WHERE run.id IS NULL
           OR CASE WHEN invoice.reissue_of IS NULL THEN invoice.invoice_date <> run.billing_date
                   ELSE invoice.invoice_date < (run.created_at AT TIME ZONE 'UTC')::date - 1 END
           OR (term.days <> invoice.due_date - invoice.invoice_date
               AND NOT EXISTS (SELECT FROM accounts_paymenttermversion other
                               WHERE other.days = invoice.due_date - invoice.invoice_date))""",
    ),
    Check(
        "INV-2",
        "what is marked as paid or written off was nothing to pay, as long as there are no payments",
        "SELECT count(*) FROM invoices_invoice",
        """
        SELECT format('invoice %s of %s is %s', id, gross - discount + tax, status)
        FROM invoices_invoice WHERE status IN ('paid', 'written_off') AND gross - discount + tax <> 0""",
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
        WHERE (party.legal_name, party.address, party.tax_registrations, party.language, party.tax_rounding)
            IS DISTINCT FROM (last.legal_name, last.address, last.tax_registrations, last.language, last.tax_rounding)
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
        "INV-10",
        "a reissued invoice says what the one that it replaces said, line by line",
        "SELECT count(*) FROM invoices_invoice WHERE reissue_of IS NOT NULL",
        """
        SELECT format('invoice %s does not say what invoice %s said', invoice.id, invoice.reissue_of)
        FROM invoices_invoice invoice LEFT JOIN invoices_invoice replaced ON replaced.id = invoice.reissue_of
        WHERE invoice.reissue_of IS NOT NULL AND (
            coalesce(replaced.status, '') <> 'void'
            OR (SELECT jsonb_agg(to_jsonb(line) - '{id,invoice_id,live,repeats}'::text[]
                                 || jsonb_build_object('first', line.repeats) ORDER BY line.id)
                FROM invoices_invoiceline line WHERE line.invoice_id = invoice.id)
            IS DISTINCT FROM
               (SELECT jsonb_agg(to_jsonb(line) - '{id,invoice_id,live,repeats}'::text[]
                                 || jsonb_build_object('first', coalesce(line.repeats, line.id)) ORDER BY line.id)
                FROM invoices_invoiceline line WHERE line.invoice_id = invoice.reissue_of))""",
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
        JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
        JOIN accounts_account account ON account.id = subscription.account_id
        WHERE item.changed_from IS NULL AND (item.billed_until IS NULL OR item.billed_until < least(
                  billed.until, subscription.ends_before, item.ends_before, account.inactive_since + 1))
          AND NOT EXISTS (SELECT FROM subscriptions_billingpause pause
                          WHERE pause.account_id = account.id AND pause.during @> item.billed_until)
          AND NOT EXISTS (SELECT FROM subscriptions_subscriptionpause pause
                          WHERE pause.subscription_id = subscription.id AND pause.during @> item.billed_until)""",
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
        WHERE item.changed_from IS NULL AND item.billed_until - coalesce(item.start_date, subscription.start_date) >= 28
          AND subscription.ends_before IS NULL AND item.ends_before IS NULL
          AND price.type = 'recurring' AND price.interval_count = 1
          AND CASE price.model WHEN 'flat' THEN price.flat_amount
                               WHEN 'per_unit' THEN price.unit_amount * item.quantity END >= 10
          AND NOT EXISTS (SELECT 1 FROM subscriptions_itemterms terms WHERE terms.item_id = item.id)
          AND NOT EXISTS (SELECT 1 FROM subscriptions_subscriptionpause pause
                          WHERE pause.subscription_id = subscription.id)
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
