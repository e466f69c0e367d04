"""What a dry run, all or nothing and a report are (IMP-1)."""

import csv
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from banyan.catalog.models import Product
from banyan.kernel.refusals import Refusal
from banyan.transfer.actions.import_directories import directories_of, import_directories
from banyan.transfer.actions.import_file import import_file
from banyan.transfer.kinds import KINDS
from banyan.transfer.reference import all_columns, columns_of_kind
from banyan.transfer.report import KEPT
from tests.transfer.files import COMPANY, import_company, import_text

pytestmark = pytest.mark.rule("IMP-1")

PRODUCTS = "code,name\nA,Alpha\nB\nC,Gamma\nA,Alpha again\n"
MIXED = {
    "products": PRODUCTS,
    "charges": "account,description,amount,date\nACME-1,x,5,2026-01-01\nNONE,x,5,2026-01-01\n",
    "relations": (
        "relation,subject,target,effective_date\nresponsible_account,BETA-1,ACME-1,2026-02-01\n"
        "responsible_account,ACME-1,BETA-1,2026-03-01\n"
    ),
    "subscription-changes": "subscription,action,date,quantity\nS-1,change,2026-02-01,5\nS-1,cancel,2025-01-01,\n",
    "account-changes": "account,status,reason\nACME-1,suspended,Late\nBETA-1,asleep,Tired\n",
    "discounts": "account,percent\nACME-1,10\nACME-1,110\n",
    "tax-rates": "name,country,percent\nVAT,GB,20\nVAT,XX,20\n",
    "owners": "invoice_prefix,legal_name\nX-,Other\nX-,Another\n",
    "organizations": "code,name,parent\nEAST,East,\nEAST-1,East one,EAST\nLOST,Lost,NOWHERE\n",
    "account-types": "name,default\nLarge,true\nLarge,false\n",
    "usage": (
        "id,account,meter,timestamp,quantity\ne1,ACME-1,calls,2026-01-05T00:00:00Z,1\n"
        "e1,ACME-1,calls,2026-01-05T00:00:00Z,1\ne2,ACME-1,none,2026-01-05T00:00:00Z,1\n"
    ),
    "accounts": (
        "customer,number,currency,bill_cycle,start_date,responsible_account\nACME,ACME-2,USD,Monthly,2026-01-01,ACME-1\n"
        "ACME,ACME-3,EUR,Monthly,2026-01-01,\n"
    ),
}


@pytest.mark.parametrize("kind", MIXED)
def test_a_dry_run_reports_what_the_run_then_does_and_changes_nothing(tenant: str, tmp_path: Path, kind: str) -> None:
    import_company(tmp_path)
    dry = import_text(tmp_path, kind, MIXED[kind], dry_run=True)
    real = import_text(tmp_path, kind, MIXED[kind])
    assert replace(dry, dry_run=False) == real
    assert real.imported > 0
    assert real.problem_count > 0


@pytest.mark.parametrize("kind", MIXED)
def test_all_or_nothing_lets_no_row_in_when_one_is_bad(tenant: str, tmp_path: Path, kind: str) -> None:
    import_company(tmp_path)
    nothing = import_text(tmp_path, kind, MIXED[kind], all_or_nothing=True)
    real = import_text(tmp_path, kind, MIXED[kind])
    assert nothing.imported == 0
    assert nothing.problems == real.problems
    assert real.imported > 0


def test_all_or_nothing_lets_all_rows_in_when_none_is_bad(tenant: str, tmp_path: Path) -> None:
    report = import_text(tmp_path, "products", "code,name\nA,Alpha\nB,Beta\n", all_or_nothing=True)
    assert report.imported == Product.objects.count() == 2


def test_the_report_keeps_the_first_thousand_problems_and_the_problems_file_keeps_all(
    tenant: str, tmp_path: Path
) -> None:
    path, problems = tmp_path / "products.csv", tmp_path / "problems.csv"
    path.write_text("code,name\n" + "=A\n" * (KEPT + 500))
    report = import_file("products", path, problems_file=problems)
    assert (report.problem_count, len(report.problems)) == (KEPT + 500, KEPT)
    with problems.open(newline="") as stream:
        written = list(csv.DictReader(stream))
    assert len(written) == KEPT + 500
    assert written[-1]["line"] == str(KEPT + 501)


def test_what_a_spreadsheet_would_run_is_harmless_in_the_problems_file(tenant: str, tmp_path: Path) -> None:
    path, problems = tmp_path / "charges.csv", tmp_path / "problems.csv"
    path.write_text("account,description,amount,date\n=1+1,x,5,2026-01-01\n")
    import_file("charges", path, problems_file=problems)
    with problems.open(newline="") as stream:
        assert [row["value"] for row in csv.DictReader(stream)] == ["'=1+1"]


@pytest.mark.rule("IMP-1", "PERF-5")
def test_what_came_in_is_counted_so_that_what_reads_it_next_is_planned_for_it(
    fresh_tenant: str, tmp_path: Path
) -> None:
    rows = "".join(f"p{number},Product {number}\n" for number in range(1_500))
    import_text(tmp_path, "products", f"code,name\n{rows}")
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'catalog_product'::regclass")
        assert cursor.fetchone() == (1_500,)


def test_progress_reaches_the_size_of_the_file(tenant: str, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    path.write_text("code,name\n" + "".join(f"P{n},Product {n}\n" for n in range(2_100)))
    told: list[tuple[int, int]] = []
    import_file("products", path, on_progress=lambda done, total: told.append((done, total)))
    assert len(told) == 2
    assert told[-1] == (path.stat().st_size, path.stat().st_size)


def a_directory(folder: Path) -> Path:
    """The small company, with a chapter of a later day."""
    for kind, text in COMPANY.items():
        (folder / f"{kind}.csv").write_text(text)
    (folder / "2026-02-10").mkdir()
    (folder / "2026-02-10" / "charges.csv").write_text("account,description,amount,date\nACME-1,x,5,2026-02-10\n")
    return folder


def test_a_directory_goes_in_in_the_order_that_its_files_depend_on_each_other(tenant: str, tmp_path: Path) -> None:
    reports = import_directories(directories_of(a_directory(tmp_path)))
    assert [report.kind for report in reports] == [kind for kind in KINDS if kind in COMPANY] + ["charges"]
    assert [report.refused for report in reports] == [0] * len(reports)


def test_a_dry_run_of_a_directory_reports_what_the_run_then_does(tenant: str, tmp_path: Path) -> None:
    directories = directories_of(a_directory(tmp_path))
    dry = import_directories(directories, dry_run=True)
    assert Product.objects.count() == 0
    assert [replace(report, dry_run=False) for report in dry] == import_directories(directories)


def test_one_bad_row_keeps_a_whole_directory_out_when_it_is_all_or_nothing(tenant: str, tmp_path: Path) -> None:
    directory = a_directory(tmp_path)
    (directory / "2026-02-10" / "charges.csv").write_text("account,description,amount,date\nNONE,x,5,2026-02-10\n")
    reports = import_directories(directories_of(directory), all_or_nothing=True)
    assert {report.imported for report in reports} == {0}
    assert Product.objects.count() == 0


def test_a_file_named_after_no_kind_is_refused(tenant: str, tmp_path: Path) -> None:
    (tmp_path / "things.csv").write_text("code\n")
    with pytest.raises(Refusal, match=r"things\.csv is named after no kind"):
        import_directories([tmp_path])


def test_the_reference_names_every_column() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "csv.md"
    assert page.read_text() == all_columns(), "make it anew: banyan import --columns all > docs/reference/csv.md"
    assert "`account.currency` *" in columns_of_kind("customers")


MEASURED = """
import sys
from pathlib import Path
import banyan.cli
from banyan.foundation.database import start_database
from banyan.foundation.tenants.queries import within_tenant
from banyan.transfer.actions.import_file import import_file

def peak():
    # not getrusage: a process that was started by a larger one begins with the peak of that one
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) // 1024

peaks = []
start_database()
with within_tenant(sys.argv[1]):
    report = import_file("products", Path(sys.argv[2]), on_progress=lambda done, of: peaks.append(peak()))
print(report.rows, report.refused, report.problem_count, peaks[0], peak())
"""


def test_a_million_rows_take_less_than_500_megabytes(fresh_tenant: str, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"
    with path.open("w") as stream:
        stream.write("code,name\n")
        for start in range(0, 1_000_000, 10_000):
            stream.writelines(f"{number},A\x01\n" for number in range(start, start + 10_000))
    command = [sys.executable, "-c", MEASURED, fresh_tenant, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    rows, refused, problems, of_first_rows, megabytes = map(int, done.stdout.split())
    assert (rows, refused, problems) == (1_000_000, 1_000_000, 1_000_000)
    assert megabytes < 500
    assert megabytes - of_first_rows < 50, "it grows with the file"
