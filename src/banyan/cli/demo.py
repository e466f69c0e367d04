"""banyan demo: a company with twelve months of bills (SYS-2). It can be repeated; nothing is billed twice."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer
from django.db import transaction
from django.db.models import Max
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from banyan.accounts.actions.save_owner import update_owner
from banyan.accounts.actions.set_up_tenant import set_up_tenant
from banyan.accounts.models import Account, BillCycle, Customer, Owner
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.models import BillRun, RunMode
from banyan.cli.bill_run import wait_for_runs
from banyan.cli.bill_run_shown import rows_of_runs, shown_to_people
from banyan.cli.demo_pictures import print_invoices, print_tree
from banyan.cli.import_files import print_reports, progress_of_files
from banyan.cli.output import people, print_rows, problems_to
from banyan.cli.serve import refuse_taken_port, serve
from banyan.cli.workers_alongside import workers_alongside
from banyan.cli.working_in import open_database, working_in
from banyan.foundation.tenants.actions.create_tenant import create_tenant
from banyan.foundation.tenants.queries import find_tenant
from banyan.kernel.calendar import Frequency, billing_dates
from banyan.kernel.refusals import invalid
from banyan.organizations.actions.add_membership import add_membership
from banyan.organizations.actions.create_api_key import create_api_key
from banyan.organizations.actions.create_sign_in_link import create_sign_in_link
from banyan.organizations.actions.create_user import create_user
from banyan.organizations.actions.revoke_api_key import revoke_api_key
from banyan.organizations.models import User
from banyan.organizations.queries import api_keys, find_user
from banyan.organizations.roles import Role
from banyan.organizations.tree import root
from banyan.transfer.actions.import_directories import import_directories
from banyan.transfer.report import ImportReport

FAILED = 1
TENANT = "demo"
HOST = "127.0.0.1"
EMAIL = "dana@arborcloud.example"
COMPANY = {"legal_name": "Arbor Cloud, Inc.", "invoice_prefix": "ACI-"}
FILES = Path(__file__).resolve().parents[3] / "demo"
LAST_DAY = date(2026, 10, 31)
WORKERS = 2
GROUP = "EMB-HQ"


@dataclass(frozen=True, slots=True)
class BillingDay:
    """The bill cycles that have a billing date on a day."""

    day: date
    cycles: tuple[BillCycle, ...]


def demo(
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after printing.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port to serve on.")] = 8000,
    files: Annotated[Path, typer.Option(help="The directory with the company's files.")] = FILES,
) -> None:
    """Create the demo company, bill twelve months of it, show who pays and why, and serve it until Ctrl-C."""
    if not no_serve:
        refuse_taken_port(HOST, port)
    open_database()
    if find_tenant(TENANT) is None:
        people.print("Creating the tenant [bold]demo[/].")
        create_tenant(TENANT, COMPANY["legal_name"], (), _set_up)
    with working_in(TENANT):
        _open_accounts(files)
        _bill(files)
        _print_runs()
        print_invoices(LAST_DAY.replace(day=1))
        print_tree(GROUP, LAST_DAY)
        key, secret = _new_key(), create_sign_in_link(_user().pk)
    _print_what_to_try(port, key, secret, is_served=not no_serve)
    if not no_serve:
        serve(host=HOST, port=port)


def _set_up() -> None:
    set_up_tenant()
    update_owner(Owner.objects.get().pk, COMPANY)


def _open_accounts(files: Path) -> None:
    """Bring in the files right in the directory, all or nothing, unless that was done before."""
    if Customer.objects.exists():
        people.print(f"The company already exists, with {Customer.objects.count()} customers.")
        return
    if not (files / "customers.csv").exists():
        message = f"{files} does not hold the demo company's files; say with --files where they are"
        raise invalid("files", "not_found", message, "SYS-2", str(files))
    with progress_of_files() as on_file:
        reports = import_directories([files], all_or_nothing=True, on_file=on_file)
    _stop_if_refused(reports)
    people.print(f"Opened {Account.objects.count()} accounts of {Customer.objects.count()} customers.")


def _bill(files: Path) -> None:
    """Do the runs of every billing date in order; those that are done already stay as they are."""
    days = _billing_days()
    columns = (TextColumn("{task.description:22}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with workers_alongside(WORKERS) as look_after, Progress(*columns, console=problems_to) as progress:
        task = progress.add_task("bill runs", total=sum(len(each.cycles) for each in days))
        for each in days:
            progress.update(task, description=f"bill runs {each.day}")
            wait_for_runs(_runs_of(each, files), look_after)
            progress.advance(task, len(each.cycles))


def _billing_days() -> list[BillingDay]:
    dates = [
        (day, cycle)
        for cycle in BillCycle.objects.order_by("name")
        for day in billing_dates(cycle.start_date, Frequency(cycle.frequency), LAST_DAY)
    ]
    dates.sort(key=lambda pair: pair[0])
    return [
        BillingDay(day, tuple(cycle for _, cycle in pairs)) for day, pairs in groupby(dates, key=lambda pair: pair[0])
    ]


def _runs_of(billing_day: BillingDay, files: Path) -> list[BillRun]:
    """The runs of a day. Those that are missing are started in one transaction with what became known before the day,
    so that whenever the demo is interrupted, repeating it brings in nothing twice.
    """
    runs = BillRun.objects.filter(mode=RunMode.BILL, billing_date=billing_day.day, bill_cycle__in=billing_day.cycles)
    there = {run.bill_cycle_id: run for run in runs.order_by("id")}
    with transaction.atomic():
        if len(there) < len(billing_day.cycles):
            _open_chapters(files, billing_day.day)
        return [there.get(cycle.pk) or start_run(cycle.pk, billing_day.day) for cycle in billing_day.cycles]


def _open_chapters(files: Path, before: date) -> None:
    """Bring in what became known before a day and after the last billing date: directories named after their days."""
    last = BillRun.objects.filter(mode=RunMode.BILL).aggregate(last=Max("billing_date"))["last"] or date.min
    chapters = [path for path in sorted(files.glob("????-??-??")) if last <= date.fromisoformat(path.name) < before]
    _stop_if_refused(import_directories(chapters, all_or_nothing=True))


def _stop_if_refused(reports: Sequence[ImportReport]) -> None:
    if any(report.problem_count for report in reports):
        print_reports(reports)
        raise typer.Exit(FAILED)


def _new_key() -> str:
    """A key for this demo; the one of an earlier demo can't be shown again and opens nothing any more."""
    for row in api_keys():
        if row.name == TENANT and row.revoked_at is None:
            revoke_api_key(row.pk)
    _, key = create_api_key(TENANT)
    return key


def _user() -> User:
    """Whom the console of the demo is for."""
    user = find_user(EMAIL)
    if user is None:
        user = create_user("Dana Demo", EMAIL)
        add_membership(user.pk, root().pk, Role.ADMINISTRATOR)
    return user


def _print_runs() -> None:
    runs = BillRun.objects.select_related("bill_cycle").filter(mode=RunMode.BILL).order_by("billing_date", "id")
    shown = ("billing_date", "bill_cycle", "invoices", "totals", "status")
    print_rows([{name: row[name] for name in shown} for row in map(shown_to_people, rows_of_runs(runs))], False)


def _print_what_to_try(port: int, key: str, secret: str, is_served: bool) -> None:
    address = f"http://{HOST}:{port}"
    people.rule("What to try next")
    if not is_served:
        _print_command(f"banyan serve --port {port}")
    people.print("The console; this address signs you in, once:")
    _print_command(f"{address}/sign-in/{secret}")
    for path in ("accounts?q=EMB-C09", "invoices?limit=5", "customers?q=Halden"):
        _print_command(f"curl -H 'Authorization: Bearer {key}' '{address}/api/v1/{path}'")
    _print_command(f"banyan bill-run simulate 'Monthly EUR' 2026-11-01 --tenant {TENANT}")
    _print_command(f"banyan bill-run list --tenant {TENANT}")
    _print_command("banyan import --columns customers")


def _print_command(command: str) -> None:
    people.print(command, highlight=False, markup=False, soft_wrap=True)
