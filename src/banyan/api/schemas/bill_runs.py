"""Bill runs."""

from datetime import date, datetime

from pydantic import JsonValue

from banyan.api.fields import Answer, BillCycleId, Body, Day, DecimalOut, choice


class NewBillRun(Body):
    """RUN-1, RUN-6."""

    bill_cycle: BillCycleId
    billing_date: Day
    mode: choice("bill", "simulate") = "bill"


class ProgressAnswer(Answer):
    """RUN-5."""

    payers_total: int
    payers_done: int
    seconds_left: int | None


class RunErrorAnswer(Answer):
    """RUN-4."""

    account: str
    code: str
    message: str


class BillRunAnswer(Answer):
    """RUN-5, RUN-9. Invoices, totals and errors are those in reach; `progress` and `certificate` concern the whole
    tenant and are null for who doesn't reach all of it."""

    id: str
    bill_cycle: str
    billing_date: date
    mode: str
    status: str
    progress: ProgressAnswer | None
    invoice_count: int
    total_by_currency: dict[str, DecimalOut]
    errors: list[RunErrorAnswer]
    certificate: dict[str, JsonValue] | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
