"""The lines of an invoice as a CSV file (INV-4)."""

import csv
import io
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.accounts.models import BillCycle
from banyan.api.csv_answers import csv_answer
from banyan.invoices.models import InvoiceLine
from banyan.kernel.ids import decode_id
from banyan.transfer import streaming
from banyan.transfer.cells import harmless
from tests.api.asking import Api
from tests.billruns.running import run_for

pytestmark = pytest.mark.rule("INV-4")


@pytest.fixture
def invoice(api: Api) -> str:
    """The id of an invoice with five lines, one of them a credit that looks like a formula."""
    cycle = api.bill_cycle()
    account = api.customer(cycle=cycle)["default_account"]
    for description, amount in (
        ("Visit", "5.00"),
        ('"a", b', "7.00"),
        ("=1+1", "-3.00"),
        ("é", "1.00"),
        ("-x", "2.00"),
    ):
        charge = {"account": account, "description": description, "amount": amount, "date": "2026-01-05"}
        api.make("/charges", charge)
    run_for(BillCycle.objects.get(pk=decode_id("bill_cycle", cycle)), date(2026, 2, 1))
    return str(api.get(f"/invoices?account={account}")["data"][0]["id"])


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def as_cells(line: dict[str, Any], columns: list[str]) -> dict[str, str]:
    cells = {column: "" if line[column] is None else line[column] for column in columns}
    return cells | {"description": harmless(cells["description"])}


@pytest.mark.parametrize("rows_at_a_time", [2, 1000])
def test_the_file_holds_what_the_lines_are(
    api: Api, invoice: str, monkeypatch: pytest.MonkeyPatch, rows_at_a_time: int
) -> None:
    monkeypatch.setattr(streaming, "ROWS_AT_A_TIME", rows_at_a_time)
    lines = api.get(f"/invoices/{invoice}")["lines"]
    reply = api.ask("GET", f"/invoices/{invoice}/lines.csv")
    assert reply.content_type == "text/csv; charset=utf-8; header=present"
    found = rows_of(reply.body)
    assert len(lines) == 5
    assert found == [as_cells(line, list(found[0])) for line in lines]
    assert sum(Decimal(row["total"]) for row in found) == 12
    assert "-3.00" in {row["total"] for row in found}


def test_it_is_asked_for_a_piece_at_a_time(invoice: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "ROWS_AT_A_TIME", 1)
    answered: list[int] = []

    def answers(page: Any) -> list[Any]:
        answered.extend(row.pk for row in page)
        return list(page)

    rows = InvoiceLine.objects.filter(invoice_id=decode_id("invoice", invoice))
    pieces = iter(csv_answer("lines.csv", ["description"], rows, answers))
    assert next(pieces) == b"description\r\n"
    assert answered == []
    next(pieces)
    assert len(answered) == 1
