"""Whatever bytes a file holds, a worker ends with what is wrong in words, row by row, and quickly (ERR-1)."""

import io
import time
from pathlib import Path

import pytest

from banyan.transfer import run
from banyan.transfer.actions.send_file import send_file
from banyan.transfer.columns import FileKind
from banyan.transfer.imports import imports, problems_of
from banyan.transfer.kinds import KINDS
from banyan.transfer.models import Import, ImportStatus
from tests.transfer.test_nasty_cells import GOOD, import_what_it_refers_to
from tests.transfer.test_sent_files import forget_jobs

pytestmark = [pytest.mark.rule("ERR-1", "IMP-1"), pytest.mark.usefixtures("tenant")]

HOSTILE = (
    b"a\0b", b"\0", b"\0\0\0", b"\xed\xa0\x80", b"\xff\xfe", b"\xc0\x80", b"\xef\xbb\xbfx", b"\xe2\x80\xae",
    b"9" * 10_000, b"-" + b"9" * 10_000, b"1e999999", b"1E-999999", b"0x10", b"NaN", b"0000-01-01", b"10000-01-01",
    b"2026-13-45", b"0000-01-01T00:00:00Z", b"[" * 100_000, b'"{""a"": 1, ""a"": 2}"', b'"{""a"": ""\\u0000""}"',
    b"1e400", b'"{""a"": 1e400}"', b"x" * 131_072, b"\\;", b";" * 10_000, b":+" * 1_000,
)  # fmt: skip


def brought_in(kind: str, content: bytes) -> Import:
    """What became of a file whose good rows go in."""
    sent = send_file(kind, f"{kind}.csv", io.BytesIO(content), dry_run=False, all_or_nothing=False)
    forget_jobs()
    run.run_import(sent.pk)
    return imports().get(pk=sent.pk)


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_hostile_bytes_in_any_cell_are_a_problem_of_that_row(tmp_path: Path, kind: FileKind) -> None:
    """A row with each of them in each column."""
    import_what_it_refers_to(tmp_path)
    names = [column.name for column in kind.columns]
    good = {name: GOOD[kind.name].get(name, "").encode() for name in names}
    rows = [{**good, name: cell} for name in names for cell in HOSTILE]
    lines = [",".join(names).encode(), *(b",".join(row.values()) for row in rows)]
    made = brought_in(kind.name, b"\n".join(lines))
    assert (made.status, made.failure, made.rows) == (ImportStatus.DONE, "", len(rows))
    told = b"".join(problems_of(made)).decode()
    assert "\0" not in told
    assert not [word for word in ("DataError", "Traceback", "psycopg") if word in told]


def test_a_nul_in_one_cell_is_told_with_line_and_column_and_the_problems_of_other_rows_too() -> None:
    made = brought_in("products", b"code,name\nA,Alpha\nB,Be\0ta\n,Gamma\nD,Delta\n")
    assert (made.status, made.imported, made.refused) == (ImportStatus.DONE, 2, 2)
    told = [(each["line"], each["field"], each["value"], each["code"]) for each in made.problems]
    assert told == [(3, "name", r"Be\x00ta", "control_character"), (4, "code", "", "required")]
    assert made.problems[0]["message"] == "the text holds the control character U+0000; remove it"


def test_a_long_cell_makes_no_long_message() -> None:
    made = brought_in("charges", b"account,description,amount,date\nACME-1,x," + b"9" * 100_000 + b",2026-01-01\n")
    (problem, _) = made.problems
    assert (problem["field"], len(problem["value"]), len(problem["message"]) < 200) == ("amount", 100, True)


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (
            b'A,"' + (b"a" * 99 + b"\n") * 100_000 + b'"\n',
            {"cell_too_long", "wrong_number_of_cells", "quote_not_closed"},
        ),
        (b"A," + b"a" * 10_000_000 + b"\n", {"line_too_long"}),
        (b'A,"never closed\n' + b"B,b\n" * 1_000, {"quote_not_closed"}),
        (b"A,a\rB,b\rC,c\r", {"not_csv"}),
        (b"A," * 500_000, {"wrong_number_of_cells"}),
        (b"\0" * 1_000_000, {"cell_too_long"}),
    ],
    ids=["10-mb-in-quotes", "10-mb", "quote", "carriage-returns", "500,000-cells", "nuls"],
)
def test_what_is_no_row_is_told_once_for_each_line_and_the_rows_before_it_go_in(
    content: bytes, codes: set[str]
) -> None:
    started = time.process_time()
    made = brought_in("products", b"code,name\nGOOD,Good\n" + content)
    assert (made.status, made.imported) == (ImportStatus.DONE, 1)
    assert {each["code"] for each in made.problems} <= codes
    assert made.problems
    assert time.process_time() - started < 120


def test_half_a_million_columns_are_refused_at_once() -> None:
    started = time.process_time()
    with pytest.raises(Exception, match="at most 1,000 are read"):
        brought_in("products", b"c," * 500_000 + b"\n")
    assert time.process_time() - started < 5
