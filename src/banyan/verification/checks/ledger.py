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
