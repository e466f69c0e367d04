"""banyan verify"""

from collections.abc import Sequence
from typing import Annotated

import typer
from django.utils.translation import ngettext
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from banyan.cli.bill_run_shown import print_differences
from banyan.cli.output import DEFAULT_TENANT, JsonOption, TenantOption, people, print_json, problems_to
from banyan.cli.working_in import working_in
from banyan.verification.checks import CHECKS
from banyan.verification.queries import Finding, verify_amounts
from banyan.verification.queries import verify as verify_tenant
from banyan.verification.second_opinion.opinions import Opinion

FAILED = 1


AmountsOption = Annotated[
    bool, typer.Option("--amounts", help="Also work out every line once more by other means (REL-E); slow.")
]


def verify(tenant: TenantOption = DEFAULT_TENANT, as_json: JsonOption = False, amounts: AmountsOption = False) -> None:
    """Check every invariant over the whole tenant and say what was found (REL-C). Ends with 1 if one does not hold.

    Changes nothing, and may run while others work.
    """
    columns = (TextColumn("{task.description:70.70}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with working_in(tenant), Progress(*columns, console=problems_to, transient=True) as bar:
        task = bar.add_task("", total=len(CHECKS))
        findings = verify_tenant(
            on_check=lambda check: bar.update(task, description=check.says, completed=CHECKS.index(check))
        )
        opinion = _amounts(bar) if amounts else None
    if as_json:
        print_json(_document(tenant, findings, opinion))
    else:
        _print(tenant, findings)
        if opinion is not None:
            _print_opinion(opinion)
    holds = all(finding.holds for finding in findings) and not (opinion and opinion.differences)
    raise typer.Exit(0 if holds else FAILED)


def _amounts(bar: Progress) -> Opinion:
    task = bar.add_task("every line is worked out once more", total=None)
    return verify_amounts(lambda done, total: bar.update(task, completed=done, total=total))


def _print_opinion(opinion: Opinion) -> None:
    found = opinion.document()
    verdict = "[green]every line is the same[/]"
    if opinion.differences:
        verdict = f"[bold red]{_lines(len(opinion.differences))}[/]"
    people.print(f"every line worked out once more, {opinion.lines:,} looked at: {verdict}")
    print_differences(found["differences"])
    if opinion.changed:
        people.print(f"changed after they were billed, and so different by now: {len(opinion.changed):,}")


def _lines(count: int) -> str:
    return ngettext("{count:,} line differs", "{count:,} lines differ", count).format(count=count)


def _document(tenant: str, findings: Sequence[Finding], opinion: Opinion | None) -> dict[str, object]:
    about_amounts = {} if opinion is None else {"amounts": opinion.document()}
    return {
        "tenant": tenant,
        "holds": all(finding.holds for finding in findings) and not (opinion and opinion.differences),
        "checks": [
            {
                "rule": finding.check.rule,
                "says": finding.check.says,
                "looked_at": finding.looked_at,
                "holds": finding.holds,
                "faults": finding.faults,
                "shown": list(finding.shown),
            }
            for finding in findings
        ],
        **about_amounts,
    }


def _print(tenant: str, findings: Sequence[Finding]) -> None:
    table = Table("Rule", "What has to hold", "Looked at", "Faults")
    for finding in findings:
        faults = "[green]none[/]" if finding.holds else f"[bold red]{finding.faults:,}[/]"
        table.add_row(finding.check.rule, finding.check.says, f"{finding.looked_at:,}", faults)
    people.print(table)
    broken = [finding for finding in findings if not finding.holds]
    for finding in broken:
        people.print(f"[bold red]{finding.check.rule}[/] {finding.check.says}: not so", highlight=False)
        for fault in finding.shown:
            people.print(f"  {escape(fault)}", highlight=False)
        if finding.faults > len(finding.shown):
            people.print(f"  and {finding.faults - len(finding.shown):,} more")
    verdict = f"[bold red]{len(broken)} of {len(findings)} do not hold[/]" if broken else "[green]all hold[/]"
    people.print(f"{len(findings)} checks of {escape(tenant)}: {verdict}")
