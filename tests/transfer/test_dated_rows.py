"""Whatever was agreed from day to day, in whatever order, goes out and comes in as it was (IMP-2, SUB-8, REL-1)."""

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from django.db import transaction

from banyan.transfer.actions.export_directory import export_directory
from banyan.transfer.actions.import_directories import import_directories
from tests.transfer.files import import_company, import_text, texts

pytestmark = [pytest.mark.rule("IMP-2"), pytest.mark.usefixtures("tenant")]

DAYS = ("2026-01-01", "2026-01-02", "2026-01-31", "2026-02-01", "2026-03-01", "2026-03-02")
MORE = {
    "customers": (
        "number,kind,company_name,primary_email,parent,account.number,account.currency,account.bill_cycle,account.start_date\n"
        "TOP,company,Top,ap@top.example,,TOP-1,USD,Monthly,2026-01-01\n"
        "MID,company,Mid,ap@mid.example,TOP,MID-1,USD,Monthly,2026-01-01\n"
        "LOW,company,Low,ap@low.example,MID,LOW-1,USD,Monthly,2026-01-01\n"
    ),
    "prices": (
        "code,product,currency,type,model,unit_amount\n"
        "two,seat,USD,recurring,per_unit,20.00\nthree,seat,USD,recurring,per_unit,30.00\n"
    ),
    "subscriptions": (
        "number,account,price,quantity,start_date\nS-2,LOW-1,seat,1,2026-01-01\nS-2,LOW-1,two,1,2026-01-01\n"
    ),
    "subscription-groups": "payer,name\nTOP,Ours\nMID,Theirs\n",
}
CHANGES = (
    "subscription,action,date,position,price,quantity,until,"
    "who_pays.mode,who_pays.customer,group.payer,group.name,prorate"
)
RELATIONS = "relation,subject,target,effective_date,until,children"


def a_change(chance: Random) -> str:
    day, later = sorted(chance.sample(DAYS, 2))
    until = chance.choice(("", "", later))
    position = chance.choice(("1", "2", "3"))
    action = chance.choice(("change",) * 6 + ("who_pays",) * 8 + ("pause", "add_item", "end_item"))
    cells = {
        "change": [
            position,
            chance.choice(("", "seat", "two", "three")),
            chance.choice(("", "1", "2", "3")),
            "",
            *[""] * 4,
        ],
        "who_pays": ["", "", "", until, *chance.choice(WAYS_TO_PAY)],
        "pause": ["", "", "", until, *[""] * 4],
        "add_item": ["", chance.choice(("seat", "two")), chance.choice(("1", "2")), until, *[""] * 4],
        "end_item": [position, "", "", "", *[""] * 4],
    }[action]
    return ",".join(["S-2", action, day, *cells, ""])


WAYS_TO_PAY = (
    ["", "", "", ""], ["parent", "", "", ""], ["eldest_ancestor", "", "", ""], ["ancestor", "TOP", "", ""],
    ["customer_separate", "", "", ""], ["customer_consolidated", "", "", ""], ["", "", "TOP", "Ours"],
    ["", "", "MID", "Theirs"],
)  # fmt: skip


def a_relation(chance: Random) -> str:
    relation = chance.choice(("customer_parent", "account_parent", "responsible_account"))
    names = ("TOP", "MID", "LOW", "ACME") if relation == "customer_parent" else ("TOP-1", "MID-1", "LOW-1", "ACME-1")
    subject, target = chance.sample(names, 2)
    day, later = sorted(chance.sample(DAYS, 2))
    until = chance.choice(("", "", later))
    target, until = chance.choice(((target, until), (target, until), (target, until), ("", "")))
    stays = chance.choice(("", "stay")) if relation == "account_parent" and target else ""
    return ",".join([relation, subject, target, day, until, stays])


def imported(folder: Path, kind: str, header: str, rows: Sequence[str]) -> None:
    """One file for each row, so that each is a change of its own; some are refused."""
    for row in rows:
        import_text(folder, kind, f"{header}\n{row}\n")


@pytest.mark.parametrize("seed", range(4))
def test_what_changed_from_day_to_day_goes_out_and_comes_in_as_it_was(tmp_path: Path, seed: int) -> None:
    chance = Random(seed)
    with transaction.atomic():
        import_company(tmp_path)
        for kind, text in MORE.items():
            assert import_text(tmp_path, kind, text).problems == []
        imported(tmp_path, "subscription-changes", CHANGES, [a_change(chance) for _ in range(12)])
        imported(tmp_path, "relations", RELATIONS, [a_relation(chance) for _ in range(8)])
        imported(tmp_path, "subscription-changes", CHANGES, [a_change(chance) for _ in range(6)])
        export_directory(tmp_path / "first")
        transaction.set_rollback(True)
    went_out = texts(tmp_path / "first")
    assert min(went_out[f"{kind}.csv"].count("\n") for kind in ("subscription-changes", "relations")) > 3
    reports = import_directories([tmp_path / "first"])
    assert [problem for report in reports for problem in report.problems] == []
    export_directory(tmp_path / "second")
    assert texts(tmp_path / "second") == went_out
