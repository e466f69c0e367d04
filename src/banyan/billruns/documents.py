"""Computed invoices and lines as documents, in the form in which the API answers them: what is not issued has no id.

`labels` are what to call the accounts; one without a label is out of the reader's reach (ORG-3) and has no id either.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from banyan.engine.reasons import because
from banyan.engine.result import Bill, Invoice, Line
from banyan.engine.taxes import REVERSE_CHARGE_NOTE
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import encode_id

Document = dict[str, Any]


def _id(kind: str, number: int | None) -> str | None:
    return None if number is None else encode_id(kind, number)


def _account(number: int, labels: Mapping[int, str]) -> str | None:
    return encode_id("account", number) if number in labels else None


def invoice_document(bill: Bill, invoice: Invoice, run_id: int, labels: Mapping[int, str]) -> Document:
    """An invoice that a simulation came to."""
    return {
        "id": None,
        "number": None,
        "account": encode_id("account", bill.payer.id),
        "for_account": _id("account", invoice.for_account_id),
        "group": _id("subscription_group", invoice.group_id),
        "subscription": _id("subscription", invoice.subscription_id),
        "bill_run": encode_id("bill_run", run_id),
        "status": "draft",
        "invoice_date": bill.billing_date.isoformat(),
        "due_date": bill.due_date.isoformat(),
        "currency": bill.payer.currency,
        "gross": str(invoice.gross),
        "discount": str(invoice.discount),
        "net": str(invoice.gross - invoice.discount),
        "tax": str(invoice.tax),
        "total": str(invoice.total),
        "balance": str(invoice.total),
        "reverse_charge": invoice.reverse_charge,
        "notes": [REVERSE_CHARGE_NOTE] if invoice.reverse_charge else [],
        "lines": [line_document(line, bill, labels) for line in invoice.lines],
    }


def line_document(line: Line, bill: Bill, labels: Mapping[int, str]) -> Document:
    """A line with the reasons for its payer."""
    return {
        "id": None,
        "kind": str(line.kind),
        "account": _account(line.account_id, labels),
        "subscription": _id("subscription", line.subscription_id) if line.account_id in labels else None,
        "product": _id("product", line.product_id),
        "description": line.description,
        "period_start": line.period.start.isoformat(),
        "period_end": line.period.end.isoformat(),
        "quantity": decimal_text(line.quantity),
        "unit_amount": None if line.unit_amount is None else decimal_text(line.unit_amount),
        "currency": bill.payer.currency,
        "gross": str(line.gross),
        "discount": str(line.discount),
        "discounts": [
            {
                "name": taken.name,
                "percent": None if taken.percent is None else decimal_text(taken.percent),
                "amount": str(taken.amount),
            }
            for taken in line.discounts
        ],
        "net": str(line.net),
        "tax": str(line.tax),
        "taxes": [
            {"name": taken.name, "percent": decimal_text(taken.percent), "amount": str(taken.amount)}
            for taken in line.taxes
        ],
        "total": str(line.total),
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
            "account": _account(line.payer.account_id, labels),
            "rule": line.payer.rule,
            "trail": [
                {
                    "rule": step.rule,
                    "from": _account(step.from_account, labels),
                    "to": _account(step.to_account, labels),
                    "because": because(step, labels, bill.billing_date.isoformat()),
                }
                for step in line.payer.trail
            ],
        },
    }


def accounts_named_in(bills: Iterable[Bill]) -> set[int]:
    """Every account that the reasons of some bills name."""
    return {
        account
        for bill in bills
        for invoice in (*bill.invoices, *bill.carried)
        for line in invoice.lines
        for step in line.payer.trail
        for account in (step.from_account, step.to_account)
    }
