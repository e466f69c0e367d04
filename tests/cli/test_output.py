"""What commands print: as it is, and all of it."""

from datetime import UTC, datetime

import pytest

from banyan.cli.output import print_refusal, print_rows
from banyan.kernel.refusals import invalid

LOOKS_LIKE_A_MARK = "Acme [/b] [red]Ltd"


@pytest.mark.rule("SYS-3", "ERR-1")
def test_names_and_values_are_printed_as_they_are(capsys: pytest.CaptureFixture[str]):
    print_rows([{"name": LOOKS_LIKE_A_MARK, "made": datetime(2026, 3, 1, 9, 30, 5, 123, UTC), "until": None}], False)
    print_refusal(invalid("name", "bad", f"{LOOKS_LIKE_A_MARK} is not a name", "ORG-1", LOOKS_LIKE_A_MARK), False)
    printed = capsys.readouterr()
    assert LOOKS_LIKE_A_MARK in printed.out
    assert "2026-03-01 09:30:05" in printed.out
    assert printed.err.count(LOOKS_LIKE_A_MARK) == 2


@pytest.mark.rule("SYS-3")
def test_what_has_no_room_is_folded_and_not_cut_off(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("COLUMNS", "30")
    key = "restrict_responsible_account_to_account_hierarchy"
    print_rows([{"key": key, "value": "true"}], False)
    lines = capsys.readouterr().out.splitlines()
    assert "".join(line.split("│")[1].strip() for line in lines if "│" in line) == key
