"""`banyan import` and `banyan export`, run as people run them (SYS-3)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.rule("IMP-1", "SYS-3")]


def banyan(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "banyan.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60)


@pytest.fixture
def products(tmp_path: Path) -> Path:
    path = tmp_path / "products.csv"
    path.write_text("code,name\nA,Alpha\nB\n")
    return path


def test_rows_that_are_refused_are_shown_and_end_with_2(fresh_tenant: str, products: Path) -> None:
    done = banyan("import", "products", products, "--tenant", fresh_tenant)
    assert done.returncode == 2
    assert "the row has 1 cells, the header names 2" in " ".join(done.stdout.replace("│", " ").split())
    products.write_text("code,name\nB,Beta\n")
    assert banyan("import", "products", products, "--tenant", fresh_tenant).returncode == 0


def test_programs_get_the_report_as_json(fresh_tenant: str, products: Path) -> None:
    done = banyan("import", "products", products, "--dry-run", "--json", "--tenant", fresh_tenant)
    (report,) = json.loads(done.stdout)
    assert done.returncode == 2
    assert (report["rows"], report["imported"], report["refused"], report["dry_run"]) == (2, 1, 1, True)
    assert [(each["line"], each["code"]) for each in report["problems"]] == [(3, "wrong_number_of_cells")]


def test_a_directory_goes_in_as_a_whole(fresh_tenant: str, products: Path) -> None:
    products.write_text("code,name\nA,Alpha\n")
    (products.parent / "meters.csv").write_text("key\ncalls\n")
    done = banyan("import", "all", products.parent, "--all-or-nothing", "--json", "--tenant", fresh_tenant)
    assert done.returncode == 0
    assert [(each["kind"], each["imported"]) for each in json.loads(done.stdout)] == [("products", 1), ("meters", 1)]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import"], "the kinds are settings"),
        (["import", "nonsense", "x.csv"], "unknown_kind"),
        (["import", "products", "nowhere.csv"], "can't be read"),
        (["import", "all", "nowhere"], "is not a directory"),
        (["import", "all", ".", "--problems-file", "p.csv"], "for one file"),
        (["import", "--columns", "nonsense"], "is not a kind of file"),
    ],
)
def test_a_wrong_call_is_refused_in_words(fresh_tenant: str, arguments: list[str], words: str) -> None:
    done = banyan(*arguments, "--tenant", fresh_tenant, "--json")
    assert done.returncode == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


@pytest.mark.rule("IMP-2")
def test_what_went_in_comes_out_to_a_file_and_to_standard_output(fresh_tenant: str, products: Path) -> None:
    text = "code,name,tax_category,active\nA,Älpha,,true\nB,Beta,,false\n"
    products.write_text(text)
    assert banyan("import", "products", products, "--tenant", fresh_tenant).returncode == 0
    assert banyan("export", "products", "-", "--tenant", fresh_tenant).stdout == text
    again = products.with_name("again.csv")
    done = banyan("export", "products", again, "--json", "--tenant", fresh_tenant)
    assert json.loads(done.stdout) == [{"kind": "products", "file": str(again), "rows": 2}]
    assert again.read_text() == text


@pytest.mark.rule("IMP-2")
def test_everything_comes_out_into_a_directory_that_goes_in_again(
    fresh_tenant: str, products: Path, tmp_path: Path
) -> None:
    products.write_text("code,name,active\nA,Alpha,false\n")
    banyan("import", "products", products, "--tenant", fresh_tenant)
    done = banyan("export", "all", tmp_path / "all", "--tenant", fresh_tenant)
    assert "product-changes" in done.stdout
    again = banyan("import", "all", tmp_path / "all", "--dry-run", "--json", "--tenant", fresh_tenant)
    counts = {each["kind"]: (each["imported"], each["duplicates"]) for each in json.loads(again.stdout)}
    assert counts["payment-terms"] == (0, 4)
    assert counts["products"] == (0, 1)


@pytest.mark.rule("IMP-2")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nonsense", "-"], "unknown_kind"),
        (["all", "-"], "goes into a directory"),
        (["all", "x", "--on", "2026-01-01"], "leave --on out"),
        (["relations", "-", "--on", "soon"], "soon"),
        (["products", "-", "--on", "2026-01-01"], "not_dated"),
        (["products", "nowhere/x.csv"], "can't be written"),
        (["all", "."], "is not empty"),
    ],
)
def test_a_wrong_export_is_refused_in_words(fresh_tenant: str, arguments: list[str], words: str) -> None:
    done = banyan("export", *arguments, "--tenant", fresh_tenant, "--json")
    assert done.returncode == 2
    assert words in " ".join(done.stderr.replace("│", " ").split())
    assert "Traceback" not in done.stderr


def test_help_lists_the_kinds_and_columns_explains_one() -> None:
    assert "subscription-changes" in banyan("import", "--help").stdout.replace("\n", "").replace(" ", "").replace(
        "│", ""
    )
    assert "`account.currency` *" in banyan("import", "--columns", "customers").stdout
