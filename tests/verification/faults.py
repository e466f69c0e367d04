"""Faults that somebody plants with SQL, past triggers and constraints, with invoice and ledger made to fit (REL-C).

Of each: what is planted, how, and what is to notice it. docs/reference/what-verify-finds.md is written from here.
"""

from dataclasses import dataclass

from banyan.billruns.writing import LINE_COLUMNS

COVERED = "an item that costs something every day has lines for every day until which it is billed"
REACHED = "no item is billed beyond the period that the last run has reached"
AGREED = "a line has a price and a quantity that were agreed for its item"
A_PERIOD = "where a price is so much a unit, or flat, a line says that, and a whole period costs it"
OF_ITEM = "a line has the account, subscription and product of its item, or all that its charge says"
CALLED = "a line is described by what its product is, or was, called"
DISCOUNTED = "a discount on a line is one of the account that it comes from or that pays, and no more than its percent"
TAXED = "a tax on a line is a rate that there is, and its percent of the net amount"
CORRECTED = "only what was changed is corrected, once for each change"
TRAIL = "the trail of a line leads from its account to the account that is invoiced"
PAID_BY = "a line is on an invoice to who paid for it on the billing date"
SPLIT = "an invoice is apart from the payer's others for the group, subscription, charge or account of its lines"
ONCE = "every item is billed once for every day"
DATED = "an invoice is dated by its run or reissue, and due by its payment term"
PAID = "what is marked as paid or written off was nothing to pay, as long as there are no payments"
OWN_CURRENCY = "an invoice has owner and currency of its account, and is due after its date"
IN_ORDER = "numbers are given in the order in which invoices are made"
NO_GAP = "invoice numbers have no gap and no repeat"
VOID_IS_FREE = "the lines of a void invoice are free to be billed again, and no others"
POSTED = "what an invoice posts to each account is what its lines say, and a void posts all of it back"
POSTED_ON = "what an invoice posts is dated like it, and its reverse on one day since its run"
FROM_INVOICE = "every posting comes from an invoice that is issued"
CHARGED = "a charge is on one invoice when it is billed, and on none before"
COUNTED = "every event that counted is kept, and no other, or was cancelled"
ONE_TREE = "the organizations are one tree"
PROVED = "a completed run has proved itself"
NOTHING_LEFT = "a run that is reversed or discarded has left nothing behind"
PARTIES = "an issued invoice keeps versions of its own parties and of every account on its lines"

SEALS = (
    "no invoice that was issued is gone",
    "an invoice is as it was issued",
    "the lines of an invoice are as they were issued",
    "a run that has ended has sealed what it issued",
)


@dataclass(frozen=True, slots=True)
class Fault:
    """`found_by` are checks that notice it although the seals were made to fit as well, `by_seal` whether a seal does.
    and `by_amounts` whether working out every line once more does. `refused_by` is the constraint that keeps others
    from planting it. `fits`: invoices and ledger are made to fit.
    """

    what: str
    plant: str
    found_by: tuple[str, ...] = ()
    by_seal: bool = True
    by_amounts: bool = False
    refused_by: str = ""
    constraint: tuple[str, str] | None = None
    fits: bool = True


def _line(subscription: str = "plain", run: str = "april") -> str:
    """The id of the line of a subscription that a run billed."""
    return (
        "(SELECT line.id FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id"
        f" WHERE line.subscription_id = %({subscription})s AND line.kind <> 'correction' AND line.gross > 0"
        f" AND invoice.bill_run_id = %({run})s)"
    )


def _of_line(change: str, subscription: str = "plain", run: str = "april") -> str:
    return f"UPDATE invoices_invoiceline SET {change} WHERE id = {_line(subscription, run)}"


def _of_charge(change: str) -> str:
    return f"UPDATE invoices_invoiceline SET {change} WHERE charge_id = %(charge)s"


def _invoice(account: str = "payer", run: str = "april") -> str:
    return (
        f"(SELECT min(id) FROM invoices_invoice WHERE account_id = %({account})s AND bill_run_id = %({run})s"
        " AND status = 'open')"
    )


def _of_invoice(change: str, account: str = "payer", run: str = "april") -> str:
    return f"UPDATE invoices_invoice SET {change} WHERE id = {_invoice(account, run)}"


def _copied(changes: dict[str, str], line: str) -> str:
    values = ", ".join(changes.get(column, column) for column in LINE_COLUMNS.split(", "))
    into = f"INSERT INTO invoices_invoiceline ({LINE_COLUMNS})"
    return f"{into} SELECT {values} FROM invoices_invoiceline WHERE id = {line}"


def _amounts(gross: str, discount_percent: int = 10, tax_percent: int = 5) -> str:
    """The amounts of a line, each a part of the one before as it should be."""
    discount = f"round({gross} * {discount_percent} / 100.0, 2)"
    tax = f"round(({gross} - {discount}) * {tax_percent} / 100.0, 2)"
    return (
        f"gross = {gross}, discount = {discount}, tax = {tax},"
        f" discounts = jsonb_set(jsonb_set(discounts, '{{0,1}}', '\"{discount_percent}\"'), '{{0,2}}',"
        f" to_jsonb(({discount})::text)),"
        f" taxes = jsonb_set(jsonb_set(taxes, '{{0,1}}', '\"{tax_percent}\"'), '{{0,2}}', to_jsonb(({tax})::text))"
    )


NEVER = "an_issued_invoice_never_changes"
STATE = "only_billing_moves_billed_until_on"
TERMS = "a_billed_item_changes_by_terms"
APPEND = "the_ledger_is_append_only"
KEPT = "usage_stays"

SWAPPED = """
WITH pair AS (SELECT min(id) AS one, max(id) AS other FROM invoices_invoice
              WHERE status = 'open' AND bill_run_id IN (%({first})s, %({second})s)),
freed AS (SELECT one.id, other.sequence_number FROM pair
          JOIN invoices_invoice one ON one.id IN (pair.one, pair.other)
          JOIN invoices_invoice other ON other.id IN (pair.one, pair.other) AND other.id <> one.id)
UPDATE invoices_invoice invoice SET sequence_number = freed.sequence_number FROM freed WHERE invoice.id = freed.id
"""

LAST_IS_GONE = """
WITH gone AS (DELETE FROM invoices_invoice WHERE sequence_number = (SELECT max(sequence_number) FROM invoices_invoice)
              RETURNING id),
lines AS (DELETE FROM invoices_invoiceline USING gone WHERE invoice_id = gone.id),
postings AS (DELETE FROM ledger_posting USING gone WHERE source_id = gone.id)
UPDATE invoices_invoicecounter SET last_number = last_number - 1
"""

ONE_IS_GONE = """
WITH gone AS (DELETE FROM invoices_invoice WHERE id = {invoice} RETURNING id, sequence_number),
lines AS (DELETE FROM invoices_invoiceline USING gone WHERE invoice_id = gone.id),
postings AS (DELETE FROM ledger_posting USING gone WHERE source_id = gone.id),
counted AS (UPDATE invoices_invoicecounter SET last_number = last_number - 1)
UPDATE invoices_invoice invoice SET sequence_number = invoice.sequence_number - 1 + 1000000
FROM gone WHERE invoice.sequence_number > gone.sequence_number;
UPDATE invoices_invoice SET sequence_number = sequence_number - 1000000 WHERE sequence_number > 1000000
"""
"""In two steps, as a number is given once at every moment."""

INVENTED_POSTINGS = """
INSERT INTO ledger_posting (source_kind, source_id, posted_on, currency, debit_kind, debit_account_id, credit_kind,
                            credit_account_id, amount)
SELECT {source}, '2026-04-01', 'USD', pair.debit, %(payer)s::bigint, pair.credit, %(payer)s::bigint, 5
FROM (VALUES ('receivable', 'revenue'), ('revenue', 'receivable')) AS pair(debit, credit)
"""

INVOICE_COLUMNS = (
    "owner_id, account_id, for_account_id, group_id, subscription_id, charge_id, bill_run_id, status, invoice_date,"
    " due_date, currency, gross, discount, tax, seller_version, buyer_version, term_version, account_versions"
)

INVENTED = f"""
WITH counted AS (UPDATE invoices_invoicecounter SET last_number = last_number + 1 RETURNING last_number),
invented AS (
    INSERT INTO invoices_invoice (sequence_number, {INVOICE_COLUMNS})
    SELECT last_number, {INVOICE_COLUMNS} FROM counted, invoices_invoice WHERE id = {_invoice()} RETURNING id
)
""" + _copied(
    {"invoice_id": "(SELECT id FROM invented)", "kind": "'correction'", "corrects": "id", "correction": "1"}, _line()
)

LINES = (
    Fault(
        "a line of the last month is lost",
        f"DELETE FROM invoices_invoiceline WHERE id = {_line()}",
        (COVERED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line of an earlier month is lost",
        f"DELETE FROM invoices_invoiceline WHERE id = {_line(run='february')}",
        (COVERED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line of usage is lost",
        f"DELETE FROM invoices_invoiceline WHERE id = {_line('metered')}",
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line is charged again as a correction of itself",
        _copied({"kind": "'correction'", "corrects": "id", "correction": "1"}, _line()),
        (CORRECTED,),
        by_amounts=True,
    ),
    Fault(
        "a line is charged again for a month ahead",
        _copied({"period_start": "'2026-05-01'", "period_end": "'2026-06-01'"}, _line()),
        ("an item knows of everything that it was billed for",),
        by_amounts=True,
    ),
    Fault(
        "a line has the price of something else",
        _of_line(
            "(price_id, unit_amount, product_id, description) = (SELECT price.id, 62, product.id, product.name FROM"
            " catalog_price price JOIN catalog_product product ON product.id = price.product_id"
            " WHERE price.unit_amount = 62), " + _amounts("62.00")
        ),
        (AGREED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has another price a unit",
        _of_line("unit_amount = 60, " + _amounts("60.00")),
        (A_PERIOD,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault("a line has another amount", _of_line(_amounts("75.00")), (A_PERIOD,), refused_by=NEVER, by_amounts=True),
    Fault(
        "a line has another quantity",
        _of_line("quantity = 3, " + _amounts("150.00")),
        (AGREED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has the quantity of earlier terms",
        _of_line("quantity = 1, " + _amounts("31.00"), "subscription"),
        ("a line that nothing corrects is for the terms of its days",),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has a discount of another percent",
        _of_line(_amounts("gross", 20)),
        (DISCOUNTED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has more discount than its percent",
        _of_line(
            "discount = 15, discounts = jsonb_set(discounts, '{0,2}', '\"15.00\"'), tax = 1.75,"
            " taxes = jsonb_set(taxes, '{0,2}', '\"1.75\"')"
        ),
        (DISCOUNTED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has no discount any more",
        _of_line("discount = 0, discounts = NULL, tax = 2.5, taxes = jsonb_set(taxes, '{0,2}', '\"2.50\"')"),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has a tax of another percent",
        _of_line(_amounts("gross", 10, 7)),
        (TAXED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line has more tax than its percent",
        _of_line("tax = 9, taxes = jsonb_set(taxes, '{0,2}', '\"9.00\"')"),
        (TAXED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault("a line has no tax any more", _of_line("tax = 0, taxes = NULL"), refused_by=NEVER, by_amounts=True),
    Fault("a line is marked as reverse charge", _of_line("reverse_charge = true"), refused_by=NEVER, by_amounts=True),
    Fault(
        "a line comes from another account that the same one pays for",
        _of_line(
            "account_id = %(managed)s, payer_trail = jsonb_build_array(jsonb_build_array("
            "'BHI-1', %(managed)s::bigint, %(payer)s::bigint))"
        ),
        (OF_ITEM,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line is of another subscription",
        _of_line("subscription_id = %(subscription)s"),
        (OF_ITEM,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line is described as something else",
        _of_line("description = 'Gift'"),
        (CALLED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line is for other days",
        _of_line("period_start = period_start - 400, period_end = period_end - 400"),
        (COVERED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "the trail of a line begins elsewhere",
        _of_line("payer_trail = jsonb_build_array(jsonb_build_array('BHI-1', %(room)s::bigint, %(payer)s::bigint))"),
        (TRAIL,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "the trail of a line names a rule that leads nowhere",
        _of_line("payer_trail = jsonb_build_array(jsonb_build_array('XYZ-1', %(payer)s::bigint, %(payer)s::bigint))"),
        (TRAIL,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line is on an invoice to somebody else, with a trail that leads there",
        _of_line(
            f"invoice_id = {_invoice('hotel')}, payer_trail ="
            " jsonb_build_array(jsonb_build_array('BHI-1', %(payer)s::bigint, %(hotel)s::bigint))"
        ),
        (PAID_BY,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line says that more was used",
        _of_line("quantity = 200, usage = jsonb_set(usage, '{0}', '\"200\"'), " + _amounts("100.00"), "metered"),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a charge is billed at another amount",
        _of_line(_amounts("25.00"), run="run").replace(
            "line.subscription_id = %(plain)s", "line.charge_id = %(charge)s"
        ),
        (OF_ITEM,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a charge and its line have another amount",
        "WITH charged AS (UPDATE subscriptions_charge SET amount = 25 WHERE id = %(charge)s) "
        + _of_charge(_amounts("25.00")),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a line is free to be billed again although its invoice is open",
        _of_line("live = false"),
        (VOID_IS_FREE, COVERED),
        by_seal=False,
    ),
)

INVOICES = (
    Fault(
        "an invoice is moved to another account with what it posted",
        _of_invoice("account_id = %(hotel)s"),
        (TRAIL,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "an invoice is moved to another account with what it posted and the trails of its lines",
        f"WITH moved AS ({_of_invoice('account_id = %(hotel)s')} RETURNING id)"
        " UPDATE invoices_invoiceline SET payer_trail = jsonb_build_array(jsonb_build_array("
        "'BHI-1', account_id, %(hotel)s::bigint)) FROM moved WHERE invoice_id = moved.id",
        (PAID_BY,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "an invoice is dated a month earlier",
        _of_invoice("invoice_date = '2026-03-01', due_date = due_date - 31"),
        (DATED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "an invoice is due later", _of_invoice("due_date = due_date + 17"), (DATED,), refused_by=NEVER, by_amounts=True
    ),
    Fault(
        "the invoice for a managed account is one for everything",
        "UPDATE invoices_invoice SET for_account_id = NULL WHERE for_account_id = %(room)s AND bill_run_id = %(april)s",
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "the invoice for a managed account is for another one",
        "UPDATE invoices_invoice SET for_account_id = %(managed)s WHERE for_account_id = %(room)s",
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "the invoice of a group is of none",
        "UPDATE invoices_invoice SET group_id = NULL WHERE group_id IS NOT NULL AND bill_run_id = %(april)s",
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "an invoice without a group is of one",
        _of_invoice("group_id = (SELECT min(id) FROM subscriptions_subscriptiongroup)"),
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "the invoice of a subscription of its own is of none",
        "UPDATE invoices_invoice SET subscription_id = NULL WHERE subscription_id = %(separate)s",
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "the invoice of a charge of its own is of none",
        "UPDATE invoices_invoice SET charge_id = NULL WHERE charge_id = %(fee)s AND status = 'open'",
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a charge that has an invoice of its own is on another one of its payer",
        "UPDATE invoices_invoiceline line SET invoice_id = (SELECT max(other.id) FROM invoices_invoice other"
        " WHERE (other.account_id, other.bill_run_id, other.subscription_id)"
        " = (invoice.account_id, invoice.bill_run_id, %(separate)s))"
        " FROM invoices_invoice invoice WHERE invoice.id = line.invoice_id AND line.charge_id = %(fee)s AND line.live",
        (SPLIT,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault("an invoice is in another currency", _of_invoice("currency = 'EUR'"), (OWN_CURRENCY,), refused_by=NEVER),
    Fault(
        "an invoice shows another buyer",
        _of_invoice("buyer_version = (SELECT max(id) FROM accounts_customerversion WHERE customer_id = %(top)s)"),
        (PARTIES,),
        refused_by=NEVER,
    ),
    Fault(
        "an invoice is marked as paid although nobody paid",
        _of_invoice("status = 'paid'"),
        (PAID,),
        by_seal=False,
        refused_by="what_is_paid_was_paid",
        constraint=("invoices_invoice", "what_is_paid_was_paid"),
    ),
    Fault(
        "an invoice is written off although nothing did",
        _of_invoice("status = 'written_off'"),
        (PAID,),
        by_seal=False,
    ),
    Fault(
        "an invoice is void and posted back, but its charges are not to be billed again",
        "WITH void AS (" + _of_invoice("status = 'void'") + " RETURNING id)"
        " UPDATE invoices_invoiceline SET live = false FROM void WHERE invoice_id = void.id",
        (COVERED,),
        by_seal=False,
    ),
    Fault(
        "an invoice of a reversed run is open again",
        "WITH opened AS (UPDATE invoices_invoice SET status = 'open' WHERE bill_run_id = %(reversed)s RETURNING id)"
        " UPDATE invoices_invoiceline SET live = true, correction = correction + 7 FROM opened"
        " WHERE invoice_id = opened.id",
        (NOTHING_LEFT,),
        by_amounts=True,
    ),
    Fault(
        "the last invoice is gone and the counter lowered",
        LAST_IS_GONE,
        refused_by="numbers_are_never_given_back",
        by_amounts=True,
    ),
    Fault(
        "an invoice is gone and all later ones have the number before theirs",
        ONE_IS_GONE.format(invoice=_invoice(run="february")),
        (COVERED,),
        refused_by=NEVER,
        by_amounts=True,
    ),
    Fault(
        "a number is given twice as high",
        _of_invoice("sequence_number = sequence_number * 2"),
        (NO_GAP,),
        refused_by=NEVER,
    ),
    Fault(
        "two invoices of a run have each other's number",
        SWAPPED.format(first="april", second="april"),
        (IN_ORDER,),
        refused_by=NEVER,
        constraint=("invoices_invoice", "invoice_number_is_given_once"),
    ),
    Fault(
        "invoices of two months have each other's number",
        SWAPPED.format(first="february", second="april"),
        (IN_ORDER,),
        refused_by=NEVER,
        constraint=("invoices_invoice", "invoice_number_is_given_once"),
    ),
    Fault("an invoice is invented in a run that has ended", INVENTED, (CORRECTED,), by_amounts=True),
)

LEDGER = (
    Fault(
        "a posting is dated a year earlier",
        f"UPDATE ledger_posting SET posted_on = posted_on - 365 WHERE source_id = {_invoice()}",
        (POSTED_ON,),
        by_seal=False,
        refused_by=APPEND,
        fits=False,
    ),
    Fault(
        "the reverse of a void invoice is dated a year earlier",
        "UPDATE ledger_posting SET posted_on = posted_on - 365 WHERE source_kind = 'void'",
        (POSTED_ON,),
        by_seal=False,
        refused_by=APPEND,
        fits=False,
    ),
    Fault(
        "a posting has an invented source",
        INVENTED_POSTINGS.format(source="'gift', 1"),
        (FROM_INVOICE,),
        by_seal=False,
        refused_by="posting_has_a_known_source",
        constraint=("ledger_posting", "posting_has_a_known_source"),
        fits=False,
    ),
    Fault(
        "a posting comes from an invoice that never was",
        INVENTED_POSTINGS.format(source="'invoice', 999999"),
        (FROM_INVOICE,),
        by_seal=False,
        fits=False,
    ),
    Fault(
        "revenue of one invoice is posted with another one's",
        f"UPDATE ledger_posting SET source_id = {_invoice(run='february')} WHERE source_id = {_invoice()}"
        " AND credit_kind = 'revenue'",
        (POSTED,),
        by_seal=False,
        refused_by=APPEND,
        fits=False,
    ),
    Fault(
        "tax is posted as revenue",
        f"UPDATE ledger_posting SET credit_kind = 'revenue' WHERE source_id = {_invoice()}",
        (POSTED,),
        by_seal=False,
        refused_by=APPEND,
        fits=False,
    ),
)


def _state(until: str, items: str = "subscription_id = %(plain)s") -> str:
    return f"UPDATE subscriptions_subscriptionitem SET billed_until = {until} WHERE {items}"


OTHERS = (
    Fault(
        "an item is billed a month ahead",
        _state("billed_until + 31"),
        (REACHED, COVERED),
        by_seal=False,
        refused_by=STATE,
    ),
    Fault(
        "an item is billed five years ahead",
        _state("billed_until + 1826"),
        (REACHED, COVERED),
        by_seal=False,
        refused_by=STATE,
    ),
    Fault(
        "an item that was never billed is billed until years ahead",
        _state("'2031-01-01'", "id = %(unbilled)s"),
        (REACHED, COVERED),
        by_seal=False,
        refused_by=STATE,
    ),
    Fault(
        "usage is billed a month ahead",
        _state("billed_until + 30", "subscription_id = %(metered)s"),
        (REACHED,),
        by_seal=False,
        refused_by=STATE,
    ),
    Fault(
        "the quantity of an item is changed without terms",
        "UPDATE subscriptions_subscriptionitem SET quantity = 5 WHERE subscription_id = %(plain)s",
        (AGREED,),
        by_seal=False,
        refused_by=TERMS,
        by_amounts=True,
    ),
    Fault(
        "the price of an item is changed without terms",
        "UPDATE subscriptions_subscriptionitem SET price_id = (SELECT id FROM catalog_price WHERE unit_amount = 62)"
        " WHERE subscription_id = %(plain)s",
        (AGREED,),
        by_seal=False,
        refused_by=TERMS,
        by_amounts=True,
    ),
    Fault(
        "a charge that is billed is to be billed again",
        "UPDATE subscriptions_charge SET billed = false WHERE id = %(charge)s",
        (CHARGED,),
        by_seal=False,
    ),
    Fault(
        "usage of a month that is billed is deleted",
        "DELETE FROM usage_usageevent WHERE at < '2026-02-01'",
        (COUNTED,),
        by_seal=False,
        refused_by=KEPT,
        by_amounts=True,
    ),
    Fault(
        "usage is added that did not count",
        "INSERT INTO usage_usageevent (account_id, meter_id, at, event_id, quantity)"
        " SELECT account_id, meter_id, at, 'added', quantity FROM usage_usageevent WHERE at < '2026-02-01'",
        (COUNTED,),
        by_seal=False,
    ),
    Fault(
        "organizations are above each other",
        "UPDATE organizations_organization SET parent_id = %(lower)s WHERE id = %(upper)s",
        (ONE_TREE,),
        by_seal=False,
        refused_by="organization_tree_has_no_cycle",
    ),
    Fault(
        "a completed run has no certificate",
        "UPDATE billruns_billrun SET certificate = NULL WHERE id = %(april)s",
        (PROVED,),
        by_seal=False,
        refused_by="a_completed_run_has_a_certificate",
        constraint=("billruns_billrun", "a_completed_run_has_a_certificate"),
    ),
    Fault(
        "a completed run has a certificate that says otherwise",
        "UPDATE billruns_billrun SET certificate = jsonb_set(certificate, '{checks,0,holds}', 'false')"
        " WHERE id = %(april)s",
        (PROVED,),
        by_seal=False,
    ),
)

FAULTS = LINES + INVOICES + LEDGER + OTHERS
