"""Bill runs."""

from datetime import date, datetime
from typing import Annotated

from pydantic import Field, JsonValue

from banyan.api.bodies import Body
from banyan.api.fields import AccountId, Answer, BillCycleId, Day, DecimalOut, choice, text


class NewBillRun(Body):
    """RUN-1, RUN-6, RUN-10."""

    bill_cycle: BillCycleId
    billing_date: Day
    mode: Annotated[str, choice("bill", "simulate")] = "bill"
    ahead: Annotated[
        bool, Field(description="Bill a date that is further ahead than the setting Bill Ahead Days allows")
    ] = False


class Reason(Body):
    """RUN-11: why it is taken back; it is kept in the history."""

    reason: Annotated[str, text(2000)] = ""


class RetriedAccounts(Body):
    """RUN-4: some of the accounts that a run lists with an error; without any, all of them."""

    accounts: list[AccountId] = []


class ProgressAnswer(Answer):
    """RUN-5. `payers_held_back`: their charges are carried forward, below their minimum or a credit (INV-7).
    `trouble`: what the run waits for right now although it is being done, such as room on a full disk; null is nothing.
    """

    payers_total: int
    payers_done: int
    payers_held_back: int
    trouble: str | None
    seconds_left: int | None


class RunErrorAnswer(Answer):
    """RUN-4."""

    account: str
    code: str
    message: str


class RunWarningAnswer(Answer):
    """RUN-10: what looks absurd on the bill of `account`. `unusual_total`: at least 10 times what it was last invoiced
    on this bill cycle in this currency, and at least 100; `unusual_quantity`: a line with a quantity of 1,000,000,000
    or more; `unusual_amount`: a line that comes to 1,000,000,000 or more, charged or credited.
    """

    account: str
    code: str
    message: str


class DifferenceAnswer(Answer):
    """A line that is not as a second opinion has it (REL-E). `account` is invoiced for it, `about` says what it is for;
    `ours` and `theirs` are the fields that differ, as worked out once more and as they stand on `line`; null where
    there is no such line.
    """

    account: str
    line: str | None
    about: str
    ours: dict[str, str] | None
    theirs: dict[str, str] | None


class SecondOpinionAnswer(Answer):
    """How many payers and lines of a run were billed once more by other means, and the first hundred of
    `differences_in_all`. `changed_since`: lines that are different because of what was changed after the run.
    """

    payers: int
    lines: int
    differences: list[DifferenceAnswer]
    differences_in_all: int
    changed_since: list[DifferenceAnswer]


class BillRunAnswer(Answer):
    """RUN-5, RUN-9. `step` is what is being done with the run, or was last: bill, approve, discard, reverse.

    Invoices, totals, errors and warnings are those in reach; `progress`, `warnings_in_all`, `certificate` and
    `second_opinion` concern the whole tenant and are null for who doesn't reach all of it. `warnings` is what looks
    absurd on the run (RUN-10), found when it is billed and so before it is approved: of totals and of lines the hundred
    furthest from usual each, `warnings_in_all` counts them all. They hold nothing back.
    `second_opinion` (REL-E) comes some time after the run's end.
    """

    id: str
    bill_cycle: str
    billing_date: date
    counts_from: date | None
    mode: str
    status: str
    step: str
    requires_approval: bool
    progress: ProgressAnswer | None
    invoice_count: int
    total_by_currency: dict[str, DecimalOut]
    errors: list[RunErrorAnswer]
    warnings: list[RunWarningAnswer]
    warnings_in_all: int | None
    certificate: dict[str, JsonValue] | None
    second_opinion: SecondOpinionAnswer | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
