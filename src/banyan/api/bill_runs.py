"""/bill-runs."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpRequest
from ninja import Query, Router
from ninja.responses import Status

from banyan.api.access import public_ids_in_scope
from banyan.api.fields import AccountId, BillCycleId, BillRunId, Day, SimulatedInvoiceId, among
from banyan.api.history import history_of
from banyan.api.invoices import invoice_answers
from banyan.api.pages import Page, Paging, Unsorted, page_of, page_of_list
from banyan.api.rows import found, matching
from banyan.api.schemas.bill_runs import (
    BillRunAnswer,
    DifferenceAnswer,
    NewBillRun,
    ProgressAnswer,
    Reason,
    RetriedAccounts,
    RunErrorAnswer,
    RunWarningAnswer,
    SecondOpinionAnswer,
)
from banyan.api.schemas.history import HistoryEntryAnswer
from banyan.api.schemas.invoices import InvoiceAnswer, SimulatedInvoiceAnswer, SimulatedLine
from banyan.api.simulated import simulated_lines
from banyan.api.writes import accepted
from banyan.billruns.actions.approve_run import approve_run
from banyan.billruns.actions.discard_run import discard_run
from banyan.billruns.actions.retry_run import retry_run
from banyan.billruns.actions.reverse_run import reverse_run
from banyan.billruns.actions.start_run import start_run
from banyan.billruns.ahead import counts_from
from banyan.billruns.documents import simulated_document
from banyan.billruns.models import BillRun, RunError, RunMode, RunStatus, RunWarning, SimulatedInvoice
from banyan.billruns.queries import Progress, RunResult, results_in_scope, run_progress
from banyan.invoices import queries as invoice_queries
from banyan.kernel.ids import encode_id
from banyan.kernel.money import amounts_by_currency
from banyan.organizations.access_scope import current_access_scope

router = Router()


class BillRunFilters(Paging):
    """RUN-1."""

    bill_cycle: BillCycleId | None = None
    billing_date: Day | None = None
    mode: Annotated[str, among(RunMode.values)] | None = None
    status: Annotated[str, among(RunStatus.values)] | None = None
    requires_approval: bool | None = None


class RunInvoiceFilters(Paging):
    """The invoices of one run."""

    account: AccountId | None = None


@router.get("/bill-runs", response=Page[BillRunAnswer])
def list_bill_runs(request: HttpRequest, query: Query[BillRunFilters]) -> Page[BillRunAnswer]:
    """Bill runs and simulations."""
    rows = matching(
        BillRun.objects.all(),
        bill_cycle=query.bill_cycle,
        billing_date=query.billing_date,
        mode=query.mode,
        status=query.status,
        requires_approval=query.requires_approval,
    )
    return page_of(Page[BillRunAnswer], rows, query, {"billing_date": "billing_date"}, bill_run_answers)


@router.post("/bill-runs", response={202: BillRunAnswer})
def post_bill_run(request: HttpRequest, body: NewBillRun) -> Status[BillRunAnswer]:
    """Start a run; workers do it, and its progress can be read meanwhile."""
    return accepted(_answer(start_run(body.bill_cycle, body.billing_date, body.mode, body.ahead)))


@router.get("/bill-runs/{run_id}", response=BillRunAnswer)
def get_bill_run(request: HttpRequest, run_id: BillRunId) -> BillRunAnswer:
    """One run with its progress, errors and, at its end, what looks absurd on it (RUN-10) and its certificate."""
    return _answer(found(BillRun.objects.all(), run_id))


@router.post("/bill-runs/{run_id}/retry", response={202: BillRunAnswer})
def post_retry(request: HttpRequest, run_id: BillRunId, body: RetriedAccounts | None = None) -> Status[BillRunAnswer]:
    """Bill again the accounts that could not be billed, or those of them that are named, and no others (RUN-4)."""
    return accepted(_answer(retry_run(run_id, () if body is None else body.accounts)))


@router.post("/bill-runs/{run_id}/approve", response={202: BillRunAnswer})
def post_approve(request: HttpRequest, run_id: BillRunId) -> Status[BillRunAnswer]:
    """Issue the drafts of a run that awaits approval; a large run is `running` until all of them are (RUN-7)."""
    return accepted(_answer(approve_run(run_id)))


@router.post("/bill-runs/{run_id}/discard", response={202: BillRunAnswer})
def post_discard(request: HttpRequest, run_id: BillRunId) -> Status[BillRunAnswer]:
    """Delete the drafts of a run that awaits approval, as if it had never been (RUN-7)."""
    return accepted(_answer(discard_run(run_id)))


@router.post("/bill-runs/{run_id}/reverse", response={202: BillRunAnswer})
def post_reverse(request: HttpRequest, run_id: BillRunId, body: Reason | None = None) -> Status[BillRunAnswer]:
    """Void every invoice of a completed run; refused when one of them is paid (RUN-8)."""
    return accepted(_answer(reverse_run(run_id, "" if body is None else body.reason)))


@router.get("/bill-runs/{run_id}/history", response=Page[HistoryEntryAnswer])
def list_history_of_run(request: HttpRequest, run_id: BillRunId, query: Query[Unsorted]) -> Page[HistoryEntryAnswer]:
    """Who started, approved, discarded, reversed or retried the run, when and why, newest first (RUN-11)."""
    found(BillRun.objects.all(), run_id)
    return history_of("bill_run", run_id, query)


@router.get("/bill-runs/{run_id}/invoices", response=Page[InvoiceAnswer])
def list_invoices_of_run(
    request: HttpRequest, run_id: BillRunId, query: Query[RunInvoiceFilters]
) -> Page[InvoiceAnswer]:
    """What the run invoiced, or what a simulation would have."""
    run = found(BillRun.objects.all(), run_id)
    if run.mode == RunMode.SIMULATE:
        simulated = matching(SimulatedInvoice.reachable.filter(run=run), account=query.account)
        return page_of(Page[InvoiceAnswer], simulated, query, {}, simulated_answers)
    issued = matching(invoice_queries.invoices().filter(bill_run_id=run_id), account=query.account)
    return page_of(Page[InvoiceAnswer], issued, query, {}, invoice_answers)


@router.get("/simulated-invoices/{simulated_invoice_id}", response=SimulatedInvoiceAnswer)
def get_simulated_invoice(
    request: HttpRequest, simulated_invoice_id: SimulatedInvoiceId, query: Query[Unsorted]
) -> SimulatedInvoiceAnswer:
    """An invoice that a simulation came to, with its lines and why each costs what it does (RUN-6, INV-11)."""
    row = found(SimulatedInvoice.reachable.all(), simulated_invoice_id)
    document = simulated_document(row)
    (answer,) = simulated_answers([row])
    named = [each["account"] for each in document["accounts"]]
    within = public_ids_in_scope("account", named)
    lines = page_of_list(Page[SimulatedLine], document["lines"], query, partial(simulated_lines, row, document))
    return SimulatedInvoiceAnswer.model_validate(
        {
            **document,
            **dict(answer),
            "accounts": [each for each in document["accounts"] if each["account"] in within],
            "lines": lines.data,
            "next_cursor": lines.next_cursor,
        }
    )


def simulated_answers(rows: Sequence[SimulatedInvoice]) -> list[InvoiceAnswer]:
    """What a simulation came to, as clients see it."""
    found = [
        InvoiceAnswer.model_validate({**row.document, "simulated": encode_id("simulated_invoice", row.pk)})
        for row in rows
    ]
    accounts = public_ids_in_scope("account", [each.for_account for each in found])
    subscriptions = public_ids_in_scope("subscription", [each.subscription for each in found])
    charges = public_ids_in_scope("charge", [each.charge for each in found])
    for each in found:
        each.for_account = each.for_account if each.for_account in accounts else None
        each.subscription = each.subscription if each.subscription in subscriptions else None
        each.charge = each.charge if each.charge in charges else None
    return found


def _answer(run: BillRun) -> BillRunAnswer:
    (answer,) = bill_run_answers([run])
    return answer


def bill_run_answers(rows: Sequence[BillRun]) -> list[BillRunAnswer]:
    """Runs as clients see them: what they came to within the caller's reach (ORG-3).

    How far the run is with the whole tenant, and the certificate, are for who reaches the whole tenant.
    """
    whole = run_progress(rows) if current_access_scope().everywhere else {}
    results = {run: RunResult(one.invoice_count, one.totals) for run, one in whole.items()} or results_in_scope(rows)
    prefetch_related_objects(
        rows,
        Prefetch("errors", RunError.reachable.order_by("id")),
        Prefetch("warnings", RunWarning.reachable.order_by("id")),
    )
    return [_bill_run_answer(row, whole.get(row.pk), results[row.pk]) for row in rows]


def _bill_run_answer(row: BillRun, progress: Progress | None, result: RunResult) -> BillRunAnswer:
    return BillRunAnswer(
        id=encode_id("bill_run", row.pk),
        bill_cycle=encode_id("bill_cycle", row.bill_cycle_id),
        billing_date=row.billing_date,
        counts_from=counts_from(row),
        mode=row.mode,
        status=row.status,
        step=row.step,
        requires_approval=row.requires_approval,
        progress=None if progress is None else _progress_answer(row, progress),
        invoice_count=result.invoice_count,
        total_by_currency=amounts_by_currency(result.totals),
        errors=[
            RunErrorAnswer(account=encode_id("account", error.account_id), code=error.code, message=error.message)
            for error in row.errors.all()
        ],
        warnings=[
            RunWarningAnswer(
                account=encode_id("account", warning.account_id), code=warning.code, message=warning.message
            )
            for warning in row.warnings.all()
        ],
        warnings_in_all=None if progress is None else row.warnings_in_all,
        certificate=None if progress is None else row.certificate,
        second_opinion=None if progress is None else _second_opinion_answer(row.second_opinion),
        created_at=row.created_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
    )


def _second_opinion_answer(kept: dict[str, Any] | None) -> SecondOpinionAnswer | None:
    """None where nobody has looked (yet): of a run before there were second opinions it only says that."""
    if kept is None or "not_given" in kept:
        return None
    return SecondOpinionAnswer(
        payers=kept["payers"],
        lines=kept["lines"],
        differences=[_difference_answer(one) for one in kept["differences"]],
        differences_in_all=kept["differences_in_all"],
        changed_since=[_difference_answer(one) for one in kept["changed_since"]],
    )


def _difference_answer(kept: dict[str, Any]) -> DifferenceAnswer:
    return DifferenceAnswer(
        account=encode_id("account", kept["account"]),
        line=None if kept["line"] is None else encode_id("invoice_line", kept["line"]),
        about=kept["about"],
        ours=kept["ours"],
        theirs=kept["theirs"],
    )


def _progress_answer(row: BillRun, progress: Progress) -> ProgressAnswer:
    return ProgressAnswer(
        payers_total=row.payers_total,
        payers_done=progress.payers_done,
        payers_held_back=progress.payers_held_back,
        trouble=row.trouble or None,
        seconds_left=None if progress.time_left is None else round(progress.time_left.total_seconds()),
    )
