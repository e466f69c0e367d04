"""Whatever stands in a cell, the row is imported or refused in words; never anything else (ERR-1)."""

import csv
import io
import random
from pathlib import Path

import pytest
from django.db import transaction

from banyan.transfer.actions.export_directory import export_directory
from banyan.transfer.actions.import_directories import import_directories
from banyan.transfer.cells import DATE, DECIMAL, JSON, TIMESTAMP, WHOLE_NUMBER, YES_OR_NO, CellType
from banyan.transfer.columns import FileKind
from banyan.transfer.kinds import KINDS
from tests.transfer.files import import_company, import_text, texts

NASTY = (
    "", " ", "x", "X" * 51, "Y" * 10_001, "é́​", "😀", "=1+1", "'; DROP TABLE accounts_account; --", "%s", "{}", "[]",
    "null", "0", "-0", "-1", "999999999999999999", "0.000000000001", "2026-02-29", "0001-01-01", "9999-12-31",
    "2026-01-31", "a;b", ";", ":", "a:b", "1:1;:", "100:1.00;:0.50", "ACME", "ACME-1", "BETA-1", "S-1", "seat", "call",
    "Monthly", "Euro", "USD", "XXX", "acc_1", "ROOT", "parent", "ancestor", "customer_separate", "in_arrears", "\\N",
    "a\rb", "a\r\nb", "a\nb", "a\tb",
)  # fmt: skip
FITTING: dict[CellType, tuple[str, ...]] = {
    DATE: ("2026-01-31", "0001-01-01", "9999-12-31", "2026-02-01"),
    DECIMAL: ("1", "0", "-1", "999999999999999999.999999999999", "0.000000000001", "100"),
    WHOLE_NUMBER: ("1", "0", "-1", "999999999", "12"),
    YES_OR_NO: ("true", "false"),
    JSON: ("{}", "[]", "1", "null", '"x"', '{"a": {"b": [1, 2.5]}}', "1e400", "123456789012345678901234567890"),
    KINDS["settings"].columns[1].type: ("true", "null", '"parent"', '["email"]', "[]"),
    TIMESTAMP: ("2026-01-31T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
}
ROWS = 200
SEED = 1


GOOD: dict[str, dict[str, str]] = {
    "owners": {"invoice_prefix": "X-", "legal_name": "Other"},
    "organizations": {"code": "EAST", "name": "East"},
    "account-types": {"name": "Large"},
    "account-categories": {"name": "Small"},
    "contact-categories": {"name": "Technical"},
    "payment-terms": {"name": "Net 7", "days": "7"},
    "custom-fields": {"subject": "account", "key": "region"},
    "contacts": {"account": "ACME-1", "name": "Ada"},
    "contracts": {"account": "ACME-1", "start_date": "2026-01-01"},
    "bill-cycles": {"name": "Weekly", "frequency": "weekly", "start_date": "2026-01-01"},
    "products": {"code": "new", "name": "New"},
    "meters": {"key": "new"},
    "tax-rates": {"name": "VAT", "country": "GB", "percent": "20"},
    "prices": {"product": "seat", "currency": "USD", "type": "recurring", "model": "per_unit", "unit_amount": "1"},
    "customers": {
        "kind": "company",
        "company_name": "New",
        "primary_email": "ap@new.example",
        "account.currency": "USD",
        "account.bill_cycle": "Monthly",
    },
    "accounts": {"customer": "ACME", "currency": "USD", "bill_cycle": "Monthly"},
    "relations": {"relation": "responsible_account", "subject": "BETA-1", "target": "ACME-1"},
    "account-changes": {"account": "ACME-1"},
    "discounts": {"account": "ACME-1", "percent": "10"},
    "subscriptions": {"account": "ACME-1", "price": "seat", "quantity": "1", "start_date": "2026-01-01"},
    "subscription-changes": {"subscription": "S-1", "action": "change", "date": "2026-02-01", "quantity": "2"},
    "charges": {"account": "ACME-1", "description": "Visit", "amount": "5", "date": "2026-01-01"},
    "usage": {
        "id": "e",
        "account": "ACME-1",
        "meter": "calls",
        "timestamp": "2026-01-01T00:00:00Z",
        "quantity": "1",
    },
    "subscription-groups": {"payer": "ACME"},
    "contract-changes": {"contract": "K-0", "terminated_on": "2027-01-01"},
    "product-changes": {"product": "seat"},
    "account-type-changes": {"type": "Usual"},
    "custom-field-changes": {"subject": "customer", "key": "rank"},
    "settings": {"key": "default_payer_and_consolidation", "value": '"parent"'},
    "setting-changes": {"key": "default_payer_and_consolidation", "value": '"parent"'},
    "notes": {"account": "ACME-1", "text": "Called"},
    "tax-exemptions": {"account": "ACME-1", "certificate": "E-1"},
    "orders": {"account": "ACME-1", "price": "seat", "quantity": "1"},
}
BESIDES = {
    "account-types": "name\nUsual\n",
    "custom-fields": "subject,key\ncustomer,rank\n",
    "contracts": "number,account,start_date\nK-0,ACME-1,2026-01-01\n",
}


def import_what_it_refers_to(folder: Path) -> None:
    import_company(folder)
    for kind, text in BESIDES.items():
        assert import_text(folder, kind, text).problems == []


def nasty_file(kind: FileKind, chance: random.Random) -> str:
    """Good rows in which one to three cells hold anything."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([column.name for column in kind.columns])
    for _ in range(ROWS):
        cells = {column.name: GOOD[kind.name].get(column.name, "") for column in kind.columns}
        for column in chance.sample(kind.columns, min(chance.randint(1, 3), len(kind.columns))):
            fitting = FITTING.get(column.type)
            cells[column.name] = chance.choice(fitting if fitting and chance.random() < 0.7 else NASTY)
        writer.writerow(cells.values())
    return text.getvalue()


@pytest.mark.rule("ERR-1", "IMP-1")
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_a_nasty_file_is_imported_or_refused_in_words(tenant: str, tmp_path: Path, kind: FileKind) -> None:
    import_what_it_refers_to(tmp_path)
    text = nasty_file(kind, random.Random(SEED))
    report = import_text(tmp_path, kind.name, text)
    not_empty = sum(any(map(str.strip, cells)) for cells in csv.reader(io.StringIO(text))) - 1
    assert report.rows == report.imported + report.duplicates + report.refused == not_empty > ROWS * 0.9
    assert report.imported > 0
    assert all(problem.code and problem.message for problem in report.problems)


@pytest.mark.rule("IMP-2")
@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_whatever_was_imported_goes_out_and_comes_in_as_it_was(tenant: str, tmp_path: Path, kind: FileKind) -> None:
    with transaction.atomic():
        import_what_it_refers_to(tmp_path)
        import_text(tmp_path, kind.name, nasty_file(kind, random.Random(SEED)))
        export_directory(tmp_path / "first")
        transaction.set_rollback(True)
    reports = import_directories([tmp_path / "first"])
    assert [problem for report in reports for problem in report.problems] == []
    export_directory(tmp_path / "second")
    assert texts(tmp_path / "second") == texts(tmp_path / "first")
