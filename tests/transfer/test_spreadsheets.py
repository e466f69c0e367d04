"""What spreadsheets write is read as it is said to be written: separators, decimal commas, workbooks (IMP-1)."""

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import Workbook

from banyan.catalog.models import Price
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.models import Charge
from banyan.transfer import xlsx_rows
from banyan.transfer.actions.import_file import import_file
from banyan.transfer.actions.send_file import send_file
from banyan.transfer.layouts import Layout
from banyan.transfer.report import ImportReport
from banyan.transfer.run import run_import
from banyan.transfer.xlsx_rows import XlsxRows
from tests.transfer.files import import_company, import_text

pytestmark = [pytest.mark.rule("IMP-1")]
CHARGES = ("account", "description", "amount", "date")
EUROPEAN = Layout(";", decimal_comma=True)


@pytest.fixture
def company(tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text)
    return path


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, kept = Workbook(), io.BytesIO()
    for row in rows:
        book.worksheets[0].append(row)
    book.create_sheet("Notes").append(("not read",))
    book.save(kept)
    return kept.getvalue()


def imported(folder: Path, *rows: tuple[object, ...]) -> ImportReport:
    path = folder / "charges.xlsx"
    path.write_bytes(workbook(*rows))
    return import_file("charges", path)


def cells(*rows: tuple[object, ...]) -> list[tuple[str, ...]]:
    return [row.cells for row in XlsxRows(io.BytesIO(workbook(*rows)))]


@pytest.mark.usefixtures("company")
def test_semicolons_and_decimal_commas_are_read_once_they_are_chosen(tmp_path: Path) -> None:
    text = "\ufeffaccount;description;amount;date;;\nACME-1;Visit, on site;12,50;2026-01-05;;\n;;;;;\n"
    path = written(tmp_path, "charges.csv", text)
    with pytest.raises(Refusal, match="choose the semicolon as the separator"):
        import_file("charges", path)
    report = import_file("charges", path, layout=EUROPEAN)
    assert (report.rows, report.imported, report.problems) == (1, 1, [])
    charge = Charge.objects.get()
    assert (charge.amount, charge.description) == (Decimal("12.50"), "Visit, on site")
    assert import_file("charges", path, layout=EUROPEAN).duplicates == 1


@pytest.mark.usefixtures("company")
def test_with_a_decimal_comma_a_point_is_refused_and_tiers_have_commas(tmp_path: Path) -> None:
    rows = "ACME-1;A;1.234,50;2026-01-05\nACME-1;B;12.50;2026-01-05\n"
    path = written(tmp_path, "charges.csv", f"account;description;amount;date\n{rows}")
    report = import_file("charges", path, layout=EUROPEAN)
    assert [(each.line, each.field, each.code) for each in report.problems] == [
        (2, "amount", "not_a_decimal_comma"),
        (3, "amount", "not_a_decimal_comma"),
    ]
    prices = 'code,product,currency,type,model,tiers\nt,seat,USD,recurring,graduated,"100:1,00;:0,50+5"\n'
    path = written(tmp_path, "prices.csv", prices)
    assert import_file("prices", path, layout=Layout(",", decimal_comma=True)).imported == 1
    assert [Decimal(tier["unit_amount"]) for tier in Price.objects.get(code="t").tiers] == [1, Decimal("0.5")]
    assert import_file("prices", path, layout=Layout(",", decimal_comma=True)).duplicates == 1


def test_what_is_chosen_and_not_in_the_file_is_told(tenant: str, tmp_path: Path) -> None:
    path = written(tmp_path, "products.csv", "code,name\nA,Alpha\n")
    with pytest.raises(Refusal, match="choose the comma as the separator"):
        import_file("products", path, layout=Layout(";"))
    with pytest.raises(Refusal, match="choose a comma, a semicolon or a tab"):
        Layout("|")
    report = import_file("products", written(tmp_path, "products.csv", "code\tname\nA\tAlpha\n"), layout=Layout("\t"))
    assert report.imported == 1


def test_empty_columns_and_rows_at_the_end_are_nothing_and_others_are_told(tenant: str, tmp_path: Path) -> None:
    report = import_text(tmp_path, "products", "code,name,,\nA,Alpha,,\nB,Beta\n,,,\nC,Gamma,,x\n , \n")
    assert (report.rows, report.imported) == (3, 2)
    assert [(each.line, each.code) for each in report.problems] == [(5, "wrong_number_of_cells")]


@pytest.mark.usefixtures("company")
def test_a_workbook_goes_in_with_its_days_and_numbers(tmp_path: Path) -> None:
    report = imported(
        tmp_path,
        CHARGES,
        ("ACME-1", "Visit", 12.5, date(2026, 1, 5)),
        (None, None, None, None),
        ("ACME-1", "Visit", 0.1 + 0.2, datetime(2026, 1, 6, tzinfo=UTC).replace(tzinfo=None)),
        ("NONE", "Visit", "soon", date(2026, 1, 5)),
    )
    assert (report.imported, report.refused) == (2, 1)
    assert [(each.line, each.field) for each in report.problems] == [(5, "amount"), (5, "account")]
    assert list(Charge.objects.order_by("date").values_list("amount", "date")) == [
        (Decimal("12.5"), date(2026, 1, 5)),
        (Decimal("0.3"), date(2026, 1, 6)),
    ]


def test_cells_of_a_workbook_become_the_texts_of_a_file() -> None:
    row = (1001, 1e16, True, datetime(2026, 1, 31, 9, 30, tzinfo=UTC).replace(tzinfo=None), " a ", None)
    assert cells(("a", "b", "c", "d", "e", "f"), row) == [
        ("1001", "10000000000000000", "true", "2026-01-31T09:30:00", " a ", "")
    ]


def test_a_formula_that_failed_is_a_problem_of_its_row() -> None:
    book, kept = Workbook(), io.BytesIO()
    sheet = book.worksheets[0]
    sheet.append(("code", "name"))
    sheet.append(("A", "#N/A"))
    sheet["B2"].data_type = "e"
    book.save(kept)
    (row,) = XlsxRows(io.BytesIO(kept.getvalue()))
    assert row.problem is not None
    assert (row.line, row.problem.code, "B2" in row.problem.message) == (2, "formula_error", True)


@pytest.mark.parametrize("content", [b"", b"code,name\nA,Alpha\n", workbook(("code",))[:200]])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Refusal, match="not an Excel workbook"):
        XlsxRows(io.BytesIO(content))


def test_a_workbook_is_limited_in_rows_and_in_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = workbook(("code",), ("A",), ("B",), ("C",))
    monkeypatch.setattr(xlsx_rows, "MOST_ROWS", 3)
    with pytest.raises(Refusal, match="more than 3 rows; save it as CSV"):
        list(XlsxRows(io.BytesIO(rows)))
    monkeypatch.setattr(xlsx_rows, "MOST_BYTES", 100)
    with pytest.raises(Refusal, match="save the sheet as CSV"):
        XlsxRows(io.BytesIO(rows))


def test_a_workbook_that_is_called_csv_is_told_apart(tenant: str, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match=r"ends in \.xlsx"):
        import_text(tmp_path, "products", workbook(("code", "name"), ("A", "Alpha")))


@pytest.mark.parametrize(
    ("name", "content", "layout"),
    [
        ("p.xlsx", workbook(("code", "name"), ("A", "Alpha")), Layout()),
        ("p.csv", b"code;name\nA;Alpha\n", EUROPEAN),
    ],
)
def test_a_sent_file_is_read_as_it_was_said_to_be_laid_out(
    tenant: str, name: str, content: bytes, layout: Layout
) -> None:
    sent = send_file("products", name, io.BytesIO(content), dry_run=False, layout=layout)
    run_import(sent.pk)
    sent.refresh_from_db()
    assert (sent.status, sent.imported) == ("done", 1)
