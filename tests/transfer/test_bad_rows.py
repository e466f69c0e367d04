"""Every bad row is told with its line, field, value and rule, and keeps nothing else out (IMP-1)."""

from pathlib import Path

import pytest

from banyan.accounts.models import Account, Customer
from banyan.foundation.queries import read_settings
from banyan.kernel.refusals import Refusal
from banyan.subscriptions.models import Subscription
from banyan.transfer.actions.import_file import import_file
from banyan.transfer.records import MOST_ROWS
from tests.transfer.files import import_company, import_text

pytestmark = [pytest.mark.rule("IMP-1"), pytest.mark.usefixtures("company")]

CUSTOMER = (
    "number,kind,company_name,primary_email,parent,"
    "account.number,account.currency,account.bill_cycle,account.start_date"
)
LONG = "x" * 501
RELATION = "relation,subject,target,effective_date"


@pytest.fixture
def company(tenant: str, tmp_path: Path) -> None:
    import_company(tmp_path)


def a_chain(customers: int) -> str:
    """Customers below each other: D1, D2 below D1, D3 below D2 and so on."""
    rows = [
        f"D{n},company,Deep {n},ap@deep.example,{f'D{n - 1}' if n > 1 else ''},D{n}-1,USD,Monthly,2026-01-01"
        for n in range(1, customers + 1)
    ]
    return "\n".join([CUSTOMER, *rows])


@pytest.mark.parametrize(
    ("kind", "text", "problem"),
    [
        ("products", "code,name\nA\n", (2, "", "wrong_number_of_cells", "IMP-1")),
        ("products", b"code,name\nA,M\xfcller\n", (2, "", "not_utf_8", "IMP-1")),
        ("products", "code,name\nA,a\x00b\n", (2, "name", "control_character", "")),
        ("products", 'code,name\nA,"a\n', (2, "", "quote_not_closed", "IMP-1")),
        ("products", "code,name\nA," + "a" * 131_073 + "\n", (2, "", "cell_too_long", "IMP-1")),
        ("products", "code,name\nA," + "a" * 201 + "\n", (2, "name", "unreadable", "CAT-1")),
        ("products", "code,name\n,Alpha\n", (2, "code", "required", "IMP-1")),
        ("products", "code,name\nseat,Seat again\n", (2, "code", "taken", "CAT-1")),
        ("charges", "account,description,amount,date\nACME-1,x,5,01/02/2026\n", (2, "date", "not_a_date", "")),
        ("charges", "account,description,amount,date\nACME-1,x,1e3,2026-01-01\n", (2, "amount", "not_a_decimal", "")),
        ("charges", "account,description,amount,date\nACME-1,x,NaN,2026-01-01\n", (2, "amount", "not_a_decimal", "")),
        (
            "charges",
            'account,description,amount,date\nACME-1,x,"1,000.00",2026-01-01\n',
            (2, "amount", "not_a_decimal", ""),
        ),
        ("charges", "account,description,amount,date\nNONE,x,5,2026-01-01\n", (2, "account", "unknown", "")),
        (
            "account-changes",
            "account,status,date\nACME-1,inactive,2025-12-31\n",
            (2, "date", "out_of_range", "ACC-3"),
        ),
        (
            "charges",
            "account,description,amount,date\nACME-1,x,0.001,2026-01-01\n",
            (2, "amount", "not_in_minor_units", "SUB-7"),
        ),
        (
            "subscriptions",
            "account,price,quantity,start_date\nACME-1,seat-eur,1,2026-01-01\n",
            (2, "price", "other_currency", "SUB-1"),
        ),
        (
            "prices",
            "code,product,currency,type,model,tiers\np,seat,USD,recurring,graduated,100:1.00;500:0.80\n",
            (2, "tiers.1.up_to", "last_tier_not_open", "CAT-3"),
        ),
        (
            "usage",
            "id,account,meter,timestamp,quantity\ne,ACME-1,none,2026-01-05T00:00:00Z,1\n",
            (2, "meter", "unknown_meter", "USE-1"),
        ),
        ("settings", "key,value\nenable_magic,true\n", (2, "key", "unknown_setting", "SET-1")),
        ("settings", "key,value\nenable_who_pays,yes\n", (2, "value", "not_json", "")),
        ("settings", "key,value\nenable_who_pays,1\n", (2, "value", "wrong_value", "SET-1")),
        (
            "setting-changes",
            "key,value\nenable_customer_hierarchies,false\n",
            (2, "value", "needed_setting_is_off", "SET-1"),
        ),
        ("notes", "account,text\nACME-1," + "a" * 10_001 + "\n", (2, "text", "too_long", "ACC-12")),
        ("notes", "account,text,at\nACME-1,x,2026-01-05\n", (2, "at", "not_a_timestamp", "")),
        ("notes", "account,text,at\nACME-1,x,9999-01-05T00:00:00Z\n", (2, "at", "out_of_range", "ACC-12")),
        ("notes", "account,text,author\nACME-1,x," + "a" * 201 + "\n", (2, "author", "too_long", "ACC-12")),
        ("tax-exemptions", "account,certificate\nNONE,E-1\n", (2, "account", "unknown", "")),
        (
            "tax-exemptions",
            "account,certificate,valid_from,valid_to\nACME-1,E-1,2026-02-01,2026-01-01\n",
            (2, "valid_to", "before_start", "TAX-2"),
        ),
        (
            "orders",
            "account,price,quantity\nACME-1,seat-eur,1\n",
            (2, "price", "other_currency", "SUB-1"),
        ),
        (
            "orders",
            "account,price,quantity,group.payer,group.name\nACME-1,seat,1,ACME,Ours\n",
            (2, "group.name", "unknown", "GRP-1"),
        ),
        (
            "subscription-changes",
            "subscription,action,date,until\nS-1,who_pays,2026-02-01,2026-01-31\n",
            (2, "until", "before_date", "REL-1"),
        ),
        (
            "subscription-changes",
            "subscription,action,date,who_pays.mode\nS-1,who_pays,2025-02-01,parent\n",
            (2, "effective_date", "before_start", "REL-1"),
        ),
    ],
)
def test_a_bad_row_is_told(tmp_path: Path, kind: str, text: str | bytes, problem: tuple[int, str, str, str]) -> None:
    report = import_text(tmp_path, kind, text)
    assert [(each.line, each.field, each.code, each.rule) for each in report.problems] == [problem]
    assert (report.rows, report.imported, report.refused) == (1, 0, 1)


@pytest.mark.rule("IMP-1", "ERR-1")
@pytest.mark.parametrize(
    ("kind", "text", "fields"),
    [
        ("charges", f"account,description,amount,date\nNONE,{LONG},5,2026-01-01\n", ["account", "description"]),
        ("charges", f"account,description,amount,date\n,{LONG},5,2026-01-01\n", ["account", "description"]),
        ("charges", f"account,description,amount,date\na\x00b,{LONG},5,2026-01-01\n", ["account", "description"]),
        ("discounts", "account,percent\nNONE,110\n", ["account", "percent"]),
        (
            "subscriptions",
            "account,price,quantity,start_date,end_date\nNONE,seat,-1,2026-02-01,2026-01-01\n",
            ["account", "end_date", "quantity"],
        ),
        ("subscriptions", "account,price,quantity,start_date\nACME-1,none,-1,2026-02-01\n", ["price", "quantity"]),
        (
            "prices",
            "code,product,currency,type,model,unit_amount\nnew,none,XXX,recurring,per_unit,1\n",
            ["currency", "product"],
        ),
        (
            "tax-exemptions",
            "account,certificate,valid_from,valid_to\nNONE,E,2026-02-01,2026-01-01\n",
            ["account", "valid_to"],
        ),
        (
            "customers",
            "kind,company_name,primary_email,account.currency,account.bill_cycle\ncompany,,ap@,XXX,None\n",
            ["account.bill_cycle", "account.currency", "company_name", "primary_email"],
        ),
        (
            "accounts",
            "customer,currency,bill_cycle,status\nNONE,XXX,Monthly,asleep\n",
            ["currency", "customer", "status"],
        ),
    ],
)
def test_what_refers_to_nothing_hides_nothing_else(tmp_path: Path, kind: str, text: str, fields: list[str]) -> None:
    report = import_text(tmp_path, kind, text)
    assert sorted({problem.field for problem in report.problems}) == fields


@pytest.mark.rule("SET-1")
def test_settings_that_are_refused_keep_no_other_out(tmp_path: Path) -> None:
    rows = "enable_magic,true\nenable_customer_hierarchies,false\nenable_who_pays,false\nbill_suspended_accounts,1\n"
    report = import_text(tmp_path, "setting-changes", f"key,value\n{rows}")
    assert [(each.line, each.field) for each in report.problems] == [(2, "key"), (5, "value")]
    assert not read_settings().enable_customer_hierarchies
    assert not read_settings().enable_who_pays
    assert read_settings().bill_suspended_accounts


@pytest.mark.parametrize(
    ("kind", "text", "problems"),
    [
        ("products", "", [("file", "empty_file")]),
        ("products", "code,name,name\n", [("name", "repeated_column")]),
        ("products", "code,price\n", [("price", "unknown_column"), ("name", "missing_column")]),
        ("products", "code;name\nlamp;Lamp\n", [("file", "other_separator")]),
        ("products", "name\tcode\n", [("file", "other_separator")]),
        ("nonsense", "code,name\n", [("kind", "unknown_kind")]),
    ],
)
def test_a_file_that_is_not_of_its_kind_is_refused_with_the_columns_that_are(
    tmp_path: Path, kind: str, text: str, problems: list[tuple[str, str]]
) -> None:
    with pytest.raises(Refusal) as refused:
        import_text(tmp_path, kind, text)
    assert [(each.field, each.code) for each in refused.value.problems] == problems


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="No such file"):
        import_file("products", tmp_path / "nowhere.csv")


def test_an_unknown_column_is_refused_with_the_columns_that_are_allowed(tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="its columns are code, name, tax_category, active"):
        import_text(tmp_path, "products", "code,name,colour\n")


def test_all_problems_of_a_row_are_told_at_once(tmp_path: Path) -> None:
    text = "account,description,amount,date\nNONE,x,1e3,tomorrow\n"
    report = import_text(tmp_path, "charges", text)
    assert [(each.field, each.value) for each in report.problems] == [
        ("amount", "1e3"),
        ("date", "tomorrow"),
        ("account", "NONE"),
    ]


def test_what_the_action_refuses_is_told_together_with_cells_that_can_not_be_read(tmp_path: Path) -> None:
    header = "number,account,price,quantity,start_date,end_date"
    text = f"{header}\nS-1,ACME-1,seat,1,2026-01-01,soon\nS-2,ACME-1,seat-eur,1,2025-01-01,soon\n"
    report = import_text(tmp_path, "subscriptions", text)
    assert [(each.line, each.field, each.code) for each in report.problems] == [
        (2, "end_date", "not_a_date"),
        (2, "number", "taken"),
        (3, "end_date", "not_a_date"),
        (3, "start_date", "before_account"),
        (3, "price", "other_currency"),
    ]
    assert Subscription.objects.count() == 1


def test_more_rows_than_a_subscription_can_have_items_are_refused_without_being_held_together(tmp_path: Path) -> None:
    rows = "S-9,ACME-1,seat,1,2026-01-01\n" * (MOST_ROWS + 2)
    report = import_text(tmp_path, "subscriptions", f"number,account,price,quantity,start_date\n{rows}")
    assert (report.rows, report.refused) == (MOST_ROWS + 2, MOST_ROWS + 2)
    told = [each.line for each in report.problems if each.code == "too_many_rows"]
    assert told == [2]
    assert report.problem_count == MOST_ROWS + 2
    assert (
        import_text(
            tmp_path,
            "subscriptions",
            "number,account,price,quantity,start_date\n" + rows[: len(rows) // (MOST_ROWS + 2) * MOST_ROWS],
        ).imported
        == MOST_ROWS
    )


def test_good_rows_go_in_whatever_the_others_are(tmp_path: Path) -> None:
    report = import_text(tmp_path, "products", "code,name\nA,Alpha\nB\nC,Gamma\n")
    assert (report.rows, report.imported, report.refused) == (3, 2, 1)


@pytest.mark.rule("REL-2")
def test_a_cycle_is_refused_on_the_row_that_would_close_it(tmp_path: Path) -> None:
    text = f"{RELATION}\naccount_parent,ACME-1,BETA-1,2026-01-01\naccount_parent,BETA-1,ACME-1,2026-01-01\n"
    report = import_text(tmp_path, "relations", text)
    assert [(each.line, each.field, each.rule) for each in report.problems] == [(3, "target", "REL-2")]


@pytest.mark.rule("CHI-2")
def test_an_eleventh_level_is_refused(tmp_path: Path) -> None:
    report = import_text(tmp_path, "customers", a_chain(11))
    assert (report.imported, [(each.line, each.field, each.rule) for each in report.problems]) == (
        10,
        [(12, "parent", "CHI-2")],
    )


@pytest.mark.rule("REL-1")
def test_a_second_responsible_account_for_the_same_day_is_refused(tmp_path: Path) -> None:
    import_text(tmp_path, "customers", a_chain(1))
    rows = [f"responsible_account,D1-1,{responsible},2026-02-01" for responsible in ("ACME-1", "BETA-1")]
    text = "\n".join([RELATION, *rows])
    report = import_text(tmp_path, "relations", text)
    assert [(each.line, each.code) for each in report.problems] == [(3, "said_twice")]


def test_rows_may_refer_to_rows_above_them_and_not_below(tmp_path: Path) -> None:
    child, parent = (
        "KID,company,Kid,ap@kid.example,MUM,KID-1,USD,Monthly,2026-01-01",
        ("MUM,company,Mum,ap@mum.example,,MUM-1,USD,Monthly,2026-01-01"),
    )
    below = import_text(tmp_path, "customers", f"{CUSTOMER}\n{child}\n{parent}\n")
    assert [(each.line, each.field, each.value, each.code) for each in below.problems] == [
        (2, "parent", "MUM", "unknown")
    ]
    above = import_text(tmp_path, "customers", f"{CUSTOMER}\n{child}\n")
    assert above.imported == 1


@pytest.mark.rule("CUS-2")
def test_of_two_rows_with_one_number_the_first_goes_in(tmp_path: Path) -> None:
    row = "TWIN,company,{},ap@twin.example,,{},USD,Monthly,2026-01-01"
    report = import_text(tmp_path, "customers", f"{CUSTOMER}\n{row.format('One', 'T-1')}\n{row.format('Two', 'T-2')}\n")
    assert [(each.line, each.field, each.rule) for each in report.problems] == [(3, "number", "CUS-2")]
    assert Customer.objects.get(number="TWIN").name == "One"


def test_a_row_that_says_something_else_of_what_is_there_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    text = a_chain(3)
    assert import_text(tmp_path, "customers", text).imported == 3
    again = import_text(tmp_path, "customers", text.replace("ap@", "billing@"))
    assert (again.rows, again.imported, again.duplicates, again.refused) == (3, 0, 0, 3)
    assert {each.line for each in again.problems} == {2, 3, 4}
    assert Account.objects.filter(number__startswith="D").count() == 3


@pytest.mark.rule("USE-1")
def test_usage_that_was_counted_before_is_a_duplicate_and_no_problem(tmp_path: Path) -> None:
    rows = [f"e{day},ACME-1,calls,2026-01-0{day}T00:00:00Z,7" for day in (5, 6)]
    text = "\n".join(["id,account,meter,timestamp,quantity", *rows])
    assert import_text(tmp_path, "usage", text).imported == 2
    again = import_text(tmp_path, "usage", text)
    assert (again.rows, again.imported, again.duplicates, again.refused) == (2, 0, 2, 0)


@pytest.mark.rule("SUB-1")
def test_rows_with_the_same_number_are_the_items_of_one_subscription(tmp_path: Path) -> None:
    text = (
        "number,account,price,quantity,start_date\nS-2,ACME-1,seat,1,2026-01-01\nS-2,ACME-1,call,1,2026-01-01\n"
        "S-3,ACME-1,seat,2,2026-01-01\n"
    )
    assert import_text(tmp_path, "subscriptions", text).imported == 3
    assert Subscription.objects.get(number="S-2").items.count() == 2
    assert Subscription.objects.get(number="S-3").items.count() == 1


@pytest.mark.rule("SUB-1")
def test_a_bad_item_keeps_its_whole_subscription_out(tmp_path: Path) -> None:
    text = (
        "number,account,price,quantity,start_date\nS-2,ACME-1,seat,1,2026-01-01\nS-2,ACME-1,seat-eur,1,2026-01-01\n"
        "S-2,BETA-1,seat,1,2026-01-01\n"
    )
    report = import_text(tmp_path, "subscriptions", text)
    assert (report.imported, report.refused) == (0, 3)
    assert [(each.line, each.field, each.code) for each in report.problems] == [
        (2, "", "left_out"),
        (3, "price", "other_currency"),
        (4, "account", "differs_from_above"),
    ]


@pytest.mark.rule("ACC-4")
def test_a_row_with_another_invoice_currency_is_refused(tmp_path: Path) -> None:
    header = "customer,number,currency,invoice_currency,bill_cycle\n"
    report = import_text(tmp_path, "accounts", f"{header}ACME,N-1,USD,EUR,Monthly\nACME,N-2,USD,USD,Monthly\n")
    assert [(each.line, each.field, each.rule) for each in report.problems] == [(2, "invoice_currency", "ACC-4")]
    assert report.imported == 1


@pytest.mark.rule("ERR-1")
@pytest.mark.parametrize(
    ("kind", "text", "fields"),
    [
        ("contacts", "account,email,category\nNONE,nomail,NOCAT\n", {"account", "category", "email"}),
        ("notes", f"account,text,author,at\nNONE,a,{LONG},1850-01-01T00:00:00Z\n", {"account", "author", "at"}),
        (
            "relations",
            f"{RELATION},until\naccount_parent,ACME-1,NONE,2020-02-01,2019-01-01\n",
            {"target", "effective_date", "until"},
        ),
        (
            "relations",
            f"{RELATION},children\nresponsible_account,NONE,OTHER,2026-02-01,stay\n",
            {"subject", "target", "children"},
        ),
        (
            "subscription-changes",
            "subscription,action,date,price,quantity,until\nS-1,change,2026-05-01,seat-eur,-1,2026-06-01\n",
            {"until", "price", "quantity"},
        ),
        (
            "subscription-changes",
            "subscription,action,date,until,prorate\nNONE,who_pays,2026-05-01,2026-04-01,yes\n",
            {"subscription", "until", "prorate"},
        ),
        ("discounts", "account,percent,valid_from,valid_to,products\nNONE,500,2026-02-01,2026-01-01,nope\n",
         {"account", "percent", "valid_to", "products"}),
        ("tax-exemptions", f"account,certificate,valid_from,valid_to\nNONE,{LONG},2026-02-01,2026-01-01\n",
         {"account", "certificate", "valid_to"}),
        ("charges", f"account,description,amount,date,product\nNONE,{LONG},1,2026-01-01,nope\n",
         {"account", "description", "product"}),
        ("subscriptions", "account,price,quantity,start_date,end_date\nNONE,nope,-1,2026-02-01,2026-01-01\n",
         {"account", "price", "quantity", "end_date"}),
        ("contracts", "account,start_date,end_date,renewal\nNONE,2026-02-01,2026-01-01,sometimes\n",
         {"account", "end_date", "renewal"}),
        ("subscription-groups", f"payer,name\nNONE,{LONG}\n", {"payer", "name"}),
    ],
)  # fmt: skip
def test_what_is_not_there_hides_nothing_else_that_is_wrong_with_a_row(
    tmp_path: Path, kind: str, text: str, fields: set[str]
):
    report = import_text(tmp_path, kind, text)
    assert (report.imported, report.refused) == (0, 1)
    assert sorted(problem.field for problem in report.problems) == sorted(fields)
