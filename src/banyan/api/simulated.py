"""The lines of simulated invoices, as clients see them (RUN-6)."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from banyan.api.access import public_ids_in_scope
from banyan.api.payers import payer_answer
from banyan.api.schemas.invoices import SimulatedLine
from banyan.api.whys import PlainWords, why_steps
from banyan.billruns.explanations import explained, line_of_document
from banyan.billruns.models import SimulatedInvoice
from banyan.engine.reasons import what_is_paid
from banyan.engine.result import Payer, Step
from banyan.invoices.parties import parties_now
from banyan.kernel.ids import decode_id

Document = Mapping[str, Any]
NOBODY = 0
_OF_THE_ACCOUNT = ("account", "account_number", "account_name", "subscription", "subscription_number", "item", "charge")


def simulated_lines(row: SimulatedInvoice, invoice: Document, lines: Sequence[Document]) -> list[SimulatedLine]:
    """Some lines of a simulated invoice with why they cost what they do; of an account out of reach it is not said
    whose they are (ORG-3).
    """
    named = {line["account"] for line in lines} | {
        account for line in lines for step in line["payer"]["trail"] for account in (step["from"], step["to"])
    }
    within = public_ids_in_scope("account", named)
    names = {
        _number(each["account"]): f"{each['name']} ({each['number']})"
        for each in invoice["accounts"]
        if each["account"] in within
    }
    words, on = PlainWords(invoice["currency"]), date.fromisoformat(invoice["invoice_date"])
    every = [line_of_document(line) for line in invoice["lines"]]
    steps = explained(map(line_of_document, lines), every, parties_now([row.account_id])[row.account_id], words)
    return [
        SimulatedLine.model_validate(
            {
                **line,
                **({} if line["account"] in within else dict.fromkeys(_OF_THE_ACCOUNT)),
                "payer": payer_answer(_payer(line), names, on, what_is_paid(line["subscription"], line.get("charge"))),
                "why": why_steps(why, invoice["currency"]),
            }
        )
        for line, why in zip(lines, steps, strict=True)
    ]


def _payer(line: Document) -> Payer:
    trail = tuple(Step(step["rule"], _number(step["from"]), _number(step["to"])) for step in line["payer"]["trail"])
    return Payer(trail[-1].to_account, trail[-1].rule, trail)


def _number(public_id: str | None) -> int:
    return decode_id("account", public_id or "") or NOBODY
