"""Amounts are written with the decimals of their currency, whoever answers (MON-1)."""

import csv
import io
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from banyan.accounts.models import BillCycle
from banyan.billruns.models import BillRun, RunMode, SimulatedInvoice
from banyan.cli.bill_run_shown import document_of, rows_of_runs, shown_to_people
from banyan.console.descriptions import describe_history
from banyan.console.localized import money
from banyan.foundation.models import HistoryEntry
from banyan.kernel.ids import decode_id, encode_id
from banyan.kernel.money import amount_text
from banyan.transfer.actions.export_file import exported
from tests.api.asking import Api
from tests.billruns.running import run_for

pytestmark = pytest.mark.rule("MON-1")

AMOUNTS = {
    "amount", "balance", "credit", "debit", "difference", "discount", "drafts", "gross", "invoices", "lines",
    "minimum_invoice_amount", "flat_amount", "net", "receivables", "tax", "total", "total_after", "total_before",
    "unit_amount",
}  # fmt: skip
BY_CURRENCY = {"balance_by_currency", "invoiced_by_currency", "total_by_currency", "totals"}
LOOKS = {"USD": r"-?\d+\.\d\d", "JPY": r"-?\d+", "BHD": r"-?\d+\.\d{3}"}
CHARGES = {"USD": ("12.5", "-2"), "JPY": ("1250", "-200"), "BHD": ("1.25", "-0.2")}
WRITTEN = {"USD": ("12.50", "-2.00"), "JPY": ("1250", "-200"), "BHD": ("1.250", "-0.200")}
DISCOUNT = {"USD": "0.5", "JPY": "50", "BHD": "0.05"}
NOTHING = {"USD": "0.00", "JPY": "0", "BHD": "0.000"}
TOTAL = {"USD": "20.00", "JPY": "1010", "BHD": "11.000"}
"""A seat of 10, the charge, less the discount once and the credit, without tax: 10 + 12.50 - 0.50 - 2.00 is 20.00."""


def amounts_in(answer: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every amount of an answer with where it stands."""
    if isinstance(answer, list):
        for place, one in enumerate(answer):
            yield from amounts_in(one, f"{path}[{place}]")
    elif isinstance(answer, dict):
        for name, value in answer.items():
            here = f"{path}.{name}"
            if name in BY_CURRENCY and isinstance(value, dict):
                yield from ((f"{here}.{currency}", amount) for currency, amount in value.items())
            elif name in AMOUNTS and isinstance(value, str):
                yield here, value
            else:
                yield from amounts_in(value, here)


def check(answer: Any, currency: str, *expected: str) -> None:
    """All amounts look as those of the currency do, and these are among them."""
    found = dict(amounts_in(answer))
    assert found, answer
    assert {path: text for path, text in found.items() if not re.fullmatch(LOOKS[currency], text)} == {}
    assert set(expected) <= set(found.values()), found


class Billed:
    """An account with a seat of 10 a month, a charge, a credit and a fixed discount, to be billed on 1 February."""

    def __init__(self, api: Api, currency: str) -> None:
        self.api, self.currency = api, currency
        self.cycle = api.bill_cycle()
        customer = api.customer(cycle=self.cycle, account={"currency": currency, "minimum_invoice_amount": "1"})
        self.account = str(customer["default_account"])
        self.discount = api.make("/discounts", {"account": self.account, "amount": DISCOUNT[currency]})
        items = [{"price": api.price(currency=currency), "quantity": "1"}]
        api.make("/subscriptions", {"account": self.account, "items": items, "start_date": "2026-02-01"})
        self.charges = [self.charge(amount, "2026-01-05") for amount in CHARGES[currency]]

    def charge(self, amount: str, on: str) -> Any:
        return self.api.make(
            "/charges", {"account": self.account, "description": "Visit", "amount": amount, "date": on}
        )

    def run(self, mode: RunMode = RunMode.BILL) -> BillRun:
        cycle = BillCycle.objects.get(pk=decode_id("bill_cycle", self.cycle))
        return run_for(cycle, date(2026, 2, 1), mode)

    def simulated(self) -> Any:
        (made,) = SimulatedInvoice.objects.filter(run=self.run(RunMode.SIMULATE))
        return self.api.get(f"/simulated-invoices/{encode_id('simulated_invoice', made.pk)}")


@pytest.fixture(params=sorted(LOOKS))
def billed(api: Api, request: pytest.FixtureRequest) -> Billed:
    return Billed(api, request.param)


def test_the_api_writes_every_amount_with_the_decimals_of_its_currency(api: Api, billed: Billed) -> None:
    currency, account = billed.currency, billed.account
    check(billed.charges, currency, *WRITTEN[currency])
    check(billed.discount, currency)
    check(api.get(f"/charges?account={account}"), currency, *WRITTEN[currency])
    check(api.get(f"/discounts?account={account}"), currency)
    check(api.get(f"/accounts/{account}"), currency)
    check(api.get(f"/accounts/{account}/balance"), currency, NOTHING[currency])
    check(billed.simulated(), currency, *WRITTEN[currency], TOTAL[currency], NOTHING[currency])
    run = billed.run()
    (listed,) = api.get(f"/invoices?account={account}")["data"]
    check(listed, currency, TOTAL[currency])
    invoice = api.get(f"/invoices/{listed['id']}")
    check(invoice, currency, *WRITTEN[currency], TOTAL[currency], NOTHING[currency])
    for line in invoice["lines"]:
        check(api.get(f"/invoices/{listed['id']}/lines/{line['id']}/why"), currency)
    run_id = f"run_{run.pk}"
    for path in (f"/bill-runs/{run_id}", "/bill-runs", f"/bill-runs/{run_id}/invoices"):
        check(api.get(path), currency, TOTAL[currency])
    for path in ("ledger", "balance", "rollup"):
        check(api.get(f"/accounts/{account}/{path}"), currency, TOTAL[currency])
    check(api.get("/trial-balance"), currency, TOTAL[currency])
    check(api.get("/prices"), currency, NOTHING[currency])


UNIT_AMOUNTS = {"USD": ("12.5", "12.50", "0.0025"), "JPY": ("12", "12", "0.0025"), "BHD": ("12.5", "12.500", "0.0025")}
"""As it is given, as it is written, and one with more decimals than the currency has."""


@pytest.mark.parametrize("currency", sorted(LOOKS))
def test_unit_prices_have_at_least_the_decimals_of_their_currency(api: Api, currency: str) -> None:
    given, written, fine = UNIT_AMOUNTS[currency]
    tiers = [{"up_to": "10", "unit_amount": given, "flat_amount": given}, {"unit_amount": fine}]
    plain = api.get(f"/prices/{api.price(currency=currency, unit_amount=given, code='plain')}")
    finer = api.get(f"/prices/{api.price(currency=currency, unit_amount=fine, code='fine')}")
    tiered = api.get(
        f"/prices/{api.price(currency=currency, model='graduated', unit_amount=None, tiers=tiers, code='tiered')}"
    )
    assert (plain["unit_amount"], finer["unit_amount"]) == (written, fine)
    assert tiered["tiers"] == [
        {"up_to": "10", "unit_amount": written, "flat_amount": written},
        {"up_to": None, "unit_amount": fine, "flat_amount": NOTHING[currency]},
    ]
    rows = {row["code"]: row for row in rows_of("prices")}
    assert (rows["plain"]["unit_amount"], rows["fine"]["unit_amount"]) == (written, fine)
    assert rows["tiered"]["tiers"] == f"10:{written}+{written};:{fine}"


@pytest.mark.rule("ACC-16", "RUN-11")
def test_the_history_tells_amounts_with_their_decimals_and_people_with_their_currency(api: Api, billed: Billed) -> None:
    """Also of a charge that is deleted: of that nothing but its history tells the account."""
    currency, account = billed.currency, billed.account
    amounts, charge = CHARGES[currency], billed.charges[0]["id"]
    written = WRITTEN[currency]
    api.ask("PATCH", f"/accounts/{account}", {"minimum_invoice_amount": amounts[0]})
    api.ask("PATCH", f"/charges/{charge}", {"amount": amounts[1]})
    api.ask("DELETE", f"/charges/{charge}")
    changed = api.get(f"/accounts/{account}/history")["data"][0]["changes"]
    one = amount_text(Decimal(1), currency)
    assert changed["minimum_invoice_amount"] == [one, written[0]]
    told = [entry["changes"]["amount"] for entry in api.get(f"/history?subject={charge}")["data"]]
    assert told == [[written[1], None], [written[0], written[1]], [None, written[0]]]
    made = api.get(f"/history?subject={billed.discount['id']}")["data"][0]["changes"]
    assert made["amount"] == [None, amount_text(Decimal(DISCOUNT[currency]), currency)]
    entry = HistoryEntry.objects.filter(subject_kind="account", changes__has_key="minimum_invoice_amount").latest("id")
    (shown,) = describe_history("account", [entry], currency)
    assert shown.changes == [
        ("minimum invoice amount", money(Decimal(1), currency), money(Decimal(amounts[0]), currency))
    ]


def test_a_large_amount_is_told_to_the_cent(api: Api) -> None:
    """More digits than a float has."""
    account = api.customer()["default_account"]
    given = {"account": account, "description": "Plant", "amount": "900719925474099.11", "date": "2026-01-05"}
    charge = api.make("/charges", given)["id"]
    (made,) = api.get(f"/charges/{charge}/history")["data"]
    assert made["changes"]["amount"] == [None, "900719925474099.11"]


def test_the_command_line_writes_totals_as_amounts_by_currency(billed: Billed) -> None:
    """And shows people 20.00 USD."""
    run, currency = billed.run(), billed.currency
    assert document_of(run)["totals"] == {currency: TOTAL[currency]}
    check(document_of(run), currency, TOTAL[currency])
    (row,) = rows_of_runs([run])
    assert shown_to_people(row)["totals"] == f"{Decimal(TOTAL[currency]):,} {currency}"


def test_files_have_every_amount_with_the_decimals_of_its_currency(billed: Billed) -> None:
    currency = billed.currency
    assert [row["amount"] for row in rows_of("charges")] == list(WRITTEN[currency])
    check(rows_of("discounts"), currency)
    (customer,) = rows_of("customers")
    assert customer["account.minimum_invoice_amount"] == amount_text(Decimal(1), currency)


def rows_of(kind: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.TextIOWrapper(exported(kind), encoding="utf-8", newline="")))
