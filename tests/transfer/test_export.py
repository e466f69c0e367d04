"""What is exported can be imported into an empty tenant and gives the same data (IMP-2)."""

import csv
import io
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from django.db import transaction

from banyan.accounts.actions.save_account_type import update_account_type
from banyan.accounts.actions.save_custom_field import update_custom_field
from banyan.accounts.models import Account, AccountType, BillCycle, Customer, CustomField
from banyan.catalog.actions.update_product import update_product
from banyan.catalog.models import Price, Product
from banyan.contracts.models import Contract
from banyan.customers.actions.assign_responsible_account import assign_responsible_account
from banyan.customers.actions.change_account_status import change_account_status
from banyan.customers.actions.move_customer import move_customer
from banyan.customers.actions.remove_responsible_account import remove_responsible_account
from banyan.customers.actions.update_account import update_account
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.actions.cancel_order import cancel_order
from banyan.subscriptions.actions.create_order import create_order
from banyan.subscriptions.actions.terminate_contract import terminate_contract
from banyan.subscriptions.actions.uncancel_subscription import uncancel_subscription
from banyan.subscriptions.inputs import NewItem, NewOrder
from banyan.subscriptions.models import Subscription, SubscriptionItem
from banyan.transfer.actions.export_directory import export_directory
from banyan.transfer.actions.export_file import export_file, export_to_path
from banyan.transfer.actions.import_directories import directories_of, import_directories
from banyan.transfer.kinds import KINDS
from tests.business import a_bill_cycle, create_account
from tests.transfer.files import import_company, import_text, texts

pytestmark = pytest.mark.rule("IMP-2")

DEMO = Path(__file__).parents[2] / "demo"
MARCH = date(2026, 3, 1)


def exported(kind: str, **options: object) -> list[dict[str, str]]:
    stream = io.BytesIO()
    export_file(kind, stream, **options)  # type: ignore[arg-type]
    return list(csv.DictReader(io.StringIO(stream.getvalue().decode(), newline="")))


def again_in_an_empty_tenant(make: Callable[[], None], folder: Path) -> dict[str, str]:
    """What an export of everything writes. All that was made is taken back, and made of the files: the export of that
    writes the same.
    """
    with transaction.atomic():
        make()
        export_directory(folder / "first")
        transaction.set_rollback(True)
    reports = import_directories([folder / "first"])
    assert [report for report in reports if report.problems] == []
    export_directory(folder / "second")
    assert texts(folder / "second") == texts(folder / "first")
    return texts(folder / "first")


def make_demo_company() -> None:
    reports = import_directories(directories_of(DEMO))
    assert [report for report in reports if report.problems] == []


def test_the_demo_company_goes_out_and_comes_in_as_it_was(tenant: str, tmp_path: Path) -> None:
    files = again_in_an_empty_tenant(make_demo_company, tmp_path)
    assert {"customers.csv", "relations.csv", "subscription-changes.csv", "usage.csv"} <= files.keys()
    assert Account.objects.count() == 77
    assert len(files["usage.csv"].splitlines()) == 1334
    assert "account_parent,EMB-C09,EMB-CENTRAL,2025-11-01,2026-04-30" in files["relations.csv"]
    assert "S-KAF-1,cancel,2026-03-16" in files["subscription-changes.csv"]


CHANGES = (
    "subscription,action,date,position,price,quantity,named_only,prorate,who_pays.mode,who_pays.customer,group.payer,"
    "group.name,until\n"
    "S-2,change,2026-02-01,2,seat-2,7,,,,,,,\n"
    "S-2,change,2026-03-01,1,,9,,,,,,,\n"
    "S-2,who_pays,2026-01-01,,,,,,parent,,,,2026-01-31\n"
    "S-2,who_pays,2026-03-01,,,,,,ancestor,ACME,ACME,Ours,\n"
    "S-2,cancel,2026-05-01,,,,,false,,,,,\n"
    "S-1,who_pays,2026-01-01,,,,,,customer_separate,,,,\n"
)


ITEMS_AND_PAUSES = """\
subscription,action,date,position,price,quantity,named_only,until
S-4,change,2026-07-01,1,,8,,
S-4,end_item,2026-05-01,1,,,,
S-4,end_item,2026-06-01,2,,,,
S-4,add_item,2026-02-01,3,seat,2.5,false,2026-03-31
S-4,add_item,2026-06-01,4,call,1,false,2026-06-30
S-4,add_item,2026-07-01,5,call,1,false,
S-4,add_item,2026-03-01,6,call,1,true,
S-4,add_item,2026-02-01,7,seat,2.5,false,2026-03-31
S-4,add_item,2026-02-01,8,seat,1,false,
S-4,change,2026-02-15,3,,4,,
S-4,change,2026-08-01,8,,3,,
S-4,end_item,2026-03-01,8,,,,
S-4,pause,2026-02-01,,,,,2026-02-28
S-4,pause,2026-09-01,,,,,
"""
"""Eight items: two from the start that end, the second of usage, which two others follow, and one of named events; two
equal ones; and of the first and the last a quantity was agreed for days after the end.
"""


ORDERS = (
    "number,account,price,quantity,named_only,start_date,end_date,anchor,contract,who_pays.mode,who_pays.customer,group.payer,"
    "group.name\n"
    "O-900001,BETA-1,seat,1,false,2026-07-01,2026-08-01,start_date,,ancestor,ACME,ACME,Ours\n"
    "O-900001,BETA-1,seat-2,2.5,false,2026-07-01,2026-08-01,start_date,,ancestor,ACME,ACME,Ours\n"
    "Later,ACME-1,seat,1,false,,,cycle,K-1,,,,\n"
)


def make_what_stands_beside_the_past(folder: Path) -> None:
    """Settings that allow less than there is, notes of others, exemptions, and what was ordered and not activated."""
    rows = {
        "settings": 'key,value\noverall_invoice_distribution,"[""none"", ""email"", ""paper""]"\n',
        "account-changes": "account,invoice_type\nBETA-3,paper\n",
        "notes": (
            'account,text,author,at\nACME-1,"Called, and\nagreed",Ada,2026-01-05T10:00:00.5+01:00\nACME-1,Mine,,\n'
        ),
        "tax-exemptions": "account,certificate,valid_from,valid_to\nACME-1,E-1,,2026-12-31\nACME-1,E-2,2026-01-01,\n",
        "orders": ORDERS,
        "setting-changes": (
            'key,value\noverall_invoice_distribution,"[""email""]"\nallow_multi_customer_accounts,false\n'
            'enable_customer_hierarchies,false\nenable_who_pays,false\ndefault_payer_and_consolidation,"""parent"""\n'
        ),
    }
    for kind, text in rows.items():
        assert import_text(folder, kind, text).problems == [], kind
    account, price = Account.objects.get(number="ACME-1"), Price.objects.get(code="seat")
    cancel_order(create_order(NewOrder(account.id, (NewItem(price.id),))).id)


def make_a_company_with_a_past(folder: Path) -> None:
    """Everything that a later change makes different from what a new tenant could be given at once."""
    import_company(folder)
    rows = {
        "owners": "invoice_prefix,legal_name,tax_registrations\nN-,Next,DE: DE136695976;FR: FR40303265045\n",
        "organizations": "code,name,parent\nB,Branch,\nA,Above,\nB-1,Below B,B\n",
        "account-types": "name,default\nOld,\nUsual,true\n",
        "payment-terms": "name,days\nNet 7,7\n",
        "custom-fields": (
            "subject,key,type,options\ncustomer,size,choice,A;B\\;C\naccount,seats,number,\naccount,gone,text,\n"
        ),
        "accounts": (
            "customer,number,currency,bill_cycle,start_date,type,organization,description,billing_details,preferences,"
            "custom_fields.seats,custom_fields.gone,billing_address.city\n"
            'ACME,ACME-2,USD,Monthly,2026-01-01,Old,B-1,"=1+1, and ""more""\nhere","{""po"": [1, 2.5]}","{""a"": {}}",'
            "7.5,x,Bonn\n"
            "BETA,BETA-2,USD,Monthly,2026-01-01,,,,PO 7,,,,\nBETA,BETA-3,USD,Monthly,2026-01-01,,,,,,,,\n"
        ),
        "contacts": "account,name,email\nACME-1,Ada,ada@acme.example\n",
        "discounts": "account,percent,amount,products\nACME-1,10,,seat;call\nACME-1,10,,seat;call\nBETA-1,,5.50,\n",
        "tax-rates": "name,country,percent\nVAT,GB,20\n",
        "contracts": "number,account,start_date,end_date,renewal\nK-1,ACME-1,2026-01-01,2027-01-01,automatic\n",
    }
    for kind, text in rows.items():
        assert import_text(folder, kind, text).problems == [], kind
    tiers = "code,product,currency,type,model,tiers\nseat-2,seat,USD,recurring,graduated,100:1.00;500:0.80+5;:0.50\n"
    import_text(folder, "prices", tiers + ",call,USD,recurring,graduated,:2\n")
    customer, beta = Customer.objects.get(number="ACME"), Customer.objects.get(number="BETA")
    move_customer(beta.id, customer.id, date(2026, 1, 1))
    a1, a2, b2, b3 = (Account.objects.get(number=number).id for number in ("ACME-1", "ACME-2", "BETA-2", "BETA-3"))
    assign_responsible_account(a2, a1, date(2026, 1, 1))
    remove_responsible_account(a2, date(2026, 2, 1))
    assign_responsible_account(a2, b3, date(2026, 4, 1))
    subscriptions = (
        "number,account,price,quantity,start_date,contract,end_date\n"
        "S-2,BETA-1,seat,1,2026-01-01,,\nS-2,BETA-1,seat,2,2026-01-01,,\nS-3,ACME-1,seat,1,2026-01-01,K-1,\n"
        "S-4,BETA-2,seat,1,2026-01-01,,2026-12-01\n"
    )
    import_text(folder, "subscriptions", subscriptions)
    import_text(folder, "subscription-groups", "payer,name\nACME,Ours\nACME,Theirs\nBETA,Ours\n")
    import_text(folder, "charges", "account,description,amount,date,product\nBETA-2,Set-up,-5.50,2026-01-01,seat\n")
    assert import_text(folder, "subscription-changes", CHANGES).problems == []
    import_text(
        folder,
        "usage",
        "id,account,meter,timestamp,quantity,properties\n"
        'e1,BETA-2,calls,2026-01-05T00:00:00.25+01:00,0.125,"{""value"": ""é"", ""n"": 1.5}"\n',
    )
    assert import_text(folder, "account-changes", "account,invoice_rendering_type\nBETA-3,per_account\n").problems == []
    make_what_stands_beside_the_past(folder)
    change_account_status(b2, "inactive", MARCH, "Closed, for good")
    terminate_contract(Contract.objects.get().id, date(2026, 6, 1), "Over")
    update_product(Product.objects.get(code="call").id, {"active": False})
    update_account_type(AccountType.objects.get(name="Old").id, {"active": False})
    update_custom_field(CustomField.objects.get(key="gone").id, {"active": False})
    update_custom_field(CustomField.objects.get(key="seats").id, {"required": True})


@pytest.mark.rule("REL-1", "SUB-5", "WHO-1", "GRP-1", "CTR-1", "FLD-2")
def test_a_past_with_ends_inactive_types_groups_and_contracts_comes_in_as_it_was(tenant: str, tmp_path: Path) -> None:
    files = again_in_an_empty_tenant(lambda: make_a_company_with_a_past(tmp_path), tmp_path)
    assert files["relations.csv"].splitlines() == [
        "relation,subject,target,effective_date,until",
        "customer_parent,BETA,ACME,2026-01-01,",
        "responsible_account,ACME-2,ACME-1,2026-01-01,2026-01-31",
        "responsible_account,ACME-2,BETA-3,2026-04-01,",
    ]
    assert files["account-changes.csv"].splitlines() == [
        "account,invoice_rendering_type,status,date,reason",
        'BETA-2,,inactive,2026-03-01,"Closed, for good"',
        "BETA-3,per_account,,,",
    ]
    assert files["contract-changes.csv"].splitlines()[1:] == ["K-1,2026-06-01,Over"]
    assert files["account-type-changes.csv"].splitlines()[1:] == ["Old,false,false", "Usual,true,true"]
    assert files["subscription-groups.csv"].splitlines()[1:] == ["ACME,Ours", "ACME,Theirs", "BETA,Ours"]
    assert files["settings.csv"].splitlines()[1:] == ['overall_invoice_distribution,"[""email"", ""paper""]"']
    assert 'overall_invoice_distribution,"[""email""]"' in files["setting-changes.csv"].splitlines()
    assert files["orders.csv"] == ORDERS.replace("\n", "\r\n")
    assert "=1+1" in files["accounts.csv"]
    account = Account.objects.get(number="ACME-2")
    assert (account.description, account.billing_details) == ('=1+1, and "more"\nhere', {"po": [1, 2.5]})
    assert account.custom_fields == {"seats": 7.5, "gone": "x"}


@pytest.mark.rule("SUB-9", "USE-5", "IMP-1")
def test_items_that_came_and_went_and_pauses_come_in_as_they_were(tenant: str, tmp_path: Path) -> None:
    def make() -> None:
        import_company(tmp_path)
        rows = "S-4,BETA-1,seat,1,2026-01-01,2026-11-30\nS-4,BETA-1,call,1,2026-01-01,2026-11-30\n"
        import_text(tmp_path, "subscriptions", "number,account,price,quantity,start_date,end_date\n" + rows)
        assert import_text(tmp_path, "subscription-changes", ITEMS_AND_PAUSES).problems == []
        cancel = "subscription,action,date\nS-4,cancel,2026-10-01\n"
        assert import_text(tmp_path, "subscription-changes", cancel).problems == []

    files = again_in_an_empty_tenant(make, tmp_path)
    rows = csv.DictReader(io.StringIO(files["subscription-changes.csv"], newline=""))
    names = ITEMS_AND_PAUSES.splitlines()[0].split(",")
    written = [",".join(row[name] for name in names) for row in rows]
    assert written == [*ITEMS_AND_PAUSES.splitlines()[1:], "S-4,cancel,2026-10-01,,,,,"]
    assert [line.split(",")[0] for line in files["subscriptions.csv"].splitlines()] == ["number", "S-1", "S-4", "S-4"]
    assert {row["end_date"] for row in exported("subscriptions") if row["number"] == "S-4"} == {"2026-09-30"}
    uncancel_subscription(Subscription.objects.get(number="S-4").id)
    assert Subscription.objects.get(number="S-4").ends_before == date(2026, 12, 1)
    again = import_text(tmp_path, "subscription-changes", ITEMS_AND_PAUSES)
    assert (again.problems, again.imported, again.duplicates) == ([], 0, 14)
    in_february = [row for row in exported("subscriptions", on=date(2026, 2, 20)) if row["number"] == "S-4"]
    assert [(row["price"], row["quantity"]) for row in in_february] == [
        ("seat", "1"), ("call", "1"), ("seat", "4"), ("seat", "2.5"), ("seat", "1"),
    ]  # fmt: skip


@pytest.mark.rule("SUB-9", "IMP-1")
def test_an_item_or_a_pause_that_can_not_be_so_is_refused(tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)
    rows = (
        "subscription,action,date,position,price,quantity,until,prorate\n"
        "S-1,add_item,2026-02-01,3,seat,1,,\n"
        "S-1,add_item,2026-02-01,1,seat,1,,\n"
        "S-1,add_item,2026-02-01,,,1,,\n"
        "S-1,add_item,2026-02-01,,seat,1,2026-01-31,\n"
        "S-1,pause,2026-02-01,,,,2026-01-31,\n"
        "S-1,pause,2026-02-01,,,,,true\n"
        "S-1,end_item,2026-02-01,2,,,,\n"
    )
    report = import_text(tmp_path, "subscription-changes", rows)
    assert [(each.line, each.field, each.code) for each in report.problems] == [
        (2, "position", "not_next"),
        (3, "position", "not_next"),
        (4, "price", "required"),
        (5, "until", "before_date"),
        (6, "until", "before_date"),
        (7, "prorate", "not_applicable"),
        (8, "item", "ambiguous_item"),
    ]
    assert SubscriptionItem.objects.count() == 1


@pytest.mark.rule("BHI-6")
def test_who_was_linked_once_and_has_another_bill_cycle_by_now_comes_in_as_it_was(tenant: str, tmp_path: Path) -> None:
    def make() -> None:
        import_company(tmp_path)
        header = "customer,number,currency,bill_cycle,start_date\n"
        rows = "ACME,ACME-2,USD,Monthly,2026-01-01\nACME,ACME-3,USD,Monthly,2026-01-01\n"
        assert import_text(tmp_path, "accounts", header + rows).problems == []
        site, boss = (Account.objects.get(number=number).id for number in ("ACME-2", "ACME-3"))
        assign_responsible_account(site, boss, date(2026, 1, 1))
        remove_responsible_account(site, date(2026, 2, 1))
        update_account(boss, {"bill_cycle": a_bill_cycle().id, "currency": "EUR"})

    files = again_in_an_empty_tenant(make, tmp_path)
    assert "responsible_account,ACME-2,ACME-3,2026-01-01,2026-01-31" in files["relations.csv"].splitlines()


def test_every_kind_is_in_the_round_trip(tenant: str, tmp_path: Path) -> None:
    make_a_company_with_a_past(tmp_path)
    export_directory(tmp_path / "all")
    assert {path.stem for path in (tmp_path / "all").iterdir()} == KINDS.keys()


@pytest.mark.rule("REL-1")
def test_an_export_shows_a_day_or_the_whole_history(tenant: str, tmp_path: Path) -> None:
    make_a_company_with_a_past(tmp_path)
    assert [row["target"] for row in exported("relations", on=date(2026, 1, 31))] == ["ACME", "ACME-1"]
    assert [row["target"] for row in exported("relations", on=date(2025, 1, 31))] == []
    sites = {day: exported("accounts", on=day)[0]["responsible_account"] for day in (date(2026, 1, 31), MARCH)}
    assert sites == {date(2026, 1, 31): "ACME-1", MARCH: ""}
    assert exported("customers", on=MARCH)[1]["parent"] == "ACME"
    now = [row for row in exported("subscriptions", on=date(2026, 1, 31)) if row["number"] == "S-2"]
    then = [row for row in exported("subscriptions", on=MARCH) if row["number"] == "S-2"]
    assert [(row["price"], row["quantity"], row["who_pays.mode"]) for row in now] == [
        ("seat", q, "parent") for q in "12"
    ]
    assert [(row["price"], row["quantity"], row["who_pays.customer"]) for row in then] == [
        ("seat", "9", "ACME"),
        ("seat-2", "7", "ACME"),
    ]
    assert {row["end_date"] for row in then} == {"2026-04-30"}
    assert exported("accounts")[1]["status"] == "inactive"
    with pytest.raises(Refusal, match="the same on every day"):
        exported("products", on=MARCH)


def test_what_a_spreadsheet_would_run_is_harmless_only_when_that_is_asked_for(tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)
    import_text(tmp_path, "charges", "account,description,amount,date\nACME-1,=1+1,-5,2026-01-01\n")
    assert [(row["description"], row["amount"]) for row in exported("charges")] == [("=1+1", "-5.00")]
    assert [(row["description"], row["amount"]) for row in exported("charges", for_spreadsheets=True)] == [
        ("'=1+1", "-5.00")
    ]


def test_a_root_and_a_first_owner_take_the_place_of_those_of_a_new_tenant_only(tenant: str, tmp_path: Path) -> None:
    owner, root = "invoice_prefix,legal_name,first\nN-,Next,true\n", "code,name,root\nTOP,Top,true\n"
    assert import_text(tmp_path, "owners", owner).imported == 1
    assert import_text(tmp_path, "organizations", root).imported == 1
    assert [row["invoice_prefix"] for row in exported("owners")] == ["N-"]
    assert [(row["code"], row["parent"], row["root"]) for row in exported("organizations")] == [("TOP", "", "true")]
    import_company(tmp_path)
    for kind, text in (("owners", owner.replace("Next", "Other")), ("organizations", root.replace("Top", "Other"))):
        assert [problem.field for problem in import_text(tmp_path, kind, text).problems] in (["first"], ["root"])
    for kind, text in (("owners", owner), ("organizations", root)):
        assert import_text(tmp_path, kind, text).duplicates == 1


def test_accounts_in_a_customer_are_in_the_file_of_accounts_but_for_the_default_one(
    tenant: str, tmp_path: Path
) -> None:
    import_company(tmp_path)
    customer = Customer.objects.get(number="ACME")
    create_account(
        {
            "customer": customer.id,
            "number": "NEW",
            "currency": "USD",
            "bill_cycle": BillCycle.objects.get(name="Monthly").id,
            "start_date": date(2026, 1, 1),
            "is_default": True,
        }
    )
    assert [row["account.number"] for row in exported("customers")] == ["NEW", "BETA-1"]
    assert [row["number"] for row in exported("accounts")] == ["ACME-1"]


def test_a_file_is_there_only_once_it_is_complete(tenant: str, tmp_path: Path) -> None:
    path = tmp_path / "products.csv"

    def fail(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        export_to_path("products", path, on_progress=fail)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_that_is_not_empty_or_can_not_be_written_is_refused(tenant: str, tmp_path: Path) -> None:
    (tmp_path / "old.csv").touch()
    with pytest.raises(Refusal, match="is not empty"):
        export_directory(tmp_path)
    with pytest.raises(Refusal, match="can't be used"):
        export_directory(tmp_path / "old.csv")
    with pytest.raises(Refusal, match="can't be written"):
        export_to_path("products", tmp_path / "nowhere" / "products.csv")
    with pytest.raises(Refusal, match="is not a kind of file"):
        export_file("nonsense", io.BytesIO())
