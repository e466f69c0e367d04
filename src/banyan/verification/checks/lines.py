"""What invoice lines say of themselves, against the items, charges, prices and relations that they come from.

Amounts are not worked out anew here: that is the second opinion's (`banyan verify --amounts`).
"""

from banyan.kernel.money import CURRENCIES
from banyan.verification.check import Check
from banyan.verification.checks.prices import MOST_DAYS

LIVE_LINES = "SELECT count(*) FROM invoices_invoiceline WHERE live"

# The amount of a currency's minor unit, by the currency of the invoice.
MINOR_UNIT = (
    "CASE "
    + " ".join(
        f"WHEN invoice.currency IN ({', '.join(repr(code) for code in CURRENCIES if CURRENCIES[code] == decimals)})"
        f" THEN {10**-decimals:.{decimals}f}"
        for decimals in sorted(set(CURRENCIES.values()) - {2})
    )
    + " ELSE 0.01 END"
)

# Who pays for a line by WHO-5 on the billing date of its run, as it is told now.
WHO_PAYS = """
    SELECT line.id, line.account_id, line.subscription_id, line.item_id, line.payer_trail, line.kind,
           payer.invoice_rendering_type AS rendering,
           invoice.id AS invoice_id, invoice.account_id AS invoiced, invoice.for_account_id, invoice.group_id,
           invoice.subscription_id AS separate_id, invoice.charge_id AS separate_charge, run.id AS run_id,
           run.created_at, who.id AS who_id, who.mode, who.group_id AS chosen_group, chosen.id AS chosen_id,
           line.charge_id, charge.who_pays_mode AS mode_of_charge, by_choice.account_id AS by_choice,
           default_group.id AS default_group,
           coalesce(edge.responsible_account_id, by_choice.account_id, chosen.id, line.account_id) AS pays
    FROM invoices_invoiceline line
    JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
    JOIN billruns_billrun run ON run.id = invoice.bill_run_id
    JOIN accounts_account source ON source.id = line.account_id
    JOIN accounts_account payer ON payer.id = invoice.account_id
    LEFT JOIN subscriptions_whopays who
        ON who.subscription_id = line.subscription_id AND who.during @> run.billing_date
    LEFT JOIN subscriptions_subscriptiongroup grp ON grp.id = who.group_id
    LEFT JOIN accounts_account chosen
        ON who.id IS NOT NULL AND chosen.customer_id = coalesce(grp.payer_id, source.customer_id) AND chosen.is_default
    LEFT JOIN LATERAL (SELECT CASE WHEN line.charge_id IS NOT NULL
        THEN banyan_account_chosen_for(line.charge_id, run.billing_date) END AS account_id) AS by_choice ON true
    LEFT JOIN subscriptions_charge charge ON charge.id = line.charge_id
    LEFT JOIN accounts_account by_choice_account ON by_choice_account.id = by_choice.account_id
    LEFT JOIN subscriptions_subscriptiongroup default_group
        ON default_group.payer_id = by_choice_account.customer_id AND default_group.is_default
    LEFT JOIN relations_responsibleaccount edge
        ON edge.account_id = coalesce(by_choice.account_id, chosen.id, line.account_id)
        AND edge.during @> run.billing_date
    WHERE NOT jsonb_path_exists(coalesce(line.payer_trail, '[]'), '$[*][0] ? (@ == "SUB-6")')"""

# What was changed since the run was started, for days behind it as well, says nothing about the run.
CHANGED_SINCE = """(
    EXISTS (SELECT FROM foundation_historyentry entry
            WHERE entry.subject_kind = 'account' AND entry.at >= told.created_at
              AND entry.subject_id IN (told.account_id, told.invoiced, told.chosen_id, told.by_choice)
              AND entry.changes ?| '{responsible_account,is_default,customer_id,customer,invoice_rendering_type}')
    OR EXISTS (SELECT FROM foundation_historyentry entry
               WHERE entry.subject_kind = 'subscription' AND entry.at >= told.created_at
                 AND entry.subject_id = told.subscription_id AND entry.changes ? 'who_pays')
    OR (told.item_id IS NULL AND EXISTS (
        SELECT FROM foundation_historyentry entry
        WHERE entry.subject_kind = 'customer' AND entry.at >= told.created_at AND entry.changes ? 'parent'))
    OR EXISTS (SELECT FROM foundation_historyentry entry
               WHERE entry.subject_kind = 'charge' AND entry.at >= told.created_at
                 AND entry.subject_id = told.charge_id AND entry.action <> 'created'
                 AND entry.changes ?| '{subscription_id,who_pays_mode,payer_id}'))"""

# The group, subscription and charge that the invoice of a line is apart for: the choice of who pays for its
# subscription, or that of the charge itself.
APART_FOR = """(
    CASE WHEN mode <> 'customer_separate' THEN chosen_group
         WHEN mode_of_charge <> 'customer_separate' THEN default_group END,
    CASE WHEN mode = 'customer_separate' THEN subscription_id END,
    CASE WHEN mode_of_charge = 'customer_separate' THEN charge_id END)"""

LINES = (
    Check(
        "INV-4",
        "a line has the account, subscription and product of its item, or all that its charge says",
        LIVE_LINES,
        """
        SELECT format('line %s of invoice %s is of account %s, subscription %s, product %s, its item of %s, %s, %s',
                      line.id, line.invoice_id, line.account_id, line.subscription_id, line.product_id,
                      subscription.account_id, subscription.id, price.product_id)
        FROM invoices_invoiceline line
        JOIN subscriptions_subscriptionitem item ON item.id = line.item_id
        JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
        LEFT JOIN catalog_price price ON price.id = line.price_id
        WHERE (line.account_id, line.subscription_id, line.product_id)
              IS DISTINCT FROM (subscription.account_id, subscription.id, price.product_id)
        UNION ALL
        SELECT format('line %s of invoice %s is not as charge %s says', line.id, line.invoice_id, charge.id)
        FROM invoices_invoiceline line JOIN subscriptions_charge charge ON charge.id = line.charge_id
        WHERE line.live AND (line.account_id, line.subscription_id, line.product_id, line.description,
                             line.period_start, line.gross)
            IS DISTINCT FROM (charge.account_id, charge.subscription_id, charge.product_id, charge.description,
                              charge.date, charge.amount)""",
    ),
    Check(
        "CAT-1",
        "a line is described by what its product is, or was, called",
        LIVE_LINES,
        """
        SELECT format('line %s of invoice %s: %s, its product: %s', line.id, line.invoice_id, line.description,
                      product.name)
        FROM invoices_invoiceline line JOIN catalog_product product ON product.id = line.product_id
        WHERE line.item_id IS NOT NULL AND line.kind <> 'correction' AND line.description <> product.name
          AND NOT EXISTS (SELECT FROM foundation_historyentry entry
                          WHERE entry.subject_kind = 'product' AND entry.subject_id = product.id
                            AND entry.changes -> 'name' ? line.description)""",
    ),
    Check(
        "SUB-8",
        "a line has a price and a quantity that were agreed for its item",
        LIVE_LINES,
        """
        WITH odd AS (
            SELECT line.id, line.invoice_id, line.item_id, line.subscription_id, line.price_id, line.quantity,
                   sized.item_id IS NULL AS of_quantity
            FROM invoices_invoiceline line
            LEFT JOIN (SELECT id AS item_id, price_id FROM subscriptions_subscriptionitem
                       UNION SELECT item_id, price_id FROM subscriptions_itemterms) AS priced
                ON priced.item_id = line.item_id AND priced.price_id = line.price_id
            LEFT JOIN (SELECT id AS item_id, quantity FROM subscriptions_subscriptionitem
                       UNION SELECT item_id, quantity FROM subscriptions_itemterms) AS sized
                ON sized.item_id = line.item_id AND (sized.quantity = line.quantity OR line.kind = 'usage')
            WHERE line.item_id IS NOT NULL AND line.kind <> 'correction'
              AND (priced.item_id IS NULL OR sized.item_id IS NULL)
        )
        SELECT format('line %s of invoice %s has price %s and quantity %s', id, invoice_id, price_id, quantity)
        FROM odd
        WHERE NOT EXISTS (
              SELECT FROM foundation_historyentry entry
              WHERE entry.subject_kind = 'subscription' AND entry.subject_id = odd.subscription_id
                AND entry.changes ? 'item' AND jsonb_path_exists(
                    entry.changes, '$.item[*] ? (@.id == $item && @.price == $price)',
                    jsonb_build_object('item', odd.item_id, 'price', odd.price_id))
                AND (NOT of_quantity OR EXISTS (
                    SELECT FROM jsonb_array_elements(entry.changes -> 'item') AS terms
                    WHERE (terms ->> 'id')::bigint = odd.item_id
                      AND (terms ->> 'quantity')::numeric = odd.quantity)))""",
    ),
    Check(
        "SUB-5",
        "a line that nothing corrects is for the terms of its days",
        "SELECT count(*) FROM subscriptions_itemterms",
        # Of a month or more, under one set of terms, at so much a unit, so that another amount would be corrected.
        """
        SELECT format('line %s of invoice %s says %s x %s, from %s on %s x %s is agreed', line.id, line.invoice_id,
                      line.quantity, line.unit_amount, line.period_start, quantity.agreed, price.unit_amount)
        FROM subscriptions_subscriptionitem item
        JOIN invoices_invoiceline line ON line.item_id = item.id AND line.live AND line.kind = 'recurring'
            AND line.unit_amount IS NOT NULL AND line.period_end - line.period_start >= 28
        CROSS JOIN LATERAL (
            SELECT coalesce((SELECT terms.quantity FROM subscriptions_itemterms terms WHERE terms.item_id = item.id
                             AND terms.quantity IS NOT NULL AND terms.since <= line.period_start
                             ORDER BY terms.since DESC LIMIT 1), item.quantity) AS agreed) AS quantity
        JOIN catalog_price price ON price.model = 'per_unit' AND price.id = coalesce(
            (SELECT terms.price_id FROM subscriptions_itemterms terms WHERE terms.item_id = item.id
             AND terms.price_id IS NOT NULL AND terms.since <= line.period_start ORDER BY terms.since DESC LIMIT 1),
            item.price_id)
        WHERE item.changed_from IS NULL AND item.id IN (SELECT item_id FROM subscriptions_itemterms)
          AND abs(line.quantity * line.unit_amount - quantity.agreed * price.unit_amount) >= 1
          AND NOT EXISTS (SELECT FROM subscriptions_itemterms terms WHERE terms.item_id = item.id
                          AND terms.since > line.period_start AND terms.since < line.period_end)
          AND NOT EXISTS (SELECT FROM invoices_invoiceline correction
                          WHERE correction.item_id = item.id AND correction.live AND correction.kind = 'correction'
                            AND correction.period_start < line.period_end
                            AND correction.period_end > line.period_start)""",
    ),
    Check(
        "CAT-2",
        "where a price is so much a unit, or flat, a line says that, and a whole period costs it",
        LIVE_LINES,
        f"""
        SELECT format('line %s of invoice %s says %s x %s = %s, its price is %s a unit and %s a period', line.id,
                      line.invoice_id, line.quantity, coalesce(line.unit_amount::text, '-'), line.gross, price.a_unit,
                      price.a_unit * price.units)
        FROM invoices_invoiceline line
        JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        CROSS JOIN LATERAL (
            SELECT CASE price.model WHEN 'flat' THEN flat_amount ELSE price.unit_amount END AS a_unit,
                   CASE price.model WHEN 'flat' THEN 1 ELSE line.quantity END AS units,
                   price.model, {MOST_DAYS} AS most_days
            FROM catalog_price price WHERE price.id = line.price_id AND price.model IN ('flat', 'per_unit')
        ) AS price
        WHERE line.kind = 'recurring' AND (
            coalesce(line.unit_amount <> price.a_unit, price.model = 'per_unit')
            OR line.gross > price.a_unit * price.units + {MINOR_UNIT}
            OR (line.period_end - line.period_start >= price.most_days
                AND line.gross < price.a_unit * price.units - {MINOR_UNIT}))""",
    ),
    Check(
        "DIS-1",
        "a discount on a line is one of the account that it comes from or that pays, and no more than its percent",
        "SELECT count(*) FROM invoices_invoiceline WHERE discounts IS NOT NULL",
        f"""
        SELECT format('line %s of invoice %s: %s', line.id, line.invoice_id, line.discounts)
        FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        WHERE line.discounts IS NOT NULL AND (
            EXISTS (SELECT FROM jsonb_array_elements(line.discounts) AS taken
                    WHERE NOT EXISTS (SELECT FROM catalog_discount discount
                                      WHERE discount.account_id IN (line.account_id, invoice.account_id)
                                        AND discount.percent IS NOT DISTINCT FROM (taken ->> 1)::numeric
                                        AND coalesce(discount.id = (taken ->> 3)::bigint, true)))
            OR (line.kind <> 'correction' AND abs(line.discount) > abs(line.gross))
            OR (line.kind <> 'correction' AND line.discounts -> 0 ->> 1 IS NOT NULL
                AND abs((line.discounts -> 0 ->> 2)::numeric
                        - line.gross * (line.discounts -> 0 ->> 1)::numeric / 100) >= {MINOR_UNIT}))""",
    ),
    Check(
        "TAX-1",
        "a tax on a line is a rate that there is, and its percent of the net amount",
        "SELECT count(*) FROM invoices_invoiceline WHERE taxes IS NOT NULL",
        f"""
        SELECT format('line %s of invoice %s: %s', line.id, line.invoice_id, line.taxes)
        FROM invoices_invoiceline line
        JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        CROSS JOIN jsonb_array_elements(line.taxes) AS taken
        LEFT JOIN (SELECT DISTINCT name, percent FROM catalog_taxrate) rate
            ON rate.name = taken ->> 0 AND rate.percent = (taken ->> 1)::numeric
        WHERE line.taxes IS NOT NULL AND (
            (line.live AND rate.name IS NULL)
            OR (line.kind <> 'correction' AND abs((taken ->> 2)::numeric
                - (line.gross - line.discount) * (taken ->> 1)::numeric / 100) >= {MINOR_UNIT}))""",
    ),
    Check(
        "SUB-6",
        "only what was changed is corrected, once for each change",
        "SELECT count(*) FROM invoices_invoiceline WHERE kind = 'correction'",
        """
        SELECT format('line %s of invoice %s corrects line %s of item %s, which never changed', line.id,
                      line.invoice_id, line.corrects, item.id)
        FROM invoices_invoiceline line JOIN subscriptions_subscriptionitem item ON item.id = line.item_id
        WHERE line.kind = 'correction' AND item.revision = 0
        UNION ALL
        SELECT format('line %s of invoice %s corrects line %s, which %s', line.id, line.invoice_id, line.corrects,
                      CASE WHEN corrected.kind = 'correction' THEN 'is a correction itself' ELSE 'came after it' END)
        FROM invoices_invoiceline line JOIN invoices_invoiceline corrected ON corrected.id = line.corrects
        WHERE corrected.id >= line.id OR corrected.invoice_id = line.invoice_id
           OR (corrected.kind = 'correction'  -- of a line that is void the corrections are taken back themselves
               AND EXISTS (SELECT FROM invoices_invoiceline first WHERE first.id = corrected.corrects AND first.live))
        UNION ALL
        SELECT format('item %s is as it was at first, and corrections of it come to %s', item.id, sum(line.gross))
        FROM invoices_invoiceline line
        JOIN subscriptions_subscriptionitem item ON item.id = line.item_id AND item.changed_from IS NULL
        JOIN catalog_price price ON price.id = item.price_id AND price.type = 'recurring'
        JOIN subscriptions_subscription subscription ON subscription.id = item.subscription_id
            AND subscription.ends_before IS NULL AND item.ends_before IS NULL
        JOIN accounts_account account ON account.id = subscription.account_id AND account.status <> 'inactive'
        WHERE line.kind = 'correction' AND line.live
          AND NOT EXISTS (SELECT FROM subscriptions_itemterms terms WHERE terms.item_id = item.id)
          AND NOT EXISTS (SELECT FROM invoices_invoiceline other WHERE other.item_id = item.id
                            AND other.kind <> 'correction'  -- billed while a change held that was taken back since
                            AND (other.quantity <> item.quantity OR other.price_id <> item.price_id))
          AND NOT EXISTS (SELECT FROM subscriptions_subscriptionpause pause
                          WHERE pause.subscription_id = subscription.id)
          AND NOT EXISTS (SELECT FROM subscriptions_billingpause pause WHERE pause.account_id = account.id)
          AND NOT EXISTS (SELECT FROM subscriptions_earlierbillcycle earlier WHERE earlier.account_id = account.id)
        GROUP BY item.id HAVING sum(line.gross) <> 0""",
    ),
    Check(
        "WHO-6",
        "the trail of a line leads from its account to the account that is invoiced",
        LIVE_LINES,
        """
        SELECT format('line %s of account %s, invoiced to account %s: %s', line.id, line.account_id, invoice.account_id,
                      coalesce(line.payer_trail::text, 'no trail'))
        FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
        WHERE CASE WHEN line.payer_trail IS NULL THEN line.account_id <> invoice.account_id ELSE
            (line.payer_trail -> 0 ->> 1)::bigint IS DISTINCT FROM line.account_id
            OR (line.payer_trail -> -1 ->> 2)::bigint IS DISTINCT FROM invoice.account_id
            OR jsonb_array_length(line.payer_trail) > 2
            OR (jsonb_array_length(line.payer_trail) = 2
                AND (line.payer_trail -> 0 ->> 2 IS DISTINCT FROM line.payer_trail -> 1 ->> 1
                     OR line.payer_trail -> 1 ->> 0 <> 'BHI-1'))
            OR line.payer_trail -> 0 ->> 0 NOT IN ('WHO-1', 'BHI-1', 'SUB-6', 'WHO-5') END""",
    ),
    Check(
        "WHO-5",
        "a line is on an invoice to who paid for it on the billing date",
        LIVE_LINES,
        f"""
        SELECT format('line %s of account %s is invoiced to account %s; %s pays', id, account_id, invoiced, pays)
        FROM ({WHO_PAYS}) AS told
        WHERE invoiced <> pays AND kind <> 'correction' AND NOT {CHANGED_SINCE}""",
    ),
    Check(
        "INV-1",
        "an invoice is apart from the payer's others for the group, subscription, charge or account of its lines",
        "SELECT count(*) FROM invoices_invoice",
        f"""
        SELECT DISTINCT format('invoice %s is for account %s, group %s, subscription %s, charge %s; line %s is not',
                      invoice_id, coalesce(for_account_id::text, 'none'), coalesce(group_id::text, 'none'),
                      coalesce(separate_id::text, 'none'), coalesce(separate_charge::text, 'none'), id)
        FROM ({WHO_PAYS}) AS told
        WHERE kind <> 'correction' AND NOT {CHANGED_SINCE} AND (
            (group_id, separate_id, separate_charge) IS DISTINCT FROM {APART_FOR}
            OR (for_account_id IS NOT NULL AND NOT jsonb_path_exists(
                    coalesce(payer_trail, '[]'), 'strict $[*] ? (@[0] == "BHI-1" && @[1] == $account)',
                    jsonb_build_object('account', for_account_id)))
            OR (jsonb_path_exists(coalesce(payer_trail, '[]'), 'strict $[*] ? (@[0] == "BHI-1")')
                AND (for_account_id IS NULL) = (rendering = 'per_account')))""",
    ),
)
