"""A file that comes again changes nothing (IMP-1)."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connections, transaction

from banyan.accounts.models import Contact, Customer, Note
from banyan.catalog.actions.end_validity import end_validity
from banyan.catalog.models import Discount, TaxExemption, TaxRate
from banyan.customers.actions.set_account_parents import set_account_parent
from banyan.foundation.tenants.queries import within_tenant
from banyan.relations.models import AccountParent
from banyan.subscriptions.models import Charge, WhoPays
from banyan.transfer.actions.export_directory import export_directory
from banyan.transfer.actions.import_directories import directories_of, import_directories
from banyan.transfer.actions.import_file import import_file
from banyan.transfer.columns import View
from banyan.transfer.kinds import KINDS
from tests.transfer.files import import_company, import_text, texts
from tests.transfer.test_export import DEMO, make_a_company_with_a_past

pytestmark = pytest.mark.rule("IMP-1")

SET_AGAIN = {
    "settings", "setting-changes", "account-changes", "product-changes", "account-type-changes", "custom-field-changes",
}  # fmt: skip


def test_everything_that_is_exported_is_there_when_it_comes_a_second_and_a_third_time(
    tenant: str, tmp_path: Path
) -> None:
    with transaction.atomic():
        make_a_company_with_a_past(tmp_path)
        export_directory(tmp_path / "first")
        transaction.set_rollback(True)
    for attempt in range(3):
        reports = import_directories([tmp_path / "first"])
        assert {report.kind for report in reports} == KINDS.keys()
        assert [report for report in reports if report.problems] == []
        new = {report.kind for report in reports if report.imported and report.kind not in SET_AGAIN}
        assert new == (
            KINDS.keys() - SET_AGAIN - {"account-categories", "contact-categories"} if not attempt else set()
        )
    export_directory(tmp_path / "second")
    assert texts(tmp_path / "second") == texts(tmp_path / "first")


def test_the_demo_company_is_there_when_its_files_come_again(tenant: str) -> None:
    import_directories(directories_of(DEMO))
    counts = [model.objects.count() for model in (TaxRate, Discount, Charge, Customer, WhoPays, AccountParent)]
    reports = import_directories(directories_of(DEMO))
    assert counts == [model.objects.count() for model in (TaxRate, Discount, Charge, Customer, WhoPays, AccountParent)]
    assert {report.kind for report in reports if report.imported} == {"account-changes"}
    assert [report for report in reports if report.problems] == []


ROWS = {
    "tax-rates": "name,country,percent,valid_from\nVAT,GB,20,\nVAT,GB,17.5,2010-01-01\n",
    "discounts": "account,percent,amount,products\nACME-1,10,,call;seat\nACME-1,,5.50,\n",
    "tax-exemptions": "account,certificate\nACME-1,E-1\n",
    "charges": "account,description,amount,date\nACME-1,Visit,50.00,2026-01-05\nACME-1,Visit,50,2026-01-05\n",
    "contacts": "account,name,email,phone\nACME-1,Ada,ada@acme.example,+1 415 555 2671\nACME-1,Ben,,\n",
    "notes": "account,text\nACME-1,Called.\n",
    "subscription-groups": "payer,name\nACME,\nACME,Ours\n",
    "customers": (
        "kind,company_name,primary_email,account.currency,account.bill_cycle\n"
        "company,Nameless,ap@none.example,USD,Monthly\ncompany,Nameless,ap@none.example,USD,Monthly\n"
    ),
    "accounts": "customer,currency,bill_cycle,start_date\nACME,USD,Monthly,2026-02-01\n",
    "contracts": "account,start_date,notice_days\nACME-1,2026-01-01,30\n",
    "subscriptions": "account,price,quantity,start_date\nACME-1,seat,2,2026-03-01\nACME-1,seat,2,2026-03-01\n",
    "orders": "account,price,quantity\nACME-1,seat,2\n",
    "prices": "product,currency,type,model,unit_amount\nseat,USD,recurring,per_unit,12.50\n",
}


@pytest.mark.parametrize("kind", ROWS)
def test_three_attempts_with_what_has_no_number_make_it_once(tenant: str, tmp_path: Path, kind: str) -> None:
    import_company(tmp_path)
    (rows,) = KINDS[kind].rows(View(whole=True))
    before, lines = rows.count(), len(ROWS[kind].splitlines()) - 1
    for attempt in range(3):
        report = import_text(tmp_path, kind, ROWS[kind])
        assert (report.imported, report.duplicates) == ((lines, 0) if not attempt else (0, lines)), report.problems
    assert rows.all().count() == before + lines


def test_a_third_equal_charge_goes_in_where_two_are_there(tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)
    row = "ACME-1,Visit,50.00,2026-01-05\n"
    for rows, imported in ((2, 2), (2, 0), (3, 1), (3, 0), (1, 0)):
        report = import_text(tmp_path, "charges", "account,description,amount,date\n" + row * rows)
        assert (report.imported, report.duplicates) == (imported, rows - imported)
    assert Charge.objects.count() == 3


@pytest.mark.rule("TAX-1")
def test_a_tax_rate_that_was_ended_since_does_not_come_back(tenant: str, tmp_path: Path) -> None:
    text = "name,country,percent\nVAT,GB,20\n"
    import_text(tmp_path, "tax-rates", text)
    end_validity(TaxRate, TaxRate.objects.get().pk, date(2026, 6, 30))
    report = import_text(tmp_path, "tax-rates", text)
    assert [(each.line, each.field, each.code) for each in report.problems] == [(2, "valid_to", "there_already")]
    assert "its valid_to is 2026-06-30" in report.problems[0].message
    report = import_text(tmp_path, "tax-rates", "name,country,percent,valid_to\nVAT,GB,21,2026-06-30\n")
    assert [(each.field, each.message[-40:]) for each in report.problems] == [
        ("percent", "its percent is 20; change that one instead"[-40:])
    ]
    assert TaxRate.objects.count() == 1


@pytest.mark.rule("REL-1")
def test_what_a_page_moved_since_is_not_moved_back_when_the_file_comes_again(tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)
    import_text(
        tmp_path, "accounts", "customer,number,currency,bill_cycle,start_date\nACME,SITE,USD,Monthly,2026-01-01\n"
    )
    text = (
        "relation,subject,target,effective_date\naccount_parent,SITE,ACME-1,2026-01-01\n"
        "customer_parent,BETA,ACME,2026-01-01\n"
    )
    assert import_text(tmp_path, "relations", text).imported == 2
    edge = AccountParent.objects.get()
    other = Customer.objects.get(number="BETA").accounts.get()
    set_account_parent(edge.account_id, other.id, date(2026, 3, 1))
    report = import_text(tmp_path, "relations", text)
    assert (report.imported, report.duplicates) == (0, 2)
    assert [each.parent_id for each in AccountParent.objects.order_by("during")] == [edge.parent_id, other.id]


CHARGES = 20_000


def test_a_file_whose_import_is_killed_and_repeated_is_in_once(fresh_tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)
    file = tmp_path / "charges.csv"
    rows = (f"ACME-1,Visit {number // 2},{number % 7 + 1}.00,2026-01-05\n" for number in range(CHARGES))
    file.write_text("account,description,amount,date\n" + "".join(rows))
    command = [Path(sys.executable).with_name("banyan"), "import", "all", tmp_path, "--tenant", fresh_tenant]
    for _ in range(2):
        had = Charge.objects.count()
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while running.poll() is None and Charge.objects.count() == had:
            pass
        running.kill()
        running.wait()
    assert 0 < Charge.objects.count() <= CHARGES
    left = CHARGES - Charge.objects.count()
    report = import_file("charges", file)
    assert (report.imported, report.duplicates, report.refused) == (left, CHARGES - left, 0)
    assert Charge.objects.count() == CHARGES
    assert sum(Charge.objects.values_list("amount", flat=True)) == sum(number % 7 + 1 for number in range(CHARGES))


def test_of_two_imports_of_one_file_at_the_same_time_one_finds_all_there(fresh_tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)
    file = tmp_path / "charges.csv"
    rows = "".join(f"ACME-1,Visit,1.00,2026-01-{day % 28 + 1:02}\n" for day in range(5000))
    file.write_text("account,description,amount,date\n" + rows)

    def bring_in(_: int) -> int:
        with within_tenant(fresh_tenant):
            try:
                return import_file("charges", file).imported
            finally:
                connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(bring_in, range(2))) == [0, 5000]
    assert sum(Charge.objects.values_list("amount", flat=True)) == Decimal(5000)


def test_of_contacts_and_exemptions_with_the_same_name_and_other_details_the_second_is_refused(
    tenant: str, tmp_path: Path
) -> None:
    import_company(tmp_path)
    import_text(tmp_path, "contacts", "account,name,phone\nACME-1,Ada,+1 415 555 2671\n")
    import_text(tmp_path, "tax-exemptions", "account,certificate,valid_to\nACME-1,E-1,2026-12-31\n")
    report = import_text(tmp_path, "contacts", "account,name,phone\nACME-1,Ada,+1 415 555 0000\n")
    assert [each.field for each in report.problems] == ["phone"]
    report = import_text(tmp_path, "tax-exemptions", "account,certificate,valid_to\nACME-1,E-1,2027-12-31\n")
    assert [each.field for each in report.problems] == ["valid_to"]
    assert (Contact.objects.count(), TaxExemption.objects.count(), Note.objects.count()) == (1, 1, 0)
