"""The ledger against the invoices."""

from banyan.verification.check import Check

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
        WHERE posting.source_kind NOT IN ('invoice', 'void')
           OR (invoice.id IS NULL OR invoice.status = 'draft'
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
    Check(
        "LED-1",
        "what an invoice posts to each account is what its lines say, and a void posts all of it back",
        "SELECT count(*) FROM ledger_posting",
        """
        WITH posted AS (
            SELECT source_kind, source_id, account_id, kind, sum(amount) AS amount
            FROM (
                SELECT source_kind, source_id, debit_account_id AS account_id, debit_kind AS kind, amount
                FROM ledger_posting WHERE debit_kind <> 'receivable'
                UNION ALL
                SELECT source_kind, source_id, credit_account_id, credit_kind, -amount
                FROM ledger_posting WHERE credit_kind <> 'receivable'
            ) AS side
            GROUP BY source_kind, source_id, account_id, kind
        ), charged AS (
            SELECT invoice.id, invoice.status = 'void' AS is_void, line.account_id,
                   sum(line.gross - line.discount) AS net, sum(line.tax) AS tax
            FROM invoices_invoice invoice JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
            WHERE invoice.status <> 'draft' GROUP BY invoice.id, line.account_id
        ), expected AS (
            SELECT 'invoice' AS source_kind, id AS source_id, account_id, 'revenue' AS kind, -net AS amount FROM charged
            UNION ALL SELECT 'invoice', id, account_id, 'tax_payable', -tax FROM charged
            UNION ALL SELECT 'void', id, account_id, 'revenue', net FROM charged WHERE is_void
            UNION ALL SELECT 'void', id, account_id, 'tax_payable', tax FROM charged WHERE is_void
        )
        SELECT format('%s %s should have posted %s to %s of account %s, and has posted %s', source_kind, source_id,
                      coalesce(expected.amount, 0), kind, account_id, coalesce(posted.amount, 0))
        FROM posted FULL JOIN expected USING (source_kind, source_id, account_id, kind)
        WHERE coalesce(posted.amount, 0) <> coalesce(expected.amount, 0)""",
    ),
    Check(
        "LED-2",
        "what an invoice posts is dated like it, and its reverse on one day since its run",
        "SELECT count(*) FROM ledger_posting",
        """
        SELECT format('posting %s of %s %s is dated %s, the invoice %s', posting.id, posting.source_kind,
                      posting.source_id, posting.posted_on, invoice.invoice_date)
        FROM ledger_posting posting
        JOIN invoices_invoice invoice ON invoice.id = posting.source_id
        JOIN accounts_owner owner ON owner.id = invoice.owner_id
        LEFT JOIN billruns_billrun run ON run.id = invoice.bill_run_id
        WHERE (posting.source_kind = 'invoice' AND posting.posted_on <> invoice.invoice_date)
           OR (posting.source_kind = 'void' AND (
                posting.posted_on < least(invoice.invoice_date, (run.created_at AT TIME ZONE 'UTC')::date - 1)
                OR posting.posted_on > greatest(invoice.invoice_date, (now() AT TIME ZONE owner.time_zone)::date)))
        UNION ALL
        SELECT format('the reverse of invoice %s is posted from %s to %s', source_id, min(posted_on), max(posted_on))
        FROM ledger_posting WHERE source_kind = 'void'
        GROUP BY source_id HAVING min(posted_on) <> max(posted_on)""",
    ),
)
