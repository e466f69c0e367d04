"""Bill runs (CON-8): what is due, starting, live progress, errors, decisions, certificate, invoices."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from functools import partial
from operator import attrgetter
from typing import Any

import django_tables2
from django import forms
from django.db import transaction
from django.db.models import Count, Q
from django.http import HttpResponse, QueryDict, StreamingHttpResponse
from django.urls import reverse
from django.utils.translation import ngettext

from banyan.accounts.models import Account, BillCycle
from banyan.accounts.queries import bill_cycles
from banyan.accounts.today import today
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ahead import counts_from, is_further_than_usual, locks
from banyan.billruns.models import (
    COMPLETED,
    BillRun,
    HeldBack,
    RunError,
    RunMode,
    RunStatus,
    RunWarning,
    SimulatedInvoice,
    Step,
)
from banyan.billruns.prediction import dates_covered, predicted
from banyan.billruns.queries import (
    DueCycle,
    RunResult,
    due_cycles,
    next_run_dates,
    results_in_scope,
    run_progress,
    totals_by_status,
)
from banyan.console import localized
from banyan.console.choices import Choices, offer, rows_of, searched, select
from banyan.console.confirming import asked, fingerprint
from banyan.console.descriptions import ENTRIES, describe_history, entries_of
from banyan.console.downloads import csv_file
from banyan.console.fields import DayField
from banyan.console.filters import Filters
from banyan.console.forms import ActionForm
from banyan.console.invoice_lists import INVOICE_COLUMNS, InvoiceTable, SimulatedTable, invoice_cells
from banyan.console.page import PageRequest, done, number_in, number_of, page, row_at, show
from banyan.console.resources.columns import AMOUNT, Text
from banyan.console.tables import ListTable
from banyan.foundation.queries import read_settings
from banyan.invoices import queries as invoice_queries
from banyan.kernel.refusals import Refusal
from banyan.organizations.access_scope import current_access_scope

UNDER_WAY = (RunStatus.QUEUED, RunStatus.RUNNING)
SHOWN_ERRORS = 200
PREDICTED_PAYERS = 500
"""Of so many accounts at most a page works out what a run would come to."""
COUNTED_IN_LISTS, COUNTED_OF_ONE = 2_000, 10_000
"""How many accounts of a cycle are counted at most before a run is started, so that no page waits for a million."""
WORDS_OF_STEP = {
    Step.BILL: "Billing",
    Step.APPROVE: "Issuing the drafts",
    Step.DISCARD: "Discarding the drafts",
    Step.REVERSE: "Voiding the invoices",
}


class RunFilters(Filters):
    """What the list shows."""

    bill_cycle = forms.ChoiceField(
        choices=lambda: [("", "All bill cycles"), *_cycles()], required=False, widget=select()
    )
    mode = forms.ChoiceField(
        choices=[("", "Runs and simulations"), ("bill", "Runs"), ("simulate", "Simulations")],
        required=False,
        widget=select(),
    )
    status = forms.ChoiceField(choices=[("", "Any status"), *RunStatus.choices], required=False, widget=select())


class RunTable(ListTable):
    caption = "Bill runs"
    run = django_tables2.TemplateColumn(
        template_name="console/bill_runs/cell.html", order_by="billing_date", verbose_name="Billing date"
    )
    cycle = Text("Bill cycle", accessor="bill_cycle__name")
    status = django_tables2.TemplateColumn(template_name="console/bill_runs/status.html")
    payers = django_tables2.TemplateColumn(template_name="console/bill_runs/payers.html", orderable=False, attrs=AMOUNT)
    invoices = django_tables2.TemplateColumn("{{ record.result.invoice_count|number }}", orderable=False, attrs=AMOUNT)
    total = django_tables2.TemplateColumn(template_name="console/bill_runs/total.html", orderable=False, attrs=AMOUNT)

    def look_up(self, records: Sequence[Any]) -> None:
        """How far they are, and what they came to."""
        for record, figures in zip(records, figures_of(records), strict=True):
            record.progress, record.result = figures


class HeldBackTable(ListTable):
    """Invoices of a run that were not issued (INV-7)."""

    caption = "Held back"
    account = django_tables2.TemplateColumn(
        template_name="console/invoices/account.html", order_by="account__number", verbose_name="Payer"
    )
    total = django_tables2.TemplateColumn("{% money value record.account.currency %}", attrs=AMOUNT)
    reason = django_tables2.TemplateColumn(
        template_name="console/bill_runs/reason.html", orderable=False, verbose_name="Why", empty_values=()
    )


class StartForm(ActionForm):
    bill_cycle = forms.ChoiceField(widget=searched())
    billing_date = DayField()

    def __init__(self, cycles: Iterable[BillCycle], *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        offer(self, "bill_cycle", rows_of(sorted(cycles, key=attrgetter("name"))))


def _cycles() -> Choices:
    return rows_of(bill_cycles().order_by("name"))


def figures_of(runs: Sequence[BillRun]) -> list[tuple[Any, RunResult]]:
    """For each run its progress, None for who doesn't reach the whole tenant, and what it came to in reach (ORG-3)."""
    if not current_access_scope().everywhere:
        results = results_in_scope(runs)
        return [(None, results[run.pk]) for run in runs]
    progress = run_progress(runs)
    return [(progress[run.pk], RunResult(progress[run.pk].invoice_count, progress[run.pk].totals)) for run in runs]


@page("GET bill-runs")
def bill_runs(request: PageRequest) -> HttpResponse:
    """The runs, newest first."""
    filters = RunFilters(request.GET)
    asked = filters.asked()
    rows = BillRun.objects.select_related("bill_cycle").filter(**asked).order_by("-pk")
    context = {"filters": filters, "table": RunTable(request, rows), "is_filtered": bool(asked)}
    return show(request, "bill_runs/list.html", context)


@page("POST bill-runs")
def new_bill_run(request: PageRequest) -> HttpResponse:
    """Choose what to bill; what it will look at is told before, and it can be simulated first (RUN-6)."""
    due = due_cycles(next_run_dates(bill_cycles()), COUNTED_IN_LISTS)
    chosen: QueryDict | None = request.POST
    if request.method != "POST":
        chosen = _with_its_date(request.GET) if "bill_cycle" in request.GET else None
    first = due[0] if due else None
    start = {"bill_cycle": first.cycle.pk, "billing_date": first.date} if first else {}
    form = StartForm([each.cycle for each in due], chosen, initial=start)
    expected: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        mode = RunMode.SIMULATE if "simulate" in request.POST else RunMode.BILL
        is_meant = mode == RunMode.SIMULATE or request.POST.get("confirmed") == fingerprint(form)
        try:
            with transaction.atomic():
                run = start_run(int(form.values()["bill_cycle"]), form.values()["billing_date"], mode, ahead=True)
                transaction.set_rollback(not is_meant)
        except Refusal as refusal:
            form.refuse(refusal)
        else:
            if is_meant:
                said = "The simulation is started." if mode == RunMode.SIMULATE else "The run is started."
                return done(request, said, "bill_run", bill_run=run.pk)
            expected = _expected(run.bill_cycle, run.billing_date) | {"confirms": fingerprint(form)}
    context = {
        **expected,
        "form": form,
        "due": due,
        "today": today(),
        "before": _before_start(form, first),
        "requires_approval": read_settings().require_bill_run_approval,
    }
    return show(request, "bill_runs/new.html", context, status=422 if form.errors else 200)


def _with_its_date(chosen: QueryDict) -> QueryDict:
    """What was chosen; another bill cycle than the date was proposed for comes with its own next billing date, unless
    the visitor has just chosen one (`own_date`)."""
    if "own_date" in chosen or chosen.get("dated_for", chosen.get("bill_cycle")) == chosen.get("bill_cycle"):
        return chosen
    cycle = bill_cycles().filter(pk=number_of(chosen.get("bill_cycle") or "") or 0).first()
    changed = chosen.copy()
    if cycle is not None:
        changed["billing_date"] = next_run_dates([cycle])[cycle].isoformat()
    return changed


def _expected(cycle: BillCycle, day: date) -> dict[str, Any]:
    """What somebody is asked before a run is started: what it comes to, worked out by the run's own code, and which
    billing dates it covers; for more payers than a page waits for, only the latter."""
    (due,) = due_cycles({cycle: day}, PREDICTED_PAYERS + 1)
    return {
        "dates": dates_covered(cycle, day),
        "locks": locks(day) if is_further_than_usual(day) else "",
        "prediction": predicted(cycle, day) if due.accounts <= PREDICTED_PAYERS else None,
    }


def _before_start(form: StartForm, first: DueCycle | None) -> dict[str, Any] | None:
    """What the chosen run will look at, and what the last one came to."""
    days = {first.cycle: first.date} if first else {}
    if form.is_bound:
        form.is_valid()
        values = form.cleaned_data
        cycle = bill_cycles().filter(pk=values.get("bill_cycle") or 0).first()
        days = {cycle: values["billing_date"]} if cycle is not None and values.get("billing_date") else {}
    if not days:
        return None
    (chosen,) = due_cycles(days, COUNTED_OF_ONE)
    last = (
        BillRun.objects.filter(bill_cycle=chosen.cycle, mode=RunMode.BILL, status__in=COMPLETED)
        .order_by("-billing_date", "-pk")
        .first()
    )
    return {"due": chosen, "last": last, "figures": figures_of([last])[0][1] if last else None}


@page("GET bill-runs/*")
def bill_run(request: PageRequest, bill_run: int) -> HttpResponse:
    """One run: how far it is, what it came to, errors, invoices, certificate."""
    run = _run(bill_run)
    ((progress, result),) = figures_of([run])
    is_under_way = run.status in UNDER_WAY
    errors = RunError.reachable.filter(run=run).select_related("account").order_by("account__number")
    context = {
        "run": run,
        "progress": progress,
        "result": result,
        "is_under_way": is_under_way,
        "batches": run.batches.aggregate(all=Count("pk"), done=Count("pk", filter=Q(done=True)))
        if is_under_way
        else {},
        "step": WORDS_OF_STEP[Step(run.step)],
        "errors": errors[:SHOWN_ERRORS],
        "error_count": errors.count(),
        **_warnings(run),
        "checks": (run.certificate or {}).get("checks", []) if current_access_scope().everywhere else [],
        "opinion": _second_opinion(run),
        "can": _decisions(run),
        "table": _invoices_of(request, run),
        "counts_from": counts_from(run),
        "history": describe_history("bill_run", list(entries_of("bill_run", run.pk)[:ENTRIES])),
        "crumbs": [("Bill runs", reverse("bill_run_list"))],
    }
    return show(request, "bill_runs/one.html", context)


def _warnings(run: BillRun) -> dict[str, Any]:
    """What looks absurd on the bills in reach (RUN-10), and how many such things there are."""
    found = list(RunWarning.reachable.filter(run=run).select_related("account").order_by("pk"))
    return {
        "warnings": found,
        "warning_count": run.warnings_in_all if current_access_scope().everywhere else len(found),
    }


def _second_opinion(run: BillRun) -> dict[str, Any] | None:
    """What was found when payers were billed once more by other means (REL-E), for who reaches the whole tenant."""
    kept: dict[str, Any] = run.second_opinion or {}
    if "payers" not in kept or not current_access_scope().everywhere:
        return None
    numbers = dict(
        Account.objects.filter(pk__in=[one["account"] for one in kept["differences"]]).values_list("pk", "number")
    )
    return {**kept, "differences": [_told(one, numbers) for one in kept["differences"]]}


def _told(one: dict[str, Any], numbers: dict[int, str]) -> dict[str, Any]:
    ours, theirs = one["ours"], one["theirs"]
    fields = [(name, theirs[name], ours[name]) for name in ours] if ours and theirs else []
    return {**one, "number": numbers.get(one["account"], ""), "fields": fields}


@page("GET bill-runs/*")
def held_back(request: PageRequest, bill_run: int) -> HttpResponse:
    """Whom the run did not invoice: below the minimum invoice amount, or a credit (INV-7)."""
    run = _run(bill_run)
    rows = HeldBack.reachable.filter(run=run).select_related("account").order_by("account__number", "pk")
    name = f"{run.bill_cycle.name}, {localized.day(run.billing_date)}"
    crumbs = [("Bill runs", reverse("bill_run_list")), (name, reverse("bill_run", kwargs={"bill_run": bill_run}))]
    return show(request, "bill_runs/held_back.html", {"table": HeldBackTable(request, rows), "crumbs": crumbs})


def _decisions(run: BillRun) -> dict[str, bool]:
    """What can be done with the run as it stands; the action decides."""
    is_bill = run.mode == RunMode.BILL
    return {
        "approve": run.status == RunStatus.AWAITING_APPROVAL,
        "discard": run.status == RunStatus.AWAITING_APPROVAL,
        "reverse": is_bill and run.status in (*COMPLETED, RunStatus.FAILED),
        "retry": run.status == RunStatus.COMPLETED_WITH_ERRORS
        or (run.status == RunStatus.AWAITING_APPROVAL and run.errors.exists()),
        "repeat": run.mode == RunMode.SIMULATE and run.status not in UNDER_WAY,
    }


def _invoices_of(request: PageRequest, run: BillRun) -> ListTable:
    if run.mode == RunMode.SIMULATE:
        simulated = SimulatedInvoice.reachable.filter(run=run).select_related("account")
        return SimulatedTable(request, simulated.order_by("account__number", "pk"))
    rows = invoice_queries.invoices().filter(bill_run_id=run.pk).select_related("owner", "account")
    return InvoiceTable(request, rows.order_by("account__number", "pk"), exclude=["invoice_date"])


@page("GET bill-runs/*/invoices")
def bill_run_csv(request: PageRequest, bill_run: int) -> StreamingHttpResponse:
    """The invoices of the run as CSV."""
    run = _run(bill_run)
    rows: Any = invoice_queries.invoices().filter(bill_run_id=run.pk).select_related("owner", "account")
    if run.mode == RunMode.SIMULATE:
        rows = SimulatedInvoice.reachable.filter(run=run).select_related("account")
    return csv_file(f"{run.bill_cycle.name} {run.billing_date}.csv", INVOICE_COLUMNS, rows, invoice_cells)


@page("POST bill-runs/*/approve")
def approve(request: PageRequest, bill_run: int) -> HttpResponse:
    """Issue the drafts."""
    says = "They get their numbers, are posted, and can no longer be discarded."
    return _decide(request, bill_run, approve_run, ("Approve", "Issue", says), "The drafts are being issued.")


@page("POST bill-runs/*/discard")
def discard(request: PageRequest, bill_run: int) -> HttpResponse:
    """Delete the drafts."""
    says = "It is as if the run had never been: what it would have billed is billed by the next one."
    return _decide(request, bill_run, discard_run, ("Discard", "Delete", says), "The drafts are being discarded.")


@page("POST bill-runs/*/reverse")
def reverse_bill_run(request: PageRequest, bill_run: int) -> HttpResponse:
    """Void the invoices."""
    says = "They become void, the ledger is posted in reverse, and the next run bills their charges again."
    why = request.POST.get("reason", "")
    act = partial(reverse_run, reason=why)
    return _decide(request, bill_run, act, ("Reverse", "Void", says), "The invoices are being voided.")


@page("POST bill-runs/*/retry")
def retry(request: PageRequest, bill_run: int) -> HttpResponse:
    """Bill the accounts with an error again, or the one that is named."""
    run = _run(bill_run)
    errors = RunError.objects.filter(run=run)
    one = number_in(request, "error")
    if one is not None:
        errors = errors.filter(pk=one)
    accounts = list(errors.values_list("account_id", flat=True))
    count = len(accounts)
    says = ngettext(
        "{number} account that could not be billed will be billed again, and no others.",
        "{number} accounts that could not be billed will be billed again, and no others.",
        count,
    )
    context = {
        "question": "Bill again?",
        "says": says.format(number=localized.number(count)),
        "text": "Bill again",
        "back": reverse("bill_run", kwargs={"bill_run": bill_run}),
    }

    said = "They are being billed again."
    return asked(request, context, lambda: retry_run(run.pk, accounts), said, context["back"])


def _decide(
    request: PageRequest, number: int, action: Callable[[int], BillRun], words: tuple[str, str, str], said: str
) -> HttpResponse:
    run = _run(number)
    verb, what, says = words
    totals = [each for each in totals_by_status(run) if each.status != "void"]
    count = sum(each.invoices for each in totals)
    context = {
        "question": f"{verb} the run of {run.bill_cycle.name}?",
        "count": count,
        "what": what,
        "totals": totals,
        "payers": run.payers_total,
        "says": says,
        "text": verb,
        "danger": verb != "Approve",
        "asks_reason": verb == "Reverse",
        "warning_count": _warnings(run)["warning_count"] if verb == "Approve" else 0,
        "back": reverse("bill_run", kwargs={"bill_run": number}),
    }
    return asked(request, context, lambda: action(run.pk), said, str(context["back"]), "bill_runs/decide.html")


def _run(number: int) -> BillRun:
    return row_at(BillRun.objects.select_related("bill_cycle"), number)
