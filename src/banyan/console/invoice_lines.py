"""The lines of an invoice as people read them, with the reason for each: issued ones, and those of a simulation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

from banyan.billruns.explanations import explained, explained_rows, line_of_document
from banyan.billruns.models import SimulatedInvoice
from banyan.billruns.queries import decided_on
from banyan.console import localized
from banyan.engine.explaining import Why
from banyan.engine.reasons import because, what_is_paid
from banyan.engine.result import Step
from banyan.invoices.models import Invoice
from banyan.invoices.parties import NamedAccount, Parties, accounts_now, accounts_of, labels, parties_now
from banyan.invoices.queries import LineWithAmounts, TaxTotal
from banyan.invoices.trails import accounts_in, stored_payer
from banyan.kernel.decimals import decimal_text
from banyan.kernel.ids import decode_id

Document = Mapping[str, Any]
NOBODY = 0
ANOTHER = "Another account"


@dataclass(frozen=True, slots=True)
class LineShown:
    """A line as it is read: amounts, and why it is there, why it costs that, and why this account pays."""

    kind: str
    account: int
    label: str
    description: str
    period_start: date
    period_end: date
    quantity: Decimal
    unit_amount: Decimal | None
    gross: Decimal
    discount: Decimal
    net: Decimal
    tax: Decimal
    total: Decimal
    discounts: Sequence[tuple[str, Decimal]]
    trail: Sequence[tuple[str, str]]
    why: Sequence[Why]

    @property
    def last_day(self) -> date:
        """The last day of the period: the end is the first day not in it."""
        return max(self.period_start, date.fromordinal(self.period_end.toordinal() - 1))


@dataclass(frozen=True, slots=True)
class Localized:
    """Amounts, numbers and days as the visitor writes them."""

    currency: str

    def money(self, amount: Decimal) -> str:
        """An amount with its currency."""
        return localized.money(amount, self.currency)

    def number(self, number: Decimal) -> str:
        """A quantity."""
        return localized.number(number)

    def day(self, day: date) -> str:
        """A day."""
        return localized.day(day)


def lines_shown(invoice: Invoice, rows: Sequence[LineWithAmounts], parties: Parties) -> list[LineShown]:
    """Lines with the reasons in words: accounts called as on issue (INV-9), and not at all out of reach (ORG-3)."""
    on, words = decided_on(invoice), Localized(invoice.currency)
    payers = {row.pk: stored_payer(row.payer_trail, row.account_id) for row in rows}
    names = labels(accounts_of(invoice, accounts_in(payers.values()) | {row.account_id for row in rows}))
    return [
        LineShown(
            kind=row.kind,
            account=row.account_id,
            label=names.get(row.account_id, ANOTHER),
            description=row.description,
            period_start=row.period_start,
            period_end=row.period_end,
            quantity=row.quantity,
            unit_amount=row.unit_amount,
            gross=row.gross,
            discount=row.discount,
            net=row.net,
            tax=row.tax,
            total=row.total,
            discounts=[(each[0], Decimal(each[2])) for each in row.discounts or ()],
            trail=_told(payers[row.pk].trail, names, on, what_is_paid(row.subscription_id, row.charge_id)),
            why=steps,
        )
        for row, steps in zip(rows, explained_rows(invoice, rows, parties, words), strict=True)
    ]


def _from_document(line: Document, names: Mapping[int, str], on: date, why: Sequence[Why]) -> LineShown:
    account = _number(line["account"])
    return LineShown(
        kind=line["kind"],
        account=account,
        label=names.get(account, ANOTHER),
        description=line["description"],
        period_start=date.fromisoformat(line["period_start"]),
        period_end=date.fromisoformat(line["period_end"]),
        quantity=Decimal(line["quantity"]),
        unit_amount=_decimal(line["unit_amount"]),
        **{name: Decimal(line[name]) for name in ("gross", "discount", "net", "tax", "total")},
        discounts=[(each["name"], Decimal(each["amount"])) for each in line["discounts"]],
        trail=_told(_steps(line), names, on, what_is_paid(line["subscription"], line.get("charge"))),
        why=why,
    )


def lines_of_document(row: SimulatedInvoice, invoice: Document, lines: Sequence[Document]) -> list[LineShown]:
    """Some lines of a simulated invoice in the same form, accounts called as they were then."""
    on, named = date.fromisoformat(invoice["invoice_date"]), {_number(line["account"]) for line in lines}
    named |= {account for line in lines for step in _steps(line) for account in (step.from_account, step.to_account)}
    then = {_number(each["account"]): NamedAccount(each["number"], each["name"]) for each in invoice["accounts"]}
    names = labels({account: then.get(account, now) for account, now in accounts_now(named).items()})
    every = [line_of_document(line) for line in invoice["lines"]]
    parties, words = parties_now([row.account_id])[row.account_id], Localized(invoice["currency"])
    steps = explained(map(line_of_document, lines), every, parties, words)
    return [_from_document(line, names, on, why) for line, why in zip(lines, steps, strict=True)]


def _told(trail: Sequence[Step], names: Mapping[int, str], on: date, what: str) -> list[tuple[str, str]]:
    return [(step.rule, because(step, names, localized.day(on), what)) for step in trail]


def _steps(line: Document) -> list[Step]:
    return [Step(step["rule"], _number(step["from"]), _number(step["to"])) for step in line["payer"]["trail"]]


def _number(public_id: str | None) -> int:
    return decode_id("account", public_id or "") or NOBODY


def subtotals_of_document(lines: Sequence[Document]) -> dict[int, dict[str, Decimal]]:
    """INV-5: what the lines of each account come to."""
    found: dict[int, dict[str, Decimal]] = {}
    for line in lines:
        part = found.setdefault(_number(line["account"]), {})
        for name in ("net", "tax", "total"):
            part[name] = part.get(name, Decimal(0)) + Decimal(line[name])
    return found


def taxes_of_document(lines: Sequence[Document]) -> list[TaxTotal]:
    """TAX-1: each tax with what it comes to."""
    found: dict[tuple[str, Decimal], Decimal] = {}
    for each in (tax for line in lines for tax in line["taxes"]):
        key = (each["name"], Decimal(each["percent"]))
        found[key] = found.get(key, Decimal(0)) + Decimal(each["amount"])
    return [TaxTotal(name, percent, amount) for (name, percent), amount in sorted(found.items())]


def grouped(lines: Sequence[LineShown], subtotals: Mapping[Any, Any], payer: int) -> list[dict[str, Any]]:
    """INV-5: the lines by account, each with its subtotal on the whole invoice."""
    return [
        {"label": label, "is_payer": account == payer, "lines": list(group), "subtotal": subtotals.get(account)}
        for (account, label), group in groupby(lines, key=lambda line: (line.account, line.label))
    ]


def _decimal(text: Any) -> Decimal | None:
    return None if text is None else Decimal(text)


def tax_label(name: str, percent: Decimal) -> str:
    """What a tax is called, with its percent if the name doesn't say it."""
    return name if decimal_text(percent) in name else f"{name} {decimal_text(percent)}%"
