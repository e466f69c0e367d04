"""Files with custom fields, contacts, contracts and the short lists."""

from pathlib import Path

import pytest

from banyan.accounts.models import Account, AccountCategory, Contact, Customer, CustomField, PaymentTerm
from banyan.contracts.models import Contract
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.models import Subscription
from tests.transfer.files import import_company, import_text

pytestmark = pytest.mark.usefixtures("tenant")

FIELDS = (
    "subject,key,type,options,required\n"
    "customer,segment,choice,Large;Small,\n"
    "account,seats,number,,true\n"
    "account,vip,yes_no,,\n"
    "account,since,date,,\n"
)
CUSTOMERS = (
    "number,kind,company_name,primary_email,account.currency,account.bill_cycle,custom_fields.segment,"
    "account.custom_fields.seats,account.custom_fields.vip,account.custom_fields.since\n"
    "C-1,company,One,a@one.example,USD,Monthly,Large,5,yes,2026-01-31\n"
    "C-2,company,Two,a@two.example,USD,Monthly,,7.5,,\n"
    "C-3,company,Three,a@three.example,USD,Monthly,Huge,,,\n"
    "C-4,company,Four,a@four.example,USD,Monthly,,many,perhaps,31.1.2026\n"
)


@pytest.mark.rule("FLD-2", "FLD-1", "IMP-1")
def test_custom_fields_come_in_with_their_customers_and_every_wrong_value_is_told(tmp_path: Path) -> None:
    import_company(tmp_path)
    assert import_text(tmp_path, "custom-fields", FIELDS).imported == 4
    assert CustomField.objects.get(key="segment").options == ["Large", "Small"]
    report = import_text(tmp_path, "customers", CUSTOMERS)
    assert Customer.objects.get(number="C-1").custom_fields == {"segment": "Large"}
    accounts = {account.customer.number: account.custom_fields for account in Account.objects.all()}
    assert accounts["C-1"] == {"seats": 5, "vip": True, "since": "2026-01-31"}
    assert accounts["C-2"] == {"seats": 7.5}
    assert [(problem.line, problem.field) for problem in report.problems] == [
        (4, "custom_fields.segment"),
        (4, "account.custom_fields.seats"),
        (5, "account.custom_fields.seats"),
        (5, "account.custom_fields.vip"),
        (5, "account.custom_fields.since"),
    ]


@pytest.mark.rule("FLD-2", "IMP-1")
def test_accounts_and_their_changes_have_columns_for_custom_fields_and_others_have_not(tmp_path: Path) -> None:
    import_company(tmp_path)
    import_text(tmp_path, "custom-fields", "subject,key\naccount,region\n")
    new = "customer,number,currency,bill_cycle,custom_fields.region\nACME,ACME-2,USD,Monthly,West\n"
    assert import_text(tmp_path, "accounts", new).imported == 1
    changes = "account,custom_fields.region,description\nACME-1,East,\nACME-2,,Depot\n"
    assert import_text(tmp_path, "account-changes", changes).problems == []
    regions = dict(Account.objects.values_list("number", "custom_fields__region"))
    assert regions == {"ACME-1": "East", "ACME-2": "West", "BETA-1": None}
    for kind, header in (
        ("accounts", "customer,currency,bill_cycle,custom_fields.colour"),
        ("products", "code,name,custom_fields.region"),
    ):
        with pytest.raises(Refusal) as refusal:
            import_text(tmp_path, kind, f"{header}\n")
        assert [problem.code for problem in refusal.value.problems] == ["unknown_column"]


@pytest.mark.rule("CTR-1", "CTR-2", "IMP-1")
def test_contracts_come_in_and_subscriptions_under_them(tmp_path: Path) -> None:
    import_company(tmp_path)
    contracts = (
        "number,account,start_date,end_date,renewal,notice_days\n"
        "K-1,ACME-1,2026-01-01,2027-01-01,automatic,30\nK-2,BETA-1,2026-01-01,2025-01-01,,\nK-1,BETA-1,2026-01-01,,,\n"
    )
    report = import_text(tmp_path, "contracts", contracts)
    assert [(problem.line, problem.field) for problem in report.problems] == [(3, "end_date"), (4, "number")]
    assert Contract.objects.get().renewal_months == 12
    subscriptions = (
        "number,account,price,quantity,start_date,contract\n"
        "S-2,ACME-1,seat,1,2026-02-01,K-1\nS-3,BETA-1,seat,1,2026-02-01,K-1\nS-4,ACME-1,seat,1,2026-02-01,K-9\n"
    )
    report = import_text(tmp_path, "subscriptions", subscriptions)
    assert [(problem.line, problem.field) for problem in report.problems] == [(3, "contract"), (4, "contract")]
    assert Subscription.objects.get(number="S-2").contract == Contract.objects.get()


@pytest.mark.rule("ACC-12", "ACC-7", "ACC-11", "IMP-1")
def test_contacts_and_the_lists_behind_accounts_come_in(tmp_path: Path) -> None:
    import_company(tmp_path)
    assert import_text(tmp_path, "account-categories", "name\nSmall\nStandard\n").imported == 1
    assert import_text(tmp_path, "payment-terms", "name,days\nNet 7,7\nNet 15,x\n").imported == 1
    assert import_text(tmp_path, "contact-categories", "name\nTechnical\n").imported == 1
    assert AccountCategory.objects.filter(name="Small").exists()
    assert PaymentTerm.objects.get(name="Net 7").days == 7
    contacts = (
        "account,name,email,phone,category\nACME-1,Ada,ada@acme.example,,Technical\nACME-1,,,,\nACME-1,Bob,,,Nobody\n"
    )
    report = import_text(tmp_path, "contacts", contacts)
    assert [(problem.line, problem.field) for problem in report.problems] == [(3, "name"), (4, "category")]
    assert Contact.objects.get().category.name == "Technical"
