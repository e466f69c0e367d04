"""Computed invoices and lines as documents, in the form in which the API answers them: what is not issued has no id.

`names` are what to call the accounts; one without a label is out of the reader's reach (ORG-3) and has no id either.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from banyan.billruns.models import SimulatedInvoice
from banyan.engine.reasons import because, what_is_paid
from banyan.engine.result import Bill, Invoice, Line
from banyan.engine.taxes import REVERSE_CHARGE_NOTE
from banyan.invoices.parties import NamedAccount, Parties, labels, parties_now
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id
from banyan.kernel.money import amount_text, exact_amount_text

Document = dict[str, Any]


def _id(kind: str, number: int | None) -> str | None:
    return None if number is None else encode_id(kind, number)


def _account(number: int, names: Mapping[int, NamedAccount]) -> str | None:
    return encode_id("account", number) if number in names else None


def invoice_document(
    bill: Bill,
    invoice: Invoice,
    run_id: int,
    parties: Parties,
    accounts: Mapping[int, NamedAccount],
    numbers: Mapping[int, str],
) -> Document:
    """An invoice that a simulation came to, with the parties and names as they are then (INV-9)."""
    named, currency = accounts_named_in(invoice.lines), bill.payer.currency
    return {
        "id": None,
        "number": None,
        "account": encode_id("account", bill.payer.id),
        "for_account": _id("account", invoice.for_account_id),
        "group": _id("subscription_group", invoice.group_id),
        "subscription": _id("subscription", invoice.subscription_id),
        "charge": _id("charge", invoice.charge_id),
        "bill_run": encode_id("bill_run", run_id),
        "status": "draft",
        "invoice_date": bill.billing_date.isoformat(),
        "due_date": bill.due_date.isoformat(),
        "currency": currency,
        "gross": amount_text(invoice.gross, currency),
        "discount": amount_text(invoice.discount, currency),
        "net": amount_text(invoice.gross - invoice.discount, currency),
        "tax": amount_text(invoice.tax, currency),
        "total": amount_text(invoice.total, currency),
        "balance": amount_text(invoice.total, currency),
        "reverse_charge": invoice.reverse_charge,
        "notes": [REVERSE_CHARGE_NOTE] if invoice.reverse_charge else [],
        "reissue_of": None,
        "reissued_as": None,
        **parties_document(parties),
        "accounts": accounts_document({account: accounts[account] for account in sorted(named & accounts.keys())}),
        "lines": [line_document(line, bill, accounts, numbers) for line in invoice.lines],
    }


def parties_document(parties: Parties) -> Document:
    """INV-9: who sells, who buys, and on which terms."""
    seller, buyer, account = parties.seller, parties.buyer, parties.account
    return {
        "seller": {
            "owner": encode_id("owner", seller.owner_id),
            "legal_name": seller.legal_name,
            "address": seller.address,
            "tax_registrations": seller.tax_registrations,
        },
        "buyer": {
            "customer": encode_id("customer", buyer.customer_id),
            "customer_number": buyer.number,
            "name": buyer.name,
            "tax_number": buyer.tax_number,
            "tax_id_validated": buyer.tax_id_validated,
            "account": encode_id("account", account.account_id),
            "account_number": account.number,
            "account_name": account.name,
            "contact_name": account.contact_name,
            "billing_address": parties.billing_address,
            "shipping_address": parties.shipping_address,
            "billing_details": account.billing_details,
        },
        "payment_term": {"name": parties.term.name, "days": parties.term.days},
        "language": parties.language,
    }


def accounts_document(accounts: Mapping[int, NamedAccount]) -> list[Document]:
    """INV-9: what the accounts on an invoice are called."""
    return [
        {"account": encode_id("account", account), "number": named.number, "name": named.name}
        for account, named in accounts.items()
    ]


def line_document(line: Line, bill: Bill, names: Mapping[int, NamedAccount], numbers: Mapping[int, str]) -> Document:
    """A line with the reasons for its payer; `numbers` are those of the subscriptions."""
    called, currency = labels(names), bill.payer.currency
    day, what = bill.billing_date.isoformat(), what_is_paid(line.subscription_id, line.charge_id)
    return {
        "id": None,
        "kind": str(line.kind),
        "account": _account(line.account_id, names),
        "account_number": names[line.account_id].number if line.account_id in names else None,
        "account_name": names[line.account_id].name if line.account_id in names else None,
        "subscription": _id("subscription", line.subscription_id) if line.account_id in names else None,
        "subscription_number": numbers.get(line.subscription_id or 0) if line.account_id in names else None,
        "item": _id("subscription_item", line.item_id) if line.account_id in names else None,
        "charge": _id("charge", line.charge_id) if line.account_id in names else None,
        "price": _id("price", line.price_id),
        "product": _id("product", line.product_id),
        "product_name": None if line.draft.charged.product is None else line.draft.charged.product.name,
        "description": line.description,
        "period_start": line.period.start.isoformat(),
        "period_end": line.period.end.isoformat(),
        "quantity": decimal_text(line.quantity),
        "unit_amount": None if line.unit_amount is None else exact_amount_text(line.unit_amount, currency),
        "currency": currency,
        "gross": amount_text(line.gross, currency),
        "discount": amount_text(line.discount, currency),
        "discounts": [
            {
                "name": taken.name,
                "percent": None if taken.percent is None else decimal_text(taken.percent),
                "amount": amount_text(taken.amount, currency),
            }
            for taken in line.discounts
        ],
        "net": amount_text(line.net, currency),
        "tax": amount_text(line.tax, currency),
        "taxes": [
            {"name": taken.name, "percent": decimal_text(taken.percent), "amount": amount_text(taken.amount, currency)}
            for taken in line.taxes
        ],
        "total": amount_text(line.total, currency),
        "reverse_charge": line.reverse_charge,
        "usage": None
        if line.usage is None
        else {
            "used": decimal_text(line.usage.used),
            "own_allowance": decimal_text(line.usage.own_allowance),
            "shared_allowance": decimal_text(line.usage.shared_allowance),
        },
        "corrects": _id("invoice_line", line.corrects),
        "payer": {
            "account": _account(line.payer.account_id, names),
            "rule": line.payer.rule,
            "trail": [
                {
                    "rule": step.rule,
                    "from": _account(step.from_account, names),
                    "to": _account(step.to_account, names),
                    "because": because(step, called, day, what),
                }
                for step in line.payer.trail
            ],
        },
    }


def accounts_named_in(lines: Iterable[Line]) -> set[int]:
    """Every account that the lines and the reasons for their payers name."""
    return {
        account
        for line in lines
        for step in line.payer.trail
        for account in (line.account_id, step.from_account, step.to_account)
    }


def simulated_document(row: SimulatedInvoice) -> Document:
    """A simulated invoice as it was made; one that is older than the versions of parties shows those of now."""
    written: Document = row.document
    if "seller" in written:
        return written
    return {**parties_document(parties_now([row.account_id])[row.account_id]), "accounts": [], **written}
