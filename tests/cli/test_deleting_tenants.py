"""banyan tenant delete, as people and programs call it."""

import json
from datetime import date

import pytest

from banyan.accounts.models import BillCycle
from banyan.billruns.models import BillRun, RunStatus
from banyan.cli.tenant_content import refuse_while_busy
from banyan.kernel.refusals import Kind, Refusal
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.roles import Role
from banyan.transfer.models import Export, ExportStatus
from tests.serving import RunningServer

DAY = date(2026, 1, 1)


@pytest.mark.rule("SYS-3", "SYS-4")
def test_a_tenant_goes_once_it_is_meant_and_the_first_one_keeps_its_pages(server: RunningServer):
    made = server.program("tenant", "create", "second")
    assert "127.0.0.1, goes on leading to default" in made.stdout
    assert "banyan tenant host add second" in made.stdout
    assert server.fetch("/sign-in").status == 200
    unasked = server.program("tenant", "delete", "second", "--json")
    assert (unasked.returncode, "--yes" in unasked.stderr) == (2, True)
    assert "banyan export all" in unasked.stderr
    done = server.program("tenant", "delete", "second", "--yes", "--json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["deleted"]["accounts"] == 0
    assert [each["name"] for each in json.loads(server.program("tenant", "list", "--json").stdout)] == ["default"]
    assert server.program("tenant", "delete", "second", "--yes").returncode == 2


@pytest.mark.rule("SYS-4")
def test_bill_runs_and_exports_under_way_are_all_named(tenant: str):
    cycle = BillCycle.objects.create(name="Monthly", frequency="monthly", start_date=DAY)
    BillRun.objects.create(bill_cycle=cycle, billing_date=DAY, status=RunStatus.FAILED)
    refuse_while_busy()
    BillRun.objects.create(bill_cycle=cycle, billing_date=DAY, status=RunStatus.RUNNING)
    key, _ = create_api_key("tests", Role.VIEWER, [])
    Export.objects.create(kind="accounts", status=ExportStatus.WAITING, asked_by="tests", api_key=key)
    with pytest.raises(Refusal) as refused:
        refuse_while_busy()
    assert refused.value.kind is Kind.CONFLICT
    assert [each.message.split()[1] for each in refused.value.problems] == ["bill", "export"]
