"""One tenant is dumped and put back as the operator's page says."""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection

from banyan.accounts.models import Account
from banyan.billruns import run as steps
from banyan.billruns.ending import finish
from banyan.billruns.models import BillRun, RunStatus
from banyan.foundation import database
from banyan.foundation.embedded import programs
from banyan.foundation.tenants.queries import within_tenant
from banyan.verification.queries import verify
from tests.billruns.running import JANUARY, begun, totals
from tests.business import a_price, subscribed
from tests.relations.people import People

PAGE = Path(__file__).parents[2] / "docs/how-to/operate.md"


def shown(language: str, word: str) -> list[str]:
    """The blocks of the page in a language with a word in them."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return [block for block in blocks if word in block]


def commands(word: str) -> list[str]:
    return [line.removeprefix("$ ") for block in shown("console", word) for line in block.splitlines() if word in line]


class Shell:
    """Does what the page shows, with another tenant and another folder."""

    def __init__(self, tenant: str, folder: Path) -> None:
        self.tenant = tenant
        self.folder = folder

    def run(self, command: str) -> None:
        host = str(psycopg.conninfo.conninfo_to_dict(database.conninfo())["host"])
        mine = command.replace('"$PWD/.banyan/postgres"', host).replace("acme", self.tenant)
        environment = {**os.environ, "PROGRAMS": str(programs())}
        done = subprocess.run(["sh", "-c", mine], cwd=self.folder, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.fixture
def shell(fresh_tenant: str, tmp_path: Path) -> Iterator[Shell]:
    yield Shell(fresh_tenant, tmp_path)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args->>'tenant' = %s", [fresh_tenant])


@pytest.mark.rule("REL-A", "OWN-1")
def test_a_dump_can_be_read_by_who_made_it_alone(shell: Shell) -> None:
    (umask,) = [line.partition("#")[0] for line in commands("umask")]
    (dump,) = commands("--schema acme")
    shell.run(f"{umask}\n{dump}")
    (file,) = shell.folder.iterdir()
    assert oct(file.stat().st_mode & 0o777) == oct(0o600)


@pytest.mark.rule("REL-A", "REL-C", "OWN-1", "RUN-2")
def test_a_tenant_that_is_put_back_is_as_it_was_and_its_run_goes_on(shell: Shell) -> None:
    people = People()
    account = people.account()
    subscribed(account, a_price("31"))
    run = begun(people.cycle, JANUARY)
    (dump,), (drop,), (restore,) = commands("--schema acme"), commands("DROP SCHEMA"), commands("acme.dump")[1:]
    shell.run(dump)
    Account.objects.filter(pk=account.pk).update(name="Changed since")
    connection.close()
    shell.run(drop)
    shell.run(restore)
    (again,) = shown("sql", "procrastinate_jobs")
    with psycopg.connect(database.conninfo(), autocommit=True) as other:
        other.execute(again.replace("acme", shell.tenant))
        jobs = other.execute(
            "SELECT task_name, args FROM procrastinate_jobs WHERE args->>'tenant' = %s", [shell.tenant]
        ).fetchall()
    assert jobs == [("banyan.billruns.jobs.plan_run", {"tenant": shell.tenant, "run_id": run.pk})]
    with within_tenant(shell.tenant):
        assert Account.objects.get(pk=account.pk).name != "Changed since"
        for batch in steps.plan(run.pk):
            steps.bill_batch(batch)
        finish(run.pk)
        ended = BillRun.objects.get(pk=run.pk)
        assert (ended.status, totals(ended)) == (RunStatus.COMPLETED, {account.pk: 31})
        assert [(finding.check.says, finding.shown) for finding in verify() if not finding.holds] == []
