"""The program `banyan`, run as people run it."""

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
import typer
from django.db import OperationalError
from psycopg.errors import DiskFull

from banyan.cli import bench, main
from banyan.kernel.refusals import Refusal
from tests.serving import RunningServer


@pytest.mark.rule("SYS-3")
def test_help_names_the_commands(server: RunningServer):
    done = server.program("--help")
    assert done.returncode == 0
    assert {"serve", "worker", "migrate", "tenant", "apikey", "settings", "jobs"} <= set(done.stdout.split())


@pytest.mark.rule("SYS-3", "API-1")
def test_a_key_is_printed_once_and_as_json_for_programs(server: RunningServer):
    done = server.program("apikey", "create", "Robot", "--role", "viewer", "--json")
    made = json.loads(done.stdout)
    assert done.returncode == 0
    assert made["key"].startswith("banyan_default_")
    listed = server.program("apikey", "list", "--json")
    assert made["id"] in [each["id"] for each in json.loads(listed.stdout)]
    assert made["key"] not in listed.stdout


@pytest.mark.rule("SYS-3", "ERR-1")
def test_a_refusal_names_field_value_and_rule_and_has_an_exit_code_of_its_own(server: RunningServer):
    done = server.program("apikey", "create", " ", "--role", "king")
    assert done.returncode == 2
    assert all(word in done.stderr for word in ("name", "role", "king", "API-1", "administrator"))
    assert "Traceback" not in done.stderr


@pytest.mark.rule("SYS-3", "ORG-3")
def test_a_user_gets_a_role_in_an_organization_that_is_there_or_nothing_is_done(server: RunningServer):
    homeless = server.program("user", "create", "Ben", "ben@example.com", "--role", "manager")
    assert (homeless.returncode, "--organization" in homeless.stderr) == (2, True)
    astray = server.program("user", "create", "Ben", "ben@example.com", "--organization", "NOWHERE", "--json")
    (problem,) = json.loads(astray.stderr)["errors"]
    assert problem["field"] == "organization"
    assert "ROOT" in problem["message"]
    assert "ben@example.com" not in server.program("user", "list").stdout


@pytest.mark.rule("SYS-3")
def test_a_wrong_call_has_the_exit_code_of_a_refusal(server: RunningServer):
    assert server.program("apikey", "invent").returncode == 2


@pytest.mark.rule("SYS-3", "REL-A")
def test_jobs_are_listed_and_one_that_is_not_there_is_neither_retried_nor_deleted(server: RunningServer):
    listed = server.program("jobs", "list", "--waiting", "--json")
    assert (listed.returncode, type(json.loads(listed.stdout))) == (0, list)
    for verb in ("retry", "delete"):
        done = server.program("jobs", verb, "4711", "--json")
        (problem,) = json.loads(done.stderr)["errors"]
        assert (done.returncode, problem["field"], problem["value"]) == (2, "job", 4711)


@pytest.mark.rule("SYS-3")
def test_an_unreachable_database_is_a_failure_in_one_line():
    command = [sys.executable, "-m", "banyan.cli", "migrate"]
    unreachable = {"BANYAN_DATABASE_URL": "postgresql://banyan@127.0.0.1:1/banyan"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=unreachable)
    assert done.returncode == 1
    assert "failed:" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.rule("SYS-3", "SET-1")
def test_a_setting_is_changed_and_read(server: RunningServer):
    assert server.program("settings", "set", "require_bill_run_approval", "true").stdout.strip() == "true"
    assert server.program("settings", "get", "require_bill_run_approval").stdout.strip() == "true"
    assert server.program("settings", "set", "require_bill_run_approval", "false").returncode == 0
    assert server.program("settings", "set", "require_bill_run_approval", "maybe").returncode == 2


@pytest.mark.rule("SYS-3", "SCA-1")
def test_workers_run_apart_and_stop_when_told(server: RunningServer):
    command = [sys.executable, "-m", "banyan.cli", "worker", "--processes", "2"]
    workers = subprocess.Popen(command, env=server.variables)
    try:
        patience = time.monotonic() + 30
        while len(children := psutil.Process(workers.pid).children()) < 2:
            assert time.monotonic() < patience
            time.sleep(0.1)
    finally:
        workers.terminate()
    assert workers.wait(30) == 0
    assert not any(child.is_running() for child in children)


@pytest.mark.rule("SYS-4")
def test_an_unknown_tenant_is_refused(server: RunningServer):
    done = server.program("settings", "list", "--tenant", "nobody")
    assert done.returncode == 2
    assert "nobody" in done.stderr


@pytest.mark.rule("SYS-3", "API-1")
def test_a_key_can_be_limited_to_organizations(server: RunningServer):
    for name in ("Quay", "Pier"):
        assert server.call("POST", "/organizations", {"name": name, "code": name.upper()}).status == 201
    command = ("apikey", "create", "Harbour", "--organization", "QUAY", "--organization", "PIER", "--json")
    made = json.loads(server.program(*command).stdout)
    assert made["organizations"] == ["QUAY", "PIER"]
    listed = server.call("GET", "/organizations", headers={"Authorization": f"Bearer {made['key']}"})
    assert [each["code"] for each in listed.body["data"]] == ["QUAY", "PIER"]
    refused = server.program("apikey", "create", "Nowhere", "--organization", "SAND")
    assert (refused.returncode, "SAND" in refused.stderr) == (2, True)


@pytest.mark.rule("SYS-3", "ORG-3")
def test_users_and_their_memberships_are_kept(server: RunningServer):
    created = server.program("user", "create", "Ada", "ada@acme.example", "--organization", "ROOT", "--json")
    ada = json.loads(created.stdout)
    assert (ada["has_password"], [each["role"] for each in ada["memberships"]]) == (False, ["viewer"])
    assert server.program("user", "membership", "remove", "ada@acme.example", "ROOT").returncode == 0
    added = server.program("user", "membership", "add", "ada@acme.example", "ROOT", "manager", "--json")
    assert json.loads(added.stdout)["role"] == "manager"
    assert server.program("user", "change", "ada@acme.example", "--inactive").returncode == 0
    (listed,) = json.loads(server.program("user", "list", "--json").stdout)
    assert (listed["active"], [each["role"] for each in listed["memberships"]]) == (False, ["manager"])
    refused = server.program("user", "create", "Ben", "ada@acme.example", "--organization", "SAND")
    assert (refused.returncode, "ORG-3" in refused.stderr) == (2, True)


@pytest.mark.rule("SYS-3", "ACC-16")
def test_the_history_of_an_account_and_of_a_setting_is_read_by_number_and_key(server: RunningServer):
    frequency = {"frequency": "monthly", "start_date": "2026-01-01"}
    cycle = server.call("POST", "/bill-cycles", {"name": "Read by history", **frequency}).body["id"]
    account = {"number": "HIST-1", "currency": "USD", "bill_cycle": cycle, "start_date": "2026-01-01"}
    company = {"kind": "company", "company_name": "Acme", "primary_email": "ap@acme.example", "account": account}
    made = server.call("POST", "/customers", company).body
    read = server.program("history", "account", "HIST-1", "--json")
    assert json.loads(read.stdout)[0]["changes"]["bill_cycle"] == [None, cycle]
    assert server.call("DELETE", f"/customers/{made['id']}").status == 204
    deleted, *_ = json.loads(server.program("history", "account", "HIST-1", "--json").stdout)
    assert (deleted["action"], deleted["subject"]) == ("deleted", made["default_account"])
    assert server.program("settings", "set", "enable_who_pays", "false").returncode == 0
    assert server.program("settings", "set", "enable_who_pays", "true").returncode == 0
    last, *_ = json.loads(server.program("history", "setting", "enable_who_pays", "--json").stdout)
    assert (last["actor"], last["changes"]) == ("command line", {"value": [False, True]})
    assert "enable_who_pays" in server.program("history", "setting").stdout
    assert server.program("history", "account", "NONE-1").returncode == 2
    assert server.program("history", "nothing").returncode == 2


@pytest.mark.rule("SYS-3", "ACC-16", "WHO-1")
def test_the_history_of_a_subscription_tells_who_pays_and_that_of_a_group_its_members(server: RunningServer):
    def make(path: str, **body: object) -> dict[str, str]:
        answer = server.call("POST", path, body)
        assert answer.status == 201, answer
        return dict(answer.body)

    cycle = make("/bill-cycles", name="Paid in history", frequency="monthly", start_date="2026-01-01")["id"]
    account = {"currency": "USD", "bill_cycle": cycle, "start_date": "2026-01-01"}
    customer = make("/customers", kind="company", company_name="Acme", primary_email="ap@acme.example", account=account)
    product = make("/products", name="Read by history", code="read-by-history")["id"]
    price = make("/prices", product=product, currency="USD", type="recurring", model="per_unit", unit_amount="1")["id"]
    subscription = make(
        "/subscriptions",
        account=customer["default_account"],
        number="HIST-S",
        items=[{"price": price}],
        start_date="2026-01-01",
        who_pays={"mode": "customer_consolidated"},
    )
    group = subscription["group"]
    told, _ = json.loads(server.program("history", "subscription", "HIST-S", "--json").stdout)
    payer = {"mode": "customer_consolidated", "customer": customer["id"], "group": group}
    assert told["changes"] == {"who_pays": [None, payer], "effective_date": [None, "2026-01-01"]}
    printed = server.program("history", "subscription", "HIST-S").stdout
    assert all(word in printed for word in ("customer_consolidated", customer["id"], group))
    assert f"members: – → {subscription['id']}" in server.program("history", "subscription_group", group).stdout


@dataclass
class Ended:
    """A program that has ended."""

    returncode: int


@pytest.mark.rule("SYS-3", "PERF-6")
def test_bench_measures_with_the_benchmarks_beside_the_sources(monkeypatch: pytest.MonkeyPatch):
    called = []
    monkeypatch.setattr(bench.subprocess, "run", lambda command, cwd: called.append((command, cwd)) or Ended(0))
    with pytest.raises(typer.Exit) as end:
        bench.bench([1000, 2000])
    (command, folder) = called[0]
    assert (end.value.exit_code, command[1:]) == (0, ["-m", "benchmarks", "1000", "2000"])
    assert (folder / "benchmarks" / "__main__.py").is_file()


@pytest.mark.rule("SYS-3")
def test_bench_is_refused_where_there_are_no_benchmarks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(bench, "SOURCES", tmp_path)
    with pytest.raises(Refusal, match="source code"):
        bench.bench()


@pytest.mark.rule("REL-A", "ERR-1")
def test_a_full_disk_is_told_in_words(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> None:
        raise OperationalError("could not extend file: No space left on device") from DiskFull()

    monkeypatch.setattr(main, "program", full)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == main.FAILED
    assert "The database has no room: its disk is full. Make room and repeat it." in " ".join(
        capsys.readouterr().err.split()
    )
