"""How CSV files are read: lines that can be found again, and nothing unreadable that stops the rest (IMP-1)."""

from io import BytesIO

import pytest

from banyan.kernel.refusals import Refusal
from banyan.transfer.csv_rows import LONGEST_LINE, CsvRow, CsvRows

pytestmark = pytest.mark.rule("IMP-1")


def rows_of(content: bytes) -> list[CsvRow]:
    return list(CsvRows(BytesIO(content)))


def codes_of(content: bytes) -> list[tuple[int, str | None]]:
    return [(row.line, row.problem.code if row.problem else None) for row in rows_of(content)]


def test_a_byte_order_mark_and_carriage_returns_are_accepted() -> None:
    rows = CsvRows(BytesIO(b"\xef\xbb\xbfcode,name\r\nA,Alpha\r\n"))
    assert rows.header == ("code", "name")
    assert list(rows) == [CsvRow(2, ("A", "Alpha"))]


def test_a_row_is_known_by_the_line_it_starts_on_after_blank_lines_and_cells_of_several_lines() -> None:
    assert [row.line for row in rows_of(b'code,name\nA,"one\ntwo\nthree"\n\nB,b\n')] == [2, 6]


def test_a_row_of_too_few_or_too_many_cells_is_a_problem_and_the_next_one_is_read() -> None:
    content = b"code,name\nA\nB,b,bb\nC,c\n"
    assert codes_of(content) == [(2, "wrong_number_of_cells"), (3, "wrong_number_of_cells"), (4, None)]


def test_a_byte_that_is_not_utf_8_is_told_with_its_offset() -> None:
    (row,) = rows_of(b"code,name\nA,M\xfcller\n")
    assert row.problem
    assert row.problem.code == "not_utf_8"
    assert "0xfc at offset 13" in row.problem.message


def test_a_quote_that_is_never_closed_is_told_with_the_line_it_opens_on() -> None:
    assert codes_of(b'code,name\nA,a\nB,"b\nC,c\n') == [(2, None), (3, "quote_not_closed")]


def test_text_after_a_closing_quote_spoils_only_its_row() -> None:
    assert codes_of(b'code,name\nA,"a"x\nB,b\n') == [(2, "text_after_quote"), (3, None)]


def test_a_cell_that_is_too_long_spoils_only_its_row() -> None:
    assert codes_of(b"code,name\nA," + b"a" * 131_073 + b"\nB,b\n") == [(2, "cell_too_long"), (3, None)]


def test_a_line_without_end_is_passed_over_in_little_memory() -> None:
    endless = b"A," + b"a" * (3 * LONGEST_LINE)
    assert codes_of(b"code,name\n" + endless + b"\nB,b\n") == [(2, "line_too_long"), (3, None)]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf", "empty_file"),
        (b"\n\n", "empty_file"),
        (b"code,name,code\n", "repeated_column"),
        ("code,name\n".encode("utf-16"), "not_utf_8"),
        (b"code,name\rA,a\r", "not_csv"),
        (b",".join(b"c%d" % number for number in range(1_001)), "too_many_columns"),
        (b"c," * 500_000, "too_many_columns"),
        (b'code,"name', "quote_not_closed"),
    ],
)
def test_a_file_without_a_readable_header_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        CsvRows(BytesIO(content))
    assert refused.value.problems[0].code == code
    assert refused.value.rule == "IMP-1"
