"""Bill runs as people read them on a terminal, and as programs do."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Manager
from django.utils.translation import ngettext
from rich.markup import escape

from banyan.billruns.ahead import counts_from
from banyan.billruns.models import BillRun, RunError, RunMode, RunStatus, RunWarning
from banyan.billruns.queries import run_progress, totals_by_status
from banyan.cli.output import people, print_rows, table_of
from banyan.kernel.ids import encode_id
from banyan.kernel.money import amount_shown, amounts_by_currency

COLOURS = {
    RunStatus.COMPLETED: "green",
    RunStatus.AWAITING_APPROVAL: "yellow",
    RunStatus.COMPLETED_WITH_ERRORS: "yellow",
    RunStatus.FAILED: "red",
}


def rows_of_runs(runs: Iterable[BillRun]) -> list[dict[str, object]]:
    """What people and programs want to know of runs, one row each; totals are amounts by currency."""
    all_runs = list(runs)
    progress = run_progress(all_runs)
    return [
        {
            "id": encode_id("bill_run", run.pk),
            "bill_cycle": run.bill_cycle.name,
            "billing_date": run.billing_date,
            "mode": run.mode,
            "status": run.status,
            "invoices": progress[run.pk].invoice_count,
            "totals": amounts_by_currency(progress[run.pk].totals),
        }
        for run in all_runs
    ]


def document_of(run: BillRun) -> dict[str, Any]:
    """One run for programs: its row, progress, errors, warnings, certificate and second opinion."""
    (row,) = rows_of_runs([run])
    progress = run_progress([run])[run.pk]
    return {
        **row,
        "counts_from": counts_from(run),
        "step": run.step,
        "payers_total": run.payers_total,
        "payers_done": progress.payers_done,
        "payers_held_back": progress.payers_held_back,
        "trouble": run.trouble or None,
        "errors": _told(run.errors),
        "warnings": _told(run.warnings),
        "warnings_in_all": run.warnings_in_all,
        "certificate": run.certificate,
        "second_opinion": run.second_opinion,
    }


def print_summary(run: BillRun) -> None:
    """What came of a run, for people: how it stands, amounts, the certificate, errors, and what to do next."""
    what = "simulation" if run.mode == RunMode.SIMULATE else "run"
    status = str(RunStatus(run.status).label).lower()
    heading = f"{what} {encode_id('bill_run', run.pk)}: {escape(run.bill_cycle.name)} for {run.billing_date}"
    people.print(f"[bold]{heading}[/] is [{COLOURS.get(RunStatus(run.status), 'bold')}]{status}[/]{_time_taken(run)}")
    if (day := counts_from(run)) is not None:
        people.print(f"Its invoices count in balances from {day} on (RUN-10).")
    _print_amounts(run)
    _print_certificate(run)
    _print_second_opinion(run)
    _print_warnings(run)
    errors = _told(run.errors)
    if errors:
        people.print("These accounts could not be billed and were left out:")
        print_rows(errors, False)
    _print_what_to_do(run)


def _print_amounts(run: BillRun) -> None:
    progress = run_progress([run])[run.pk]
    people.print(f"payers looked at: {progress.payers_done:,} of {run.payers_total:,}")
    if progress.payers_held_back:
        people.print(f"held back, below their minimum or with a credit (INV-7): {progress.payers_held_back:,}")
    if run.trouble:
        people.print(f"[bold red]waits:[/] {escape(run.trouble)} It goes on by itself once that is mended.")
    found = totals_by_status(run)
    if not found:
        people.print("no invoices")
        return
    rows = [(row.currency, row.status, f"{row.invoices:,}", amount_shown(row.total, row.currency)) for row in found]
    people.print(table_of(["Currency", "Status", "Invoices", "Total"], rows))


def _print_certificate(run: BillRun) -> None:
    certificate = run.certificate or {}
    for check in certificate.get("checks", ()):
        mark = "[green]holds[/]" if check["holds"] else "[bold red]does not hold[/]"
        people.print(f"{check['check']}: {mark}")
        if not check["holds"]:
            print_rows(check["found"], False)
    if "failure" in certificate:
        people.print(f"[bold red]failure:[/] {escape(certificate['failure'])}")


def _print_second_opinion(run: BillRun) -> None:
    """What was found when some of its payers were billed once more by other means (REL-E)."""
    found = run.second_opinion or {}
    if "payers" not in found:
        return
    wrong = found["differences_in_all"]
    differ = ngettext("{count:,} line differs", "{count:,} lines differ", wrong).format(count=wrong)
    verdict = f"[bold red]{differ}[/]" if wrong else "[green]every line is the same[/]"
    payers = ngettext("{count:,} payer", "{count:,} payers", found["payers"]).format(count=found["payers"])
    lines = ngettext("{count:,} line", "{count:,} lines", found["lines"]).format(count=found["lines"])
    people.print(f"second opinion on {payers} with {lines}: {verdict}")
    print_differences(found["differences"])
    if found["changed_since"]:
        people.print(f"changed since the run, and so different by now: {len(found['changed_since']):,} lines")


def print_differences(found: Sequence[dict[str, Any]]) -> None:
    """Lines that are not as a second opinion has them, with both results."""
    for one in found:
        line = "a missing line" if one["line"] is None else encode_id("invoice_line", one["line"])
        people.print(f"  {encode_id('account', one['account'])}, {line}: {escape(one['about'])}", highlight=False)
        for told in _both_results(one["ours"], one["theirs"]):
            people.print(f"    {escape(told)}", highlight=False)


def _both_results(ours: dict[str, str] | None, theirs: dict[str, str] | None) -> list[str]:
    if ours is None:
        return ["should not be there"]
    if theirs is None:
        return [f"should be there, with {ours['gross']}"]
    return [f"{name}: {theirs[name] or 'nothing'}, should be {ours[name] or 'nothing'}" for name in ours]


def _print_warnings(run: BillRun) -> None:
    """What looks absurd on it (RUN-10)."""
    found = _told(run.warnings)
    if found:
        people.print("[bold yellow]These look unusual; make sure that they are meant (RUN-10):[/]")
        print_rows(found, False)
        if run.warnings_in_all > len(found):
            people.print(f"and {run.warnings_in_all - len(found):,} more")


def _print_what_to_do(run: BillRun) -> None:
    name = encode_id("bill_run", run.pk)
    if run.status == RunStatus.AWAITING_APPROVAL:
        people.print(f"Its invoices are drafts: `banyan bill-run approve {name}` issues, `discard` deletes them.")
    elif run.status == RunStatus.COMPLETED_WITH_ERRORS:
        people.print(f"`banyan bill-run retry {name}` bills what was left out; so does the next run.")


def _told(what: Manager[RunError] | Manager[RunWarning]) -> list[dict[str, str]]:
    return [
        {"account": one.account.number, "code": one.code, "message": one.message}
        for one in what.select_related("account").order_by("id")
    ]


def _time_taken(run: BillRun) -> str:
    if run.step_began_at is None or run.finished_at is None:
        return ""
    taken = run.finished_at - run.step_began_at
    seconds: float = round(max(taken, timedelta(0)).total_seconds(), 1)
    return f" after {seconds:,} s"


def shown_to_people(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `rows_of_runs` with its totals in one cell: 2,576.98 EUR, 912.00 GBP."""
    totals = (amount_shown(Decimal(total), currency) for currency, total in row["totals"].items())
    return {**row, "totals": ", ".join(totals)}


def print_list(runs: Sequence[BillRun], as_json: bool) -> None:
    """Runs one below the other."""
    rows = rows_of_runs(runs)
    print_rows(rows if as_json else [shown_to_people(row) for row in rows], as_json)
